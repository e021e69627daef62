"""Custom groups and the end of groups: who may change what, and that it opens nothing."""

from typing import Any

import pytest
from sqlalchemy import select, update

import models
from models.database import Database
from policies.identity import Viewer
from resolvers.context import Tenant
from resolvers.engine.ids import global_id
from seeds.factories import GroupFactory, StudentFactory, SubjectFactory
from tests.worlds import TEACHER, Answer, SmallWorld, ask, viewer

CREATE = """
mutation ($input: CustomGroupInput!) { createCustomGroup(input: $input) {
  errors { code element message }
  group { id name kind schoolYear school { name } subject { code } studentCount viewerCanUpdate viewerCanDelete
          students { nodes { firstName } } }
} }"""
UPDATE = """
mutation ($input: UpdateCustomGroupInput!) { updateCustomGroup(input: $input) {
  errors { code element message } group { id name subject { code } students { nodes { firstName } } }
} }"""
DELETE = "mutation ($input: DeleteGroupInput!) { deleteGroup(input: $input) { deletedId errors { code element } } }"
GROUPS = "{ groups { nodes { id name kind viewerCanUpdate viewerCanDelete students { nodes { firstName } } } } }"
RESULTS = "{ results(filter: {}) { nodes { id } } students { nodes { id } } }"


@pytest.fixture
def world() -> SmallWorld:
    return SmallWorld()


@pytest.fixture
async def tenant(world: SmallWorld, database: Database) -> Tenant:
    return await world.stored_in(database)


def ids(*students: models.Student) -> list[str]:
    return [global_id("Student", (student.id,)) for student in students]


async def creating(tenant: Tenant, who: Viewer, *students: models.Student, **given: Any) -> Any:
    answer = await ask(tenant, who, CREATE, input={"name": "Mine", "studentIds": ids(*students), **given})
    assert answer.errors == []
    return answer.data["createCustomGroup"]


async def names(tenant: Tenant, who: Viewer) -> dict[str, list[str]]:
    """The groups a viewer sees, with the members they see."""
    answer = await ask(tenant, who, GROUPS)
    return {group["name"]: members(group) for group in answer.data["groups"]["nodes"]}


def members(group: Any) -> list[str]:
    return [student["firstName"] for student in group["students"]["nodes"]]


def told(answer: Answer) -> list[tuple[str, str]]:
    """What is wrong by the payload of the one mutation: code and element."""
    assert answer.errors == []
    [payload] = answer.data.values()
    return [(error["code"], error["element"]) for error in payload["errors"]]


def id_of(group: models.Group) -> str:
    return global_id("Group", (group.district_id, group.id))


async def test_a_custom_group_is_answered_as_it_was_made(world: SmallWorld, tenant: Tenant) -> None:
    payload = await creating(tenant, world.site_educator(), world.ana, world.ben, world.ana, subject="ELA")
    assert payload["errors"] == []
    assert payload["group"] | {"id": None} == {
        "id": None,
        "name": "Mine",
        "kind": "CUSTOM",
        "schoolYear": 2026,
        "school": None,
        "subject": {"code": "ELA"},
        "studentCount": 2,
        "viewerCanUpdate": True,
        "viewerCanDelete": True,
        "students": {"nodes": [{"firstName": "Ana"}, {"firstName": "Ben"}]},
    }


async def test_nobody_but_its_owner_sees_a_custom_group(world: SmallWorld, tenant: Tenant) -> None:
    made = await creating(tenant, world.site_educator(), world.ana)
    for other in (world.teacher(), world.coordinator(), world.state_administrator()):
        assert "Mine" not in await names(tenant, other)
        found = await ask(tenant, other, "query ($id: ID!) { node(id: $id) { id } }", id=made["group"]["id"])
        assert found.data == {"node": None}
    assert await names(tenant, world.site_educator()) == {"Mine": ["Ana"], "Owls": ["Ana"]}


async def test_a_student_out_of_sight_reads_like_an_unknown_one(world: SmallWorld, tenant: Tenant) -> None:
    unknown = StudentFactory.build()
    payload = await creating(tenant, world.teacher(), world.ana, world.ben, world.fay, unknown)
    message = "No such student, or none that you see."
    assert payload == {
        "group": None,
        "errors": [{"code": "NOT_FOUND", "element": f"studentIds[{place}]", "message": message} for place in (1, 2, 3)],
    }
    assert list(await names(tenant, world.teacher())) == ["Owls"]


