"""Property: for any world, viewer and operation the engine's JSON is the reference interpreter's, on both databases."""

import json
import os
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

from models.database import Database
from policies.identity import Viewer
from resolvers.context import Tenant
from seeds.factories import store
from tests.databases import empty
from tests.resolvers.drawn_operations import GRAPHQL, DrawnOperation
from tests.resolvers.drawn_worlds import Chance, DrawnWorld
from tests.resolvers.interpreter import Interpreter
from tests.resolvers.meaning import FIELDS
from tests.resolvers.visibility import Eyes, Rows
from tests.worlds import ask, open_tenant

CALM = settings(
    deadline=None,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large],
)
QUESTIONS_A_WORLD = 4
SEED = int(os.environ.get("CERS_TEST_SEED", "2026"))


LEFT_OUT = {
    *(f"Query.{name}" for name in ("aggregateReport", "availability", "disclosures", "explain")),
    *(f"Viewer.{name}" for name in ("permissions", "grants", "expiresAt", "unreleased")),
}
"""Fields with tests of their own."""


def test_the_interpreter_knows_every_field_of_the_types_it_knows() -> None:
    types: dict[str, Any] = {name: type_ for name, type_ in GRAPHQL.type_map.items() if name in FIELDS}
    unknown = {
        f"{name}.{field}" for name, type_ in types.items() for field in type_.fields if field not in FIELDS[name]
    }
    assert {name for name in unknown if not name.endswith(".id")} <= LEFT_OUT


@dataclass(repr=False)
class Case:
    """A world and what viewers ask of it."""

    world: DrawnWorld
    questions: list[tuple[Viewer, DrawnOperation]]

    def __repr__(self) -> str:
        return f"{len(self.world.rows)} rows"


@st.composite
def cases(draw: Callable[[st.SearchStrategy[Any]], Any]) -> Case:
    chance = Chance(draw)
    world = DrawnWorld(chance)
    return Case(world, [(world.viewer(), DrawnOperation(chance, world)) for _ in range(QUESTIONS_A_WORLD)])


@settings(CALM, max_examples=18, derandomize=True, phases=(Phase.explicit, Phase.generate))
@given(case=cases())
async def test_the_engine_answers_as_the_interpreter_does(database: Database, case: Case) -> None:
    await compare_all(database, case)


@pytest.mark.prove
@seed(SEED)
@settings(CALM, max_examples=250, phases=(Phase.generate,))
@given(case=cases())
async def test_the_engine_answers_as_the_interpreter_does_thousands_of_times(database: Database, case: Case) -> None:
    say_the_seed()
    await compare_all(database, case)


@cache
def say_the_seed() -> None:
    """Once a run; a failure shows it."""
    print(f"CERS_TEST_SEED={SEED}")


async def compare_all(database: Database, case: Case) -> None:
    await empty(database)
    await database.run(lambda session: store(session, *case.world.rows))
    tenant, rows = open_tenant(database), Rows(case.world.rows)
    for viewer, operation in case.questions:
        await compare(tenant, rows, viewer, operation.document, operation.variables)


async def compare(tenant: Tenant, rows: Rows, viewer: Viewer, document: str, variables: dict[str, Any]) -> None:
    interpreter = Interpreter(Eyes(rows, viewer), document, variables)
    expected = interpreter.answer()
    answer = await ask(tenant, viewer if viewer.login else None, document, **variables)
    shown = f"{viewer}\n{document}\n{json.dumps(variables)}"
    shown = f"{shown}\n{answer.errors}"
    assert text_of(without_cursors(answer.data)) == text_of(expected), shown
    codes = {path.split(".")[0]: code for path, code in answer.errors}
    assert codes == interpreter.errors if expected is not None else codes.items() <= interpreter.errors.items(), shown


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
