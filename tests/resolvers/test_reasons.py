"""An empty list says why: from the viewer's own grants, groups and states of release, never from what is hidden."""

from collections.abc import Callable

import pytest
from sqlalchemy import delete
from sqlalchemy.orm import Session

from models import ItemResponse, Result, Student, SubScore, TargetScore, TraitScore
from models.database import Database
from policies.identity import Viewer
from policies.reasons import MEANINGS, EmptyReason
from resolvers.context import Tenant
from schema import schema
from seeds.factories import (
    AvailabilityFactory,
    GroupEducatorFactory,
    GroupFactory,
    GroupMemberFactory,
    ResultFactory,
    StudentFactory,
    store,
)
from tests.resolvers.overheard import overheard
from tests.worlds import SmallWorld, ask, viewer

Who = Callable[[SmallWorld], Viewer]
LAST_YEARS = "last.year@example.org"


@pytest.fixture
def world() -> SmallWorld:
    """The small world, and somebody whose only group is of the last school year."""
    world = SmallWorld()
    group = world.keep(GroupFactory.build(school=world.oak, name="Last year's", school_year=2025))
    world.keep(GroupEducatorFactory.build(group=group, login=LAST_YEARS))
    world.keep(GroupMemberFactory.build(group=group, student=world.ana))
    return world


@pytest.fixture
async def tenant(database: Database, world: SmallWorld) -> Tenant:
    return await world.stored_in(database)


def at_oak(role: str, login: str, year: int = 2026) -> Who:
    return lambda world: viewer(login, (role, "SCHOOL", world.oak.natural_id), school_year=year)


def in_the_south(role: str) -> Who:
    return lambda world: viewer("south@example.org", (role, "DISTRICT", world.south.natural_id))


WHO: dict[str, Who] = {
    "somebody without a role": lambda world: viewer("new@example.org"),
    "last year's teacher": at_oak("TEACHER", LAST_YEARS, 2025),
    "somebody with an unknown role": at_oak("JANITOR", "janitor@example.org"),
    "an aggregate reporter": at_oak("AGGREGATE_REPORTER", "reporter@example.org"),
    "a teacher without groups": at_oak("TEACHER", "new.teacher@example.org"),
    "a teacher with last year's group": at_oak("TEACHER", LAST_YEARS),
    "the teacher": SmallWorld.teacher,
    "a site educator": SmallWorld.site_educator,
    "the North's coordinator": SmallWorld.coordinator,
    "the South's educator": in_the_south("DISTRICT_EDUCATOR"),
    "the state's administrator": SmallWorld.state_administrator,
}

SUMMATIVE = "results(filter: {kind: [SUMMATIVE], scaleScore: {gte: 9000}}) { emptyReason }"
INTERIM = "results(filter: {kind: [ICA], scaleScore: {gte: 9000}}) { emptyReason }"
LAST_YEAR = "results(filter: {schoolYear: {eq: 2025}}) { emptyReason }"
ANY_RESULT = "results(filter: {scaleScore: {gte: 9000}}) { emptyReason }"
STUDENTS = 'students(filter: {ssid: {eq: "none"}}) { emptyReason }'
GROUPS = 'groups(filter: {name: "none"}) { emptyReason }'
SCHOOLS = 'schools(filter: {name: "none"}) { emptyReason }'

AT_FIR = "school(cdsCode: $fir) {{ {} {{ emptyReason }} }}"
"""Lists under a school that none of those asking has in scope, save the South's."""


