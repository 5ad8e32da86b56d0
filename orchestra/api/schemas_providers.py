"""The shapes of providers of models, their tests, and the names of models."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated

from pydantic import Field

from orchestra.api.schemas import ABSENT, Shape
from orchestra.domain.model_calls import WireFormat
from orchestra.domain.providers import (
    ALIAS_PATTERN,
    KINDS,
    NAME_PATTERN,
    SCRIPTED_ID,
    Alias,
    OfferedModel,
    Probed,
    Provider,
    ProviderKind,
)

ProviderName = Annotated[str, Field(pattern=NAME_PATTERN, description="Models are asked for as NAME/MODEL, too.")]
AliasName = Annotated[str, Field(pattern=ALIAS_PATTERN, max_length=100)]
Kind = Annotated[ProviderKind, Field(strict=False)]
Format = Annotated[WireFormat, Field(strict=False)]
Formats = Annotated[list[Format], Field(max_length=5, description="What it speaks; left out, what is usual.")]
BaseUrl = Annotated[str, Field(min_length=1, max_length=2000, description="Up to /chat/completions.")]
ApiKey = Annotated[str, Field(min_length=1, max_length=1000, description="Kept encrypted, never shown again.")]
ApiVersion = Annotated[str, Field(pattern=r"^[A-Za-z0-9.-]{1,40}$", description="Azure's; without one, its v1.")]
TimeoutSeconds = Annotated[float, Field(gt=0, le=3600, description="How long nothing at all may come.")]
Retries = Annotated[int, Field(ge=0, le=10, description="Further attempts after 429 and 5xx.")]
ContextTokens = Annotated[int, Field(ge=256, le=10_000_000, description="The context that Ollama is asked for.")]
ModelName = Annotated[str, Field(min_length=1, max_length=200)]
Models = Annotated[list[ModelName], Field(max_length=2000)]
Test = Annotated[bool, Field(description="Make one cheap call first, and keep nothing if it fails.")]


class ProviderKindOut(Shape):
    kind: Kind
    title: str
    base_url: Annotated[str, Field(description="Where it usually is; empty if that differs.")]
    formats: list[Format]
    needs_key: bool
    is_local: Annotated[bool, Field(description="Run by its user, near, free of charge.")]


class ProviderKindsOut(Shape):
    kinds: list[ProviderKindOut]

    @staticmethod
    def of_kinds() -> "ProviderKindsOut":
        kinds = [
            ProviderKindOut(
                kind=kind,
                title=facts.title,
                base_url=facts.base_url,
                formats=sorted(facts.formats),
                needs_key=facts.needs_key,
                is_local=facts.is_local,
            )
            for kind, facts in KINDS.items()
        ]
        return ProviderKindsOut(kinds=kinds)


class ProviderOut(Shape):
    id: str
    name: str
    kind: Kind
    base_url: str
    has_key: bool
    key_hint: Annotated[str, Field(description="The last characters of its key.")] = ABSENT
    formats: list[Format]
    api_version: str = ABSENT
    timeout_seconds: float
    retries: int
    context_tokens: int = ABSENT
    is_active: bool
    is_local: bool
    refusal: Annotated[str, Field(description="Why it may not be asked from here.")] = ABSENT
    models: int
    listed_at: datetime = ABSENT
    created_at: datetime
    updated_at: datetime

    @staticmethod
    def of_provider(one: Provider, refusal: str | None) -> "ProviderOut":
        return ProviderOut.of(
            id=one.id,
            name=one.name,
            kind=one.kind,
            base_url=one.base_url,
            has_key=one.sealed_key is not None,
            key_hint=one.key_hint,
            formats=sorted(one.spoken),
            api_version=one.api_version,
            timeout_seconds=one.timeout_seconds,
            retries=one.retries,
            context_tokens=one.context_tokens,
            is_active=one.is_active,
            is_local=one.facts.is_local,
            refusal=refusal,
            models=len(one.models),
            listed_at=one.listed_at,
            created_at=one.created_at,
            updated_at=one.updated_at,
        )


class ProvidersOut(Shape):
    providers: list[ProviderOut]
    zero_egress: Annotated[bool, Field(description="Only models on this machine are asked.")]


class CreateProviderIn(Shape):
    name: ProviderName
    kind: Kind
    base_url: BaseUrl = ABSENT
    api_key: ApiKey = ABSENT
    formats: Formats = ABSENT
    api_version: ApiVersion = ABSENT
    timeout_seconds: TimeoutSeconds = 600
    retries: Retries = 2
    context_tokens: ContextTokens = ABSENT
    is_active: bool = True
    models: Models = ABSENT
    test: Test = True
    test_model: ModelName = ABSENT


class UpdateProviderIn(Shape):
    name: ProviderName = ABSENT
    base_url: BaseUrl = ABSENT
    api_key: ApiKey | None = ABSENT
    formats: Formats | None = ABSENT
    api_version: ApiVersion | None = ABSENT
    timeout_seconds: TimeoutSeconds = ABSENT
    retries: Retries = ABSENT
    context_tokens: ContextTokens | None = ABSENT
    is_active: bool = ABSENT
    models: Models = ABSENT
    test: Test = True
    test_model: ModelName = ABSENT


class TestIn(Shape):
    """Of a provider that is kept: which model to test it with."""

    model: ModelName = ABSENT


class TestOut(Shape):
    ok: bool
    message: Annotated[str, Field(description="A sentence, with the provider's own words if it refused.")]
    model: str = ABSENT
    latency: Annotated[float, Field(description="Milliseconds.")] = ABSENT
    models: list[str] = ABSENT
    context_tokens: Annotated[int, Field(description="The context that it really gives, where it tells.")] = ABSENT

    @staticmethod
    def of_probed(probed: Probed) -> "TestOut":
        return TestOut.of(
            ok=probed.is_ok,
            message=probed.message,
            model=probed.model,
            latency=probed.latency_ms,
            models=None if probed.models is None else list(probed.models),
            context_tokens=probed.context_tokens,
        )


class ProviderModelsOut(Shape):
    models: list[str]
    listed_at: datetime = ABSENT

    @staticmethod
    def of_provider(one: Provider) -> "ProviderModelsOut":
        return ProviderModelsOut.of(models=list(one.models), listed_at=one.listed_at)


class RouteShape(Shape):
    provider: Annotated[str, Field(min_length=1, max_length=64, description="Its name or id; scripted is built in.")]
    model: ModelName


class AliasIn(Shape):
    routes: Annotated[list[RouteShape], Field(min_length=1, max_length=10, description="The first that answers.")]


class AliasOut(Shape):
    name: str
    routes: list[RouteShape]
    created_at: datetime
    updated_at: datetime

    @staticmethod
    def of_alias(alias: Alias, providers: Sequence[Provider]) -> "AliasOut":
        names = {one.id: one.name for one in providers} | {SCRIPTED_ID: SCRIPTED_ID}
        routes = [
            RouteShape(provider=names.get(one.provider_id, one.provider_id), model=one.model) for one in alias.routes
        ]
        return AliasOut(name=alias.name, routes=routes, created_at=alias.created_at, updated_at=alias.updated_at)


class AliasesOut(Shape):
    aliases: list[AliasOut]


class ModelOut(Shape):
    name: str
    kind: Annotated[str, Field(description="alias, model or scripted.")]
    providers: list[str]

    @staticmethod
    def of_model(model: OfferedModel) -> "ModelOut":
        return ModelOut(name=model.name, kind=model.kind, providers=list(model.providers))


class ModelsOut(Shape):
    models: list[ModelOut]


class RotationOut(Shape):
    message: str
    secrets: int