async def test_everything_wrong_is_named_at_once(world: SmallWorld, tenant: Tenant) -> None:
    given = {"name": "  ", "subject": "LATIN", "studentIds": ["nonsense", "grp_1_1", *ids(world.fay)]}
    answer = await ask(tenant, world.teacher(), CREATE, input=given)
    assert told(answer) == [
        ("BAD_INPUT", "name"),
        ("BAD_INPUT", "subject"),
        ("BAD_INPUT", "studentIds[0]"),
        ("BAD_INPUT", "studentIds[1]"),
        ("NOT_FOUND", "studentIds[2]"),
    ]


@pytest.mark.parametrize("name", ["", "x" * 256, "ΐ" * 250, "a\0b"])
async def test_a_name_that_cannot_be_stored_is_refused(world: SmallWorld, tenant: Tenant, name: str) -> None:
    payload = await creating(tenant, world.teacher(), name=name)
    assert [error["element"] for error in payload["errors"]] == ["name"]


async def test_a_custom_group_holds_at_most_200_students(world: SmallWorld, tenant: Tenant) -> None:
    many = [StudentFactory.build(school=world.oak) for _ in range(201)]
    await tenant.database.run(lambda session: session.add_all(many))
    payload = await creating(tenant, world.site_educator(), *many)
    assert [error["message"] for error in payload["errors"]] == ["more than 200 students"]
    assert (await creating(tenant, world.site_educator(), *many[:200]))["group"]["studentCount"] == 200


async def test_making_a_custom_group_needs_the_permission(world: SmallWorld, tenant: Tenant) -> None:
    answer = await ask(tenant, world.coordinator(), CREATE, input={"name": "Mine", "studentIds": []})
    assert (answer.data, answer.codes) == (None, ["FORBIDDEN"])
    answer = await ask(tenant, None, CREATE, input={"name": "Mine", "studentIds": []})
    assert (answer.data, answer.codes) == (None, ["UNAUTHENTICATED"])


async def test_a_custom_group_opens_no_result_and_no_student(world: SmallWorld, tenant: Tenant) -> None:
    before = (await ask(tenant, world.teacher(), RESULTS)).data
    made = await creating(tenant, world.teacher(), world.ana)
    # Even a member who was never visible to the owner stays closed.
    district_id, group_id = (int(part, 16) for part in made["group"]["id"].split("_")[1:])
    row = models.GroupMember(district_id=district_id, group_id=group_id, student_id=world.ben.id)
    await tenant.database.run(lambda session: session.add(row))
    assert (await ask(tenant, world.teacher(), RESULTS)).data == before
    assert (await names(tenant, world.teacher()))["Mine"] == ["Ana"]


async def test_what_is_left_out_of_a_change_stays(world: SmallWorld, tenant: Tenant) -> None:
    who = world.site_educator()
    made = (await creating(tenant, who, world.ana, world.ben, subject="ELA"))["group"]
    renamed = await changing(tenant, who, made["id"], name=" Ours ")
    assert (renamed["name"], renamed["subject"], members(renamed)) == ("Ours", {"code": "ELA"}, ["Ana", "Ben"])
    widened = await changing(tenant, who, made["id"], subject=None, studentIds=ids(world.ben))
    assert (widened["name"], widened["subject"], members(widened)) == ("Ours", None, ["Ben"])


async def changing(tenant: Tenant, who: Viewer, id_: str, **given: Any) -> Any:
    answer = await ask(tenant, who, UPDATE, input={"id": id_, **given})
    assert answer.errors == []
    assert answer.data["updateCustomGroup"]["errors"] == []
    return answer.data["updateCustomGroup"]["group"]


async def test_a_member_who_leaves_sight_drops_out_and_may_return(world: SmallWorld, tenant: Tenant) -> None:
    who = world.teacher()
    made = (await creating(tenant, who, world.ana))["group"]
    await assigned(tenant, world, to="somebody@example.org")
    assert await names(tenant, who) == {"Mine": []}
    assert members(await changing(tenant, who, made["id"], studentIds=[])) == []
    await assigned(tenant, world, to=TEACHER)
    assert await names(tenant, who) == {"Mine": ["Ana"], "Owls": ["Ana"]}


