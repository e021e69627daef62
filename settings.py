"""Reads the environment and cers.toml once into a frozen Settings; nothing else reads either.

Environment variables begin with CERS_ and win over cers.toml in the working directory; nested names use two
underscores: CERS_TENANTS__DEMO__DATABASE=postgresql://cers@localhost/demo.
"""

from functools import cache
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, SecretStr
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)


class TenantSettings(BaseModel):
    """Where a tenant's data is, and the key that signs its tokens and seals its cursors."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    database: str = Field(description="sqlite:///path or postgresql://user@host/name")
    database_for_reading: str | None = Field(
        default=None, description="The same PostgreSQL database for a login that may only read; else `database`."
    )
    key: SecretStr = Field(description="At least 32 characters, known to this tenant only.", min_length=32)


class Settings(BaseSettings):
    """Everything an operator may set."""

    model_config = SettingsConfigDict(
        env_prefix="CERS_", env_nested_delimiter="__", toml_file="cers.toml", frozen=True, extra="forbid"
    )
    host: str = Field(default="127.0.0.1", description="Address to listen on.")
    port: int = Field(default=8000, description="Port to listen on.", ge=1, le=65535)
    tenants: dict[str, TenantSettings] = Field(
        default_factory=dict, description="Tenants besides the sandbox, by name."
    )
    sandbox: bool = Field(default=True, description="Serve the sandbox tenant.")
    sandbox_path: Path = Field(default=Path("var/sandbox.sqlite3"), description="Where the sandbox database is kept.")
    sandbox_session_minutes: int = Field(default=480, description="How long a sandbox token lasts.", ge=1)
    disclosure_journals: Path = Field(
        default=Path("var/disclosures"), description="Where disclosures wait until they are stored, a folder a tenant."
    )
    disclosure_days: int = Field(default=1825, description="How long the disclosure log is kept.", ge=1)
    plan_cache: int = Field(default=512, description="How many compiled plans are kept.", ge=1)
    max_depth: int = Field(default=12, description="Deepest selection accepted.", ge=1)
    max_nodes: int = Field(
        default=20_000, description="Most nodes an operation may ask for (product of `first`).", ge=1
    )

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
