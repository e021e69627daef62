"""Who is calling: a bearer token becomes a Viewer, or an Unauthenticated error that says nothing of why in detail.

A token is a JWT signed with its tenant's own key; `kid` names the tenant, so a token of one tenant is never
tried with another's key. The algorithm is pinned.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import OctKey
from joserfc.jws import JWSRegistry, extract_compact

from policies.errors import Unauthenticated

ALGORITHM = "HS256"
ISSUER = "cers"


@dataclass(frozen=True, slots=True)
class Grant:
    """A role at an organization (natural id, empty for the tenant or state) in a school year."""

    role: str
    level: str
    organization: str
    school_year: int


@dataclass(frozen=True, slots=True)
class Viewer:
    """Who asks. `grants` is None where the tenant's grant table has them; `session`: the one its token is of."""

    tenant: str
    login: str | None = None
    display_name: str | None = None
    grants: tuple[Grant, ...] | None = ()
    expires_at: datetime | None = None
    session: str | None = None


def issue_token(viewer: Viewer, key: str, lifetime: timedelta) -> tuple[str, datetime]:
    """A bearer token for `viewer`, and when it ends (UTC)."""
    now = datetime.now(UTC).replace(microsecond=0)
    claims: dict[str, Any] = {
        "iss": ISSUER,
        "aud": viewer.tenant,
        "sub": viewer.login,
        "iat": int(now.timestamp()),
        "exp": int((now + lifetime).timestamp()),
    }
    if viewer.display_name:
        claims["name"] = viewer.display_name
    if viewer.session:
        claims["jti"] = viewer.session
    if viewer.grants is not None:
        claims["grants"] = [[g.role, g.level, g.organization, g.school_year] for g in viewer.grants]
    header = {"alg": ALGORITHM, "typ": "JWT", "kid": viewer.tenant}
    return jwt.encode(header, claims, OctKey.import_key(key)), now + lifetime


def identify(authorization: str | None, keys: Mapping[str, str]) -> Viewer | None:
    """The viewer of an Authorization header; None without one. `keys` are the tenants' keys by tenant name.

    Raises Unauthenticated for any token that is not good now.
    """
    if not authorization:
        return None
    scheme, _, token = authorization.partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        raise Unauthenticated("Authorization: expected a bearer token.")
    viewer = _read_token(token.strip(), tuple(keys.items()))
    if viewer.expires_at is None or viewer.expires_at <= datetime.now(UTC):
        raise Unauthenticated("Authorization: the token has expired.")
    return viewer


@lru_cache(maxsize=4096)
def _read_token(token: str, keys: Sequence[tuple[str, str]]) -> Viewer:
    """Check signature and claims except expiry, which the caller checks each time."""
    try:
        tenant = extract_compact(token.encode(), registry=JWSRegistry(algorithms=[ALGORITHM])).headers()["kid"]
        key = OctKey.import_key(dict(keys)[tenant])
        claims = jwt.decode(token, key, algorithms=[ALGORITHM]).claims
        jwt.JWTClaimsRegistry(
            iss={"essential": True, "value": ISSUER},
            aud={"essential": True, "value": tenant},
            exp={"essential": True},
        ).validate(claims)
        grants = claims.get("grants")
        return Viewer(
            tenant=tenant,
            login=_login(claims["sub"]),
            display_name=claims.get("name"),
            grants=None if grants is None else tuple(_grant(*grant) for grant in grants),
            expires_at=datetime.fromtimestamp(claims["exp"], UTC),
            session=_text(claims.get("jti")),
        )
    except (JoseError, KeyError, ValueError, TypeError, AttributeError, OverflowError, OSError) as error:
        raise Unauthenticated("Authorization: the token is not valid here.") from error


def normal_login(login: str) -> str:
    """Logins are compared trimmed and lower-cased (product.md: Student groups)."""
    return login.strip().lower()


def _text(claim: Any) -> str | None:
    if not isinstance(claim, str | None):
        raise TypeError("a claim that is no text")
    return claim


def _login(subject: str) -> str:
    login = normal_login(subject)
    if not login:
        raise ValueError("sub: empty")
    return login


def _grant(role: str, level: str, organization: str, school_year: int) -> Grant:
    if not all(isinstance(text, str) for text in (role, level, organization)) or not isinstance(school_year, int):
        raise TypeError("grants: of texts and a school year")
    return Grant(role, level, organization, school_year)
