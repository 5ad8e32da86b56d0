"""Makes the roles and actions that a configuration describes."""

# MetaGPT is in its own environment, not in ours.
# pyright: reportMissingImports=false

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from metagpt.actions import Action, UserRequirement
from metagpt.roles import Role
from metagpt.schema import Message, TaskResult
from pydantic import Field

from . import settings
from .prompts import filled

if TYPE_CHECKING:
    from orchestra.worker.adapter import Context


def roles_of(configuration: Mapping[str, Any], idea: str, made: Any, context: Context) -> list[Any]:
    """The roles, each with its actions; ValueError says what cannot be made. `made` is MetaGPT's context."""
    own = {one["role"]: _load(one["role"], configuration, context) for one in configuration["roles"] if "role" in one}
    actions: dict[str, type[Any]] = {one["name"]: _action(one, idea) for one in configuration.get("actions", ())}
    if len(actions) < len(configuration.get("actions", ())):
        raise ValueError("two actions have the same name.")
    roles = [
        _own(own[one["role"]], made) if "role" in one else _role(one, actions, made) for one in configuration["roles"]
    ]
    _check(roles)
    return roles


def subclasses_of(kind: type[Any]) -> Iterator[type[Any]]:
    """All classes below one, wherever they were written."""
    for below in kind.__subclasses__():
        yield below
        yield from subclasses_of(below)


class DataRole(Role):
    """A role whose actions are prompts; `results` are what it came to by its plan."""

    results: list[str] = Field(default=[])

    async def _think(self) -> bool:
        """False also if the model has said -1: MetaGPT would go on, without anything to do."""
        return bool(await super()._think()) and self.rc.todo is not None

    async def _act_on_task(self, current_task: Any) -> Any:
        told = Message(content=f"The task at hand: {current_task.instruction}", role=self.profile)
        for action in self.actions:
            reply = await action.run([*self.rc.history, told])
            told = Message(content=reply, role=self.profile, cause_by=action)
            self.rc.memory.add(told)
        self.results.append(told.content)
        return TaskResult(result=told.content, is_success=True)

    async def _plan_and_act(self) -> Any:
        """MetaGPT would publish its plan as if it were the user's requirement, and everybody would begin anew."""
        self.results = []
        await super()._plan_and_act()
        content = "\n\n".join(self.results)
        return Message(content=content, role=self.profile, cause_by=type(self.actions[-1]), sent_from=self)


def _action(one: Mapping[str, Any], idea: str) -> type[Any]:
    async def run(self: Any, history: Any, *_: Any, **__: Any) -> str:
        messages = history if isinstance(history, list) else [Message(content=str(history))]
        said = [(message.role, message.content) for message in messages]
        return await self._aask(filled(one["prompt"], said, idea))

    # A class of its own: roles watch actions by their class.
    return type(one["name"], (Action,), {"run": run, "__module__": __name__})


def _role(one: Mapping[str, Any], actions: Mapping[str, type[Any]], made: Any) -> Any:
    known = {**{kind.__name__: kind for kind in subclasses_of(Action)}, "UserRequirement": UserRequirement, **actions}
    for name in one["actions"]:
        if name not in actions:
            raise ValueError(f"the role '{one['name']}' is to do '{name}', which is not among the actions.")
    for name in one["watch"]:
        if name not in known:
            raise ValueError(f"the role '{one['name']}' watches '{name}', which nobody does.")
    model = {"config": settings.with_model(made, one["model"])} if one.get("model") else {}
    told = {key: one.get(key, "") for key in ("name", "profile", "goal", "constraints")}
    role = DataRole(**told, is_human=bool(one.get("is_human")), context=made, **model)
    role.set_actions([actions[name] for name in one["actions"]])
    role._watch([known[name] for name in one["watch"]])
    mode, loop = one.get("react_mode", "by_order"), int(one.get("max_react_loop", 1))
    role._set_react_mode(mode, max_react_loop=loop, auto_run=True)
    return role


def _load(reference: str, configuration: Mapping[str, Any], context: Context) -> Any:
    found = context.load(reference, configuration.get("project", ""))
    if not (isinstance(found, type) and issubclass(found, Role)):
        raise ValueError(  # noqa: TRY004 - a person chose it
            f"'{reference}' is no class derived from MetaGPT's Role."
        )
    return found


def _own(kind: type[Any], made: Any) -> Any:
    role = kind(context=made)
    if not role.name or not role.profile:
        raise ValueError(f"the role {kind.__name__} needs a name and a profile of its own.")
    return role


def _check(roles: Sequence[Any]) -> None:
    for what in ("profile", "name"):  # MetaGPT lets the later of two take the place of the first
        values = [getattr(role, what) for role in roles]
        if twice := [value for value in values if values.count(value) > 1]:
            raise ValueError(f"two roles have the {what} '{twice[0]}'.")
