"""The prompts that agents have who were given none, with AgentVerse's placeholders; pure."""

from __future__ import annotations

from collections.abc import Sequence

_SPEAKER = """You are ${agent_name}. ${role_description}

{scene}${env_description}

What was said so far:
${chat_history}

What do you, ${agent_name}, say next? Reply with that alone."""

_PROFESSOR = """You are ${agent_name}. ${role_description}

{scene}${env_description}

What was said so far:
${chat_history}

Teach, or, if students have raised their hands, call on one of them; answer what you are asked. Reply in two lines:
Action: Speak
Action Input: (what you say, in one line)
or
Action: CallOn
Action Input: Yes, (one student's name)"""

_STUDENT = """You are ${agent_name}. ${role_description}

{scene}${env_description}

What was said so far:
${chat_history}

You may speak only right after you were called on. Reply in two lines, one of
Action: Listen
Action Input: None
or
Action: RaiseHand
Action Input: None
or
Action: Speak
Action Input: (what you ask, in one line)"""

ROLE_ASSIGNER = """You lead a group of experts who are to solve this task:

${task_description}

Which ${cnt_critic_agents} experts do you recruit? Reply with a numbered list of them and nothing else, such as
1. an engineer who knows about bridges
2. a lawyer who knows about building permits

${advice}"""

SOLVER = """The task:

${task_description}

The solution so far:
${former_solution}

Advice on it: ${advice}

You are ${role_description}. Think of what the others have said, and give the whole solution, better than it was."""

CRITIC = """The task:

${task_description}

The solution so far:
${preliminary_solution}

You are ${role_description}. If it is perfect, reply with
Action: Agree
Action Input: Agree.
Otherwise reply with
Action: Disagree
Action Input: (what is wrong or missing, in one line)"""

MANAGER = """The task:

${task_description}

The critics said:
${critic_opinions}

The last that was chosen: ${previous_sentence}

Whose opinion helps most? Reply with that role alone."""

_EVALUATOR = """The task:

${task_description}

The solution:
${solution}

Give it marks from 0 (useless) to 9 (perfect), and advice. Reply with these lines and nothing else:
"""


def speaker(scene: str, order: str, is_first: bool) -> str:
    """For an agent of a simulation; in a classroom the first of them teaches."""
    template = _SPEAKER if order != "classroom" else _PROFESSOR if is_first else _STUDENT
    return template.replace("{scene}", plain(f"{scene}\n" if scene.strip() else ""))


def evaluator(dimensions: Sequence[str]) -> str:
    """It asks for exactly what AgentVerse's parser reads: a line for each dimension, then the advice."""
    lines = [f"{number}. {dimension}: (0 to 9)" for number, dimension in enumerate(dimensions, 1)]
    return _EVALUATOR + "\n".join([*lines, f"{len(lines) + 1}. Advice: (in one line)"])


def plain(text: str) -> str:
    """The text so that nothing in it is taken for a placeholder."""
    return text.replace("$", "$$")
