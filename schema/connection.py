"""Pages: connections with keyset cursors; the total is only counted when asked for."""

from typing import Generic, TypeVar

import strawberry

from schema.enums import EmptyReason
from schema.fields import field

T = TypeVar("T")


@strawberry.type(description="Where a page stands in its list.")
class PageInfo:
    has_next_page: bool = field("Whether the list goes on after this page.")
    has_previous_page: bool = field("Whether the page began after a cursor.")
    start_cursor: str | None = field("Cursor of the first row; null for an empty page.")
    end_cursor: str | None = field("Cursor of the last row, for `after`; null for an empty page.")


@strawberry.type(description="A row of a page with its cursor.")
class Edge(Generic[T]):
    cursor: str = field("Where the list goes on after this row.")
    node: T = field("The row.")


@strawberry.type(description="A page of a list.")
class Connection(Generic[T]):
    edges: list[Edge[T]] = field("The rows of the page with their cursors.")
    nodes: list[T] = field("The rows of the page.")
    page_info: PageInfo = field("Where the page stands in the list.")
    total_count: int = field("How many rows the whole list has for this viewer; counted only when asked for.")
    empty_reason: EmptyReason | None = field("Why the list is empty; null where it is not, and behind a cursor.")
