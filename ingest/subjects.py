"""Subject definitions (RDW subject XML): levels, label sets, programs, sub-scores and targets of one subject.

Texts may change at any time; level counts, cut-offs and sub-scores may not once assessments refer to them. Where a
program already has labels or sub-scores from configuration by year, those stand and the file's are not used.
"""

import re
from collections import Counter
from dataclasses import dataclass

from lxml import etree
from sqlalchemy import delete, exists, select
from sqlalchemy.orm import Session

from ingest.problem import Problems
from ingest.reading import longest, xml_of
from ingest.targets import FiledTarget, parse_targets, put_targets
from ingest.upsert import Upsert
from models import Assessment, LabelSet, Level, Program, ProgramLabels, Subject, SubScoreDefinition

KINDS = {"sum": ("SUMMATIVE",), "ica": ("ICA",), "iab": ("IAB", "FIAB")}
"""Assessment type of the file -> kinds it stands for."""
PROGRAM_ENDINGS = {"sum": "Summative", "ica": "Interim", "iab": "Interim"}
FIRST_YEAR = 2015
"""The file names no years; California's results begin with this one."""
MOST_LEVELS = 6
LONGEST_NAME = 80
"""Room is left for what a program's name adds."""
OVERALL, CLAIM, ALT = "OVERALL", "CLAIM", "ALT"
SCORINGS = {"OverallScoring": OVERALL, "ClaimScoring": CLAIM, "AltScoring": ALT}
"""Element of the file -> which levels it gives."""


@dataclass(frozen=True, slots=True)
class Levels:
    """The labels of a scoring, lowest first, and the first level that counts as proficient."""

    labels: tuple[str, ...]
    proficient_from: int | None


@dataclass(frozen=True, slots=True)
class SubScore:
    """A claim, domain or composite of an assessment type."""

    kind: str
    code: str
    name: str
    position: int
    levels: str


@dataclass(frozen=True, slots=True)
class AssessmentType:
    """What the file says of summatives, ICAs or IABs; `levels` by scoring (OVERALL, CLAIM, ALT)."""

    code: str
    levels: dict[str, Levels]
    sub_scores: tuple[SubScore, ...]
    targets: tuple[FiledTarget, ...]


@dataclass(frozen=True, slots=True)
class SubjectFile:
    """A parsed subject definition."""

    code: str
    name: str
    types: tuple[AssessmentType, ...]


def load_subject(session: Session, file: str, content: bytes) -> Counter[str]:
    """Load one file. Returns what was added and changed; raises `Rejected`."""
    problems = Problems(file)
    subject = parse(xml_of(content, file), problems)
    problems.refuse()
    check(session, subject, problems)
    problems.refuse()
    return Applying(session, subject, source=file.rpartition("/")[2][: longest(Program.source)]).run()


def parse(root: etree._Element, problems: Problems) -> SubjectFile:
    """What a subject definition says, with its own consistency checked."""
    code, name = _text(root, "code").upper(), _text(root, "name")
    if not code or len(code) > longest(Subject.code):
        problems.add("Subject@code", code, f"missing or longer than {longest(Subject.code)} characters")
    if len(name) > LONGEST_NAME:
        problems.add("Subject@name", name, f"longer than {LONGEST_NAME} characters")
    types = tuple(_type(element, root, problems) for element in root.iterfind("AssessmentTypes/AssessmentType"))
    if not types:
        problems.add("AssessmentTypes", None, "missing")
    return SubjectFile(code, name or code, types)


def _type(element: etree._Element, root: etree._Element, problems: Problems) -> AssessmentType:
    code = _text(element, "code").lower()
    if code not in KINDS:
        problems.add("AssessmentType@code", code, f"must be one of {', '.join(KINDS)}")
    levels: dict[str, Levels] = {}
    sub_scores: list[SubScore] = []
    for scoring in element:
        part = SCORINGS.get(scoring.tag)
        if part is not None:
            levels[part] = _levels(scoring, problems)
            sub_scores += _sub_scores(root, part, _text(scoring, "name"), problems)
    if OVERALL not in levels:
        problems.add("OverallScoring", code, "missing")
    for repeated, count in Counter(score.code for score in sub_scores).items():
        if count > 1:
            problems.add("Claim@code", repeated, "more than one sub-score has this code")
    reported = code == "sum" and _text(element, "targetReport").lower() != "false"
    return AssessmentType(code, levels, tuple(sub_scores), parse_targets(root, problems) if reported else ())


