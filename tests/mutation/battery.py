"""Asks every question for every viewer of a tenant and tells of the first answer that is not product.md's."""

from collections.abc import AsyncIterator, Iterator, Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from models import Availability, Student
from models.database import Database
from models.reference import load_reference
from policies.gate import Gate, Grain
from policies.groups import students_to_group
from policies.permission import Permission
from policies.rows import Rules
from policies.scope import Scope, decide
from tests.mutation.questions import MASKED, QUESTIONS, Question
from tests.mutation.sights import Contest, Sight

Told = tuple[str, Sight, set[Any], set[Any]]
"""A question, who asked, what was expected and what was found."""
Asked = Sequence[tuple[Sight, Scope]]
FEW = 4
"""One viewer in so many is a few."""


async def first_difference(database: Database, contest: Contest, only: str = "", every: int = 1) -> str | None:
    """The first wrong answer in words, or None; `only`: to this question; `every`: of one viewer in so many.

    Nothing is remembered between calls.
    """
    reference = await database.run(load_reference)
    asked = [(sight, decide(sight.viewer, sight.viewer.grants or (), reference)) for sight in contest.sights[::every]]
    async for question, sight, expected, found in _answers(database, asked, only):
        if found != expected:
            lost, more = contest.told(expected - found), contest.told(found - expected)
            return f"{contest.settings}: {question} for {sight.viewer.display_name}: lost {lost}; gained {more}"
    return None


async def _answers(database: Database, asked: Asked, only: str) -> AsyncIterator[Told]:
    for sight, scope in asked:
        if only in ("", "scope"):
            yield "reach", sight, sight.reach, set(_reach(scope))
            yield "fields", sight, {(f,) for f in MASKED if sight.eyes.may_use(f)}, set(_fields(database, scope))
            yield "opening", sight, sight.opening, {_opening(scope)}
    for name, question in QUESTIONS.items():
        for sight, scope in (
            asked[:: FEW if question.of_few and len(asked) > FEW * 2 else 1] if only in ("", name) else ()
        ):
            yield name, sight, sight.rows[name], await _rows(database, question, scope)
    if only in ("", "changes"):
        for told in await database.run(lambda session: list(_beside_the_gate(session, asked))):
            yield told


def _beside_the_gate(session: Session, asked: Asked) -> Iterator[Told]:
    """What changes ask with the rules alone."""
    state, ssids = Availability.__table__.c, session.scalars(select(Student.ssid)).all()
    dialect = session.get_bind().dialect.name
    for sight, scope in asked:
        for report, expected in sight.unreleased.items():
            seen = Rules(scope.shape, dialect).sees_unreleased(Availability.__table__, report)
            found = session.execute(
                select(state.school_year, state.district_id, state.program_id).where(seen), scope.values
            )
            yield f"unreleased for {report}", sight, expected, {tuple(row) for row in found}
        grouped = students_to_group(session, scope, ssids)
        yield "students to group", sight, {(id_,) for id_ in sight.to_group}, {(id_,) for id_ in grouped.values()}


def _reach(scope: Scope) -> Iterator[tuple[str, int]]:
    for permission in Permission:
        for school in scope.reference.schools.values():
            if scope.covers(permission, school):
                yield permission, school.id
        for district in scope.reference.districts.values():
            if scope.covers_district(permission, district):
                yield permission, district.id


def _fields(database: Database, scope: Scope) -> Iterator[tuple[str]]:
    rules = Gate(database).rules(scope.shape)
    return ((field,) for field in MASKED if rules.may_use(field))


def _opening(scope: Scope) -> tuple[Any, ...]:
    opening = scope.opening
    districts = None if opening.districts is None else tuple(opening.districts)
    return districts, tuple(opening.current_districts), opening.login


async def _rows(database: Database, question: Question, scope: Scope) -> set[tuple[Any, ...]]:
    gate = Gate(database)
    statement = question.ask(gate.rules(scope.shape, keyed=question.keyed))
    grain: Grain = "aggregate" if question.counted else "individual"
    admitted = gate.admit(statement, scope, keyed=question.keyed, one=question.one, grain=grain)
    return {tuple(row) for row in await gate.fetch(admitted, scope, {})}
