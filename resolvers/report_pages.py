"""Orders and pages of an aggregate report's rows: they are few, so they are sorted and cut in process."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256
from typing import Any

from resolvers.aggregates import Report, Row

MOST = 2000
ORDERS: Mapping[str, Callable[[Row], Any]] = {
    "ORGANIZATION": lambda row: (row.organization.name.casefold(), row.organization.natural_id),
    "SCHOOL_YEAR": lambda row: row.school_year,
    "ASSESSMENT": lambda row: (row.assessment.label.casefold(), row.assessment.natural_id),
    "SUBGROUP": lambda row: [(part.dimension, part.value) for part in row.subgroup],
    "STUDENTS_TESTED": lambda row: row.sums.n,
    "MEAN_SCORE": lambda row: row.sums.total / row.sums.n,
}


@dataclass(frozen=True)
class PageInfo:
    has_next_page: bool
    has_previous_page: bool
    start_cursor: str | None
    end_cursor: str | None


@dataclass(frozen=True)
class Edge:
    cursor: str
    node: Row


@dataclass(frozen=True)
class ReportPage:
    """A page of rows. A cursor is a row's place in its order, bound to the order."""

    report: Report
    nodes: Sequence[Row]
    start: int
    total_count: int
    bound: bytes

    def _cursor(self, place: int) -> str:
        return self.report.run.cursors.seal([place], self.bound)

    @cached_property
    def edges(self) -> list[Edge]:
        return [Edge(self._cursor(self.start + place), row) for place, row in enumerate(self.nodes)]

    @property
    def empty_reason(self) -> str | None:
        return self.report.empty_reason if self.start == 0 else None

    @property
    def page_info(self) -> PageInfo:
        end = self.start + len(self.nodes)
        return PageInfo(
            has_next_page=end < self.total_count,
            has_previous_page=self.start > 0,
            start_cursor=self._cursor(self.start) if self.nodes else None,
            end_cursor=self._cursor(end - 1) if self.nodes else None,
        )


def page_of_report(
    report: Report, order_by: Sequence[Any] | None = None, first: int = 200, after: str | None = None
) -> ReportPage:
    """The rows in an order, `first` of them behind a cursor."""
    rows = list(report.rows)
    terms = [(term.field.name, term.direction.name == "DESC") for term in order_by or ()]
    for name, descending in reversed(terms):
        rows.sort(key=ORDERS[name], reverse=descending)
    shape = [row.identity() for row in rows]
    bound = sha256(repr((terms, shape)).encode()).digest()
    start = 0 if after is None else report.run.cursors.open(after, bound)[0] + 1
    return ReportPage(report, rows[start : start + first], start, len(rows), bound)
