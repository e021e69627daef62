"""Turns pending members into members once their student is known at the group's school."""

from collections import defaultdict
from collections.abc import Collection

from sqlalchemy import delete, exists, insert, or_, select
from sqlalchemy.orm import Session

from models import Group, GroupMember, PendingMember, Result, Student


def admit_pending(session: Session, ssids: Collection[str]) -> None:
    """Admit those of the SSIDs whose current school, or the school of one of whose results, is the group's."""
    tested_there = exists().where(
        Result.student_id == Student.id,
        Result.district_id == Group.district_id,
        Result.school_id == Group.school_id,
    )
    found = session.execute(
        select(PendingMember.district_id, PendingMember.group_id, PendingMember.ssid, Student.id)
        .join(Group, (Group.district_id == PendingMember.district_id) & (Group.id == PendingMember.group_id))
        .join(Student, Student.ssid == PendingMember.ssid)
        .where(
            PendingMember.ssid.in_(ssids),
            or_(Group.school_id == Student.current_school_id, tested_there),
        )
    ).all()  # fmt: skip
    if not found:
        return
    admitted: dict[tuple[int, int], list[str]] = defaultdict(list)
    for district_id, group_id, ssid, _ in found:
        admitted[district_id, group_id].append(ssid)
    for (district_id, group_id), group_ssids in admitted.items():
        session.execute(
            delete(PendingMember)
            .where(
                PendingMember.district_id == district_id,
                PendingMember.group_id == group_id,
                PendingMember.ssid.in_(group_ssids),
            )
            .execution_options(synchronize_session=False)
        )
    session.execute(
        insert(GroupMember),
        [
            {"district_id": district_id, "group_id": group_id, "student_id": student_id}
            for district_id, group_id, _, student_id in found
        ],
    )
