"""Importing groups as a mutation: who may, what they are told, what it changes, and what it never opens."""

import asyncio
from collections.abc import Collection
from typing import Any

import pytest
from sqlalchemy import func, select

import models
from models import Group, GroupEducator, GroupMember, PendingMember, Result, Student
from models.database import Database
from policies.identity import Viewer
from resolvers.context import Tenant
from seeds.factories import ResultFactory, StudentFactory, store
from tests.worlds import TEACHER, SmallWorld, ask, viewer

HEADER = "group_name,school_natural_id,school_year,subject_code,student_ssid,group_user_login"
IMPORT = """
mutation ($input: ImportGroupsInput!) { importGroups(input: $input) {
  dryRun pending errors { code element message row }
  groups { change name school schoolYear subject groupId studentsAdded studentsRemoved usersAdded usersRemoved }
} }"""
RESULTS = "{ results(filter: {}) { nodes { id } } }"
UNKNOWN = "8000000000"


@pytest.fixture
def world() -> SmallWorld:
    return SmallWorld()


@pytest.fixture
async def tenant(world: SmallWorld, database: Database) -> Tenant:
    return await world.stored_in(database)


def row(
    school: models.School, student: str | models.Student = "", login: str = "", name: str = "Owls", subject: str = ""
) -> str:
    ssid = student if isinstance(student, str) else student.ssid
    return f"{name},{school.natural_id},2026,{subject},{ssid},{login}"


async def importing(tenant: Tenant, who: Viewer, *rows: str, dry_run: bool = False) -> Any:
    answer = await ask(tenant, who, IMPORT, input={"csv": "\n".join([HEADER, *rows]), "dryRun": dry_run})
    assert answer.errors == []
    return answer.data["importGroups"]


async def stored(tenant: Tenant) -> dict[str, set[Any]]:
    """Everything that an import writes."""
    columns: dict[str, Collection[Any]] = {
        "groups": (Group.name, Group.school_id, Group.subject_id, Group.deleted_at),
        "members": (GroupMember.group_id, GroupMember.student_id),
        "pending": (PendingMember.group_id, PendingMember.ssid),
        "users": (GroupEducator.group_id, GroupEducator.login),
    }
    return await tenant.database.run(
        lambda session: {name: {tuple(r) for r in session.execute(select(*found))} for name, found in columns.items()}
    )


def told(payload: Any) -> list[tuple[int | None, str | None, str]]:
    return [(error["row"], error["element"], error["message"]) for error in payload["errors"]]


async def test_an_import_replaces_the_named_groups(world: SmallWorld, tenant: Tenant) -> None:
    rows = [row(world.oak, world.ben, " New@Example.org "), row(world.elm, world.eva, name="Elks", subject="ela")]
    payload = await importing(tenant, world.coordinator(), *rows)
    owls, elks = payload["groups"]
    assert owls | {"groupId": None} == {
        "change": "CHANGED",
        "name": "Owls",
        "school": world.oak.natural_id,
        "schoolYear": 2026,
        "subject": None,
        "groupId": None,
        "studentsAdded": 1,
        "studentsRemoved": 1,
        "usersAdded": ["new@example.org"],
        "usersRemoved": [TEACHER],
    }
    assert (elks["change"], elks["subject"], elks["studentsAdded"]) == ("CREATED", "ELA", 1)
    assert (payload["pending"], payload["errors"]) == ([], [])
    assert {student for _, student in (await stored(tenant))["members"]} == {world.ben.id, world.eva.id}
    document = "query ($ids: [ID!]!) { nodes(ids: $ids) { ... on Group { name studentCount } } }"
    found = await ask(tenant, world.coordinator(), document, ids=[owls["groupId"], elks["groupId"]])
    assert found.data["nodes"] == [{"name": "Owls", "studentCount": 1}, {"name": "Elks", "studentCount": 1}]


