"""Every setting, with one line of help; each can be given as an environment variable ORCHESTRA_<NAME>."""

from pathlib import Path
from typing import Annotated, Any, Literal

import platformdirs
from pydantic import Field, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict, SettingsError

from orchestra.domain.addresses import networks_of
from orchestra.domain.ratelimits import PATTERN
from orchestra.errors import CannotStart

_LONGEST_PAUSE = 366 * 86_400


def default_data_dir() -> Path:
    return platformdirs.user_data_path("agentorchestra", appauthor=False)


class Settings(BaseSettings):
    model_config = SettingsConfigDict(env_prefix="ORCHESTRA_", frozen=True)

    host: str = Field(default="127.0.0.1", description="The address to listen on; loopback by default.")
    port: int = Field(default=3000, ge=0, le=65535, description="The port to listen on; 0 takes a free one.")
    data_dir: Path = Field(default_factory=default_data_dir, description="The folder that holds everything kept.")
    allowed_hosts: list[str] = Field(
        default=[], description="Further host names under which the server may be reached (a JSON list)."
    )
    sample: bool = Field(default=True, description="Make a sample agent on the first start and run it once.")
    slots: int = Field(default=8, ge=1, le=1000, description="How many executions run at once.")
    warm_seconds: float = Field(
        default=600, ge=0, description="How long a loaded framework waits for its next execution, in seconds; 0: never."
    )
    framework_slots: dict[str, Annotated[int, Field(ge=0)]] = Field(
        default={}, description="How many executions of a framework run at once, by its id (a JSON object)."
    )
    drain_seconds: float = Field(
        default=0, ge=0, le=3600, description="How long a server that is stopped lets executions end, in seconds."
    )
    max_body_bytes: int = Field(default=10_000_000, ge=1024, description="The largest request body, in bytes.")
    durability: Literal["normal", "full"] = Field(
        default="normal", description="Whether what was accepted survives a power cut too (full); it costs time."
    )
    rate_limit: str = Field(
        default="1000/hour", pattern=PATTERN, description="How often a key or person may ask over REST; or off."
    )
    execution_rate_limit: str = Field(
        default="100/hour", pattern=PATTERN, description="How often a key or person may start executions; or off."
    )
    sign_in_rate_limit: str = Field(
        default="10/15 minutes", pattern=PATTERN, description="How often an address may try to sign in; or off."
    )
    webhook_allow: list[str] = Field(
        default=[], description="Networks that are not public and may get webhooks, such as 10.0.0.0/8 (a JSON list)."
    )
    webhook_pauses: list[float] = Field(
        default=[5, 300, 1800, 7200, 18000, 36000, 50400, 72000, 86400],
        description="The pauses before each further attempt to deliver a webhook, in seconds (a JSON list).",
    )
    webhook_timeout_seconds: float = Field(
        default=15, gt=0, le=120, description="How long an endpoint may take to answer, in seconds."
    )
    webhook_disable_days: float = Field(
        default=5, ge=0, description="For how many days an endpoint may fail before it is disabled."
    )
    provider_allow: list[str] = Field(
        default=[], description="Networks that are not public and may hold any model provider (a JSON list)."
    )
    provider_proxy: str = Field(
        default="",
        pattern=r"^(https?://[^/\s]+/?)?$",
        description="The proxy, such as http://name:password@10.0.0.1:3128, through which models are asked that are "
        "not on this machine or near; empty: none.",
    )
    zero_egress: bool = Field(default=False, description="Ask only models on this machine, whoever wants another.")
    master_key: SecretStr | None = Field(
        default=None, description="The key that encrypts stored secrets, then older ones, separated by commas."
    )
    keyring: bool = Field(
        default=True, description="Keep that key in the system's keyring, where Python's keyring is installed."
    )
    build_on_start: bool = Field(
        default=False, description="Install a framework when an agent of it is started, instead of refusing that."
    )
    python_downloads: bool = Field(
        default=False, description="Let uv download a Python that a framework needs and this machine lacks."
    )
    plugin_installs: bool = Field(
        default=True, description="Let owners install and remove plugins over REST and on the screens."
    )
    model_body_days: float = Field(
        default=30,
        ge=0,
        le=36500,
        description="For how many days prompts and replies of model calls are kept; 0: never.",
    )
    artifact_days: float = Field(
        default=30, ge=0, le=36500, description="For how many days the files of a run are kept after its end."
    )
    runaway_repeats: int = Field(
        default=25, ge=0, description="How often a run may send the same request before a person is asked; 0: always."
    )
    runaway_calls: int = Field(
        default=500,
        ge=0,
        description="How many models a run may call without a step further before a person is asked; 0: any number.",
    )
    runaway_wait_seconds: float = Field(
        default=600, gt=0, le=86400, description="How long a person who is asked so may take before the run is ended."
    )
    budget_output_tokens: int = Field(
        default=16_384,
        ge=256,
        le=1_000_000,
        description="The most that a model's reply may have, in tokens, where a budget or limit holds a call that "
        "names no bound.",
    )
    session_days: int = Field(default=30, ge=1, description="How long a browser stays signed in, in days.")

    @field_validator("webhook_allow", "provider_allow")
    @classmethod
    def _check_networks(cls, texts: list[str]) -> list[str]:
        networks_of(texts)
        return texts

    @field_validator("webhook_pauses")
    @classmethod
    def _check_pauses(cls, pauses: list[float]) -> list[float]:
        if any(not 0 <= pause <= _LONGEST_PAUSE for pause in pauses):
            raise ValueError("each pause is between 0 seconds and a year")
        return pauses

    @property
    def database(self) -> Path:
        return self.data_dir / "orchestra.db"

    @property
    def history(self) -> Path:
        return self.data_dir / "history.duckdb"

    @property
    def secret_key(self) -> Path:
        return self.data_dir / "secret.key"

    @property
    def master_key_file(self) -> Path:
        return self.data_dir / "master.key"

    @property
    def runs(self) -> Path:
        return self.data_dir / "runs"

    @property
    def agents(self) -> Path:
        return self.data_dir / "agents"


def load_settings(**given: Any) -> Settings:
    """The settings from the environment, with those given put over them; CannotStart names a value that is wrong."""
    try:
        return Settings(**given)
    except ValidationError as error:
        fault = error.errors()[0]
        name = "_".join(str(part) for part in fault["loc"]).upper()
        raise CannotStart(f"The setting ORCHESTRA_{name} is not valid: {fault['msg']}.") from error
    except SettingsError as error:
        raise CannotStart(f"A setting is not valid: {error}. Lists are written as JSON.") from error
