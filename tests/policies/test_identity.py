"""A token is good for its own tenant, until it ends, if signed with that tenant's key by the one algorithm."""

import base64
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from joserfc import jwt
from joserfc.jwk import OctKey, RSAKey

from policies import identity
from policies.errors import Unauthenticated
from policies.identity import Grant, Viewer, identify, issue_token

KEYS = {"alpha": "the key of tenant alpha, at least 32 long", "beta": "the key of tenant beta, at least 32 long"}
HOUR = timedelta(hours=1)
VIEWER = Viewer("alpha", "ana@example.org", "Ana", (Grant("TEACHER", "SCHOOL", "99900010000011", 2026),))


def bearer(token: str) -> Viewer | None:
    return identify(f"Bearer {token}", KEYS)


def signed(key: Any = None, *, header: dict[str, Any] | None = None, **claims: Any) -> str:
    """A good token of tenant alpha, except for what is given; a claim or header given as None is left out."""
    now = int(datetime.now(UTC).timestamp())
    whole = {"iss": "cers", "aud": "alpha", "sub": "ana@example.org", "iat": now, "exp": now + 3600, "grants": []}
    head = {"alg": "HS256", "typ": "JWT", "kid": "alpha", **(header or {})}
    return jwt.encode(
        {name: value for name, value in head.items() if value is not None},
        {name: value for name, value in (whole | claims).items() if value is not None},
        OctKey.import_key(key or KEYS["alpha"]),
        algorithms=["HS256", "HS384", "HS512"],
    )


def encoded(part: Any) -> str:
    return base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=")


def test_an_issued_token_is_its_viewer() -> None:
    token, expires_at = issue_token(VIEWER, KEYS["alpha"], HOUR)
    who = bearer(token)
    assert who == Viewer("alpha", "ana@example.org", "Ana", VIEWER.grants, expires_at)
    assert timedelta(0) < expires_at - datetime.now(UTC) <= HOUR


def test_a_token_without_grants_leaves_them_to_the_grant_table() -> None:
    token, _ = issue_token(Viewer("alpha", "ana@example.org", None, None), KEYS["alpha"], HOUR)
    who = bearer(token)
    assert who is not None
    assert who.grants is None


@pytest.mark.parametrize("header", [None, ""])
def test_without_a_token_nobody_is_signed_in(header: str | None) -> None:
    assert identify(header, KEYS) is None


@pytest.mark.parametrize("scheme", ["bearer", "BEARER", "Bearer"])
def test_the_scheme_is_case_insensitive(scheme: str) -> None:
    assert identify(f"{scheme} {signed()}", KEYS) is not None


@pytest.mark.parametrize("subject", ["Ana@Example.ORG", " ana@example.org "])
def test_logins_are_compared_trimmed_and_in_lower_case(subject: str) -> None:
    who = bearer(signed(sub=subject))
    assert who is not None
    assert who.login == "ana@example.org"


def segments(token: str, header: Any = None, payload: Any = None, signature: str | None = None) -> str:
    first, second, third = token.split(".")
    return ".".join(
        [
            encoded(header) if header else first,
            encoded(payload) if payload else second,
            third if signature is None else signature,
        ]
    )


