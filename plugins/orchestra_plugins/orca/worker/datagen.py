"""AgentInstruct's way to training data: a text is transformed, instructions are written about it, refined and answered.

From arXiv 2407.03502; the wording of the prompts is ours.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from .cast import TEACHER, Cast
from .records import write_lines
from .replies import texts
from .strategies import GENERIC, STRATEGIES

if TYPE_CHECKING:
    from orchestra.worker.adapter import Context

FILE = "pairs.jsonl"
TRANSFORMATIONS = {
    "argument": "Rewrite the text as a passage that argues for a position.",
    "debate": "Rewrite the text as a debate of two who disagree.",
    "conversation": "Rewrite the text as a conversation.",
    "meeting": "Rewrite the text as the minutes of a meeting.",
    "instructions": "Rewrite the text as instructions for doing something.",
    "long_text": "Rewrite the text at greater length, with what belongs to it.",
    "identity": "",
}
_WRITES = "You write instructions for a language model, about a text."
_SUGGESTS = "You are the suggester: say in a sentence how an instruction could be made harder or clearer."
_EDITS = "You are the editor: rewrite an instruction as the suggestion says. Reply with the instruction alone."


def generate(task: str, settings: Mapping[str, Any], cast: Cast, context: Context) -> dict[str, Any]:
    seed = settings["seed_text"].strip() or task
    pairs: list[dict[str, str]] = []
    for name in settings["transformations"]:
        with context.step(f"Text as {name}", type="task"):
            material = cast.ask(TEACHER, TRANSFORMATIONS[name], seed, "transform") if TRANSFORMATIONS[name] else seed
            for instruction in _instructions(material, int(settings["n_instructions"]), cast):
                pairs.append(_pair(name, material, instruction, int(settings["refine_rounds"]), cast, context))
                write_lines(context.folder, FILE, pairs)
    if not pairs:
        context.fail("The model wrote no instructions about the text. Try another model, or another text.")
    return {
        "answer": f"{len(pairs)} pairs of instruction and response are in {FILE}.",
        "pairs": len(pairs),
        "file": FILE,
    }


def _instructions(material: str, count: int, cast: Cast) -> list[str]:
    asked = f"Write {count} instructions about it, of different kinds. Reply with a JSON list of texts."
    said = f"TEXT:\n{material}\n\n{asked}"
    return texts(cast.ask_json(TEACHER, _WRITES, said, "write instructions", list), count)


def _pair(
    transformation: str, material: str, instruction: str, rounds: int, cast: Cast, context: Context
) -> dict[str, str]:
    with context.step("Instruction", type="task", instruction=instruction) as step:
        for _ in range(rounds):
            suggestion = cast.ask(TEACHER, _SUGGESTS, instruction, "suggest")
            said = f"INSTRUCTION:\n{instruction}\n\nSUGGESTION:\n{suggestion}"
            instruction = cast.ask(TEACHER, _EDITS, said, "edit") or instruction
        said = f"{material}\n\n{instruction}"
        response = cast.ask(TEACHER, STRATEGIES["explain_then_answer"], said, "answer")
        step.result(result=instruction)
    return {
        "system_prompt": GENERIC,
        "question": said,
        "response": response,
        "instruction": instruction,
        "transformation": transformation,
    }
