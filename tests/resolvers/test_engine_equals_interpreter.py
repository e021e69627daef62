"""Property: for any world, viewer and operation the JSON is what product.md says, on both databases.

The oracle is independent and slow: one row at a time in plain Python (visibility, conditions, meaning, emptiness,
reports, census). `make test` draws with hypothesis, which shrinks what fails; `make prove` with a seeded generator,
which is fast: CERS_TEST_SEED=N draws others, and a failure names its world.
"""

import json
import os
from collections.abc import Awaitable, Callable
from dataclasses import fields
from functools import partial
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from models.database import Database
from policies.limits import Limits
from resolvers.context import Tenant
from seeds.factories import store
from tests.databases import empty
from tests.policies.product_roles import permissions
from tests.resolvers import census, reports
from tests.resolvers.drawn_operations import GRAPHQL, DrawnOperation
from tests.resolvers.drawn_worlds import ROLES, Chance, DrawnWorld
from tests.resolvers.interpreter import Interpreter
from tests.resolvers.meaning import FIELDS
from tests.resolvers.visibility import Eyes, Rows
from tests.worlds import Answer, ask, open_tenant

CALM = settings(
    deadline=None,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large],
)
SEED = os.environ.get("CERS_TEST_SEED", "2026")
FEW_WORLDS, FEW_QUESTIONS = 24, 21
MANY_WORLDS, MANY_QUESTIONS = 200, 54
ENDLESS = Limits(**{limit.name: 10**6 for limit in fields(Limits) if limit.type is int})
"""What is too much is not asked here."""

Question = Callable[[Tenant], Awaitable[None]]

LEFT_OUT = {
    *(f"Query.{name}" for name in ("aggregateReport", "availability", "disclosures", "explain")),
    *(f"Viewer.{name}" for name in ("permissions", "grants", "expiresAt", "unreleased")),
}
"""Fields that the census and the reports ask, not the interpreter."""


def test_the_interpreter_knows_every_field_of_the_types_it_knows() -> None:
    types: dict[str, Any] = {name: type_ for name, type_ in GRAPHQL.type_map.items() if name in FIELDS}
    unknown = {
        f"{name}.{field}" for name, type_ in types.items() for field in type_.fields if field not in FIELDS[name]
    }
    assert {name for name in unknown if not name.endswith(".id")} <= LEFT_OUT


def test_there_are_enough_questions() -> None:
    """At least 500 (world, viewer, operation) in `make test`, and 10,000 over 200 worlds in `make prove`."""
    assert FEW_WORLDS * FEW_QUESTIONS >= 500
    assert MANY_WORLDS >= 200
    assert MANY_WORLDS * MANY_QUESTIONS >= 10_000


class Case:
    """A world and what its viewers ask: a third reports and questions of the census, the others any operation."""

    def __init__(self, chance: Chance, questions: int, most_students: int) -> None:
        self.chance = chance
        self.world = DrawnWorld(chance, most_students)
        self.rows = Rows(self.world.rows)
        self.questions = [self._question(number) for number in range(questions)]

    def __repr__(self) -> str:
        return f"{len(self.world.rows)} rows"

    def _question(self, number: int) -> Question:
        if number % 3:
            operation = DrawnOperation(self.chance, self.world)
            return partial(compare, eyes=self._eyes(None), document=operation.document, variables=operation.variables)
        if number % 2:
            eyes = self._eyes("AGGREGATE_READ")
            return partial(compare_report, eyes=eyes, given=reports.drawn_report(self.chance, eyes))
        question, permission = self.chance.pick([*census.QUESTIONS.items()])
        eyes = self._eyes(permission)
        return partial(compare_census, eyes=eyes, expected=question(eyes, self.chance))

    def _eyes(self, permission: str | None) -> Eyes:
        """A viewer; more likely one with the permission."""
        more = [role for role in ROLES * 4 if permission is not None and permission in permissions(*role)]
        return Eyes(self.rows, self.world.viewer([*ROLES, *more]))


@st.composite
def cases(draw: Callable[[st.SearchStrategy[Any]], Any]) -> Case:
    return Case(Chance.drawn(draw), FEW_QUESTIONS, most_students=5)


@settings(CALM, max_examples=FEW_WORLDS, derandomize=True, phases=(Phase.explicit, Phase.generate, Phase.shrink))
@given(case=cases())
async def test_every_answer_is_what_the_oracle_says(database: Database, case: Case) -> None:
    await compare_all(database, case)


@pytest.mark.prove
@pytest.mark.parametrize("world", range(MANY_WORLDS))
async def test_every_answer_is_what_the_oracle_says_ten_thousand_times(database: Database, world: int) -> None:
    print(f"CERS_TEST_SEED={SEED}")
    await compare_all(database, Case(Chance.seeded(f"{SEED} {world}"), MANY_QUESTIONS, most_students=12))


async def compare_all(database: Database, case: Case) -> None:
    await empty(database)
    await database.run(lambda session: store(session, *case.world.rows))
    tenant = open_tenant(database, limits=ENDLESS)
    for question in case.questions:
        await question(tenant)


async def compare(tenant: Tenant, eyes: Eyes, document: str, variables: dict[str, Any]) -> None:
    interpreter = Interpreter(eyes, document, variables)
    expected = interpreter.answer()
    answer, shown = await asked(tenant, eyes, document, variables)
    assert text_of(without_cursors(answer.data)) == text_of(expected), shown
    codes = {path.split(".")[0]: code for path, code in answer.errors}
    assert codes == interpreter.errors if expected is not None else codes.items() <= interpreter.errors.items(), shown


async def compare_report(tenant: Tenant, eyes: Eyes, given: dict[str, Any]) -> None:
    counted = reports.CountedReport(eyes, given)
    answer, shown = await asked(tenant, eyes, reports.DOCUMENT, {"input": given})
    if counted.refusals:
        assert answer.data is None, shown
        assert answer.codes, shown
        assert set(answer.codes) <= counted.refusals, shown
        return
    assert answer.errors == [], shown
    report = answer.data["aggregateReport"]
    assert report.pop("estimatedRows") >= report["rows"]["totalCount"], shown
    assert text_of(report) == text_of(counted.answer), shown


async def compare_census(tenant: Tenant, eyes: Eyes, expected: census.Expected) -> None:
    document, variables, data = expected
    answer, shown = await asked(tenant, eyes, document, variables)
    if isinstance(data, str):
        assert answer.codes == [data], shown
        assert not any((answer.data or {}).values()), shown
    else:
        assert answer.errors == [], shown
        assert text_of(census.in_no_order(answer.data)) == text_of(data), shown


async def asked(tenant: Tenant, eyes: Eyes, document: str, variables: dict[str, Any]) -> tuple[Answer, str]:
    """The answer, and what to show where it is wrong."""
    viewer = eyes.viewer
    answer = await ask(tenant, viewer if viewer.login else None, document, **variables)
    return answer, f"{viewer}\n{document}\n{json.dumps(variables)}\n{answer.errors}"


def text_of(data: Any) -> str:
    """JSON in the order of the answer: the order of fields is compared, too."""
    return json.dumps(data, ensure_ascii=False, indent=1)


def without_cursors(value: Any) -> Any:
    """The data with every cursor replaced by a word."""
    if isinstance(value, list):
        return [without_cursors(part) for part in value]
    if isinstance(value, dict):
        named = {"cursor", "startCursor", "endCursor"}
        return {
            name: "cursor" if name in named and part is not None else without_cursors(part)
            for name, part in value.items()
        }
    return value