NONE_HEADER = {"alg": "none", "typ": "JWT", "kid": "alpha"}
FORGED_CLAIMS = {"iss": "cers", "aud": "alpha", "sub": "admin@example.org", "exp": 4102444800, "grants": []}
BAD: dict[str, Any] = {
    "expired": lambda: signed(exp=int((datetime.now(UTC) - timedelta(seconds=1)).timestamp())),
    "expired as issued": lambda: issue_token(VIEWER, KEYS["alpha"], timedelta(seconds=-1))[0],
    "another tenant's key": lambda: signed(KEYS["beta"]),
    "another tenant's name on it": lambda: signed(header={"kid": "beta"}),
    "for another tenant": lambda: signed(aud="beta"),
    "for several tenants": lambda: signed(aud=["beta", "gamma"]),
    "another tenant's token renamed": lambda: signed(KEYS["beta"], aud="beta", header={"kid": "alpha"}),
    "an unknown tenant": lambda: signed(header={"kid": "gamma"}, aud="gamma"),
    "no tenant": lambda: signed(header={"kid": None}),
    "a tenant that is no text": lambda: segments(signed(), header={"alg": "HS256", "kid": ["alpha"]}),
    "a wrong key": lambda: signed("some other key that is long enough, too"),
    "algorithm none": lambda: segments(signed(), header=NONE_HEADER, payload=FORGED_CLAIMS, signature=""),
    "algorithm none with a signature": lambda: segments(signed(), header=NONE_HEADER),
    "algorithm None": lambda: segments(signed(), header={**NONE_HEADER, "alg": "None"}, signature=""),
    "no algorithm": lambda: segments(signed(), header={"typ": "JWT", "kid": "alpha"}),
    "HS384": lambda: signed(header={"alg": "HS384"}),
    "HS512": lambda: signed(header={"alg": "HS512"}),
    "RS256": lambda: jwt.encode(
        {"alg": "RS256", "kid": "alpha"}, FORGED_CLAIMS, RSAKey.generate_key(2048), algorithms=["RS256"]
    ),
    "an unknown critical header": lambda: segments(signed(), header={**NONE_HEADER, "alg": "HS256", "crit": ["x"]}),
    "other claims under the signature": lambda: segments(signed(), payload=FORGED_CLAIMS),
    "a cut signature": lambda: signed()[:-2],
    "an empty signature": lambda: segments(signed(), signature=""),
    "an extra segment": lambda: signed() + ".e30",
    "an empty extra segment": lambda: signed() + ".",
    "two segments": lambda: signed().rpartition(".")[0],
    "one segment": lambda: "token",
    "five segments": lambda: "a.b.c.d.e",
    "dots": lambda: "..",
    "no base64": lambda: "ä.ö.ü",
    "claims that are no object": lambda: segments(signed(), payload=[1]),
    "a line break in it": lambda: signed().replace(".", ".\n", 1),
    "two tokens": lambda: f"{signed()} {signed()}",
    "no expiry": lambda: signed(exp=None),
    "an expiry that is no number": lambda: signed(exp="tomorrow"),
    "an expiry beyond time": lambda: signed(exp=10**18),
    "no issuer": lambda: signed(iss=None),
    "another issuer": lambda: signed(iss="somebody"),
    "no audience": lambda: signed(aud=None),
    "no subject": lambda: signed(sub=None),
    "grants that are no list": lambda: signed(grants=7),
    "a grant with a part missing": lambda: signed(grants=[["TEACHER", "SCHOOL", "1"]]),
    "a grant with a part too many": lambda: signed(grants=[["TEACHER", "SCHOOL", "1", 2026, "more"]]),
    "a grant of lists": lambda: signed(grants=[[["TEACHER"], "SCHOOL", "1", 2026]]),
    "a subject that is no text": lambda: signed(sub={"login": "ana"}),
    "an empty subject": lambda: signed(sub=""),
    "not yet good": lambda: signed(nbf=int(datetime.now(UTC).timestamp()) + 3600),
}


@pytest.mark.parametrize("name", BAD)
def test_a_token_that_is_not_good_is_refused_without_saying_why(name: str) -> None:
    token = BAD[name]()
    with pytest.raises(Unauthenticated) as refusal:
        bearer(token)
    assert str(refusal.value) in (
        "Authorization: the token is not valid here.",
        "Authorization: the token has expired.",
    )


@pytest.mark.parametrize("header", ["Bearer", "Bearer ", "Basic YTpi", "Token x", "x" * 10_000, "Bearer\tx"])
def test_another_kind_of_authorization_is_refused(header: str) -> None:
    with pytest.raises(Unauthenticated):
        identify(header, KEYS)


def test_a_token_that_was_good_ends_on_time_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    """Tokens are read once and remembered; their end is looked at each time."""

    class Later(datetime):
        @classmethod
        def now(cls, tz: Any = None) -> datetime:  # type: ignore[override]
            return datetime.now(tz) + 2 * HOUR

    token = signed()
    assert bearer(token) is not None
    monkeypatch.setattr(identity, "datetime", Later)
    with pytest.raises(Unauthenticated, match="expired"):
        bearer(token)


def test_a_token_is_not_good_where_its_tenant_is_not_served() -> None:
    assert bearer(signed()) is not None
    with pytest.raises(Unauthenticated):
        identify(f"Bearer {signed()}", {"beta": KEYS["beta"]})
