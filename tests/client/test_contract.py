"""The client and the served document agree: on every operation, its parameters and the shapes of its answers."""

import inspect
import keyword
import re
from collections.abc import Iterator
from typing import Any, Literal, get_args, get_origin, get_type_hints, is_typeddict

import pytest
from servers import ServerUnderTest

from orchestra.client import answers
from orchestra.client.agents import Agents
from orchestra.client.api import Api
from orchestra.client.budgets import Budgets
from orchestra.client.calls import Pieces, Request, Waiting
from orchestra.client.configurations import Configurations
from orchestra.client.dashboard import Dashboard
from orchestra.client.events import OTHER_ROLE, Kind
from orchestra.client.executions import FINAL, Executions
from orchestra.client.frameworks import Frameworks
from orchestra.client.groups import Blocking, Group, operation, series
from orchestra.client.hooks import Hooks
from orchestra.client.people import Keys, Myself, Users
from orchestra.client.prices import Prices
from orchestra.client.providers import Models, Providers
from orchestra.client.queue import Queue
from orchestra.client.schedules import Schedules
from orchestra.client.webhooks import Webhooks
from orchestra.domain.events import EventKind
from orchestra.domain.executions import ExecutionStatus
from orchestra.domain.identity import Ending

GROUPS = (
    Api,
    Agents,
    Executions,
    Queue,
    Schedules,
    Configurations,
    Frameworks,
    Providers,
    Models,
    Webhooks,
    Hooks,
    Dashboard,
    Budgets,
    Prices,
    Keys,
    Users,
    Myself,
)
LEFT_TO_CALL = {
    ("POST", "/api/sessions"),  # a browser's cookie, which a client with a key has no use for
    ("DELETE", "/api/sessions/current"),
    # Plugins are installed by a person who was shown what comes: on the screen, or by the command line.
    ("POST", "/api/plugins"),
    ("POST", "/api/plugins/plan"),
    ("POST", "/api/plugins/refresh"),
    ("GET", "/api/plugins/log"),
    ("GET", "/api/plugins/progress"),
    ("DELETE", "/api/plugins/{plugin_name}"),
}
NOBODY: Group[Blocking] = Group(None)  # type: ignore[arg-type]
OTHERWISE_NAMED = {"page", "offset", "last-event-id", "Idempotency-Key", "prefer"}  # the last one is `wait`'s


class Method:
    """One method of the client, and the operation that it asks for."""

    def __init__(self, group: type, name: str, described: Any) -> None:
        self.name = f"{group.__name__}.{name}"
        self.described = described
        parameters = list(inspect.signature(described.describe).parameters.values())[1:]
        self.parameters = {name for one in parameters for name in _names_of(one)}
        needed = [one for one in parameters if one.default is one.empty and one.kind is not one.VAR_KEYWORD]
        made = described.describe(NOBODY, *[_example(one) for one in needed])
        self.request: Request[Any] = made if isinstance(made, Request) else made.request
        self.is_waiting = isinstance(made, Waiting)
        self.is_in_pieces = isinstance(made, Pieces)  # which have headers of their own
        self.list_name: str | None = getattr(made, "name", None)


def _names_of(parameter: inspect.Parameter) -> set[str]:
    """Its own name; those of its fields, if it stands for the fields of a TypedDict."""
    if parameter.kind is not parameter.VAR_KEYWORD:
        return {parameter.name}
    [fields] = get_args(parameter.annotation)
    return set(get_type_hints(fields))


def _example(parameter: inspect.Parameter) -> Any:
    return 1 if parameter.annotation is int else ["x"] if "Sequence" in str(parameter.annotation) else "x"


def methods() -> list[Method]:
    return [
        Method(group, name, described)
        for group in GROUPS
        for name, described in vars(group).items()
        if isinstance(described, operation | series) and (group, name) != (Api, "call")
    ]


def operations(document: Any) -> Iterator[tuple[str, str, Any]]:
    for path, item in document["paths"].items():
        for method, described in item.items():
            yield method.upper(), path, described


