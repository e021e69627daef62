"""Applies the groups of a file: replaces their members and users, and says what that changes in each group.

Trap: changes are told by SSID and within the importer's scope. Pending SSIDs read the same whether or not somebody has
them; a member out of the scope, whom another importer put in, reads as if not there.
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, and_, delete, insert, select, update
from sqlalchemy.orm import Session

from ingest.groups import GroupKey, GroupRows
from ingest.importer import Importer
from models import Group, GroupEducator, GroupMember, PendingMember, Student
from models.arrays import one_of
from models.base import sort_key
from models.ids import new_id

Key = tuple[int, int]
"""District and group."""


class Change(StrEnum):
    """What becomes of a group."""

    CREATED = "CREATED"
    CHANGED = "CHANGED"
    UNCHANGED = "UNCHANGED"


@dataclass(frozen=True, slots=True)
class GroupChange:
    """What changes in one group, as far as the importer may know: how many SSIDs it names anew and no longer, and
    which logins."""

    group: GroupRows
    key: Key
    change: Change
    students_added: int
    students_removed: int
    users_added: Sequence[str]
    users_removed: Sequence[str]


@dataclass(frozen=True, slots=True)
class Applied:
    """What applying changed: rows by kind, group by group in the file's order, and the SSIDs that are pending."""

    counts: Counter[str]
    changes: Sequence[GroupChange]
    pending: Sequence[str]


def apply(session: Session, groups: Sequence[GroupRows], importer: Importer) -> Applied:
    """Give the groups exactly these members and users; other groups stay."""
    counts: Counter[str] = Counter()
    stored = _stored(session, groups)
    keys = _write(session, groups, stored, counts)
    rolls = _rolls(session, [(row.district_id, row.id) for row in stored.values() if row.deleted_at is None])
    named = {ssid for group in groups for ssid in group.ssids}
    students = importer.students(session, named.union(*(roll.members for roll in rolls.values())))
    rows = [(keys[group.key], ssid) for group in groups for ssid in group.ssids]
    members = {(*key, students[ssid]) for key, ssid in rows if ssid in students}
    pending = {(*key, ssid) for key, ssid in rows if ssid not in students}
    users = {(*keys[group.key], login) for group in groups for login in group.logins}
    for model, column, wanted in (
        (GroupMember, "student_id", members),
        (PendingMember, "ssid", pending),
        (GroupEducator, "login", users),
    ):
        _replace(session, model, column, list(keys.values()), wanted, counts)
    changes = [
        _change(group, keys[group.key], stored.get(group.key), rolls.get(keys[group.key], _Roll()), students)
        for group in groups
    ]
    return Applied(+counts, changes, sorted({ssid for _, _, ssid in pending}))


@dataclass(frozen=True, slots=True)
class _Stored:
    """A group as it was, deleted or not."""

    district_id: int
    id: int
    subject_id: int | None
    deleted_at: datetime | None


@dataclass(slots=True)
class _Roll:
    """Whom a group names: SSIDs of members and of pending members, logins."""

    members: set[str] = field(default_factory=set)
    pending: set[str] = field(default_factory=set)
    logins: set[str] = field(default_factory=set)


def _stored(session: Session, groups: Sequence[GroupRows]) -> dict[GroupKey, _Stored]:
    found = session.execute(
        select(
            Group.school_id, Group.school_year, Group.name,
            Group.district_id, Group.id, Group.subject_id, Group.deleted_at,
        ).where(
            one_of(Group.school_id, {group.school.id for group in groups}, session),
            one_of(Group.school_year, {group.school_year for group in groups}, session),
            Group.kind == "ASSIGNED",
        )
    )  # fmt: skip
    wanted = {group.key for group in groups}
    return {(row[0], row[1], row[2]): _Stored(*row[3:]) for row in found if tuple(row[:3]) in wanted}