@pytest.mark.parametrize(
    ("who", "question", "reason"),
    [
        ("somebody without a role", AT_FIR.format("students"), "NO_GRANTS"),
        ("somebody without a role", AT_FIR.format("groups"), "NO_GRANTS"),
        ("somebody without a role", "schools { emptyReason }", "NO_GRANTS"),
        ("last year's teacher", AT_FIR.format("results"), "GRANTS_OF_ANOTHER_YEAR"),
        ("last year's teacher", "districts { emptyReason }", "GRANTS_OF_ANOTHER_YEAR"),
        ("somebody with an unknown role", AT_FIR.format("students"), "NO_GRANT_COUNTS"),
        ("an aggregate reporter", AT_FIR.format("students"), "PERMISSION_HELD_NOWHERE"),
        ("an aggregate reporter", SCHOOLS, "NOT_VISIBLE_OR_UNKNOWN"),
        ("a teacher without groups", "students { emptyReason }", "NO_ASSIGNED_GROUPS"),
        ("a teacher without groups", "results(filter: {}) { emptyReason }", "NO_ASSIGNED_GROUPS"),
        ("a teacher without groups", "groups { emptyReason }", "NO_ASSIGNED_GROUPS"),
        ("a teacher with last year's group", "students { emptyReason }", "GROUPS_OF_ANOTHER_YEAR"),
        ("a teacher with last year's group", "results(filter: {}) { emptyReason }", "GROUPS_OF_ANOTHER_YEAR"),
        ("a teacher with last year's group", GROUPS, "NOT_VISIBLE_OR_UNKNOWN"),
        ("the teacher", STUDENTS, "NOT_VISIBLE_OR_UNKNOWN"),
        ("the teacher", SUMMATIVE, "NOT_VISIBLE_OR_UNKNOWN"),
        ("the teacher", GROUPS, "NOT_VISIBLE_OR_UNKNOWN"),
        ("a site educator", "groups { emptyReason nodes { students { emptyReason } } }", None),
        ("the South's educator", SUMMATIVE, "NOT_RELEASED"),
        ("the South's educator", ANY_RESULT, "NOT_RELEASED"),
        ("the South's educator", INTERIM, "NOT_VISIBLE_OR_UNKNOWN"),
        ("the South's educator", LAST_YEAR, "NOT_VISIBLE_OR_UNKNOWN"),
        ("the South's educator", "groups { emptyReason }", "NOT_VISIBLE_OR_UNKNOWN"),
        ("the North's coordinator", SUMMATIVE, "NOT_VISIBLE_OR_UNKNOWN"),
        ("the state's administrator", SUMMATIVE, "NOT_VISIBLE_OR_UNKNOWN"),
        ("the state's administrator", 'assessments(filter: {grade: {eq: "09"}}) { emptyReason }', "NOTHING_MATCHES"),
    ],
)
async def test_each_empty_list_says_why(
    tenant: Tenant, world: SmallWorld, who: str, question: str, reason: str | None
) -> None:
    asked = f"query ($fir: CDSCode!) {{ {question} school_: school(cdsCode: $fir) {{ id }} }}"
    answer = await ask(tenant, WHO[who](world), asked, fir=world.fir.natural_id)
    assert answer.errors == []
    (value,) = (part for name, part in answer.data.items() if name != "school_")
    while "emptyReason" not in value:
        (value,) = value.values()
    assert value["emptyReason"] == reason


async def test_a_list_that_is_not_empty_has_no_reason(tenant: Tenant, world: SmallWorld) -> None:
    whole = "{ students { emptyReason totalCount } none: students(first: 0) { emptyReason nodes { id } } }"
    answer = await ask(tenant, world.teacher(), whole)
    assert answer.data == {
        "students": {"emptyReason": None, "totalCount": 1},
        "none": {"emptyReason": None, "nodes": []},
    }


async def test_a_page_behind_the_last_row_has_no_reason(tenant: Tenant, world: SmallWorld) -> None:
    question = "query ($after: String) { students(after: $after) { emptyReason nodes { id } pageInfo { endCursor } } }"
    first = await ask(tenant, world.teacher(), question)
    last = await ask(tenant, world.teacher(), question, after=first.data["students"]["pageInfo"]["endCursor"])
    assert (last.data["students"]["nodes"], last.data["students"]["emptyReason"]) == ([], None)


async def test_all_groups_count_where_the_tenant_says_so(database: Database) -> None:
    world = SmallWorld(group_years="ALL")
    group = world.keep(GroupFactory.build(school=world.oak, name="Last year's", school_year=2025))
    world.keep(GroupEducatorFactory.build(group=group, login=LAST_YEARS))
    tenant = await world.stored_in(database)
    answer = await ask(tenant, WHO["a teacher with last year's group"](world), "{ students { emptyReason } }")
    assert answer.data == {"students": {"emptyReason": "NOT_VISIBLE_OR_UNKNOWN"}}


@pytest.mark.parametrize(
    ("status", "role", "reason"),
    [
        ("LOADING", "DISTRICT_COORDINATOR", "NOT_RELEASED"),
        ("REVIEWING", "DISTRICT_EDUCATOR", "NOT_RELEASED"),
        ("REVIEWING", "DISTRICT_COORDINATOR", "NOT_VISIBLE_OR_UNKNOWN"),
        ("RELEASED", "DISTRICT_EDUCATOR", "NOT_VISIBLE_OR_UNKNOWN"),
    ],
)
async def test_what_is_held_back_depends_on_who_may_review(
    database: Database, world: SmallWorld, status: str, role: str, reason: str
) -> None:
    world.keep(AvailabilityFactory.build(district=world.south, program=world.summative, individual=status))
    tenant = await world.stored_in(database)
    answer = await ask(tenant, in_the_south(role)(world), f"{{ {SUMMATIVE} }}")
    assert answer.data == {"results": {"emptyReason": reason}}


async def test_an_aggregate_report_without_rows_says_why(tenant: Tenant, world: SmallWorld) -> None:
    report = """query ($district: CDSCode!, $grade: Grade!) { aggregateReport(input: {
        schoolYears: [2026], subjects: ["ELA"], assessmentKind: SUMMATIVE, grades: [$grade],
        organizations: {districts: [$district]}}) { rows { emptyReason totalCount } } }"""
    given = {"grade": world.summative_ela.grade}
    released = await ask(tenant, world.coordinator(), report, district=world.north.natural_id, **given)
    assert released.data["aggregateReport"]["rows"]["emptyReason"] is None
    educator = in_the_south("DISTRICT_EDUCATOR")(world)
    held = await ask(tenant, educator, report, district=world.south.natural_id, **given)
    assert held.data == {"aggregateReport": {"rows": {"emptyReason": "NOT_RELEASED", "totalCount": 0}}}


