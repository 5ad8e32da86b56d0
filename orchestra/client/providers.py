"""Providers of models, and the names that stand for their models."""

from collections.abc import Mapping, Sequence
from typing import Literal, NotRequired, TypedDict, Unpack

from orchestra.client.calls import Listing, Request
from orchestra.client.executions import Confirmation
from orchestra.client.fields import ABSENT, Absent, body_of, clearable, path_of
from orchestra.client.groups import D, Group, operation, series

Kind = Literal[
    "openai",
    "anthropic",
    "google",
    "mistral",
    "deepseek",
    "groq",
    "openrouter",
    "together",
    "azure",
    "ollama",
    "lmstudio",
    "vllm",
    "local",
    "compatible",
]
Format = Literal["chat", "completions", "responses", "embeddings", "messages"]


class ProviderKind(TypedDict):
    """`baseUrl` is where it usually is; `isLocal`: run by its user, near, free of charge."""

    kind: Kind
    title: str
    baseUrl: str
    formats: list[Format]
    needsKey: bool
    isLocal: bool


class Provider(TypedDict):
    """`models` is how many are known; `refusal` says why it may not be asked from the server."""

    id: str
    name: str
    kind: Kind
    baseUrl: str
    hasKey: bool
    keyHint: NotRequired[str]
    formats: list[Format]
    apiVersion: NotRequired[str]
    timeoutSeconds: float
    retries: int
    contextTokens: NotRequired[int]
    isActive: bool
    isLocal: bool
    refusal: NotRequired[str]
    models: int
    listedAt: NotRequired[str]
    createdAt: str
    updatedAt: str


class ProviderFields(TypedDict, total=False):
    """What a provider may be made with; what is left out or None is what is usual for its kind."""

    base_url: str | None
    api_key: str | None
    formats: Sequence[Format] | None
    api_version: str | None
    timeout_seconds: float | None
    retries: int | None
    context_tokens: int | None
    is_active: bool | None
    models: Sequence[str] | None
    test: bool | None
    test_model: str | None


class Overview(TypedDict):
    """`zeroEgress`: only models on the server's machine are asked."""

    providers: list[Provider]
    zeroEgress: bool


class Test(TypedDict):
    """`message` is a sentence, with the provider's own words if it refused; `latency` is in milliseconds."""

    ok: bool
    message: str
    model: NotRequired[str]
    latency: NotRequired[float]
    models: NotRequired[list[str]]
    contextTokens: NotRequired[int]


class KnownModels(TypedDict):
    models: list[str]
    listedAt: NotRequired[str]


class Route(TypedDict):
    """`provider` is its name; `scripted` is the built-in one."""

    provider: str
    model: str


class Alias(TypedDict):
    name: str
    routes: list[Route]
    createdAt: str
    updatedAt: str


class Model(TypedDict):
    """`kind` is alias, model or scripted."""

    name: str
    kind: str
    providers: list[str]


class Providers(Group[D]):
    @series
    def list(self) -> Listing[Provider]:
        """All providers, the oldest first."""
        return Listing(Request("GET", path_of("providers")), "providers")

    @operation
    def overview(self) -> Request[Overview]:
        """All providers, and whether others than those on the server's machine may be asked."""
        return Request("GET", path_of("providers"))

    @series
    def kinds(self) -> Listing[ProviderKind]:
        """The kinds of providers that there can be, with what is usual for each."""
        return Listing(Request("GET", path_of("provider-kinds")), "kinds")

    @operation
    def create(self, name: str, kind: Kind, **fields: Unpack[ProviderFields]) -> Request[Provider]:
        """Add a provider, once it answers one cheap call; untested if `test` is false."""
        return Request("POST", path_of("providers"), body=body_of(name=name, kind=kind, **fields), pauses=())

    @operation
    def try_out(self, name: str, kind: Kind, **fields: Unpack[ProviderFields]) -> Request[Test]:
        """Make one cheap call to a provider, and keep nothing."""
        return Request("POST", path_of("providers", "test"), body=body_of(name=name, kind=kind, **fields), pauses=())

    @operation
    def get(self, provider_id: str) -> Request[Provider]:
        """The provider of that id or name."""
        return Request("GET", path_of("providers", provider_id))

    @operation
    def update(
        self,
        provider_id: str,
        *,
        name: str | None = None,
        base_url: str | None = None,
        api_key: str | Absent | None = ABSENT,
        formats: Sequence[Format] | Absent | None = ABSENT,
        api_version: str | Absent | None = ABSENT,
        timeout_seconds: float | None = None,
        retries: int | None = None,
        context_tokens: int | Absent | None = ABSENT,
        is_active: bool | None = None,
        models: Sequence[str] | None = None,
        test: bool | None = None,
        test_model: str | None = None,
    ) -> Request[Provider]:
        """Change what is given; None clears a key, formats, a version and a context. A new address wants its key."""
        body = body_of(
            name=name,
            base_url=base_url,
            timeout_seconds=timeout_seconds,
            retries=retries,
            is_active=is_active,
            models=models,
            test=test,
            test_model=test_model,
        )
        more = clearable(api_key=api_key, formats=formats, api_version=api_version, context_tokens=context_tokens)
        return Request("PUT", path_of("providers", provider_id), body={**body, **more}, pauses=())

    @operation
    def delete(self, provider_id: str) -> Request[Confirmation]:
        """Remove it, with its key; ApiError `in_use` while an alias stands for a model of it."""
        return Request("DELETE", path_of("providers", provider_id))

    @operation
    def test(self, provider_id: str, *, model: str | None = None) -> Request[Test]:
        """Make one cheap call to it."""
        return Request("POST", path_of("providers", provider_id, "test"), body=body_of(model=model), pauses=())

    @operation
    def models(self, provider_id: str) -> Request[KnownModels]:
        """The models that it is known to have."""
        return Request("GET", path_of("providers", provider_id, "models"))

    @operation
    def refresh_models(self, provider_id: str) -> Request[KnownModels]:
        """Ask it which models it has."""
        return Request("POST", path_of("providers", provider_id, "models"), pauses=())


class Models(Group[D]):
    @series
    def list(self) -> Listing[Model]:
        """Every name that agents can ask for as a model."""
        return Listing(Request("GET", path_of("models")), "models")

    @series
    def aliases(self) -> Listing[Alias]:
        """All names that stand for models."""
        return Listing(Request("GET", path_of("model-aliases")), "aliases")

    @operation
    def alias(self, name: str) -> Request[Alias]:
        """The alias."""
        return Request("GET", path_of("model-aliases", name))

    @operation
    def set_alias(self, name: str, routes: Sequence[Mapping[str, str]]) -> Request[Alias]:
        """Have a name stand for the first of these models, and for the others while that does not answer."""
        return Request("PUT", path_of("model-aliases", name), body=body_of(routes=routes))

    @operation
    def delete_alias(self, name: str) -> Request[Confirmation]:
        """Delete the alias."""
        return Request("DELETE", path_of("model-aliases", name))
