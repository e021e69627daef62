"""Changes of groups one at a time: custom groups of one's own, and the end of any group that one may change.

A custom group opens nothing (product.md: Student groups): its students are among those that its owner sees anyway,
and the gate asks again at every reading. A member who is out of sight keeps the place, unknown to the owner.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Select, bindparam, delete, insert, select, update
from sqlalchemy.orm import Session
from strawberry import UNSET

from models import Group, GroupMember, Student
from models.base import sort_key
from models.ids import new_id
from policies.errors import BadInput
from policies.permission import Permission
from policies.scope import Reach, Scope
from resolvers.engine.ask import row_of
from resolvers.engine.ids import global_id, read_id
from resolvers.engine.level import Run
from resolvers.problem import Problem, bad_input, forbidden, not_found

MOST_STUDENTS = 200
LONGEST_NAME = 255
LONGEST_SORT_KEY = 600

Key = tuple[int, int]


@dataclass(frozen=True, slots=True)
class GroupChanged:
    """What became of a change: the group's global id, or what is wrong."""

    group_id: str | None
    errors: Sequence[Problem] = ()


NO_GROUP = GroupChanged(None, [not_found("id", "group")])


async def create_custom_group(run: Run, input: Any) -> GroupChanged:
    """Make a custom group of the viewer's in the current school year."""
    draft = await _draft(run, input)
    if draft.problems:
        return GroupChanged(None, draft.problems)
    key = _home(run.scope), new_id()
    row = {
        "district_id": key[0],
        "id": key[1],
        "kind": "CUSTOM",
        "school_year": run.scope.reference.tenant.school_year,
        "owner_login": run.scope.viewer.login,
        "created_at": datetime.now(UTC),
        **draft.values,
    }

    def store(session: Session) -> None:
        session.execute(insert(Group), [row])
        _add(session, key, draft.students or set())

    await run.database.run(store)
    return GroupChanged(global_id("Group", key))


async def update_custom_group(run: Run, input: Any) -> GroupChanged:
    """Change what is given of a custom group of the viewer's."""
    group = await _seen(run, input.id)
    if group is None:
        return NO_GROUP
    if not (group.kind == "CUSTOM" and group.changeable):
        return GroupChanged(None, [forbidden("id", "an assigned group is changed by importing it")])
    draft = await _draft(run, input)
    if draft.problems:
        return GroupChanged(None, draft.problems)
    members = await _members_seen(run, group.key)

    def store(session: Session) -> bool:
        there = _set(session, group.key, draft.values)
        if there and draft.students is not None:
            _replace(session, group.key, members, draft.students)
        return there

    return GroupChanged(input.id) if await run.database.run(store) else NO_GROUP


async def delete_group(run: Run, input: Any) -> GroupChanged:
    """End a group that the viewer may change."""
    group = await _seen(run, input.id)
    if group is None:
        return NO_GROUP
    if not group.changeable:
        return GroupChanged(None, [forbidden("id", "needs GROUP_WRITE over the group's school")])
    ended = {"deleted_at": datetime.now(UTC)}
    there = await run.database.run(lambda session: _set(session, group.key, ended))
    return GroupChanged(input.id) if there else NO_GROUP


@dataclass(slots=True)
class _Draft:
    """What an input gives of a custom group: columns, students (None: not given), and what is wrong with it."""

    values: dict[str, Any] = field(default_factory=dict)
    students: set[int] | None = None
    problems: list[Problem] = field(default_factory=list)


async def _draft(run: Run, input: Any) -> _Draft:
    draft = _Draft()
    if input.name is not UNSET:
        _name(draft, input.name)
    if input.subject is not UNSET:
        _subject(draft, run.scope, input.subject)
    if input.student_ids is not UNSET:
        await _students(draft, run, input.student_ids)
    return draft


def _name(draft: _Draft, given: str | None) -> None:
    name = (given or "").strip()
    if not 0 < len(name) <= LONGEST_NAME or len(sort_key(name)) > LONGEST_SORT_KEY:
        draft.problems.append(bad_input("name", f"missing or longer than {LONGEST_NAME} characters"))
    elif "\0" in name:
        draft.problems.append(bad_input("name", "holds a null character"))
    draft.values |= {"name": name, "sort_key": sort_key(name)}


def _subject(draft: _Draft, scope: Scope, code: str | None) -> None:
    subject = None if code is None else scope.reference.subject_by_code.get(code)
    if code is not None and subject is None:
        draft.problems.append(bad_input("subject", "unknown subject"))
    draft.values["subject_id"] = subject and subject.id


