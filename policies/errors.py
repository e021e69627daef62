"""Everything that can go wrong on purpose, with the stable code clients see.

CersError                 INTERNAL
├── Unauthenticated       UNAUTHENTICATED   no token, or not a good one
├── Forbidden             FORBIDDEN         seen, but not permitted
├── NotFound              NOT_FOUND
├── BadInput              BAD_INPUT         names the element and what is wrong with it
├── TooCostly             TOO_COSTLY        the operation asks for more than one answer may hold
├── RateLimited           RATE_LIMITED      too much in too short a time; says when to come back
├── Conflict              CONFLICT
├── Unavailable           UNAVAILABLE
└── Ungated               INTERNAL          a statement the gate cannot vouch for (a fault of ours)

Messages never hold student data.
"""


class CersError(Exception):
    """The root of the tree."""

    code = "INTERNAL"


class Unauthenticated(CersError):
    code = "UNAUTHENTICATED"


class Forbidden(CersError):
    code = "FORBIDDEN"


class NotFound(CersError):
    code = "NOT_FOUND"


class BadInput(CersError):
    code = "BAD_INPUT"


class TooCostly(CersError):
    code = "TOO_COSTLY"


class RateLimited(CersError):
    """`retry_after`: whole seconds until there is room again."""

    code = "RATE_LIMITED"

    def __init__(self, message: str, retry_after: int) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class Conflict(CersError):
    code = "CONFLICT"


class Unavailable(CersError):
    code = "UNAVAILABLE"


class Ungated(CersError):
    code = "INTERNAL"
