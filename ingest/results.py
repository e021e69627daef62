"""Applies a batch of checked results in one transaction: students, results with their parts, group members.

A newer delivery of the same opportunity and assessment replaces the older one by deleting and inserting (the id
stays): `district_id` is never updated. A student's row follows the latest result; so do `current_*` of all results.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import delete, insert, select, update
from sqlalchemy.orm import Session

from ingest.latest import keep_latest
from ingest.pending import admit_pending
from ingest.trt import Delivery
from models import ItemResponse, Result, Student, SubScore, TargetScore, TraitScore
from models.base import sort_key
from models.demographics import DEMOGRAPHIC_COLUMNS
from models.ids import new_id

DUPLICATE = "duplicate"
OLDER = "older than what is stored"
PARTS: Mapping[str, tuple[Any, tuple[str, ...]]] = {
    "sub_scores": (SubScore, ("definition_id", "scale_score", "standard_error", "level")),
    "traits": (TraitScore, ("category", "purpose", "points", "max_points", "condition_code")),
    "targets": (TargetScore, ("target_id", "student_relative", "standard_met_relative")),
    "responses": (ItemResponse, ("item_id", "position", "response", "points", "max_points")),
}
"""What belongs to a result: attribute of a delivery -> table and delivered columns."""
IDENTITY_COLUMNS = ("district_id", "id", "student_id", "opportunity_id", "assessment_id")
DELIVERED_COLUMNS = (
    "school_id", "program_id", "subject_id", "interim", "school_year", "session", "completed_at", "status_at",
    "manner", "validity", "completeness", "scale_score", "standard_error", "level", "unscored_reason",
    *DEMOGRAPHIC_COLUMNS,
)  # fmt: skip
STUDENT_COLUMNS = (
    "first_name", "middle_name", "last_name", "sort_key", "birthday", "current_district_id", "current_school_id",
    "known_at", *DEMOGRAPHIC_COLUMNS,
)  # fmt: skip

Key = tuple[str, int]
Values = dict[str, Any]


@dataclass(slots=True)
class Stored:
    """A result as it is stored."""

    district_id: int
    id: int
    student_id: int
    status_at: Any
    content: object


def apply_results(session: Session, deliveries: Sequence[Delivery]) -> list[str | None]:
    """Store what is new. Returns for each delivery None, or why nothing changed (DUPLICATE, OLDER)."""
    students = _Students(session, {delivery.ssid for delivery in deliveries})
    stored = _stored_results(session, deliveries)
    outcomes, accepted = _compare(deliveries, stored)
    timely = [place for place, outcome in enumerate(outcomes) if outcome != OLDER]
    for place in sorted(timely, key=lambda place: _moment(deliveries[place])):
        students.learn(deliveries[place], place)
    for place in students.write():
        outcomes[place] = None
    replaced = {key: stored[key] for key in accepted if key in stored}
    _delete(session, replaced.values())
    _insert(session, accepted, replaced, students.current)
    pairs = {(students.current[delivery.ssid]["id"], delivery.key[1]) for delivery in accepted.values()}
    keep_latest(session, pairs | {(row.student_id, assessment) for (_, assessment), row in replaced.items()})
    admit_pending(session, list(students.current))
    return outcomes


def _compare(
    deliveries: Sequence[Delivery], stored: Mapping[Key, Stored]
) -> tuple[list[str | None], dict[Key, Delivery]]:
    """What becomes of each delivery, and the ones to store."""
    state = {key: (row.status_at, row.content) for key, row in stored.items()}
    accepted: dict[Key, Delivery] = {}
    outcomes: list[str | None] = []
    for delivery in deliveries:
        status_at, content = delivery.result["status_at"], _content_of(delivery)
        before = state.get(delivery.key)
        if before is not None and status_at < before[0]:
            outcomes.append(OLDER)
        elif before is not None and content == before[1]:
            outcomes.append(DUPLICATE)
        else:
            outcomes.append(None)
            state[delivery.key] = status_at, content
            accepted[delivery.key] = delivery
    return outcomes, accepted


def _stored_results(session: Session, deliveries: Sequence[Delivery]) -> dict[Key, Stored]:
    keys = {delivery.key for delivery in deliveries}
    columns = {name: getattr(Result, name) for name in (*IDENTITY_COLUMNS, *DELIVERED_COLUMNS)}
    query = (
        select(Student.ssid, *columns.values())
        .join(Student, Student.id == Result.student_id)
        .where(
            Result.opportunity_id.in_({opportunity for opportunity, _ in keys}),
            Result.assessment_id.in_({assessment for _, assessment in keys}),
        )
    )
    rows = {(row["opportunity_id"], row["assessment_id"]): row for row in session.execute(query).mappings()}
    rows = {key: row for key, row in rows.items() if key in keys}
    ids = [row["id"] for row in rows.values()]
    parts = [_children(session, model, columns, ids) for model, columns in PARTS.values()]
    return {
        key: Stored(
            row["district_id"],
            row["id"],
            row["student_id"],
            row["status_at"],
            (
                row["ssid"],
                tuple(row[name] for name in DELIVERED_COLUMNS),
                [of_kind[row["id"]] for of_kind in parts],
            ),
        )
        for key, row in rows.items()
    }


def _children(session: Session, model: Any, columns: Sequence[str], ids: Sequence[int]) -> dict[int, set[Any]]:
    children: dict[int, set[Any]] = defaultdict(set)
    query = select(model.result_id, *(getattr(model, name) for name in columns)).where(model.result_id.in_(ids))
    for result_id, *values in session.execute(query):
        children[result_id].add(tuple(values))
    return children


def _content_of(delivery: Delivery) -> object:
    values = delivery.result | delivery.demographics
    return (
        delivery.ssid,
        tuple(values[name] for name in DELIVERED_COLUMNS),
        [
            {tuple(row[name] for name in columns) for row in getattr(delivery, part)}
            for part, (_, columns) in PARTS.items()
        ],
    )


def _moment(delivery: Delivery) -> tuple[Any, Any, str]:
    """The order in which deliveries tell about their student."""
    return delivery.result["completed_at"], delivery.result["status_at"], delivery.result["opportunity_id"]


class _Students:
    """The students of a batch: as stored, and as the batch leaves them. Locked on PostgreSQL."""

    def __init__(self, session: Session, ssids: set[str]) -> None:
        self._session = session
        columns = [getattr(Student, name) for name in STUDENT_COLUMNS]
        rows = session.execute(
            select(Student.id, Student.ssid, *columns)
            .where(Student.ssid.in_(ssids))
            .order_by(Student.id)
            .with_for_update()
        ).mappings()
        self._stored = {row["ssid"]: dict(row) for row in rows}
        self.current: dict[str, Values] = {ssid: dict(row) for ssid, row in self._stored.items()}
        self._teller: dict[str, int] = {}

    def learn(self, delivery: Delivery, place: int) -> None:
        """Take over what a delivery tells, unless something later is known already."""
        known, completed_at = self.current.get(delivery.ssid), delivery.result["completed_at"]
        if known is None:
            known = self.current[delivery.ssid] = {"id": new_id(), "ssid": delivery.ssid, "known_at": None}
        if known["known_at"] is not None and completed_at < known["known_at"]:
            return
        person = delivery.person
        known |= person | delivery.demographics
        known["sort_key"] = sort_key(person["last_name"], person["first_name"], person["middle_name"])
        known["current_school_id"] = delivery.result["school_id"]
        known["current_district_id"] = delivery.result["district_id"]
        known["known_at"] = completed_at
        self._teller[delivery.ssid] = place

    def write(self) -> list[int]:
        """Store new and changed students. Returns the places of the deliveries that changed one."""
        new = [row for ssid, row in self.current.items() if ssid not in self._stored]
        changed = [row for ssid, row in self.current.items() if self._stored.get(ssid, row) != row]
        if new:
            self._session.execute(insert(Student), new)
        if changed:
            self._session.execute(update(Student), changed)
        self._move(changed)
        return [self._teller[row["ssid"]] for row in (*new, *changed)]

    def _move(self, changed: Iterable[Values]) -> None:
        """The stored results of students who moved follow them."""
        moved: dict[tuple[int | None, int | None], list[int]] = defaultdict(list)
        for row in changed:
            if self._stored[row["ssid"]]["current_school_id"] != row["current_school_id"]:
                moved[row["current_district_id"], row["current_school_id"]].append(row["id"])
        for (district_id, school_id), students in moved.items():
            self._session.execute(
                update(Result)
                .where(Result.student_id.in_(students))
                .values(current_district_id=district_id, current_school_id=school_id)
                .execution_options(synchronize_session=False)
            )


def _delete(session: Session, replaced: Iterable[Stored]) -> None:
    ids: dict[int, list[int]] = defaultdict(list)
    for result in replaced:
        ids[result.district_id].append(result.id)
    for district_id, results in ids.items():
        session.execute(
            delete(Result)
            .where(Result.district_id == district_id, Result.id.in_(results))
            .execution_options(synchronize_session=False)
        )


def _insert(
    session: Session,
    accepted: Mapping[Key, Delivery],
    replaced: Mapping[Key, Stored],
    students: Mapping[str, Values],
) -> None:
    results: list[Values] = []
    parts: dict[str, list[Values]] = {part: [] for part in PARTS}
    for key, delivery in accepted.items():
        student = students[delivery.ssid]
        parent = {
            "district_id": delivery.result["district_id"],
            "result_id": replaced[key].id if key in replaced else new_id(),
        }
        results.append(
            delivery.result
            | delivery.demographics
            | {name: student[name] for name in ("current_district_id", "current_school_id")}
            | {"id": parent["result_id"], "student_id": student["id"], "latest": False}
        )
        for part, rows in parts.items():
            rows += [parent | row for row in getattr(delivery, part)]
    for model, rows in ((Result, results), *((PARTS[part][0], rows) for part, rows in parts.items())):
        if rows:
            session.execute(insert(model), rows)