async def assigned(tenant: Tenant, world: SmallWorld, to: str) -> None:
    """Assign the teacher's group to one login only."""
    educator = update(models.GroupEducator).where(models.GroupEducator.group_id == world.group.id)
    await tenant.database.run(lambda session: session.execute(educator.values(login=to)))


@pytest.mark.parametrize("statement", [UPDATE, DELETE])
async def test_a_group_out_of_sight_reads_like_an_unknown_one(
    world: SmallWorld, tenant: Tenant, statement: str
) -> None:
    made = (await creating(tenant, world.site_educator(), world.ana))["group"]
    for id_ in (made["id"], "grp_1_1", "stu_1", "nonsense"):
        answer = await ask(tenant, world.teacher(), statement, input={"id": id_})
        assert told(answer) == [("NOT_FOUND", "id")]


async def test_an_assigned_group_is_not_changed_as_a_custom_one(world: SmallWorld, tenant: Tenant) -> None:
    everything = viewer(
        "both@example.org",
        ("DISTRICT_COORDINATOR", "DISTRICT", world.north.natural_id),
        ("TEACHER", "SCHOOL", world.oak.natural_id),
    )
    answer = await ask(tenant, everything, UPDATE, input={"id": id_of(world.group), "name": "Mine"})
    assert told(answer) == [("FORBIDDEN", "id")]
    assert list(await names(tenant, everything)) == ["Owls"]


WHO_MAY_DELETE = {"coordinator": True, "teacher": False, "site_educator": False}


@pytest.mark.parametrize("person", WHO_MAY_DELETE)
async def test_an_assigned_group_is_deleted_with_group_write_over_its_school(
    world: SmallWorld, tenant: Tenant, person: str
) -> None:
    who: Viewer = getattr(world, person)()
    [group] = (await ask(tenant, who, GROUPS)).data["groups"]["nodes"]
    may = WHO_MAY_DELETE[person]
    assert (group["viewerCanUpdate"], group["viewerCanDelete"]) == (may, may)
    answer = await ask(tenant, who, DELETE, input={"id": group["id"]})
    if may:
        assert answer.data == {"deleteGroup": {"deletedId": group["id"], "errors": []}}
    else:
        assert told(answer) == [("FORBIDDEN", "id")]
    assert await names(tenant, world.teacher()) == ({} if may else {"Owls": ["Ana"]})


async def test_group_write_elsewhere_deletes_nothing_here(database: Database) -> None:
    world = SmallWorld()
    elm = world.keep(GroupFactory.build(school=world.elm, name="Foxes"))
    tenant = await world.stored_in(database)
    who = viewer(
        "mixed@example.org",
        ("SITE_EDUCATOR", "SCHOOL", world.elm.natural_id),
        ("SITE_COORDINATOR", "SCHOOL", world.oak.natural_id),
    )
    assert told(await ask(tenant, who, DELETE, input={"id": id_of(elm)})) == [("FORBIDDEN", "id")]
    assert told(await ask(tenant, who, DELETE, input={"id": id_of(world.group)})) == []


async def test_deleting_is_soft_and_ends_what_the_group_opened(world: SmallWorld, tenant: Tenant) -> None:
    await ask(tenant, world.coordinator(), DELETE, input={"id": id_of(world.group)})
    rows = await tenant.database.run(
        lambda session: session.scalars(select(models.Group.deleted_at).where(models.Group.id == world.group.id)).all()
    )
    assert [row is not None for row in rows] == [True]
    answer = (await ask(tenant, world.teacher(), RESULTS)).data
    assert (answer["results"]["nodes"], answer["students"]["nodes"]) == ([], [])
    again = await ask(tenant, world.coordinator(), DELETE, input={"id": id_of(world.group)})
    assert told(again) == [("NOT_FOUND", "id")]


async def test_a_subject_limits_the_results_of_a_custom_group(database: Database) -> None:
    world = SmallWorld()
    world.keep(SubjectFactory.build(code="MATH"))
    tenant = await world.stored_in(database)
    document = "query ($id: ID!) { node(id: $id) { ... on Group { results { totalCount } } } }"
    for subject, results in (("ELA", 2), ("MATH", 0), (None, 2)):
        made = (await creating(tenant, world.teacher(), world.ana, subject=subject))["group"]
        found = await ask(tenant, world.teacher(), document, id=made["id"])
        assert found.data["node"]["results"]["totalCount"] == results