def _levels(scoring: etree._Element, problems: Problems) -> Levels:
    found = scoring.findall("PerformanceLevels/PerformanceLevel")
    labels = tuple(_text(level, "name") for level in found)
    if [_text(level, "level") for level in found] != [str(number) for number in range(1, len(found) + 1)]:
        problems.add("PerformanceLevel@level", scoring.tag, "levels must count up from 1")
    if not 1 <= len(found) <= MOST_LEVELS:
        problems.add("PerformanceLevels", scoring.tag, f"must have 1 to {MOST_LEVELS} levels")
    for label in labels:
        if not 0 < len(label) <= longest(Level.label):
            problems.add("PerformanceLevel@name", label, f"missing or longer than {longest(Level.label)} characters")
    cutoff = scoring.find("PerformanceLevels[@standardCutoff]")
    if cutoff is None:
        return Levels(labels, None)
    value = _text(cutoff, "standardCutoff")
    if not value.isdecimal() or not 1 <= int(value) <= len(labels):
        problems.add("PerformanceLevels@standardCutoff", value, "not one of the levels")
        return Levels(labels, None)
    return Levels(labels, int(value))


def _sub_scores(root: etree._Element, part: str, scoring_name: str, problems: Problems) -> list[SubScore]:
    if part == OVERALL:
        return []
    kind = "COMPOSITE" if part == ALT else "DOMAIN" if scoring_name == "Domain" else "CLAIM"
    found = root.findall("AltScores/AltScore" if part == ALT else "Claims/Claim")
    scorable = [score for score in found if _text(score, "scorable") != "false"]
    for score in scorable:
        for element, column in (("code", SubScoreDefinition.code), ("name", SubScoreDefinition.name)):
            if not 0 < len(_text(score, element)) <= longest(column):
                problems.add(f"{score.tag}@{element}", _text(score, element), "missing or too long")
        if not re.fullmatch("[0-9]{1,4}", _text(score, "displayOrder")):
            problems.add(f"{score.tag}@displayOrder", _text(score, "displayOrder"), "not a number")
            return []
    return [
        SubScore(kind, _text(score, "code"), _text(score, "name"), int(_text(score, "displayOrder")), part)
        for score in scorable
    ]


def check(session: Session, file: SubjectFile, problems: Problems) -> None:
    """Level counts, cut-offs and sub-scores stay as they are once the subject has assessments."""
    subject_id = session.scalar(select(Subject.id).where(Subject.code == file.code))
    if not session.scalar(select(exists().where(Assessment.subject_id == subject_id))):
        return
    for type_ in file.types:
        for part, levels in type_.levels.items():
            code = label_set_code(file, type_, part)
            stored = session.scalars(select(LabelSet).where(LabelSet.code == code)).one_or_none()
            if stored is None:
                continue
            numbers = session.scalars(select(Level.number).where(Level.label_set_id == stored.id)).all()
            if len(numbers) != len(levels.labels):
                problems.add("PerformanceLevels", code, "the number of levels may not change: assessments use it")
            if stored.proficient_from != levels.proficient_from:
                problems.add("PerformanceLevels@standardCutoff", code, "may not change: assessments use it")
        _check_sub_scores(session, file, type_, problems)


def _check_sub_scores(session: Session, file: SubjectFile, type_: AssessmentType, problems: Problems) -> None:
    kept = {(score.kind, score.code) for score in type_.sub_scores}
    stored = session.execute(
        select(SubScoreDefinition.kind, SubScoreDefinition.code)
        .join(LabelSet, LabelSet.id == SubScoreDefinition.label_set_id)
        .where(
            SubScoreDefinition.assessment_kind == KINDS[type_.code][0],
            LabelSet.code.in_([label_set_code(file, type_, part) for part in SCORINGS.values()]),
        )
    )
    for kind, code in set(stored) - kept:
        problems.add(kind.title(), code, "may not be removed: assessments use it")


def label_set_code(file: SubjectFile, type_: AssessmentType, part: str) -> str:
    """The code of the label set that holds this file's levels, such as ELA_SUM_OVERALL."""
    return f"{file.code}_{type_.code.upper()}_{part}"