async def test_a_dry_run_tells_the_same_and_stores_nothing(world: SmallWorld, tenant: Tenant) -> None:
    rows = [
        row(world.oak, world.ben),
        row(world.oak, UNKNOWN),
        row(world.oak, world.ana, TEACHER, name="New", subject="ELA"),
    ]
    before = await stored(tenant)
    tried = await importing(tenant, world.coordinator(), *rows, dry_run=True)
    assert await stored(tenant) == before
    done = await importing(tenant, world.coordinator(), *rows)
    assert await stored(tenant) != before
    assert (tried["dryRun"], done["dryRun"], tried["pending"]) == (True, False, [UNKNOWN])
    assert [group["groupId"] is None for group in tried["groups"]] == [False, True]
    assert [group | {"groupId": None} for group in tried["groups"]] == [
        group | {"groupId": None} for group in done["groups"]
    ]
    again = await importing(tenant, world.coordinator(), *rows)
    assert [group["change"] for group in again["groups"]] == ["UNCHANGED", "UNCHANGED"]


async def test_nothing_is_applied_where_anything_is_wrong(world: SmallWorld, tenant: Tenant) -> None:
    before = await stored(tenant)
    payload = await importing(
        tenant,
        world.coordinator(),
        row(world.oak, world.ben),
        row(world.fir),
        row(world.oak, subject="LATIN"),
        row(world.oak, "12"),
        ",,,,,",
        "Owls,1,26,,,",
    )
    assert told(payload) == [
        (2, "school_natural_id", f"'{world.fir.natural_id}': unknown school"),
        (3, "subject_code", "'LATIN': unknown subject"),
        (4, "student_ssid", "malformed SSID"),
        (5, "school_natural_id", "'1': unknown school"),
        (5, "school_year", "'26': not a school year"),
    ]
    assert (payload["groups"], payload["pending"]) == ([], [])
    assert await stored(tenant) == before


@pytest.mark.parametrize(
    ("csv", "message"),
    [
        ("", "empty file"),
        (HEADER, "empty file"),
        ("group_name\nOwls", f"the columns must be {HEADER}"),
        (f'{HEADER}\n"Owls', "'line 2': not a valid CSV file"),
        (f"{HEADER}\nOwls\0", "wrong encoding: zero bytes in text"),
    ],
)
async def test_what_is_no_group_file_is_refused_with_a_reason(
    world: SmallWorld, tenant: Tenant, csv: str, message: str
) -> None:
    answer = await ask(tenant, world.coordinator(), IMPORT, input={"csv": csv})
    assert told(answer.data["importGroups"]) == [(None, None, message)]


async def test_the_first_hundred_problems_are_told_and_the_rest_counted(world: SmallWorld, tenant: Tenant) -> None:
    payload = await importing(tenant, world.coordinator(), *[row(world.fir)] * 103)
    assert len(payload["errors"]) == 101
    assert told(payload)[-1] == (None, None, "and 3 more problems")


async def test_importing_needs_group_write_somewhere(world: SmallWorld, tenant: Tenant) -> None:
    for who, code in (
        (world.teacher(), "FORBIDDEN"),
        (world.state_administrator(), "FORBIDDEN"),
        (None, "UNAUTHENTICATED"),
    ):
        answer = await ask(tenant, who, IMPORT, input={"csv": HEADER})
        assert (answer.data, answer.codes) == (None, [code])


async def test_a_school_out_of_the_scope_reads_like_an_unknown_one(world: SmallWorld, tenant: Tenant) -> None:
    who = viewer("site@example.org", ("SITE_COORDINATOR", "SCHOOL", world.oak.natural_id))
    payload = await importing(tenant, who, row(world.elm), row(world.fir), "Owls,00000000000000,2026,,,")
    messages = {message.partition(": ")[2] for _, _, message in told(payload)}
    assert (len(payload["errors"]), messages) == (3, {"unknown school"})


