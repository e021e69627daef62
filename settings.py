"""Reads the environment and cers.toml once into a frozen Settings; nothing else reads either.

Environment variables begin with CERS_ and win over cers.toml in the working directory; nested names use two
underscores: CERS_TENANTS__DEMO__DATABASE=postgresql://cers@localhost/demo.
"""

import re
from dataclasses import fields
from functools import cache
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    FilePath,
    SecretStr,
    StringConstraints,
    field_validator,
    model_validator,
)
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

from policies.limits import Limits
from policies.sandbox import SANDBOX
from policies.sign_on_settings import SignOnSettings, is_safe

LogFormat = Literal["json", "console"]
LogLevel = Literal["debug", "info", "warning", "error"]
Origin = Annotated[str, StringConstraints(pattern=r"^https?://[^\s/*?#@]+$", to_lower=True)]


class TenantSettings(BaseModel):
    """Where a tenant's data is, the key that signs its tokens and seals its cursors, and who signs its users on."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    database: str = Field(description="sqlite:///path or postgresql://user@host/name")
    database_for_reading: str | None = Field(
        default=None, description="The same PostgreSQL database for a login that may only read; else `database`."
    )
    key: SecretStr = Field(description="At least 32 characters, known to this tenant only.", min_length=32)
    introspection: bool = Field(default=False, description="Whether `__schema` and `__type` answer.")
    suggestions: bool = Field(default=False, description="Whether an unknown name's error proposes known ones.")
    trusted_documents: FilePath | None = Field(default=None, description="Manifest of documents by their SHA-256.")
    only_trusted: bool = Field(default=False, description="Whether no other documents than those are answered.")
    sign_on: SignOnSettings | None = Field(default=None, description="The tenant's OpenID Connect provider.")

    @model_validator(mode="after")
    def _only_what_is_listed(self) -> Self:
        if self.only_trusted and not self.trusted_documents:
            raise ValueError("only_trusted: needs trusted_documents")
        return self


class Settings(BaseSettings):
    """Everything an operator may set."""

    model_config = SettingsConfigDict(
        env_prefix="CERS_", env_nested_delimiter="__", toml_file="cers.toml", frozen=True, extra="forbid"
    )
    host: str = Field(default="127.0.0.1", description="Address to listen on.")
    port: int = Field(default=8000, description="Port to listen on.", ge=1, le=65535)
    request_seconds: float = Field(default=30, description="How long a request is worked on.", gt=0)
    request_bytes: int = Field(default=1_048_576, description="How large a request may be.", ge=1024)
    cors_origins: tuple[Origin, ...] = Field(
        default_factory=tuple, description="Other origins whose pages may ask, as `https://host`."
    )
    public_url: str | None = Field(default=None, description="Where browsers find CERS; `http://host:port` without it.")
    tenants: dict[str, TenantSettings] = Field(
        default_factory=dict, description="Tenants besides the sandbox, by name."
    )
    sandbox: bool = Field(default=True, description="Serve the sandbox tenant.")
    sandbox_path: Path = Field(default=Path("var/sandbox.sqlite3"), description="Where the sandbox database is kept.")
    sandbox_session_minutes: int = Field(default=30, description="How long a sandbox session lives unused.", ge=1)
    sandbox_session_hours: int = Field(default=12, description="How long it lives however much it is used.", ge=1)
    sandbox_room_hours: int = Field(default=10, description="How long a training room is open.", ge=1, le=24 * 31)
    sandbox_rooms: int = Field(default=50, description="Most training rooms at a time.", ge=0)
    sandbox_copies: int = Field(default=100, description="Most private copies at a time.", ge=0)
    sandbox_megabytes: int = Field(default=16_384, description="Most disk that all copies take.", ge=0)
    sandbox_open_copies: int = Field(default=64, description="Most copies that a process keeps open.", ge=1)
    sandbox_wrong_codes: str = Field(default="20/minute", description="Wrong room codes an address may try in a time.")
    disclosure_journals: Path = Field(
        default=Path("var/disclosures"), description="Where disclosures wait until they are stored, a folder a tenant."
    )
    disclosure_days: int = Field(default=1825, description="How long the disclosure log is kept.", ge=1)
    log_format: LogFormat = Field(default="console", description="Log lines as JSON or for people.")
    log_level: LogLevel = Field(default="info", description="The least that is logged; `info` has every operation.")
    operator_host: str = Field(default="127.0.0.1", description="The operator's address, where `/metrics` answers.")
    operator_port: int | None = Field(default=None, description="Its port; no metrics without it.", ge=1, le=65535)
    otlp_endpoint: str | None = Field(
        default=None,
        description="OpenTelemetry collector (OTLP over HTTP), as `http://host:4318`.",
        pattern="^https?://",
    )
    plan_cache: int = Field(default=512, description="How many compiled plans are kept.", ge=1)
    max_nodes: int = Field(
        default=Limits.nodes, description="Most nodes an operation may ask for (sum of products of `first`).", ge=1
    )
    max_depth: int = Field(default=Limits.depth, description="Most levels of fields in an operation.", ge=1)
    max_fields: int = Field(default=Limits.fields, description="Most fields in an operation.", ge=1)
    max_root_fields: int = Field(default=Limits.root_fields, description="Most fields of an operation itself.", ge=1)
    max_aliases: int = Field(default=Limits.aliases, description="Most aliases in an operation.", ge=0)
    max_directives: int = Field(default=Limits.directives, description="Most directives in an operation.", ge=0)
    max_tokens: int = Field(default=Limits.tokens, description="Most tokens in a document.", ge=1)
    max_characters: int = Field(default=Limits.characters, description="Most characters in a document.", ge=1)
    max_input_depth: int = Field(
        default=Limits.input_depth, description="Most levels of lists and objects in an argument or variable.", ge=1
    )
    max_input_values: int = Field(
        default=Limits.input_values, description="Most values in the variables of a request.", ge=1
    )
    rate: str = Field(default="600/minute", description="Points a viewer may spend in a time; empty for no limit.")

    @field_validator("public_url")
    @classmethod
    def _is_an_origin(cls, url: str | None) -> str | None:
        if url is not None and (not is_safe(url) or url.count("/") > 2):
            raise ValueError("must be https://host, or http on this machine, without a path")
        return url

    @field_validator("tenants")
    @classmethod
    def _none_is_the_sandbox(cls, tenants: dict[str, TenantSettings]) -> dict[str, TenantSettings]:
        if SANDBOX in tenants:
            raise ValueError(f"{SANDBOX} is the name of the sandbox; choose another")
        return tenants

    @model_validator(mode="after")
    def _is_fit_for_sign_on(self) -> Self:
        asked = [(t.sign_on.issuer, t.sign_on.audience) for t in self.tenants.values() if t.sign_on]
        if any(asked.count(each) > 1 for each in asked if each[1]):
            raise ValueError("tenants: two with the same issuer need different audiences")
        if asked and not is_safe(self.origin):
            raise ValueError("public_url: needed for sign-on, https://host where browsers find CERS")
        return self

    @field_validator("rate", "sandbox_wrong_codes")
    @classmethod
    def _is_a_rate(cls, rate: str) -> str:
        if rate and not re.fullmatch(r"[1-9][0-9]{0,8}/(second|minute|hour)", rate):
            raise ValueError("must be points/second, points/minute or points/hour, such as 600/minute, or empty")
        return rate

    def limits(self, *, introspection: bool, suggestions: bool) -> Limits:
        """How much one operation may ask of a tenant, and what the tenant tells of its contract."""
        told = {"introspection": introspection, "suggestions": suggestions}
        return Limits(**told, **{f.name: getattr(self, f"max_{f.name}") for f in fields(Limits) if f.name not in told})

    @property
    def origin(self) -> str:
        """Where browsers find CERS."""
        return self.public_url or f"http://{self.host}:{self.port}"

    @property
    def secure(self) -> bool:
        """Whether they come by https."""
        return self.origin.startswith("https:")

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        return init_settings, env_settings, TomlConfigSettingsSource(settings_cls)


@cache
def settings() -> Settings:
    """The settings of this process."""
    return Settings()
