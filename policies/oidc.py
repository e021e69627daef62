"""An OpenID Connect provider: where it is, which keys are its own, what its tokens say (OpenID Connect Core 1.0).

Tokens are good only when signed by a key that the provider publishes, with a pinned algorithm. An unknown key makes the
keys be fetched again, but not often: a stranger's tokens must not make us knock at the provider's door for each.
"""

import asyncio
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

import httpx2
import structlog
from authlib.integrations.httpx_client import AsyncOAuth2Client, OAuthError
from authlib.oauth2.client import OAuth2Client
from joserfc import jwt
from joserfc.errors import ExpiredTokenError, InvalidKeyIdError, JoseError
from joserfc.jwk import KeySet
from joserfc.jws import JWSRegistry

from policies.errors import Unauthenticated, Unavailable
from policies.sign_on_settings import SignOnSettings, is_safe

FETCH_SECONDS = 5.0
KEYS_KEPT_SECONDS = 600.0
"""A key that the provider has withdrawn is trusted for so long at most."""
PAUSE_SECONDS = 30.0
"""Between two fetches that an unknown key or an unreachable provider asks for."""
TYPES_OF_ACCESS_TOKENS = ("", "jwt", "at+jwt", "application/at+jwt")
CLAIMS_OF_ID_TOKENS = ("nonce", "at_hash", "c_hash", "s_hash")
LONGEST_HINT = 4000
"""Of an address: with a longer one than about twice that, many servers refuse it."""
NOT_VALID = "the token is not valid here."
EXPIRED = "the token has expired."
NO_ANSWER = (httpx2.HTTPError, JoseError, Unavailable, OSError, ValueError, TypeError, KeyError, AttributeError)
"""How a provider fails to say what we ask: not at all, too late, or something else."""
log = structlog.get_logger("cers.sign_on")


@dataclass(frozen=True, slots=True)
class Published:
    """What the provider says of itself, and when we heard it."""

    metadata: Mapping[str, Any]
    keys: KeySet
    heard: float

    def endpoint(self, name: str) -> str:
        """An address of the provider. Raises Unavailable where it has none that is safe."""
        url = self.metadata.get(name)
        if not isinstance(url, str) or not is_safe(url):
            raise Unavailable(f"sign-on: the provider has no {name}.")
        return url


@dataclass(frozen=True, slots=True)
class Attempt:
    """What ties a browser's way to the provider and back together."""

    state: str
    nonce: str
    verifier: str