async def test_other_peoples_students_are_pending_like_unknown_ones(world: SmallWorld, tenant: Tenant) -> None:
    who = viewer("site@example.org", ("SITE_COORDINATOR", "SCHOOL", world.oak.natural_id))
    answers = []
    for ssid in (world.eva.ssid, world.fay.ssid, UNKNOWN):
        payload = await importing(tenant, who, row(world.oak, ssid, name=f"Of {ssid}"))
        answers.append([payload["pending"] == [ssid], *[g | {"name": "", "groupId": ""} for g in payload["groups"]]])
    assert answers[0][0]
    assert answers == [answers[0]] * 3
    assert {ssid for _, ssid in (await stored(tenant))["pending"]} == {world.eva.ssid, world.fay.ssid, UNKNOWN}


async def test_a_student_of_no_school_is_pending_even_where_the_whole_state_is_in_scope(
    world: SmallWorld, tenant: Tenant
) -> None:
    """Whoever has left counts by their results; without any, by nothing."""
    gone, left = StudentFactory.build(school=None), StudentFactory.build(school=None)
    result = ResultFactory.build(student=left, assessment=world.summative_ela, school=world.oak)
    await tenant.database.run(lambda session: store(session, gone, left, result))
    who = viewer("state@example.org", ("GROUP_ADMINISTRATOR", "STATE", ""))
    payload = await importing(tenant, who, row(world.oak, gone), row(world.oak, left), row(world.oak, world.eva))
    assert payload["pending"] == [gone.ssid]


async def test_a_member_out_of_the_importers_scope_reads_as_if_not_there(world: SmallWorld, tenant: Tenant) -> None:
    """The district made Eva of Elm a member; to the coordinator of Oak the group reads like an empty one."""
    site = viewer("site@example.org", ("SITE_COORDINATOR", "SCHOOL", world.oak.natural_id))
    counts = "{ groups { nodes { studentCount pendingCount } } }"
    read = []
    for member, named in ((world.eva, world.eva.ssid), ("", UNKNOWN)):
        await importing(tenant, world.coordinator(), row(world.oak, member))
        tried = [
            await importing(tenant, site, *rows, dry_run=True)
            for rows in ([row(world.oak)], [row(world.oak, named)], [row(world.oak, world.ana)])
        ]
        answer = await ask(tenant, site, counts)
        read.append(([(payload["groups"], len(payload["pending"])) for payload in tried], answer.data))
    assert read[0] == read[1]
    assert read[0][1] == {"groups": {"nodes": [{"studentCount": 0, "pendingCount": 0}]}}


async def test_a_student_is_in_the_scope_by_the_current_school_or_by_a_result(database: Database) -> None:
    world = SmallWorld()
    left = world.keep(StudentFactory.build(school=world.fir, first_name="Left"))
    world.keep(ResultFactory.build(student=left, assessment=world.ica_ela, school=world.oak))
    came = world.keep(StudentFactory.build(school=world.oak, first_name="Came"))
    tenant = await world.stored_in(database)
    who = viewer("site@example.org", ("SITE_COORDINATOR", "SCHOOL", world.oak.natural_id))
    payload = await importing(tenant, who, *(row(world.oak, student) for student in (left, came, world.eva)))
    assert payload["pending"] == [world.eva.ssid]
    assert {student for _, student in (await stored(tenant))["members"]} == {left.id, came.id}


async def test_an_import_makes_no_student_and_moves_nobody(world: SmallWorld, tenant: Tenant) -> None:
    columns = (Student.id, Student.current_school_id, Student.current_district_id)

    def people(session: Any) -> Any:
        moved = select(Result.id, Result.current_school_id, Result.school_id).order_by(Result.id)
        return session.execute(select(*columns).order_by(Student.id)).all(), session.execute(moved).all()

    before = await tenant.database.run(people)
    ssids = [UNKNOWN, world.fay.ssid, world.eva.ssid]
    await importing(tenant, world.coordinator(), *(row(world.oak, ssid, TEACHER) for ssid in ssids))
    assert await tenant.database.run(people) == before


