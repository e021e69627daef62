"""A tenant's single sign-on: from a browser's first step to its session, and who a provider's token or a session is."""

import hashlib
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hmac import compare_digest
from secrets import token_urlsafe
from typing import Any

import orjson
from joserfc import jwe
from joserfc.errors import JoseError
from joserfc.jwk import KeySet, OctKey

from models.database import Database
from models.reference import ReferenceSource
from policies.claims import Person, person
from policies.errors import Forbidden, Unauthenticated
from policies.identity import Viewer
from policies.oidc import EXPIRED, Attempt, Provider
from policies.sessions import Sessions
from policies.sign_on_settings import SignOnSettings

ATTEMPT_LIFETIME = timedelta(minutes=10)
SEALED = {"alg": "dir", "enc": "A256GCM"}
MOST_KEPT = 4096
NOT_YOURS = "sign-in: this answer is not for a sign-in that this browser has begun."
SESSION_ENDED = "session: it has ended; sign in again."
YEAR_ENDED = "sign-on: the school year has changed since; sign in again."


@dataclass(frozen=True, slots=True)
class _Known:
    """A token that was checked, by keys that were published then."""

    person: Person
    issued_at: float
    expires_at: datetime
    keys: KeySet


class SignOn:
    """Single sign-on of one tenant. `key` is the tenant's; `origin` where browsers find CERS."""

    def __init__(
        self,
        tenant: str,
        settings: SignOnSettings,
        key: str,
        origin: str,
        database: Database,
        reference: ReferenceSource,
    ) -> None:
        self.tenant = tenant
        self.settings = settings
        self.origin = origin
        self.provider = Provider(settings, f"{origin}/sign-in/callback")
        self.sessions = Sessions(
            database, idle=timedelta(minutes=settings.idle_minutes), absolute=timedelta(hours=settings.absolute_hours)
        )
        self.now: Callable[[], datetime] = lambda: datetime.now(UTC)
        self._reference = reference
        self._seal = OctKey.import_key(hashlib.sha256(f"cers sign-in\0{tenant}\0{key}".encode()).digest())
        self._known: OrderedDict[str, _Known] = OrderedDict()

    async def begin(self, return_to: str) -> tuple[str, str]:
        """Where the browser goes to sign in, and what it has to keep until it comes back (sealed)."""
        attempt = Attempt(state=token_urlsafe(32), nonce=token_urlsafe(32), verifier=token_urlsafe(48))
        kept = {
            "attempt": [attempt.state, attempt.nonce, attempt.verifier],
            "return_to": return_to,
            "until": (self.now() + ATTEMPT_LIFETIME).timestamp(),
        }
        sealed = jwe.encrypt_compact(SEALED, orjson.dumps(kept), self._seal)
        return await self.provider.address(attempt), sealed

    async def finish(self, sealed: str | None, query: Mapping[str, str]) -> tuple[str, str]:
        """The secret of the browser's new session, and where it wanted to go.

        Raises Forbidden if this browser has not begun, Unauthenticated if the provider did not vouch for anybody.
        """
        kept = self._opened(sealed)
        attempt = Attempt(*kept["attempt"])
        if not compare_digest(attempt.state.encode(), query.get("state", "").encode()):
            raise Forbidden(NOT_YOURS)
        id_token, claims = await self.provider.answered(query, attempt, self.now())
        reference = await self._reference.renew()
        who = person(claims, self.settings, self.tenant, reference)
        secret = await self.sessions.begin(who, reference.tenant.school_year, id_token, self.now())
        return secret, str(kept["return_to"])

    async def end(self, secret: str) -> str | None:
        """End a session here; where the browser then goes to sign out of the provider, if anywhere."""
        id_token = await self.sessions.end(secret)
        if id_token is None:
            return None
        return await self.provider.sign_out_address(id_token, f"{self.origin}/")

    async def of_session(self, secret: str) -> Viewer:
        """Whose session it is. Raises Unauthenticated if it is over or never was."""
        found = await self.sessions.find(secret, self.now())
        reference = await self._reference.current()
        if found is None or found.school_year != reference.tenant.school_year:
            raise Unauthenticated(SESSION_ENDED)
        return found.person.viewer(self.tenant, found.school_year, found.ends_at)

    async def of_token(self, token: str) -> Viewer:
        """Whose access token it is. Raises Unauthenticated if it is not for this tenant, or not good now."""
        keys = (await self.provider.published()).keys
        known = self._known.get(token)
        if known is None or known.keys is not keys:
            known = await self._checked(token)
        else:
            self._known.move_to_end(token)
        skew = timedelta(seconds=self.settings.skew_seconds)
        if known.expires_at + skew <= self.now():
            raise Unauthenticated(f"Authorization: {EXPIRED}")
        tenant = (await self._reference.current()).tenant
        since = tenant.school_year_since
        if since is not None and known.issued_at <= (since + skew).timestamp():
            raise Unauthenticated(YEAR_ENDED)
        return known.person.viewer(self.tenant, tenant.school_year, known.expires_at)

    async def _checked(self, token: str) -> _Known:
        claims = await self.provider.of_access_token(token, self.now())
        try:
            ends = datetime.fromtimestamp(claims["exp"], UTC)
        except (OverflowError, ValueError, OSError) as error:
            raise Unauthenticated("Authorization: the token is not valid here.") from error
        who = person(claims, self.settings, self.tenant, await self._reference.current())
        keys = (await self.provider.published()).keys
        known = self._known[token] = _Known(who, float(claims["iat"]), ends, keys)
        if len(self._known) > MOST_KEPT:
            self._known.popitem(last=False)
        return known

    def _opened(self, sealed: str | None) -> dict[str, Any]:
        """What the browser kept, if it is ours and still good."""
        try:
            kept = orjson.loads(
                jwe.decrypt_compact(sealed or "", self._seal, algorithms=list(SEALED.values())).plaintext or b""
            )
        except (JoseError, ValueError, TypeError) as error:
            raise Forbidden(NOT_YOURS) from error
        if kept["until"] <= self.now().timestamp():
            raise Forbidden(NOT_YOURS)
        return dict(kept)