async def _students(draft: _Draft, run: Run, given: Sequence[str] | None) -> None:
    """Every student must be one that the owner sees; unseen and unknown ones read the same."""
    if given is None:
        draft.problems.append(bad_input("studentIds", "missing"))
        return
    wanted: dict[int, str] = {}
    for place, value in enumerate(given):
        try:
            type_name, key = read_id(value)
        except BadInput:
            type_name, key = "", ()
        if type_name == "Student":
            wanted.setdefault(key[0], f"studentIds[{place}]")
        else:
            draft.problems.append(bad_input(f"studentIds[{place}]", "not a student's id"))
    if len(wanted) > MOST_STUDENTS:
        draft.problems.append(bad_input("studentIds", f"more than {MOST_STUDENTS} students"))
        return
    visible = await run.visible(Student, [(id_,) for id_ in wanted])
    draft.problems += [not_found(place, "student") for id_, place in wanted.items() if (id_,) not in visible]
    draft.students = set(wanted)


@dataclass(frozen=True, slots=True)
class _Seen:
    """A group that the viewer sees."""

    key: Key
    kind: str
    changeable: bool


async def _seen(run: Run, given: str) -> _Seen | None:
    """The group of a global id, if the viewer sees it."""
    try:
        type_name, key = read_id(given)
    except BadInput:
        return None
    if type_name != "Group":
        return None
    rows = await _of_group(run, "seen group", (key[0], key[1]), lambda: _group_to_change(run))
    return _Seen((key[0], key[1]), rows[0][0], bool(rows[0][1])) if rows else None


def _group_to_change(run: Run) -> Select[Any]:
    columns: list[Any] = [Group.kind, run.gate.rules(run.scope.shape).changeable_group(row_of(Group))]
    return select(*columns).where(Group.district_id == bindparam("district_id"), Group.id == bindparam("group_id"))


async def _members_seen(run: Run, key: Key) -> set[int]:
    """The members that the viewer sees."""
    rows = await _of_group(run, "seen members", key, _members)
    return {row[0] for row in rows}


def _members() -> Select[Any]:
    return (
        select(Student.id)
        .join(GroupMember, GroupMember.student_id == Student.id)
        .where(GroupMember.district_id == bindparam("district_id"), GroupMember.group_id == bindparam("group_id"))
    )


async def _of_group(run: Run, name: str, key: Key, make: Callable[[], Select[Any]]) -> Sequence[Sequence[Any]]:
    """The rows of a statement about one group, admitted once per shape."""
    shape = run.scope.shape
    statement = run.keep((name, shape), lambda: run.gate.admit(make(), run.scope, keyed=True))
    return await run.fetch(statement, {"district_id": key[0], "group_id": key[1]})


def _home(scope: Scope) -> int:
    """The district that keeps a viewer's custom groups: the first where they may make them."""
    reach = scope.reaches.get(Permission.CUSTOM_GROUP_WRITE, Reach())
    reference = scope.reference
    districts = set(reference.districts) if reach.statewide else set(reach.districts)
    return min(districts | {reference.schools[school].district.id for school in reach.schools})


def _set(session: Session, key: Key, values: dict[str, Any]) -> bool:
    """Set columns of a group; whether it is there. It also keeps others from changing it before this is stored."""
    there = (Group.district_id == key[0], Group.id == key[1], Group.deleted_at.is_(None))
    changed: Any = session.execute(update(Group).where(*there).values(values or {"name": Group.name}))
    return bool(changed.rowcount)


def _replace(session: Session, key: Key, seen: set[int], wanted: set[int]) -> None:
    """Replace the members that the owner sees; the others stay as far as there is room."""
    of_group = (GroupMember.district_id == key[0], GroupMember.group_id == key[1])
    stored = set(session.scalars(select(GroupMember.student_id).where(*of_group)))
    unseen = sorted(stored - seen - wanted)[: MOST_STUDENTS - len(wanted)]
    dropped = stored - wanted - set(unseen)
    session.execute(delete(GroupMember).where(*of_group, GroupMember.student_id.in_(dropped)))
    _add(session, key, wanted - stored)


def _add(session: Session, key: Key, students: set[int]) -> None:
    rows = [{"district_id": key[0], "group_id": key[1], "student_id": student} for student in sorted(students)]
    if rows:
        session.execute(insert(GroupMember), rows)
