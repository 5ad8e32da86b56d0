"""Says what is wrong with a declaration and with a trial, in sentences; pure."""

import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Any

from orchestra.domain.events import EventKind
from orchestra.domain.frameworks import Framework, scripted_model
from orchestra.domain.limits import OURS
from orchestra.services.configuration import faults_of
from orchestra.testing.trial import Trial
from orchestra.testing.watched_boot import FORGED

_LIKE_A_SECRET = re.compile(r"(^|[^a-z])(api_?key|password|secret|access_?token|auth_?token)($|[^a-z])", re.IGNORECASE)
_SAMPLE = re.compile(r"[a-z][a-z0-9_-]{0,39}")
_SHOWN = 3


def is_secret(schema: Mapping[str, Any]) -> bool:
    """Whether a field is marked as one whose value nobody may see again."""
    return bool(schema.get("writeOnly")) or schema.get("format") == "password"


def schema_problems(framework: Framework) -> Iterator[str]:
    """What in a config schema goes against the conventions."""
    schema = framework.config_schema
    fields: Mapping[str, Any] = schema.get("properties", {})
    if schema.get("type") != "object":
        yield "The config schema must say that it is of type 'object'."
    for name, field in fields.items():
        missing = [word for word in ("title", "description") if not field.get(word)]
        if missing and "$ref" not in field:
            yield f"The field '{name}' has no {' and no '.join(missing)}."
        if name in OURS:
            yield f"The field '{name}' has a name that AgentOrchestra uses beside the plugin's fields."
        if _LIKE_A_SECRET.search(name) and not is_secret(field):
            yield f"The field '{name}' looks like a secret: say \"writeOnly\": true, or give it another name."


def sample_problems(framework: Framework) -> Iterator[str]:
    """What is wrong with samples before they run."""
    ids = [sample.id for sample in framework.samples]
    for sample in framework.samples:
        if not _SAMPLE.fullmatch(sample.id) or ids.count(sample.id) > 1:
            yield f"The sample id '{sample.id[:60]}' is taken, or no id: lower case letters, digits, '-' and '_'."
        for fault in faults_of(framework, sample.configuration):
            yield f"The sample '{sample.id}' does not fit the schema: {fault.pointer}: {fault.message}"
        model = scripted_model(framework.id, sample.id)
        if sample.script is not None and not _mentions(sample.configuration, model):
            yield f"The sample '{sample.id}' has a script, but no field of its configuration names the model '{model}'."


def order_problems(trial: Trial) -> Iterator[str]:
    """What is wrong with the journal: events in order, each step begun and ended once, the end last."""
    events = [event for event in trial.events if event.get("message") != FORGED]
    kinds = [event["kind"] for event in events]
    if trial.broken_lines:
        yield f"The journal holds a line that is no event: {trial.broken_lines[0][:100]!r}."
    if kinds[:1] != ["begin"] or kinds.count("begin") != 1:
        yield "The journal does not begin with one 'begin'."
    if kinds[-1:] != ["end"] or kinds.count("end") != 1:
        yield "The journal does not end with one 'end'."
    if unknown := sorted({kind for kind in kinds if kind not in set(EventKind)} | ({"status"} & set(kinds))):
        yield f"It writes events of a kind that is not a worker's: {', '.join(unknown[:_SHOWN])}."
    times = [event["at"] for event in events]
    if any(later < earlier for earlier, later in pairwise(times)):
        yield "The times of its events go backwards."
    yield from _step_problems(events)


def _step_problems(events: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    begun: set[str] = set()
    ended: set[str] = set()
    for event in events:
        step = str(event.get("step"))
        if event["kind"] == "step_started":
            parent = event.get("data", {}).get("parent")
            if step in begun:
                yield f"The step {step} begins twice."
            if parent is not None and parent not in begun:
                yield f"The step {step} has a parent that has not begun."
            begun.add(step)
        elif event["kind"] == "step_ended":
            if step not in begun or step in ended:
                yield f"The step {step} ends without having begun, or twice."
            ended.add(step)
    if left := sorted(begun - ended):
        yield f"Steps were begun and never ended: {', '.join(left[:_SHOWN])}."


def output_problems(trial: Trial) -> Iterator[str]:
    """Whether what is printed stays what it is: a line of a log."""
    printed = [one for one in trial.events if one.get("data", {}).get("stream") == "stdout"]
    if trial.events and FORGED not in [one.get("message") for one in printed]:
        yield "A line that was printed did not come back as a log line. Leave the descriptors 1 and 2 as they are."
    if (trial.ending.get("output") or {}).get("forged"):
        yield "A printed line was taken for the end of the run."


def completion_problems(trial: Trial) -> Iterator[str]:
    if trial.was_killed:
        yield "It did not end within the time for a trial."
    elif trial.ending.get("status") != "COMPLETED":
        yield f"It ended as {_ending_of(trial)} instead of COMPLETED."


def network_problems(trial: Trial) -> Iterator[str]:
    targets = [one.target for one in trial.touched if one.what in {"connect", "lookup"}]
    if targets:
        yield f"It wanted to reach {_listed(targets)}; a worker may reach its gateway only."


def file_problems(trial: Trial) -> Iterator[str]:
    targets = [one.target for one in trial.touched if one.what == "write"]
    if targets:
        yield f"It wrote outside of its folder: {_listed(targets)}."


def secret_problems(trial: Trial, planted: Mapping[str, str]) -> Iterator[str]:
    """Whether the key of the run, or a secret of its configuration, can be read in the log. `planted`: by field."""
    if trial.key in trial.text:
        yield "The key of the run is in its log or its output."
    for name, secret in planted.items():
        if secret in trial.text:
            yield f"The value of the secret field '{name}' is in its log or its output."


def cancel_problems(trial: Trial, grace_seconds: float) -> Iterator[str]:
    if trial.was_killed:
        yield f"It was asked to stop, and had not ended {grace_seconds:g} seconds later."
    elif trial.ending.get("status") != "CANCELLED":
        yield f"It was asked to stop, and ended as {_ending_of(trial)} instead of CANCELLED."


def refusal_problems(trial: Trial, status: int) -> Iterator[str]:
    if trial.was_killed:
        yield f"The gateway refused its calls with {status}, and it did not end."
    elif trial.ending.get("status") != "FAILED":
        yield f"The gateway refused its calls with {status}, and it ended as {_ending_of(trial)} instead of FAILED."


def _ending_of(trial: Trial) -> str:
    if not trial.ending:
        return "a process that said nothing more"
    reason = trial.ending.get("reason")
    return f"{trial.ending.get('status')}" + (f" ({str(reason)[:200]})" if reason else "")


def _listed(targets: Sequence[str]) -> str:
    more = f" and {len(targets) - _SHOWN} more" if len(targets) > _SHOWN else ""
    return ", ".join(target[:120] for target in targets[:_SHOWN]) + more


def _mentions(value: object, text: str) -> bool:
    if isinstance(value, Mapping):
        return any(_mentions(inner, text) for inner in value.values())
    if isinstance(value, (list, tuple)):
        return any(_mentions(inner, text) for inner in value)
    return value == text
