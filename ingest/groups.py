"""Student groups from CSV (product.md: Student groups): parse, check for everything at once, replace the named groups.

`check` and `apply` serve whoever imports: an `Importer` says which schools may be written and which students are in
reach. An SSID out of reach becomes a pending member, the same for unknown and for other people's students.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, TypeVar

from sqlalchemy import delete, insert, select
from sqlalchemy.orm import Session

from ingest.problem import Problem, Problems, Rejected, rejected
from ingest.reading import longest, rows_of
from models import Group, GroupEducator, GroupMember, PendingMember, Student
from models.base import sort_key
from models.ids import new_id
from models.reference import Reference, School, load_reference

HEADER = ("group_name", "school_natural_id", "school_year", "subject_code", "student_ssid", "group_user_login")
MOST_STUDENTS = 200
MOST_PROBLEMS = 100
FIRST_YEAR = 2000
CHUNK = 10_000
ALL_SUBJECTS = ("", "ALL")

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Importer:
    """Who imports: login (null = the command line), the schools (by id) whose groups they may write and whose
    individual results they may read, and the students in their scope (SSIDs -> id of those who are)."""

    login: str | None
    may_write: Callable[[int], bool]
    may_read_individuals: Callable[[int], bool]
    students: Callable[[Session, Collection[str]], Mapping[str, int]]


@dataclass(slots=True)
class GroupRows:
    """A group as a file has it; `subject_id` null = all subjects."""

    school: School
    name: str
    school_year: int
    subject_id: int | None = None
    ssids: set[str] = field(default_factory=set)
    logins: set[str] = field(default_factory=set)

    @property
    def key(self) -> tuple[int, int, str]:
        return self.school.id, self.school_year, self.name


@dataclass(frozen=True, slots=True)
class Applied:
    """What applying changed, and the SSIDs that are pending, as given."""

    counts: Counter[str]
    pending: Sequence[str]


def load_groups(session: Session, file: str, content: bytes) -> Counter[str]:
    """Load one file for the command line. Returns what changed; raises `Rejected`."""
    groups = check(parse(content, file), load_reference(session), OPERATOR, file)
    return apply(session, groups, OPERATOR).counts


def parse(content: bytes, file: str) -> list[list[str]]:
    """The data rows. Raises `Rejected` for an empty file and for other columns."""
    rows = rows_of(content, file)
    if not rows:
        raise rejected(file, "empty file")
    header, *data = rows
    if tuple(name.lower() for name in header[: len(HEADER)]) != HEADER:
        raise rejected(file, f"the columns must be {','.join(HEADER)}")
    if not data:
        raise rejected(file, "empty file")
    return data


def check(rows: Sequence[Sequence[str]], reference: Reference, importer: Importer, file: str) -> list[GroupRows]:
    """The groups of the rows. Raises `Rejected` with the first 100 problems and the count of the rest."""
    checking = _Checking(reference, importer, Problems(file))
    for number, row in enumerate(rows, start=1):
        checking.row(number, row)
    found = checking.problems.found
    if len(found) > MOST_PROBLEMS:
        rest = Problem(file, None, None, f"and {len(found) - MOST_PROBLEMS} more problems")
        raise Rejected([*found[:MOST_PROBLEMS], rest])
    checking.problems.refuse()
    return list(checking.groups.values())


class _Checking:
    """The rows so far: the groups they name, and what is wrong with them."""

    def __init__(self, reference: Reference, importer: Importer, problems: Problems) -> None:
        self.reference = reference
        self.importer = importer
        self.problems = problems
        self.groups: dict[tuple[int, int, str], GroupRows] = {}
        self._subjects: dict[tuple[int, int, str], str] = {}
        self._ssid = re.compile(reference.tenant.ssid_pattern)

    def row(self, number: int, row: Sequence[str]) -> None:
        if len(row) < len(HEADER):
            return self.problems.add(None, None, f"{len(row)} columns instead of {len(HEADER)}", number)
        name, school_code, year_text, subject_code, ssid, login = row[: len(HEADER)]
        self._name(name, number)
        school, year = self._school(school_code, number), self._year(year_text, number)
        self._ssid_shape(ssid, number)
        login = self._login(login.lower(), school, number)
        subject_id = self._subject(subject_code.upper(), number)
        if school is None or year is None:
            return None
        group = GroupRows(school, name, year)
        group = self.groups.setdefault(group.key, group)
        self._one_subject(group, subject_code.upper(), subject_id, number)
        if ssid and ssid not in group.ssids:
            group.ssids.add(ssid)
            if len(group.ssids) == MOST_STUDENTS + 1:
                self.problems.add("group_name", name, f"more than {MOST_STUDENTS} students", number)
        if login:
            group.logins.add(login)
        return None

    def _name(self, name: str, number: int) -> None:
        if not 0 < len(name) <= longest(Group.name):
            self.problems.add("group_name", name, f"missing or longer than {longest(Group.name)} characters", number)

    def _school(self, code: str, number: int) -> School | None:
        """Unknown and not-permitted schools read the same."""
        school = self.reference.school_by_code.get(code)
        if not code:
            self.problems.add("school_natural_id", None, "missing", number)
        elif school is None or not self.importer.may_write(school.id):
            self.problems.add("school_natural_id", code, "unknown school", number)
            return None
        return school

    def _year(self, text: str, number: int) -> int | None:
        if text.isascii() and text.isdecimal() and FIRST_YEAR <= int(text) <= self.reference.tenant.school_year + 1:
            return int(text)
        self.problems.add("school_year", text, "not a school year" if text else "missing", number)
        return None

    def _ssid_shape(self, ssid: str, number: int) -> None:
        if ssid and not (self._ssid.fullmatch(ssid) and len(ssid) <= longest(Student.ssid)):
            self.problems.add("student_ssid", ssid, "malformed SSID", number)

    def _login(self, login: str, school: School | None, number: int) -> str:
        if len(login) > longest(GroupEducator.login):
            self.problems.add(
                "group_user_login", login, f"longer than {longest(GroupEducator.login)} characters", number
            )
        own = self.importer.login is not None and login == self.importer.login.lower()
        if own and school is not None and not self.importer.may_read_individuals(school.id):
            self.problems.add(
                "group_user_login", login, "your own login needs INDIVIDUAL_PII_READ over the school", number
            )
        return login

    def _subject(self, code: str, number: int) -> int | None:
        if code in ALL_SUBJECTS:
            return None
        subject = self.reference.subject_by_code.get(code)
        if subject is None:
            self.problems.add("subject_code", code, "unknown subject", number)
            return None
        return subject.id

    def _one_subject(self, group: GroupRows, code: str, subject_id: int | None, number: int) -> None:
        """A blank says nothing; the other rows of a group must agree."""
        if not code:
            return
        before = self._subjects.setdefault(group.key, code)
        if before != code:
            self.problems.add("subject_code", code, f"the group already has subject {before}", number)
        group.subject_id = subject_id


def apply(session: Session, groups: Sequence[GroupRows], importer: Importer) -> Applied:
    """Give the groups exactly these members and users; other groups stay."""
    counts: Counter[str] = Counter()
    ids = _groups(session, groups, counts)
    students = importer.students(session, {ssid for group in groups for ssid in group.ssids})
    members: set[tuple[int, int, Any]] = set()
    pending: set[tuple[int, int, Any]] = set()
    educators: set[tuple[int, int, Any]] = set()
    for group in groups:
        group_key = group.school.district.id, ids[group.key]
        known = {students[ssid] for ssid in group.ssids if ssid in students}
        members |= {(*group_key, student) for student in known}
        pending |= {(*group_key, ssid) for ssid in group.ssids if ssid not in students}
        educators |= {(*group_key, login) for login in group.logins}
    for model, column, wanted in (
        (GroupMember, "student_id", members),
        (PendingMember, "ssid", pending),
        (GroupEducator, "login", educators),
    ):
        _replace(session, model, column, list(ids.values()), wanted, counts)
    return Applied(+counts, sorted({ssid for _, _, ssid in pending}))


def _groups(session: Session, groups: Sequence[GroupRows], counts: Counter[str]) -> dict[tuple[int, int, str], int]:
    """Add and change the groups themselves. Returns their ids by key."""
    stored: dict[tuple[int | None, int, str], Group] = {}
    for schools in _chunks({group.school.id for group in groups}):
        query = select(Group).where(Group.school_id.in_(schools), Group.kind == "ASSIGNED")
        years = {group.school_year for group in groups}
        for row in session.scalars(query.where(Group.school_year.in_(years))):
            stored[row.school_id, row.school_year, row.name] = row
    ids: dict[tuple[int, int, str], int] = {}
    new: list[dict[str, Any]] = []
    for group in groups:
        known = stored.get(group.key)
        ids[group.key] = new_id() if known is None else known.id
        if known is None:
            new.append(_new_group(group, ids[group.key]))
        elif known.subject_id != group.subject_id or known.deleted_at is not None:
            known.subject_id, known.deleted_at = group.subject_id, None
            counts["student_group changed"] += 1
    session.flush()
    if new:
        session.execute(insert(Group), new)
    counts["student_group added"] += len(new)
    return ids


def _new_group(group: GroupRows, id_: int) -> dict[str, Any]:
    return {
        "district_id": group.school.district.id,
        "id": id_,
        "kind": "ASSIGNED",
        "name": group.name,
        "sort_key": sort_key(group.name),
        "school_id": group.school.id,
        "school_year": group.school_year,
        "subject_id": group.subject_id,
        "created_at": datetime.now(UTC),
    }


def _replace(
    session: Session,
    model: Any,
    column: str,
    group_ids: Sequence[int],
    wanted: set[tuple[int, int, Any]],
    counts: Counter[str],
) -> None:
    """Make the rows of the groups (district, group, value of `column`) the wanted ones."""
    value = getattr(model, column)
    stored: set[tuple[int, int, Any]] = set()
    for ids in _chunks(group_ids):
        query = select(model.district_id, model.group_id, value).where(model.group_id.in_(ids))
        stored |= {tuple(row) for row in session.execute(query)}
    left: dict[tuple[int, int], list[Any]] = defaultdict(list)
    for district_id, group_id, key in stored - wanted:
        left[district_id, group_id].append(key)
    for (district_id, group_id), keys in left.items():
        session.execute(
            delete(model)
            .where(model.district_id == district_id, model.group_id == group_id, value.in_(keys))
            .execution_options(synchronize_session=False)
        )
    added = [
        {"district_id": district_id, "group_id": group_id, column: key}
        for district_id, group_id, key in sorted(wanted - stored)
    ]
    if added:
        session.execute(insert(model), added)
    counts[f"{model.__tablename__} added"] += len(added)
    counts[f"{model.__tablename__} removed"] += len(stored - wanted)


def every_student(session: Session, ssids: Collection[str]) -> dict[str, int]:
    """All known students of the SSIDs: the operator's scope."""
    known: dict[str, int] = {}
    for some in _chunks(ssids):
        known |= dict(session.execute(select(Student.ssid, Student.id).where(Student.ssid.in_(some))).all())
    return known


OPERATOR = Importer(None, lambda _: True, lambda _: True, every_student)
"""The command line: every school, every student."""


def _chunks(values: Iterable[T]) -> Iterator[list[T]]:
    """Lists short enough for the parameters of one statement."""
    listed = list(values)
    for first in range(0, len(listed), CHUNK):
        yield listed[first : first + CHUNK]
