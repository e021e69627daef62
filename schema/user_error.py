"""The expected problems of a mutation, as data in its payload."""

import strawberry

from schema.fields import field


@strawberry.type(description="Something wrong with a mutation's input; nothing of the input was applied.")
class UserError:
    code: str = field("Stable code: BAD_INPUT, NOT_FOUND, FORBIDDEN, CONFLICT.")
    element: str | None = field("The element of the input, such as `name` or `studentIds[2]`; null: the whole of it.")
    message: str = field("What is wrong with it.")
    row: int | None = field("Row of a file, the first data row being 1; null elsewhere.")