class Applying:
    """Writes one subject definition."""

    def __init__(self, session: Session, file: SubjectFile, source: str) -> None:
        self.session = session
        self.file = file
        self.source = {"source": source, "confidence": "verified"}
        self.upsert = Upsert(session)

    def run(self) -> Counter[str]:
        stored = self.session.scalars(select(Subject).where(Subject.code == self.file.code)).one_or_none()
        subject = self.upsert.put(Subject, stored, code=self.file.code, name=self.file.name)
        self.upsert.flush()
        for type_ in self.file.types:
            program = self._program(subject, type_)
            put_targets(self.upsert, program, subject.code, type_.targets)
            for kind in KINDS[type_.code]:
                self._overall_labels(program, kind, type_)
                if kind == KINDS[type_.code][0]:
                    self._sub_scores(program, kind, type_)
        return self.upsert.counts

    def _program(self, subject: Subject, type_: AssessmentType) -> Program:
        """The subject's program of this kind, or the file's own one."""
        kinds = KINDS[type_.code]
        ending = PROGRAM_ENDINGS[type_.code]
        code = f"{subject.code}_{ending.upper()}"
        programs = self.session.scalars(select(Program).where(Program.subject_id == subject.id)).all()
        stored = next((program for program in programs if kinds[0] in program.kinds), None)
        stored = stored or next((program for program in programs if program.code == code), None)
        if stored is None:
            together = [other.code for other in self.file.types if PROGRAM_ENDINGS[other.code] == ending]
            program = self.upsert.put(
                Program,
                None,
                code=code,
                name=f"{subject.name} {ending}",
                subject_id=subject.id,
                kinds=[kind for other in together for kind in KINDS[other]],
                grades=[],
                **self.source,
            )
        else:
            missing = [kind for kind in kinds if kind not in stored.kinds]
            program = self.upsert.put(Program, stored, kinds=stored.kinds + missing)
        self.upsert.flush()
        return program

    def _overall_labels(self, program: Program, kind: str, type_: AssessmentType) -> None:
        labels = self.session.scalars(
            select(ProgramLabels).where(ProgramLabels.program_id == program.id, ProgramLabels.kind == kind)
        ).all()
        own = self._own_label_set(type_, OVERALL)
        if labels and not any(own and row.label_set_id == own.id for row in labels):
            return
        label_set = self._label_set(type_, OVERALL)
        if not labels:
            self.upsert.put(
                ProgramLabels, None, program_id=program.id, kind=kind, first_year=FIRST_YEAR, label_set_id=label_set.id
            )
            self.upsert.flush()

    def _sub_scores(self, program: Program, kind: str, type_: AssessmentType) -> None:
        stored = {
            (row.kind, row.code): row
            for row in self.session.scalars(
                select(SubScoreDefinition).where(
                    SubScoreDefinition.program_id == program.id, SubScoreDefinition.assessment_kind == kind
                )
            )
        }
        own = {label_set.id for part in (CLAIM, ALT) if (label_set := self._own_label_set(type_, part))}
        if any(row.label_set_id not in own for row in stored.values()):
            return
        for score in type_.sub_scores:
            self.upsert.put(
                SubScoreDefinition,
                stored.pop((score.kind, score.code), None),
                program_id=program.id,
                assessment_kind=kind,
                kind=score.kind,
                code=score.code,
                name=score.name,
                position=score.position,
                first_year=FIRST_YEAR,
                label_set_id=self._label_set(type_, score.levels).id,
            )
        for left_over in stored.values():
            self.session.delete(left_over)
            self.upsert.counts["sub_score_definition removed"] += 1
        self.upsert.flush()

    def _own_label_set(self, type_: AssessmentType, part: str) -> LabelSet | None:
        code = label_set_code(self.file, type_, part)
        return self.session.scalars(select(LabelSet).where(LabelSet.code == code)).one_or_none()

    def _label_set(self, type_: AssessmentType, part: str) -> LabelSet:
        levels = type_.levels[part]
        label_set = self.upsert.put(
            LabelSet,
            self._own_label_set(type_, part),
            code=label_set_code(self.file, type_, part),
            proficient_from=levels.proficient_from,
            **self.source,
        )
        self.upsert.flush()
        stored = {
            row.number: row for row in self.session.scalars(select(Level).where(Level.label_set_id == label_set.id))
        }
        for number, label in enumerate(levels.labels, start=1):
            self.upsert.put(Level, stored.pop(number, None), label_set_id=label_set.id, number=number, label=label)
        if stored:
            self.session.execute(delete(Level).where(Level.label_set_id == label_set.id, Level.number.in_(stored)))
        self.upsert.flush()
        return label_set


def _text(element: etree._Element, attribute: str) -> str:
    return (element.get(attribute) or "").strip()