def _write(
    session: Session, groups: Sequence[GroupRows], stored: dict[GroupKey, _Stored], counts: Counter[str]
) -> dict[GroupKey, Key]:
    """Add and change the groups themselves; returns their keys. What is there is written in any case: that keeps
    others from changing these groups between our reading of their members and our end."""
    keys: dict[GroupKey, Key] = {}
    new: list[dict[str, Any]] = []
    known: list[dict[str, Any]] = []
    for group in groups:
        before = stored.get(group.key)
        keys[group.key] = key = group.school.district.id, new_id() if before is None else before.id
        if before is None:
            new.append(_new_group(group, key))
            continue
        known.append({"district_id": key[0], "id": key[1], "subject_id": group.subject_id, "deleted_at": None})
        if before.subject_id != group.subject_id or before.deleted_at is not None:
            counts["student_group changed"] += 1
    if known:
        session.execute(update(Group), sorted(known, key=lambda row: row["id"]))
    if new:
        session.execute(insert(Group), new)
    counts["student_group added"] += len(new)
    return keys


def _new_group(group: GroupRows, key: Key) -> dict[str, Any]:
    return {
        "district_id": key[0],
        "id": key[1],
        "kind": "ASSIGNED",
        "name": group.name,
        "sort_key": sort_key(group.name),
        "school_id": group.school.id,
        "school_year": group.school_year,
        "subject_id": group.subject_id,
        "created_at": datetime.now(UTC),
    }


def _rolls(session: Session, keys: Sequence[Key]) -> dict[Key, _Roll]:
    """Whom the groups name now."""
    rolls: dict[Key, _Roll] = defaultdict(_Roll)
    members = select(GroupMember.district_id, GroupMember.group_id, Student.ssid)
    members = members.join(Student, Student.id == GroupMember.student_id).where(_of(session, GroupMember, keys))
    for district_id, group_id, ssid in session.execute(members):
        rolls[district_id, group_id].members.add(ssid)
    for district_id, group_id, ssid in _rows(session, PendingMember, "ssid", keys):
        rolls[district_id, group_id].pending.add(ssid)
    for district_id, group_id, login in _rows(session, GroupEducator, "login", keys):
        rolls[district_id, group_id].logins.add(login)
    return rolls


def _change(group: GroupRows, key: Key, before: _Stored | None, roll: _Roll, students: Collection[str]) -> GroupChange:
    """`students`: SSIDs in the importer's scope; other members read as if they were not there."""
    ssids = roll.pending | roll.members.intersection(students)
    added, removed = group.ssids - ssids, ssids - group.ssids
    came, left = sorted(group.logins - roll.logins), sorted(roll.logins - group.logins)
    if before is None or before.deleted_at is not None:
        change = Change.CREATED
    elif before.subject_id != group.subject_id or added or removed or came or left:
        change = Change.CHANGED
    else:
        change = Change.UNCHANGED
    return GroupChange(group, key, change, len(added), len(removed), came, left)


def _replace(
    session: Session,
    model: Any,
    column: str,
    keys: Sequence[Key],
    wanted: set[tuple[int, int, Any]],
    counts: Counter[str],
) -> None:
    """Make the rows of the groups (district, group, value of `column`) the wanted ones."""
    stored = _rows(session, model, column, keys)
    left: dict[Key, list[Any]] = defaultdict(list)
    for district_id, group_id, value in stored - wanted:
        left[district_id, group_id].append(value)
    for key, values in left.items():
        gone = delete(model).where(_of(session, model, [key]), one_of(getattr(model, column), values, session))
        session.execute(gone.execution_options(synchronize_session=False))
    added = [
        {"district_id": district_id, "group_id": group_id, column: value}
        for district_id, group_id, value in sorted(wanted - stored)
    ]
    if added:
        session.execute(insert(model), added)
    counts[f"{model.__tablename__} added"] += len(added)
    counts[f"{model.__tablename__} removed"] += len(stored - wanted)


def _rows(session: Session, model: Any, column: str, keys: Sequence[Key]) -> set[tuple[int, int, Any]]:
    found = select(model.district_id, model.group_id, getattr(model, column)).where(_of(session, model, keys))
    return {tuple(row) for row in session.execute(found)}


def _of(session: Session, model: Any, keys: Sequence[Key]) -> ColumnElement[bool]:
    """Rows of these groups; their ids are unique, the districts find them."""
    return and_(
        one_of(model.district_id, {district_id for district_id, _ in keys}, session),
        one_of(model.group_id, {group_id for _, group_id in keys}, session),
    )
