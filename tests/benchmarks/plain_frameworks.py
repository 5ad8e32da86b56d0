"""GUEST CODE: a plain script as a user of a framework writes it, for the sample that `frameworks.py` runs as an agent.

`plain_frameworks.py FRAMEWORK MODEL` in the framework's Python, with OPENAI_BASE_URL and OPENAI_API_KEY. For each line
on standard input it runs once, replies streamed, and prints the seconds that it took and the answer, as JSON.
"""

# pyright: reportMissingImports=false

import asyncio
import contextlib
import json
import os
import sys
import time
from pathlib import Path

TASK = "What are 17 percent of 2480, and what is left of it? Write both into result.txt."
SYSTEM = "You are a careful bookkeeper. Never calculate in your head."


def calculator(expression: str) -> str:
    """Work out an arithmetic expression.

    Args:
        expression: what is to be worked out.
    """
    return str(eval(expression, {"__builtins__": {}}))


def write_file(path: str, text: str) -> str:
    """Write a text file.

    Args:
        path: the file.
        text: what it is to hold.
    """
    Path(path).write_text(text)
    return f"Wrote {len(text):,} characters to {path}."


def langgraph(model):
    from langchain.agents import create_agent
    from langchain_openai import ChatOpenAI

    async def once():
        agent = create_agent(ChatOpenAI(model=model), tools=[calculator, write_file], system_prompt=SYSTEM)
        answer = None
        async for mode, part in agent.astream(
            {"messages": [{"role": "user", "content": TASK}]}, stream_mode=["messages", "values"]
        ):
            if mode == "values":
                answer = part["messages"][-1].text
        return answer

    return once


def autogen(model):
    from autogen_agentchat.agents import AssistantAgent
    from autogen_agentchat.base import TaskResult
    from autogen_ext.models.openai import OpenAIChatCompletionClient

    info = {"vision": False, "function_calling": True, "json_output": True, "structured_output": True}

    async def once():
        client = OpenAIChatCompletionClient(model=model, model_info={**info, "family": "unknown"})
        agent = AssistantAgent(
            "bookkeeper",
            client,
            system_message=SYSTEM,
            tools=[calculator, write_file],
            max_tool_iterations=10,
            reflect_on_tool_use=True,
            model_client_stream=True,
        )
        answer = None
        async for item in agent.run_stream(task=TASK):
            if isinstance(item, TaskResult):
                answer = item.messages[-1].to_text()
        return answer

    return once


def camelai(model):
    from camel.agents import ChatAgent
    from camel.models import ModelFactory
    from camel.toolkits import FunctionTool
    from camel.types import ModelPlatformType
    from camel.utils import BaseTokenCounter

    class Estimate(BaseTokenCounter):
        """CAMEL's own counter would fetch its tables from the network."""

        def count_tokens_from_messages(self, messages):
            return len(str(messages)) // 4

        def encode(self, text):
            return list(range(len(text) // 4))

        def decode(self, token_ids):
            return ""

    async def once():
        backend = ModelFactory.create(
            ModelPlatformType.OPENAI_COMPATIBLE_MODEL,
            model,
            model_config_dict={"stream": True, "stream_options": {"include_usage": True}},
            token_counter=Estimate(),
            api_key=os.environ["OPENAI_API_KEY"],
            url=os.environ["OPENAI_BASE_URL"],
        )
        tools = [FunctionTool(calculator), FunctionTool(write_file)]
        agent = ChatAgent(SYSTEM, model=backend, tools=tools, stream_accumulate=False)
        answer = ""
        async for part in await agent.astep(TASK):
            if part.info.get("partial"):
                answer += part.msgs[0].content
        return answer

    return once


def crewai(model):
    from crewai import LLM, Agent, Crew, Task
    from crewai.tools import tool

    async def once():
        llm = LLM(
            model=model,
            custom_openai=True,
            base_url=os.environ["OPENAI_BASE_URL"],
            api_key=os.environ["OPENAI_API_KEY"],
            stream=True,
        )
        agent = Agent(
            role="Bookkeeper",
            goal="Work out sums exactly",
            backstory="You never calculate in your head.",
            llm=llm,
            tools=[tool("calculator")(calculator)],
        )
        task = Task(
            description="What are 17 percent of 2480, and what is left of it?",
            expected_output="Both figures in one sentence.",
            agent=agent,
        )
        return (await Crew(agents=[agent], tasks=[task]).akickoff()).raw

    return once


def main():
    once = {"autogen": autogen, "camelai": camelai, "crewai": crewai, "langgraph": langgraph}[sys.argv[1]](sys.argv[2])
    out = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # frameworks print
    with asyncio.Runner() as runner, contextlib.suppress(KeyboardInterrupt):
        for _ in sys.stdin:
            began = time.perf_counter()
            answer = runner.run(once())
            out.write(json.dumps({"seconds": time.perf_counter() - began, "answer": answer}) + "\n")
            out.flush()


if __name__ == "__main__":
    main()
