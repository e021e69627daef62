"""Student groups from CSV (product.md: Student groups): the rows of a file, checked for everything at once."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from ingest.importer import Importer
from ingest.problem import Problem, Problems, Rejected, rejected
from ingest.reading import longest, rows_of
from models import Group, GroupEducator, Student
from models.base import sort_key
from models.reference import Reference, School

HEADER = ("group_name", "school_natural_id", "school_year", "subject_code", "student_ssid", "group_user_login")
MOST_STUDENTS = 200
MOST_PROBLEMS = 100
FIRST_YEAR = 2000
LONGEST_NAME, LONGEST_SORT_KEY = longest(Group.name), longest(Group.sort_key)
LONGEST_SSID, LONGEST_LOGIN = longest(Student.ssid), longest(GroupEducator.login)
ALL_SUBJECTS = ("", "ALL")
OWN_LOGIN = "your own login needs INDIVIDUAL_PII_READ over the school, and wherever you have GROUP_PII_READ"

GroupKey = tuple[int | None, int, str]
"""School (nullable, as the column is), school year, name."""


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
    def key(self) -> GroupKey:
        return self.school.id, self.school_year, self.name


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
        self.groups: dict[GroupKey, GroupRows] = {}
        self._subjects: dict[GroupKey, str] = {}
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
        if not 0 < len(name) <= LONGEST_NAME or len(sort_key(name)) > LONGEST_SORT_KEY:
            self.problems.add("group_name", name, f"missing or longer than {LONGEST_NAME} characters", number)

    def _school(self, code: str, number: int) -> School | None:
        """Unknown and not-permitted schools read the same."""
        school = self.reference.school_by_code.get(code)
        if not code:
            self.problems.add("school_natural_id", None, "missing", number)
        elif school is None or not self.importer.may_write(school):
            self.problems.add("school_natural_id", code, "unknown school", number)
            return None
        return school

    def _year(self, text: str, number: int) -> int | None:
        last = self.reference.tenant.school_year + 1
        if re.fullmatch("[0-9]{4}", text) and FIRST_YEAR <= int(text) <= last:
            return int(text)
        self.problems.add("school_year", text, "not a school year" if text else "missing", number)
        return None

    def _ssid_shape(self, ssid: str, number: int) -> None:
        if ssid and not (self._ssid.fullmatch(ssid) and len(ssid) <= LONGEST_SSID):
            self.problems.add("student_ssid", ssid, "malformed SSID", number)

    def _login(self, login: str, school: School | None, number: int) -> str:
        if len(login) > LONGEST_LOGIN:
            self.problems.add("group_user_login", login, f"longer than {LONGEST_LOGIN} characters", number)
        own = self.importer.login is not None and login == self.importer.login.lower()
        if own and school is not None and not self.importer.may_assign_themselves(school):
            self.problems.add("group_user_login", login, OWN_LOGIN, number)
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
