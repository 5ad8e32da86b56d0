"""Runs a team round by round until nobody has news any more."""

# MetaGPT is in its own environment, not in ours.
# pyright: reportMissingImports=false

from __future__ import annotations

import traceback
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NoReturn

from metagpt.team import Team
from tenacity import RetryError

from . import company, models, settings, teams
from .picture import picture_of
from .watching import Watch

if TYPE_CHECKING:
    from orchestra.worker.adapter import Context, Request

_LONGEST_REASON = 2000


async def run(request: Request, context: Context) -> dict[str, Any]:
    """The team's last word in `answer`, `rounds`, and whether it `finished`; of a company also `project`, `files`."""
    configuration = request.configuration
    idea = _idea_of(request)
    if not idea.strip():
        context.fail("The team has no idea to work on. Give the agent or the run one.", failure="configuration")
    context.count_tokens_offline()
    models.provide(context)
    made = settings.apply(configuration, context)
    roles = _roles_of(configuration, idea, made, context)
    watch = Watch(context)
    watch.begin()
    team = Team(context=made)
    team.hire(roles)
    picture_of(roles, context)
    try:
        rounds = await _rounds(team, idea, configuration, context)
    except Exception as error:  # noqa: BLE001 - MetaGPT raises bare ones, with a traceback for a message
        _give_up(error, context)
    if watch.last_word is None:
        context.fail("No role acts on the idea: let one watch UserRequirement.", failure="configuration")
    team.env.archive()  # a company commits what it has made
    left = company.files_of(made, context.folder)
    answer = f"{left['project']} has {len(left['files'])} files." if left else watch.last_word
    return {"answer": answer, "rounds": rounds, "finished": team.env.is_idle, **left}


def _idea_of(request: Request) -> str:
    for name in ("idea", "task"):
        given = request.input.get(name)
        if isinstance(given, str) and given.strip():
            return given
    return str(request.configuration.get("idea", ""))


def _roles_of(configuration: Mapping[str, Any], idea: str, made: Any, context: Context) -> list[Any]:
    if configuration.get("mode") == "software_company":
        return company.roles_of(configuration, made, context)
    try:
        roles = teams.roles_of(configuration, idea, made, context)
    except ImportError as error:
        context.fail(f"A module that the team needs is not there: {error}.", failure="environment")
    except (ValueError, TypeError, AttributeError) as error:  # said by us, or by MetaGPT's models
        context.fail(f"The team cannot be made as configured: {error}", failure="configuration")
    receiver = configuration.get("send_to")
    if receiver and receiver not in [role.name for role in roles]:
        context.fail(f"There is no role '{receiver}' that the idea could be sent to.", failure="configuration")
    return roles


async def _rounds(team: Any, idea: str, configuration: Mapping[str, Any], context: Context) -> int:
    """How many rounds it took. Team.run would do the same, and swallow every exception."""
    most = int(configuration.get("n_round", 8))
    team.run_project(idea, send_to=configuration.get("send_to", ""))
    for number in range(1, most + 1):
        with context.step(f"Round {number}", type="round"):
            await team.env.run()
        if team.env.is_idle:
            return number
    context.log(f"The team was not ready after {most} rounds, the most that it may take.", level="WARN")
    return most


def _give_up(error: BaseException, context: Context) -> NoReturn:
    context.log("".join(traceback.format_exception(error)), level="ERROR")
    cause: Any = error
    if type(error) is Exception and error.__context__ is not None:  # a role wraps what was raised in its turn
        cause = error.__context__
    if isinstance(cause, RetryError):
        cause = cause.last_attempt.exception() or cause
    context.fail(f"{type(cause).__name__}: {cause}"[:_LONGEST_REASON])
