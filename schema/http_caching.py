"""Who may keep an answer: nobody, except for reference data that is the same for everybody, and only to ask again."""

from collections.abc import Set
from hashlib import blake2b

from starlette.requests import Request
from starlette.responses import Response

NOBODY_KEEPS = "private, no-store"
KEPT_AND_ASKED_AGAIN = "public, no-cache"
VARY = "Accept, Authorization, Cookie, X-CERS-CSRF"

REFERENCE = frozenset({"programs", "assessments"})
"""Root fields that answer everybody who is not signed in alike."""


def of_reference(asked: Set[str]) -> bool:
    """Whether these root fields, and some, are reference data."""
    return bool(asked) and asked <= REFERENCE


def validated(request: Request, body: bytes, media: str) -> Response:
    """The answer with its ETag; 304 without it, where the client has the same one.

    The tag is weak, since a compressed answer has the same.
    """
    tag = f'W/"{blake2b(body, digest_size=12).hexdigest()}"'
    kept = {"cache-control": KEPT_AND_ASKED_AGAIN, "etag": tag, "vary": VARY}
    if _has(request.headers.get("if-none-match", ""), tag):
        return Response(status_code=304, headers={**kept, "vary": f"{VARY}, Accept-Encoding"})
    return Response(body, headers={**kept, "content-type": f"{media}; charset=utf-8"})


def _has(known: str, tag: str) -> bool:
    tags = {each.strip().removeprefix("W/") for each in known.split(",")}
    return "*" in tags or tag.removeprefix("W/") in tags