def asked_for(method: Method, document: Any) -> tuple[str, str, Any]:
    """The operation that a method asks for; a path without parameters goes before one that has some."""
    fitting = [
        one
        for one in operations(document)
        if one[0] == method.request.method
        and re.fullmatch(re.sub(r"\\{[^}]*\\}", "[^/]+", re.escape(one[1])), method.request.path)
    ]
    assert fitting, f"{method.name} asks for {method.request.method} {method.request.path}, which is not served"
    return min(fitting, key=lambda one: one[1].count("{"))


@pytest.fixture(scope="module")
def document(server: ServerUnderTest) -> Any:
    return server.call("GET", "/openapi.json")


def test_every_group_is_looked_at() -> None:
    made = vars(Api(None)).values()
    assert {type(one) for one in made if isinstance(one, Group)} == set(GROUPS) - {Api}


def test_every_operation_is_a_method_or_left_to_call(document: Any) -> None:
    served = {(method, path) for method, path, _ in operations(document)}
    reached = {asked_for(method, document)[:2] for method in methods()}
    assert len(served) > 60
    assert served - reached == LEFT_TO_CALL


def test_every_field_and_filter_is_a_parameter(document: Any) -> None:
    for method in methods():
        if method.is_waiting or method.is_in_pieces:
            continue
        _, path, described = asked_for(method, document)
        wanted = {one["name"] for one in described.get("parameters", ()) if one["in"] in {"query", "header"}}
        body = described.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema", {})
        wanted |= set(resolved(body, document).get("properties", ()))
        for name in wanted - OTHERWISE_NAMED:
            assert named(name) in method.parameters, (path, name)


def named(field: str) -> str:
    """A field, filter or header as Python can name it."""
    snake = re.sub(r"([A-Z])", lambda capital: "_" + capital[1].lower(), field).replace("-", "_")
    return f"{snake}_" if keyword.iskeyword(snake) else snake


def test_every_answer_has_the_shape_that_is_served(document: Any) -> None:
    compared = 0
    for method in methods():
        _, path, described = asked_for(method, document)
        success = next(
            described["responses"][status] for status in ("200", "201", "202") if status in described["responses"]
        )
        schema = success["content"].get("application/json", {}).get("schema")
        if schema is None or method.request.read is not answers.read:  # a stream; or it reads only a header
            continue
        (answer,) = get_args(get_type_hints(method.described.describe)["return"])
        if method.list_name is not None:
            schema = resolved(schema, document)["properties"][method.list_name]["items"]
        compare(answer, schema, document, path)
        compared += 1
    assert compared > 60


def resolved(schema: Any, document: Any) -> Any:
    while "$ref" in schema:
        schema = document["components"]["schemas"][schema["$ref"].rsplit("/", 1)[1]]
    return schema


def compare(kind: Any, schema: Any, document: Any, where: str) -> None:
    """Fail where a type and a schema say different things."""
    schema = resolved(schema, document)
    if is_typeddict(kind):
        assert set(schema.get("required", ())) == kind.__required_keys__, where
        assert set(schema["properties"]) == set(kind.__annotations__), where
        for name, hint in get_type_hints(kind).items():
            compare(hint, schema["properties"][name], document, f"{where}: {name}")
    elif get_origin(kind) is list:
        compare(get_args(kind)[0], schema["items"], document, where)
    elif get_origin(kind) is dict:
        assert schema["type"] == "object", where
        if is_typeddict(get_args(kind)[1]):
            compare(get_args(kind)[1], schema["additionalProperties"], document, where)
    elif get_origin(kind) is Literal:
        assert set(get_args(kind)) == set(schema.get("enum", ())), where
    else:
        assert schema["type"] == {str: "string", int: "integer", float: "number", bool: "boolean"}[kind], where
        assert "enum" not in schema, where


def test_the_kinds_of_events_and_the_final_statuses_are_those_of_the_domain() -> None:
    assert list(get_args(Kind)) == [kind.value for kind in EventKind]
    assert {status.value for status in ExecutionStatus if status.is_final} == FINAL
    assert OTHER_ROLE == Ending.ROLE_CHANGED
