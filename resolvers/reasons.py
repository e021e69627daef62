"""Why a list is empty: one function per kind of list, asked by the engine only for a list that is."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from sqlalchemy import ColumnElement, and_, true

import models
from policies.reasons import EmptyReason, Listed, look, reason_of, reason_of_grants
from resolvers.assessments import CONDITIONS
from resolvers.engine.ask import Ask, row_of
from resolvers.engine.level import Run

Why = Callable[..., Awaitable[EmptyReason]]


def why(listed: Listed) -> Why:
    """The reason for lists of a kind: `await why(listed)(run, **arguments of the list)`."""

    async def reason(run: Run, filter: Any = None, **_arguments: Any) -> EmptyReason:
        asked = _assessments_asked(run, filter) if listed is Listed.RESULTS else true()
        return await reason_in(run, listed, asked)

    return reason


async def reason_in(run: Run, listed: Listed, asked: ColumnElement[bool]) -> EmptyReason:
    """The reason of an empty list; `asked`: the assessments it would be of. At most one statement."""
    found = reason_of_grants(run.scope, listed)
    if found is not None:
        return found
    known = await run.database.run(lambda session: look(session, run.scope, listed, asked))
    return reason_of(run.scope, listed, known)


ASSESSMENT_CONDITIONS: Mapping[str, str] = {
    **{name: name for name in ("school_year", "subject", "program", "kind", "grade")},
    "assessment": "natural_id",
}
"""What a filter of results says of assessments: its condition -> the same of a filter of assessments."""


def _assessments_asked(run: Run, filter: Any) -> ColumnElement[bool]:
    """The assessments that a filter of results leaves, by its own conditions and those of its `and`."""
    if filter is None:
        return true()
    ask, row = Ask(run.gate.rules(run.scope.shape), run.scope.reference), row_of(models.Assessment)
    own = [
        CONDITIONS[name](ask, row, given)
        for condition, name in ASSESSMENT_CONDITIONS.items()
        if (given := getattr(filter, condition)) is not None
    ]
    return and_(true(), *own, *(_assessments_asked(run, part) for part in filter.and_ or ()))


OPEN, ORGANIZATIONS, GROUPS, STUDENTS, RESULTS = map(
    why, (Listed.OPEN, Listed.ORGANIZATIONS, Listed.GROUPS, Listed.STUDENTS, Listed.RESULTS)
)
