"""Who is calling, whichever credential they show: our own token, a provider's access token, or a browser's session.

An Authorization header wins. A cookie counts only together with the CSRF header, which no foreign page can send
without being asked for leave first; without it the caller is anonymous.
"""

from collections.abc import Mapping
from contextlib import suppress
from functools import lru_cache
from typing import Any, Protocol

import orjson
from joserfc.errors import JoseError
from joserfc.jws import JWSRegistry, extract_compact

from policies.errors import Unauthenticated
from policies.identity import ALGORITHM, Viewer, identify
from policies.sign_on import SESSION_ENDED, SignOn

CSRF_HEADER = "x-cers-csrf"
CSRF_VALUE = "1"
LONGEST_TOKEN = 16_000
KEPT = 1024
NOT_VALID = "Authorization: the token is not valid here."


class Visits(Protocol):
    """The sessions that a tenant's own tokens are of."""

    async def present(self, viewer: Viewer) -> Viewer:
        """The viewer, as long as the session goes on; that counts as a use of it. Raises Unauthenticated."""

    async def end(self, viewer: Viewer) -> None:
        """End the session."""


class Callers:
    """Everybody who may call this process. `keys`: the tenants' own, `sign_ons`: their providers, `visits`: their own
    sessions, by tenant name; `secure`: browsers come by https."""

    def __init__(
        self,
        keys: Mapping[str, str],
        sign_ons: Mapping[str, SignOn],
        visits: Mapping[str, Visits] | None = None,
        *,
        secure: bool,
    ) -> None:
        self._keys = keys
        self.sign_ons = sign_ons
        self._visits = visits or {}
        self.secure = secure
        self.cookie = cookie_name("session", secure=secure)

    async def viewer(self, headers: Mapping[str, str], cookies: Mapping[str, str]) -> Viewer | None:
        """The viewer of a request; None without a credential that counts. Raises Unauthenticated for a bad one."""
        authorization = headers.get("authorization")
        if authorization:
            return await self._of_header(authorization)
        cookie = cookies.get(self.cookie)
        if not cookie or not from_our_pages(headers):
            return None
        tenant, secret = taken_apart(cookie)
        if tenant in self.sign_ons:
            return await self.sign_ons[tenant].of_session(secret)
        if tenant in self._keys:
            return await self._present(identify(f"Bearer {secret}", {tenant: self._keys[tenant]}))
        raise Unauthenticated(SESSION_ENDED)

    async def end(self, cookies: Mapping[str, str]) -> str | None:
        """End the session that a browser has, if any; where it signs out of the provider too."""
        tenant, secret = taken_apart(cookies.get(self.cookie, ""))
        if tenant in self.sign_ons:
            return await self.sign_ons[tenant].end(secret)
        if tenant in self._visits:
            with suppress(Unauthenticated):
                viewer = identify(f"Bearer {secret}", {tenant: self._keys[tenant]})
                if viewer is not None:
                    await self._visits[tenant].end(viewer)
        return None

    async def _present(self, viewer: Viewer | None) -> Viewer | None:
        visits = self._visits.get(viewer.tenant) if viewer else None
        return await visits.present(viewer) if visits and viewer else viewer

    async def _of_header(self, authorization: str) -> Viewer | None:
        scheme, _, token = authorization.partition(" ")
        token = token.strip()
        if scheme.lower() != "bearer" or not self.sign_ons or _is_ours(token):
            return await self._present(identify(authorization, self._keys))
        issuer, audiences = _addressed(token)
        meant = [
            sign_on
            for sign_on in self.sign_ons.values()
            if sign_on.settings.issuer == issuer and sign_on.settings.audience in audiences
        ]
        if len(meant) != 1:
            raise Unauthenticated(NOT_VALID)
        return await meant[0].of_token(token)


def from_our_pages(headers: Mapping[str, str]) -> bool:
    """Whether a request has the CSRF header."""
    return headers.get(CSRF_HEADER) == CSRF_VALUE


def cookie_name(noun: str, *, secure: bool) -> str:
    """A cookie that no other host can set; on http, where browsers do not offer that, a plain one."""
    return f"__Host-cers-{noun}" if secure else f"cers-{noun}"


def put_together(tenant: str, secret: str) -> str:
    """What a cookie holds: the tenant, and the rest, which only that tenant understands: a session's secret; where
    nobody signs on, as in the sandbox, a token of its own."""
    return f"{tenant.encode().hex()}.{secret}"


def taken_apart(cookie: str) -> tuple[str, str]:
    """The tenant and the rest; an empty tenant for what is no cookie of ours."""
    tenant, _, secret = cookie.partition(".")
    try:
        return bytes.fromhex(tenant).decode(), secret
    except ValueError:
        return "", ""


@lru_cache(maxsize=KEPT)
def _is_ours(token: str) -> bool:
    """Whether a token says that it is signed by one of our own keys."""
    return bool(_read(token)[0].get("alg") == ALGORITHM)


@lru_cache(maxsize=KEPT)
def _addressed(token: str) -> tuple[str, frozenset[str]]:
    """Who a token says that it is from and for; nothing of that is proven yet."""
    claims = _read(token)[1]
    audience = claims.get("aud")
    audiences = audience if isinstance(audience, list) else [audience]
    return str(claims.get("iss")), frozenset(each for each in audiences if isinstance(each, str))


def _read(token: str) -> tuple[dict[str, Any], dict[str, Any]]:
    if len(token) > LONGEST_TOKEN:
        raise Unauthenticated(NOT_VALID)
    try:
        signed = extract_compact(token.encode(), registry=JWSRegistry(strict_check_header=False))
        claims = orjson.loads(signed.payload)
    except (JoseError, ValueError, TypeError) as error:
        raise Unauthenticated(NOT_VALID) from error
    return signed.headers(), claims if isinstance(claims, dict) else {}