OWN_LOGIN = "your own login needs INDIVIDUAL_PII_READ over the school, and wherever you have GROUP_PII_READ"
OWN = {
    "coordinator": ([("DISTRICT_COORDINATOR", "DISTRICT", "north")], True),
    "site coordinator": ([("SITE_COORDINATOR", "SCHOOL", "oak")], True),
    "group administrator": ([("GROUP_ADMINISTRATOR", "DISTRICT", "north")], False),
    "group administrator who teaches there": (
        [("GROUP_ADMINISTRATOR", "DISTRICT", "north"), ("TEACHER", "SCHOOL", "oak")],
        False,
    ),
    "individual reading elsewhere": (
        [("GROUP_ADMINISTRATOR", "DISTRICT", "north"), ("SITE_EDUCATOR", "SCHOOL", "elm")],
        False,
    ),
    "teaching where individual results are closed": (
        [("SITE_COORDINATOR", "SCHOOL", "oak"), ("TEACHER", "SCHOOL", "elm")],
        False,
    ),
    "state grant, which opens no interims": (
        [("STATE_ADMINISTRATOR", "STATE", ""), ("GROUP_ADMINISTRATOR", "STATE", ""), ("TEACHER", "SCHOOL", "oak")],
        False,
    ),
}


@pytest.mark.parametrize("grants", OWN)
async def test_naming_oneself_never_widens_ones_own_access(world: SmallWorld, tenant: Tenant, grants: str) -> None:
    given, may = OWN[grants]
    places = {"north": world.north.natural_id, "oak": world.oak.natural_id, "elm": world.elm.natural_id, "": ""}
    who = viewer("own@example.org", *((role, level, places[place]) for role, level, place in given))
    before = (await ask(tenant, who, RESULTS)).data
    rows = [row(world.oak, student, "OWN@example.org") for student in (world.ana, world.ben, world.eva)]
    payload = await importing(tenant, who, *rows)
    assert {message for _, _, message in told(payload)} == (set() if may else {f"'own@example.org': {OWN_LOGIN}"})
    assert (await ask(tenant, who, RESULTS)).data == before


async def test_an_import_by_an_administrator_shows_the_students_to_the_teacher(
    world: SmallWorld, tenant: Tenant
) -> None:
    document = "{ students { nodes { firstName } } }"
    assert (await ask(tenant, world.teacher(), document)).data["students"]["nodes"] == [{"firstName": "Ana"}]
    rows = [row(world.oak, world.ben, TEACHER), row(world.oak, world.eva), row(world.oak, world.fay)]
    await importing(tenant, world.coordinator(), *rows)
    # Eva is of another school: a member, but no place of hers is in the teacher's reach. Fay is pending.
    assert (await ask(tenant, world.teacher(), document)).data["students"]["nodes"] == [{"firstName": "Ben"}]


async def test_a_deleted_group_that_is_imported_again_is_created_anew(world: SmallWorld, tenant: Tenant) -> None:
    groups = "{ groups { nodes { id } } }"
    [group] = (await ask(tenant, world.coordinator(), groups)).data["groups"]["nodes"]
    delete = "mutation ($input: DeleteGroupInput!) { deleteGroup(input: $input) { errors { code } } }"
    await ask(tenant, world.coordinator(), delete, input={"id": group["id"]})
    [again] = (await importing(tenant, world.coordinator(), row(world.oak, world.ana)))["groups"]
    assert (again["change"], again["groupId"], again["studentsAdded"]) == ("CREATED", group["id"], 1)
    assert (again["usersAdded"], again["usersRemoved"]) == ([], [])
    assert (await ask(tenant, world.teacher(), groups)).data["groups"]["nodes"] == []


async def test_two_imports_of_one_new_group_at_once_make_one_group(world: SmallWorld, tenant: Tenant) -> None:
    rows = [row(world.oak, world.ana, name="New"), row(world.oak, world.ben, name="New")]
    await asyncio.gather(*(importing(tenant, world.coordinator(), one) for one in rows))
    counted = select(func.count()).select_from(Group).where(Group.name == "New")
    assert await tenant.database.run(lambda session: session.scalar(counted)) == 1
    new = select(GroupMember.student_id).join(Group, Group.id == GroupMember.group_id).where(Group.name == "New")
    members = await tenant.database.run(lambda session: session.scalars(new).all())
    assert len(members) == 1, "the later import replaces the earlier one"