class Provider:
    """One tenant's provider."""

    def __init__(self, settings: SignOnSettings, redirect_uri: str) -> None:
        self.settings = settings
        self.redirect_uri = redirect_uri
        self.monotonic = time.monotonic
        self._published: Published | None = None
        self._tried = float("-inf")
        self._fetching = asyncio.Lock()

    async def published(self) -> Published:
        """What the provider says of itself, not older than ten minutes where it can be reached.

        Raises Unavailable if it never could be.
        """
        known = self._published
        if known is None or self.monotonic() - known.heard > KEYS_KEPT_SECONDS:
            await self._renew(known)
        if self._published is None:
            raise Unavailable("sign-on: the provider does not answer.")
        return self._published

    async def address(self, attempt: Attempt) -> str:
        """Where a browser goes to sign in: code flow, PKCE with S256."""
        endpoint = (await self.published()).endpoint("authorization_endpoint")
        client = OAuth2Client(None, **self._known_there(), code_challenge_method="S256")
        url, _ = client.create_authorization_url(
            endpoint, state=attempt.state, nonce=attempt.nonce, code_verifier=attempt.verifier
        )
        return str(url)

    async def answered(self, query: Mapping[str, str], attempt: Attempt, now: datetime) -> tuple[str, dict[str, Any]]:
        """The ID token for the code a browser came back with, and what it and the provider's userinfo claim.

        Raises Unauthenticated if the provider refused, or answered with what is not for this attempt.
        """
        published = await self.published()
        named = "iss" in query or published.metadata.get("authorization_response_iss_parameter_supported")
        if named and query.get("iss") != self.settings.issuer:
            raise Unauthenticated("sign-in: the answer is of another provider.")
        if "error" in query or not query.get("code"):
            raise Unauthenticated("sign-in: the provider did not sign you in.")
        async with self._client() as client:
            try:
                tokens = await client.fetch_token(
                    published.endpoint("token_endpoint"),
                    grant_type="authorization_code",
                    code=query["code"],
                    code_verifier=attempt.verifier,
                )
                id_token = str(tokens.get("id_token"))
                claims = await self._of_id_token(id_token, attempt, now)
                return id_token, await self._with_userinfo(client, published, claims)
            except OAuthError as error:
                raise Unauthenticated("sign-in: the provider does not know this code.") from error
            except (httpx2.HTTPError, ValueError) as error:
                raise Unavailable("sign-on: the provider does not answer.") from error

    async def of_access_token(self, token: str, now: datetime) -> dict[str, Any]:
        """The claims of an access token for us. Raises Unauthenticated for any other."""
        audience = self.settings.audience
        decoded = await self._verified(token, now, aud={"essential": True, "value": audience}, iat={"essential": True})
        kind = str(decoded.header.get("typ", "")).lower()
        for_a_client = kind in ("", "jwt") and any(name in decoded.claims for name in CLAIMS_OF_ID_TOKENS)
        if audience is None or kind not in TYPES_OF_ACCESS_TOKENS or for_a_client:
            raise Unauthenticated(f"Authorization: {NOT_VALID}")
        return decoded.claims

    async def sign_out_address(self, id_token: str, return_to: str) -> str | None:
        """Where a browser goes to sign out of the provider too; None where it offers no such place."""
        try:
            endpoint = (await self.published()).endpoint("end_session_endpoint")
        except Unavailable:
            return None
        client = {"client_id": self.settings.client_id, "post_logout_redirect_uri": return_to}
        hint = {"id_token_hint": id_token} if 0 < len(id_token) <= LONGEST_HINT else {}
        given = {**hint, **client}
        return f"{endpoint}{'&' if '?' in endpoint else '?'}{urlencode(given)}"

    async def _of_id_token(self, id_token: str, attempt: Attempt, now: datetime) -> dict[str, Any]:
        client = {"essential": True, "value": self.settings.client_id}
        nonce = {"essential": True, "value": attempt.nonce}
        claims = (await self._verified(id_token, now, aud=client, nonce=nonce, iat={"essential": True})).claims
        several = isinstance(claims["aud"], list) and len(claims["aud"]) > 1
        if claims.get("azp", None if several else client["value"]) != client["value"]:
            raise Unauthenticated(f"sign-in: {NOT_VALID}")
        return claims

    async def _with_userinfo(
        self, client: AsyncOAuth2Client, published: Published, claims: dict[str, Any]
    ) -> dict[str, Any]:
        """The claims, and where some are missing those that the provider keeps for its userinfo endpoint."""
        if self._needed() <= claims.keys() or "userinfo_endpoint" not in published.metadata:
            return claims
        response = await client.get(published.endpoint("userinfo_endpoint"))
        more = response.raise_for_status().json()
        if not isinstance(more, dict) or more.get("sub") != claims["sub"]:
            raise Unauthenticated("sign-in: the provider's answers are about different people.")
        return {**more, **claims}

    def _needed(self) -> set[str]:
        names = {self.settings.login_claim}
        if self.settings.require_email_verified:
            names.add("email_verified")
        if self.settings.grants_from == "CLAIM":
            names.add(self.settings.grants_claim)
        return names

    async def _verified(self, token: str, now: datetime, **asked: Any) -> jwt.Token:
        """A token signed by the provider, of now, with the claims asked for. Raises Unauthenticated for any other."""
        registry = JWSRegistry(algorithms=list(self.settings.algorithms), strict_check_header=False)
        published = await self.published()
        try:
            try:
                decoded = jwt.decode(token, published.keys, registry=registry)
            except InvalidKeyIdError:
                await self._renew(published)
                decoded = jwt.decode(token, (await self.published()).keys, registry=registry)
            jwt.JWTClaimsRegistry(
                now=int(now.timestamp()),
                leeway=self.settings.skew_seconds,
                iss={"essential": True, "value": self.settings.issuer},
                sub={"essential": True},
                exp={"essential": True},
                **asked,
            ).validate(decoded.claims)
        except ExpiredTokenError as error:
            raise Unauthenticated(f"Authorization: {EXPIRED}") from error
        except (JoseError, ValueError, TypeError, KeyError, AttributeError, OverflowError) as error:
            raise Unauthenticated(f"Authorization: {NOT_VALID}") from error
        return decoded

    async def _renew(self, known: Published | None) -> None:
        """Fetch what is published again, unless somebody just did or just tried."""
        async with self._fetching:
            if self._published is not known or self.monotonic() - self._tried < PAUSE_SECONDS:
                return
            try:
                async with asyncio.timeout(FETCH_SECONDS):
                    self._published = await self._fetched(known)
            except NO_ANSWER as error:
                log.warning("the provider does not answer", issuer=self.settings.issuer, error=type(error).__name__)
            self._tried = self.monotonic()

    async def _fetched(self, known: Published | None) -> Published:
        async with httpx2.AsyncClient(timeout=FETCH_SECONDS) as client:
            url = f"{self.settings.issuer.rstrip('/')}/.well-known/openid-configuration"
            metadata = (await client.get(url)).raise_for_status().json()
            if metadata.get("issuer") != self.settings.issuer:
                raise ValueError("the provider names another issuer")
            found = Published(metadata, known.keys if known else KeySet([]), self.monotonic())
            given = (await client.get(found.endpoint("jwks_uri"))).raise_for_status().json()
        keys = KeySet.import_key_set({"keys": [key for key in given["keys"] if key.get("kty") != "oct"]})
        same = known is not None and known.keys.as_dict() == keys.as_dict()
        return Published(metadata, known.keys if known and same else keys, found.heard)

    def _client(self) -> AsyncOAuth2Client:
        secret = self.settings.client_secret
        return AsyncOAuth2Client(
            **self._known_there(),
            client_secret=secret.get_secret_value() if secret else None,
            token_endpoint_auth_method=self._way_to_authenticate(),
            timeout=FETCH_SECONDS,
        )

    def _known_there(self) -> dict[str, str]:
        return {
            "client_id": self.settings.client_id,
            "scope": self.settings.scope,
            "redirect_uri": self.redirect_uri,
        }

    def _way_to_authenticate(self) -> str:
        """By header, as every provider must be able to, unless it says that it wants the form."""
        offered = self._published.metadata.get("token_endpoint_auth_methods_supported") if self._published else None
        if self.settings.client_secret is None:
            return "none"
        by_form = isinstance(offered, list) and "client_secret_basic" not in offered
        return "client_secret_post" if by_form else "client_secret_basic"
