"""Checks configurations against their framework's schema, and fills in its defaults."""

import copy
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any

from jsonschema_rs import Draft202012Validator, ValidationError, ValidationErrorKind

from orchestra.domain.frameworks import Framework
from orchestra.domain.limits import LIMITS_SCHEMA
from orchestra.domain.packages import PACKAGES_SCHEMA, faults_of_packages
from orchestra.domain.retry_policy import RETRIES_SCHEMA
from orchestra.domain.text import pointer, storable, unstorable
from orchestra.errors import Fault, Invalid

_MESSAGE_CHARACTERS = 300
_MOST_FRAMEWORKS = 200


@lru_cache(maxsize=_MOST_FRAMEWORKS)
def _schema_of(framework: Framework) -> dict[str, Any]:
    """As `form_schema`, for whoever does not change it."""
    return form_schema(framework)


@lru_cache(maxsize=_MOST_FRAMEWORKS)
def _validator_of(framework: Framework) -> Draft202012Validator:
    return Draft202012Validator(_schema_of(framework))


def form_schema(framework: Framework) -> dict[str, Any]:
    """The schema of an agent's whole configuration: the framework's own, and what the engine goes by beside it."""
    schema = copy.deepcopy(dict(framework.config_schema))
    ours = {"limits": dict(LIMITS_SCHEMA), "retries": dict(RETRIES_SCHEMA)}
    if framework.needs_environment:
        ours["packages"] = dict(PACKAGES_SCHEMA)
    schema["properties"] = {**schema.get("properties", {}), **ours}
    return schema


def faults_of(framework: Framework, configuration: Mapping[str, Any], at: str = "/configuration") -> list[Fault]:
    """A fault, with its pointer, for each place where the configuration does not fit the framework's schema."""
    # In this order: what cannot be kept (NaN, endless nesting) cannot be validated either.
    return (
        list(unstorable(configuration, at))
        or list(_faults(_validator_of(framework), configuration, at))
        or list(faults_of_packages(configuration.get("packages"), f"{at}/packages"))
    )


def check(framework: Framework, configuration: Mapping[str, Any]) -> None:
    """Invalid, with a pointer for each fault, unless the configuration fits the framework's schema."""
    if faults := faults_of(framework, configuration):
        raise Invalid(f"The configuration does not fit {framework.title}: {faults[0].message}", faults)


def with_defaults(framework: Framework, configuration: Mapping[str, Any]) -> dict[str, Any]:
    """The configuration with each missing value that has a default in the schema."""
    schema = _schema_of(framework)
    return _filled(schema, copy.deepcopy(dict(configuration)), schema)


def _faults(validator: Draft202012Validator, configuration: Mapping[str, Any], at: str) -> Iterator[Fault]:
    for error in validator.iter_errors(dict(configuration)):
        yield Fault(at + pointer(*_path(error)), _sentence(error))


def _path(error: ValidationError) -> list[str | int]:
    missing = [error.kind.property] if isinstance(error.kind, ValidationErrorKind.Required) else []
    return [*error.instance_path, *missing]


def _sentence(error: ValidationError) -> str:
    if isinstance(error.kind, ValidationErrorKind.Required):
        return "This is required."
    message = storable(error.message)
    return message if len(message) <= _MESSAGE_CHARACTERS else message[:_MESSAGE_CHARACTERS] + " …"


def _filled(schema: Mapping[str, Any], value: dict[str, Any], root: Mapping[str, Any]) -> dict[str, Any]:
    for name, subschema in schema.get("properties", {}).items():
        resolved = _resolved(subschema, root)
        if name not in value and "default" in resolved and resolved["default"] is not None:
            value[name] = copy.deepcopy(resolved["default"])
        if isinstance(value.get(name), dict):
            value[name] = _filled(resolved, value[name], root)
    return value


def _resolved(schema: Mapping[str, Any], root: Mapping[str, Any]) -> Mapping[str, Any]:
    reference = schema.get("$ref", "")
    if not reference.startswith("#/"):
        return schema
    target: Any = root
    for part in reference[2:].split("/"):
        target = target[part]
    return {**target, **{key: value for key, value in schema.items() if key != "$ref"}}
