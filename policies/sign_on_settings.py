"""What an operator says of a tenant's OpenID Connect provider."""

from typing import Literal, Self
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, SecretStr, field_validator, model_validator

Algorithm = Literal["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"]
"""Signatures by a key that only the provider has; those with a shared secret cannot be named."""


class SignOnSettings(BaseModel):
    """A provider, the client that CERS is there, and how its claims are read."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    issuer: str = Field(description="The provider's issuer, as it writes it.")
    client_id: str = Field(description="What CERS is called there.", min_length=1)
    client_secret: SecretStr | None = Field(default=None, description="Its secret there; none for a public client.")
    audience: str | None = Field(
        default=None, description="Audience of bearer tokens; without it they are not accepted.", min_length=1
    )
    algorithms: tuple[Algorithm, ...] = Field(
        default=("RS256", "PS256", "ES256"), description="Signatures accepted.", min_length=1
    )
    scope: str = Field(default="openid email profile", description="What is asked for at sign-in.")
    login_claim: str = Field(default="email", description="The claim that is the login.")
    require_email_verified: bool = Field(default=True, description="Refuse an e-mail address nobody verified.")
    grants_from: Literal["TABLE", "CLAIM"] = Field(default="TABLE", description="Where grants are.")
    grants_claim: str = Field(default="sbacTenancyChain", description="The claim that has them.")
    skew_seconds: int = Field(default=60, description="How far clocks may differ.", ge=0, le=300)
    idle_minutes: int = Field(default=30, description="A session unused for so long has ended.", ge=1)
    absolute_hours: int = Field(default=12, description="A session so old has ended.", ge=1)

    @field_validator("issuer")
    @classmethod
    def _is_safe(cls, issuer: str) -> str:
        if not is_safe(issuer):
            raise ValueError("must be https, or http on this machine (127.0.0.1)")
        return issuer

    @model_validator(mode="after")
    def _tells_tokens_apart(self) -> Self:
        if self.audience == self.client_id:
            raise ValueError("audience must differ from client_id: an ID token would pass for an access token")
        if "openid" not in self.scope.split():
            raise ValueError("scope must contain openid")
        return self


def is_safe(url: str) -> bool:
    """Whether nobody between can read or change what is sent to a URL: TLS, or this machine."""
    parts = urlsplit(url)
    own = parts.hostname in ("127.0.0.1", "::1", "localhost")
    return bool(parts.hostname) and (parts.scheme == "https" or (parts.scheme == "http" and own))
