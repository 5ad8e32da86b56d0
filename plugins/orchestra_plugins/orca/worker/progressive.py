"""Orca's way: a student learns from explanations, first an assistant teacher's, then the teacher's.

From arXiv 2306.02707: triples of a system instruction, a question and an explained response, in two stages. Orca 2
leaves out the instruction when the student learns from them. Here the student learns within its prompt; no weights are
trained.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from .cast import ASSISTANT, STUDENT, TEACHER, Cast
from .records import write_lines
from .replies import texts
from .strategies import EXPLAINING, GENERIC, STRATEGIES

if TYPE_CHECKING:
    from orchestra.worker.adapter import Context

FILE = "traces.jsonl"
_DESIGNS = "You design practice for a learner."


def progress(task: str, settings: Mapping[str, Any], cast: Cast, context: Context) -> dict[str, Any]:
    questions = _curriculum(task, settings, cast, context)
    traces: list[dict[str, str]] = []
    for part in (ASSISTANT, TEACHER):
        with context.step(f"Explanations by the {part}", type="task"):
            for number, question in enumerate(questions):
                traces.append(_explained(part, question, EXPLAINING[number % len(EXPLAINING)], cast))
                write_lines(context.folder, FILE, traces)  # after each, so that a run that is stopped leaves them, too
    context.log(f"{len(traces)} explanations are in {FILE}.")
    with context.step("The student answers", type="task"):
        answer = cast.ask(STUDENT, GENERIC, [*_shown(traces, int(settings["shots"])), _said(task)], "answer")
    return {"answer": answer, "traces": len(traces), "file": FILE}


def _curriculum(task: str, settings: Mapping[str, Any], cast: Cast, context: Context) -> list[str]:
    given = texts(list(settings["examples"]), 100)
    if given:
        return given
    count = int(settings["n_examples"])
    said = f"TASK:\n{task}\n\nWrite {count} practice tasks like it, from easy to hard. Reply with a JSON list of texts."
    found = texts(cast.ask_json(TEACHER, _DESIGNS, said, "think up practice tasks", list), count)
    if not found:
        context.fail("The teacher thought up no practice tasks. Give some in the configuration, or another model.")
    return found


def _explained(part: str, question: str, strategy: str, cast: Cast) -> dict[str, str]:
    response = cast.ask(part, STRATEGIES[strategy], question, "explain")
    return {
        "system_prompt": STRATEGIES[strategy],
        "question": question,
        "response": response,
        "student_system_prompt": GENERIC,
        "stage": part,
    }


def _shown(traces: list[dict[str, str]], shots: int) -> list[Mapping[str, str]]:
    chosen = traces[-shots:] if shots else []
    return [one for trace in chosen for one in (_said(trace["question"]), _said(trace["response"], "assistant"))]


def _said(text: str, role: str = "user") -> Mapping[str, str]:
    return {"role": role, "content": text}