async def test_a_reason_takes_one_statement_and_only_where_it_is_asked(tenant: Tenant, world: SmallWorld) -> None:
    teacher = WHO["a teacher without groups"](world)

    async def count(who: Viewer, selection: str) -> int:
        async with overheard(tenant) as heard:
            await ask(tenant, who, f"{{ students {{ {selection} }} }}")
        return len(heard)

    await count(teacher, "nodes { id }")
    assert await count(teacher, "nodes { id }") == 1
    assert await count(teacher, "nodes { id } emptyReason") == 2
    assert await count(world.coordinator(), "nodes { id } emptyReason") == 1


async def test_nested_lists_share_one_reason(tenant: Tenant, world: SmallWorld) -> None:
    question = "{ students { nodes { ssid results(filter: {scaleScore: {gte: 9000}}) { emptyReason } } } }"
    await ask(tenant, world.coordinator(), question)
    async with overheard(tenant) as heard:
        answer = await ask(tenant, world.coordinator(), question)
    reasons = [student["results"]["emptyReason"] for student in answer.data["students"]["nodes"]]
    assert reasons == ["NOT_VISIBLE_OR_UNKNOWN"] * 3
    assert len(heard) == 3


EVERYTHING = """query ($ssid: SSID!, $school: CDSCode!, $unknown: CDSCode!) {
    students(filter: {ssid: {eq: $ssid}}) { emptyReason }
    atSchool: students(filter: {school: {eq: $school}}) { emptyReason }
    groups(filter: {school: {eq: $school}}) { emptyReason }
    results(filter: {school: {eq: $school}, kind: [SUMMATIVE]}) { emptyReason }
    interims: results(filter: {school: {eq: $school}, kind: [ICA]}) { emptyReason }
    named: results(filter: {school: {eq: $unknown}, kind: [SUMMATIVE]}) { emptyReason }
    school(cdsCode: $school) {
        students { emptyReason } groups { emptyReason } results { emptyReason }
        some: results(filter: {schoolYear: {eq: 2026}}) { emptyReason }
    }
}"""
"""Everything that is hidden from most at Fir."""


def without_what_is_at_fir(session: Session, world: SmallWorld) -> None:
    """As if nobody and nothing were there."""
    for model in (ItemResponse, SubScore, TargetScore, TraitScore, Result):
        session.execute(delete(model).where(model.district_id == world.south.id))
    session.execute(delete(Student).where(Student.id == world.fay.id))


def with_more_at_fir(session: Session, world: SmallWorld) -> None:
    """More results, and a group that is assigned to everybody who asks but lies out of their reach."""
    student = StudentFactory.build(school=world.fir)
    group = GroupFactory.build(school=world.fir, name="Hidden")
    educators = [
        GroupEducatorFactory.build(group=group, login=login)
        for login in {str(who(world).login) for who in WHO.values()}
    ]
    result = ResultFactory.build(student=student, assessment=world.ica_ela, school=world.fir)
    store(session, student, group, result, GroupMemberFactory.build(group=group, student=student), *educators)


@pytest.mark.parametrize("who", [name for name in WHO if "South" not in name and "state" not in name])
@pytest.mark.parametrize("change", [without_what_is_at_fir, with_more_at_fir])
async def test_no_reason_tells_a_hidden_thing_from_an_unknown_one(
    database: Database, world: SmallWorld, who: str, change: Callable[[Session, SmallWorld], None]
) -> None:
    """The answers are the same whether what is hidden at Fir is there or not, and as for an unknown school."""
    given = {"ssid": world.fay.ssid, "school": world.fir.natural_id, "unknown": "99999999999999"}
    tenant = await world.stored_in(database)
    before = await ask(tenant, WHO[who](world), EVERYTHING, **given)
    assert before.data["atSchool"] is None or before.data["atSchool"]["emptyReason"]
    assert before.data["results"] == before.data["named"]
    await database.run(lambda session: change(session, world))
    after = await ask(tenant, WHO[who](world), EVERYTHING, **given)
    assert (after.data, after.errors) == (before.data, before.errors)


def test_every_reason_says_what_it_means() -> None:
    assert set(MEANINGS) == set(EmptyReason)


def test_every_connection_has_its_reason() -> None:
    connections = [type_ for name, type_ in schema._schema.type_map.items() if name.endswith("Connection")]
    assert len(connections) >= 7
    assert [type_.name for type_ in connections if "emptyReason" not in type_.fields] == []  # type: ignore[attr-defined]
