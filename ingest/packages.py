"""Assessment packages (tabulator CSV): one row per item, or one per assessment without items.

An assessment's grade, subject, kind and school year stay for good, and items are never deleted: results refer to them.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from ingest.problem import Problems, rejected
from ingest.reading import longest, rows_of
from ingest.upsert import Upsert
from models import Assessment, Item, Level, Program, ProgramLabels, Subject, SubScoreDefinition
from models.assessment import WRITING_PURPOSES
from models.base import sort_key

KINDS = {"SUM": "SUMMATIVE", "ICA": "ICA", "IAB": "IAB", "FIAB": "FIAB"}
FOCUSED = "(FIAB)"
"""A label that ends so makes an IAB a focused one: the format has no subtype of its own for it."""
GRADES = ("KG", *(f"{number:02}" for number in range(1, 13)), "HS")
REQUIRED = (
    "AssessmentId", "AssessmentName", "AssessmentSubject", "AssessmentGrade", "AssessmentSubtype",
    "AssessmentLabel", "AssessmentVersion", "AcademicYear", "ScaledLow1", "ScaledHigh1",
)  # fmt: skip
ITEM_COLUMNS = ("BankKey", "ItemId", "ItemPosition", "ItemType", "MaxPoints")
MOST_LEVELS = 6
MOST_COMPOSITES = 6
FIXED = ("subject_id", "grade", "kind", "school_year")

Row = Mapping[str, str]


@dataclass(slots=True)
class Package:
    """One assessment of the file: its columns, and its items by natural id."""

    row: int
    columns: dict[str, Any]
    subject: str
    composites: list[list[int]]
    items: dict[str, dict[str, Any]] = field(default_factory=dict)


def load_packages(session: Session, file: str, content: bytes) -> Counter[str]:
    """Load one file. Returns what was added and changed; raises `Rejected`."""
    problems = Problems(file)
    packages = parse(rows_of(content, file), problems)
    problems.refuse()
    for package in packages.values():
        Placing(session, package, problems).run()
    problems.refuse()
    return apply(session, packages)


def parse(rows: list[list[str]], problems: Problems) -> dict[str, Package]:
    """The assessments of a file by natural id."""
    header, *lines = rows or [[]]
    missing = [column for column in REQUIRED if column not in header]
    if missing or not lines:
        raise rejected(problems.file, f"missing columns: {', '.join(missing)}" if missing else "has no rows")
    packages: dict[str, Package] = {}
    with_items = all(column in header for column in ITEM_COLUMNS)
    shared = [place for place, name in enumerate(header) if name in REQUIRED]
    first: dict[str, list[str]] = {}
    for number, line in enumerate(lines, start=1):
        if len(line) != len(header):
            problems.add(None, None, f"{len(line)} columns instead of {len(header)}", number)
            continue
        row = dict(zip(header, line, strict=True))
        natural_id = row["AssessmentId"]
        if natural_id not in packages:
            packages[natural_id] = _package(row, number, problems)
            first[natural_id] = line
        elif any(line[place] != first[natural_id][place] for place in shared):
            problems.add("AssessmentId", natural_id, "rows of one assessment disagree", number)
        if with_items:
            _item(row, number, packages[natural_id], problems)
    return packages


def _package(row: Row, number: int, problems: Problems) -> Package:
    grade = row["AssessmentGrade"].upper()
    grade = grade.zfill(2) if grade.isdecimal() else grade
    if grade not in GRADES:
        problems.add("AssessmentGrade", row["AssessmentGrade"], "unknown grade", number)
    kind = KINDS.get(row["AssessmentSubtype"].upper())
    if kind is None:
        problems.add("AssessmentSubtype", row["AssessmentSubtype"], f"must be one of {', '.join(KINDS)}", number)
    if kind == "IAB" and row["AssessmentLabel"].endswith(FOCUSED):
        kind = "FIAB"
    for element, column in (
        ("AssessmentId", Assessment.natural_id), ("AssessmentName", Assessment.name),
        ("AssessmentLabel", Assessment.label), ("AssessmentVersion", Assessment.version),
    ):  # fmt: skip
        if not 0 < len(row[element]) <= longest(column):
            problems.add(element, row[element], "missing or too long", number)
    scores = _ranges(row, "Scaled", number, problems)
    composites = [
        ranges
        for place in range(1, MOST_COMPOSITES + 1)
        if (ranges := _ranges(row, f"Alt{place}", number, problems, required=False))
    ]
    columns = {
        "natural_id": row["AssessmentId"],
        "name": row["AssessmentName"],
        "label": row["AssessmentLabel"],
        "sort_key": sort_key(row["AssessmentLabel"]),
        "kind": kind,
        "grade": grade,
        "school_year": _number(row, "AcademicYear", number, problems, 2000, 2100),
        "version": row["AssessmentVersion"],
        "min_score": scores[0] if scores else None,
        "max_score": scores[-1] if scores else None,
        "cut_scores": scores[1:-1],
    }
    return Package(number, columns, row["AssessmentSubject"].upper(), composites)


def _ranges(row: Row, prefix: str, number: int, problems: Problems, *, required: bool = True) -> list[int]:
    """[lowest, first score of each next level ..., highest] of the columns `<prefix>Low1`, `<prefix>High1` ..."""
    lows: list[int] = []
    high = None
    for place in range(1, MOST_LEVELS + 1):
        if not row.get(f"{prefix}Low{place}"):
            break
        lows.append(_number(row, f"{prefix}Low{place}", number, problems, 0, 99_999))
        high = _number(row, f"{prefix}High{place}", number, problems, 0, 99_999)
    if not lows or high is None:
        if required:
            problems.add(f"{prefix}Low1", None, "missing", number)
        return []
    ranges = [*lows, high]
    if ranges != sorted(set(ranges)):
        problems.add(f"{prefix}Low1", ", ".join(map(str, ranges)), "the level ranges do not rise", number)
    return ranges


def _item(row: Row, number: int, package: Package, problems: Problems) -> None:
    natural_id = f"{row['BankKey']}-{row['ItemId']}"
    if natural_id in package.items:
        problems.add("ItemId", natural_id, "the assessment has this item twice", number)
    key = row.get("AnswerKey", "")
    for element, value, column in (
        ("ItemId", natural_id, Item.natural_id), ("ItemType", row["ItemType"], Item.type),
        ("Claim", row.get("Claim", ""), Item.claim), ("Target", row.get("Target", ""), Item.target),
        ("AnswerKey", key, Item.answer_key),
    ):  # fmt: skip
        if len(value) > longest(column):
            problems.add(element, value, f"longer than {longest(column)} characters", number)
    standards = f"{row.get('CommonCore', '')};{row.get('SecondaryCommonCore', '')}".split(";")
    package.items[natural_id] = {
        "position": _number(row, "ItemPosition", number, problems, 0, 9999),
        "type": row["ItemType"],
        "claim": row.get("Claim") or None,
        "target": row.get("Target") or None,
        "standards": list(dict.fromkeys(filter(None, map(str.strip, standards)))),
        "depth_of_knowledge": _number(row, "DOK", number, problems, 0, 9) if row.get("DOK") else None,
        "max_points": _number(row, "MaxPoints", number, problems, 0, 99),
        "answer_key": key or None,
        "options_count": _number(row, "NumberOfAnswerOptions", number, problems, 0, 99)
        if row.get("NumberOfAnswerOptions")
        else None,
        "writing_purpose": _purpose(row, number, problems),
    }


def _purpose(row: Row, number: int, problems: Problems) -> str | None:
    """What a full piece of writing is for, by its first four letters: files say Informative or Informational."""
    given = row.get("PtWritingType", "")
    purpose = next((known for known in WRITING_PURPOSES if given and known[:4] == given[:4].upper()), None)
    if given and purpose is None:
        problems.add("PtWritingType", given, f"must be one of {', '.join(map(str.title, WRITING_PURPOSES))}", number)
    return purpose


def _number(row: Row, element: str, number: int, problems: Problems, least: int, most: int) -> int:
    value = row.get(element, "")
    if value.isascii() and value.isdecimal() and least <= int(value) <= most:
        return int(value)
    problems.add(element, value, f"not a number from {least} to {most}", number)
    return least


class Placing:
    """Finds the subject, program, labels and composites an assessment belongs to, and what may not change of it."""

    def __init__(self, session: Session, package: Package, problems: Problems) -> None:
        self.session = session
        self.package = package
        self.columns = package.columns
        self.problems = problems

    def run(self) -> None:
        subject_id = self.session.scalar(select(Subject.id).where(Subject.code == self.package.subject))
        if subject_id is None:
            return self._problem("AssessmentSubject", self.package.subject, "unknown subject")
        kind, year = self.columns["kind"], self.columns["school_year"]
        programs = self.session.scalars(select(Program).where(Program.subject_id == subject_id))
        program = next((program for program in programs if kind in program.kinds), None)
        labels = None if program is None else next(self._labels(program, kind, year), None)
        if program is None or labels is None:
            return self._problem("AssessmentSubtype", kind, f"the subject has no such assessments in {year}")
        self.columns |= {"subject_id": subject_id, "program_id": program.id, "label_set_id": labels.label_set_id}
        self._check_levels(kind, labels)
        self._composites(program, kind, year)
        self._check_fixed()

    def _labels(self, program: Program, kind: str, year: int) -> Iterator[ProgramLabels]:
        rows = self.session.scalars(
            select(ProgramLabels).where(ProgramLabels.program_id == program.id, ProgramLabels.kind == kind)
        )
        return (row for row in rows if row.first_year <= year and (row.last_year is None or year <= row.last_year))

    def _check_levels(self, kind: str, labels: ProgramLabels) -> None:
        """Blocks are reported in other levels than the ones their ranges are given in."""
        count = len(self.session.scalars(select(Level.number).where(Level.label_set_id == labels.label_set_id)).all())
        given = len(self.columns["cut_scores"]) + 1
        if kind not in ("IAB", "FIAB") and given != count:
            self._problem("ScaledLow1", str(given), f"the subject has {count} levels")

    def _composites(self, program: Program, kind: str, year: int) -> None:
        definitions = self.session.scalars(
            select(SubScoreDefinition)
            .where(
                SubScoreDefinition.program_id == program.id,
                SubScoreDefinition.assessment_kind == kind,
                SubScoreDefinition.kind == "COMPOSITE",
                SubScoreDefinition.first_year <= year,
            )
            .order_by(SubScoreDefinition.position)
        )
        codes = [row.code for row in definitions if row.last_year is None or year <= row.last_year]
        if len(self.package.composites) > len(codes):
            self._problem("Alt1Low1", None, f"the subject has {len(codes)} composites")
        self.columns["sub_score_ranges"] = dict(zip(codes, self.package.composites, strict=False))

    def _check_fixed(self) -> None:
        stored = self.session.scalars(
            select(Assessment).where(Assessment.natural_id == self.columns["natural_id"])
        ).one_or_none()
        for name in FIXED if stored is not None else ():
            if getattr(stored, name) != self.columns[name]:
                self._problem(
                    "AssessmentId", self.columns["natural_id"], f"its {name.removesuffix('_id')} may not change"
                )

    def _problem(self, element: str, value: str | None, error: str) -> None:
        self.problems.add(element, value, error, self.package.row)


def apply(session: Session, packages: Mapping[str, Package]) -> Counter[str]:
    """Add and change assessments and items."""
    upsert = Upsert(session)
    stored = {
        row.natural_id: row
        for row in session.scalars(select(Assessment).where(Assessment.natural_id.in_(list(packages))))
    }
    assessments = {
        natural_id: upsert.put(Assessment, stored.get(natural_id), **package.columns)
        for natural_id, package in packages.items()
    }
    _widen_grades(session, assessments.values())
    upsert.flush()
    ids = [assessment.id for assessment in assessments.values()]
    items = {
        (row.assessment_id, row.natural_id): row
        for row in session.scalars(select(Item).where(Item.assessment_id.in_(ids)))
    }
    for natural_id, package in packages.items():
        assessment_id = assessments[natural_id].id
        for item_id, columns in package.items.items():
            stored_item = items.get((assessment_id, item_id))
            upsert.put(Item, stored_item, assessment_id=assessment_id, natural_id=item_id, **columns)
    upsert.flush()
    return upsert.counts


def _widen_grades(session: Session, assessments: Any) -> None:
    """A program has every grade that it has assessments of."""
    for assessment in assessments:
        program = session.get_one(Program, assessment.program_id)
        if assessment.grade not in program.grades:
            program.grades = sorted({*program.grades, assessment.grade}, key=GRADES.index)
