"""Cursors: where a page ends, encrypted and authenticated, bound to tenant, field, order and filter.

Deterministic (AES-SIV), so the same page gives the same bytes; a cursor of another tenant, field, order or filter does
not open.
"""

import base64
import hashlib
from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

import orjson
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESSIV

from policies.errors import BadInput


class Cursors:
    """Seals and opens the cursors of one tenant."""

    def __init__(self, key: str) -> None:
        self._cipher = AESSIV(hashlib.sha512(b"cers cursor\0" + key.encode()).digest())

    def seal(self, values: Sequence[Any], bound: bytes) -> str:
        """The cursor after a row with these order values."""
        return base64.urlsafe_b64encode(self._cipher.encrypt(orjson.dumps(values), [bound])).decode().rstrip("=")

    def open(self, cursor: str, bound: bytes) -> list[Any]:
        """The order values in a cursor. Raises BadInput for one that is not of this list."""
        try:
            sealed = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
            values: list[Any] = orjson.loads(self._cipher.decrypt(sealed, [bound]))
        except (InvalidTag, ValueError) as error:
            raise BadInput("after: not a cursor of this list with this order and filter.") from error
        return values


def restore(value: Any, python_type: type[Any]) -> Any:
    """A cursor's value as the database takes it."""
    if value is not None and issubclass(python_type, date):
        return datetime.fromisoformat(value) if python_type is datetime else date.fromisoformat(value)
    return value
