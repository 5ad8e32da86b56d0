"""A pupil who asks and a tutor who explains, in the shape of OWL's examples: a function makes the society."""

# pyright: reportMissingImports=false

from camel.models import ModelFactory
from camel.societies import RolePlaying
from camel.toolkits import FunctionTool
from camel.types import ModelPlatformType, ModelType


def look_up(word: str) -> str:
    """Look a word up in the school's dictionary.

    Args:
        word (str): The word.
    """
    return f"{word}: what rivers carry into the sea"


def construct_society(question: str) -> RolePlaying:
    """A society for one question."""
    settings = {"temperature": 0, "stream": True}
    models = {
        role: ModelFactory.create(ModelPlatformType.OPENAI, ModelType.GPT_4O, model_config_dict=settings)
        for role in ("user", "assistant")
    }
    return RolePlaying(
        task_prompt=question,
        with_task_specify=False,
        user_role_name="pupil",
        user_agent_kwargs={"model": models["user"]},
        assistant_role_name="tutor",
        assistant_agent_kwargs={"model": models["assistant"], "tools": [FunctionTool(look_up)]},
    )


def main() -> None:
    society = construct_society("Why is the sea salty?")
    print(society.init_chat().content)


if __name__ == "__main__":
    main()
