"""Reads one test results transmission (TDSReport XML) and checks it against what the tenant knows.

The assessment is found by `Test@name` and its school year is trusted, not `academicYear` (some senders put the year
the school year begins in). FINAL context beats INITIAL. Times without a zone are UTC.
Accommodations are counted as ignored: they have no table yet.
"""

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from lxml import etree

from ingest import trt_values as values
from ingest.problem import Problems, Rejected
from ingest.reading import xml_of
from ingest.trt_parts import RESIDUALS, target_scores, trait_scores
from ingest.trt_values import UNSCORED, Convert, Element, T, Unfit
from models.demographics import ETHNICITIES
from models.reference import Assessment, Item, Reference, SubScoreDefinition, Target

SUMMATIVE = "SUMMATIVE"
OVERALL = "Overall"
SCORE, LEVEL = "ScaleScore", "PerformanceLevel"
ALIASES = {
    "SSID": "StudentIdentifier",
    "Grade": "GradeLevelWhenAssessed",
    "ResponsibleInstitutionIdentifier": "SchoolId",
}

Columns = dict[str, Any]
Scores = Mapping[str, etree._Element]


@dataclass(slots=True)
class Delivery:
    """One checked result: columns of `Student` (as at test time), of `Result`, and of what belongs to it."""

    file: str
    ssid: str
    person: Columns
    demographics: Columns
    result: Columns
    sub_scores: list[Columns]
    traits: list[Columns]
    targets: list[Columns]
    responses: list[Columns]
    ignored: Counter[str]

    @property
    def key(self) -> tuple[str, int]:
        """The opportunity and the assessment: the same key is the same result."""
        return self.result["opportunity_id"], self.result["assessment_id"]


@dataclass(frozen=True)
class Known:
    """What results are checked against."""

    reference: Reference
    assessments: Mapping[str, Assessment] = field(init=False)
    targets: Mapping[int, Mapping[str, Target]] = field(init=False)
    """Program id -> `claim|code` -> target."""
    ssid: re.Pattern[str] = field(init=False)

    def __post_init__(self) -> None:
        by_id = {assessment.natural_id: assessment for assessment in self.reference.assessments.values()}
        object.__setattr__(self, "assessments", by_id)
        targets: dict[int, dict[str, Target]] = {}
        for target in self.reference.targets.values():
            targets.setdefault(target.program_id, {})[f"{target.claim}|{target.code}"] = target
        object.__setattr__(self, "targets", targets)
        object.__setattr__(self, "ssid", re.compile(self.reference.tenant.ssid_pattern))


def read_result(file: str, content: bytes, known: Known) -> Delivery:
    """Parse and check one result. Raises `Rejected` with everything that is wrong."""
    problems = Problems(file)
    root = xml_of(content, file)
    parts = {tag: root.find(tag) for tag in ("Test", "Examinee", "Opportunity")}
    for tag, part in parts.items():
        if part is None:
            problems.add(tag, None, "missing")
    problems.refuse()
    reading = _Reading(problems, known, **{tag.lower(): part for tag, part in parts.items() if part is not None})
    assessment = reading.assessment()
    shared = reading.ssid(), reading.person(), reading.demographics()
    result = reading.place() | reading.opportunity()
    if assessment is not None:
        result |= _facts(assessment) | reading.overall(assessment) | reading.conditions(assessment)
        responses = reading.responses(assessment)
        sub_scores, targets = reading.sub_scores(assessment), reading.targets(assessment)
        delivery = Delivery(file, *shared, result, sub_scores, reading.traits, targets, responses, reading.ignored)
        problems.refuse()
        return delivery
    name = reading.test.get("name")
    problems.add("Test@name", name, "unknown assessment" if name else "missing")
    raise Rejected(problems.found)


def _facts(assessment: Assessment) -> Columns:
    return {
        "assessment_id": assessment.id,
        "program_id": assessment.program.id,
        "subject_id": assessment.subject.id,
        "interim": assessment.kind != SUMMATIVE,
        "school_year": assessment.school_year,
    }


class _Reading:
    """One document being read; what is wrong goes to `problems`, what has no table yet is counted in `ignored`."""

    def __init__(
        self,
        problems: Problems,
        known: Known,
        test: etree._Element,
        examinee: etree._Element,
        opportunity: etree._Element,
    ) -> None:
        self.problems = problems
        self.known = known
        self.test = test
        self.examinee = examinee
        self.delivered = opportunity
        self.student = _by_context(examinee, "ExamineeAttribute")
        self.ignored = Counter({"accommodations": len(opportunity.findall("Accommodation"))})
        self.residuals: dict[str, dict[str, etree._Element]] = {}
        self.scores = self._scores()
        self.traits: list[Columns] = []

    def assessment(self) -> Assessment | None:
        """The assessment, if it is known; the test's other attributes must agree with it."""
        assessment = self.known.assessments.get((self.test.get("name") or "").strip())
        if assessment is None:
            return None
        type_ = "SUMMATIVE" if assessment.kind == SUMMATIVE else "INTERIM"
        for name, expected, convert in (
            ("subject", assessment.subject.code, str.upper),
            ("grade", assessment.grade, values.grade),
            ("assessmentType", type_, str.upper),
        ):
            given = self._value(f"Test@{name}", self.test.get(name), convert, required=True)
            if given not in (None, expected):
                self.problems.add(f"Test@{name}", self.test.get(name), "disagrees with the assessment")
        return assessment

    def ssid(self) -> str:
        if self.examinee.get("isDemo", "").lower() in ("1", "true"):
            self.problems.add("Examinee@isDemo", self.examinee.get("isDemo"), "demo students are not loaded")
        return self._of_student(Element("StudentIdentifier", self._ssid, required=True)) or ""

    def person(self) -> Columns:
        return {column: self._of_student(element) for column, element in values.PERSON.items()}

    def demographics(self) -> Columns:
        races = [
            ETHNICITIES[race]
            for name, race in values.ETHNICITY_ELEMENTS.items()
            if self._of_student(Element(name, values.yes_no))
        ]
        columns = {column: self._of_student(element) for column, element in values.DEMOGRAPHICS.items()}
        return columns | {"ethnicities": sum(races)}

    def place(self) -> Columns:
        code = _by_context(self.examinee, "ExamineeRelationship").get("SchoolId")
        school = self.known.reference.school_by_code.get(code or "")
        if school is None:
            self.problems.add("SchoolId", code, "unknown school" if code else "missing")
            return {}
        return {"school_id": school.id, "district_id": school.district.id}

    def opportunity(self) -> Columns:
        if self.delivered.get("status", "").lower() == "reset":
            self.problems.add("Opportunity@status", "reset", "a reset opportunity is not a result")
        columns = {column: self._of_opportunity(element) for column, element in values.OPPORTUNITY.items()}
        return columns | {"status_at": columns["status_at"] or columns["completed_at"]}

    def conditions(self, assessment: Assessment) -> Columns:
        """Blank means valid (summative), standardized (interim), complete (product.md; RDW)."""
        condition = self._of_opportunity(values.CONDITION)
        summative = assessment.kind == SUMMATIVE
        validity = "INVALID" if condition == "IN" else "VALID" if summative or condition == "VALID" else None
        manner = "NONSTANDARDIZED" if condition == "NS" else None
        if manner is None and (condition == "SD" or not summative):
            manner = "STANDARDIZED"
        completeness = self._of_opportunity(values.COMPLETENESS) or "COMPLETE"
        return {"manner": manner, "validity": validity, "completeness": completeness}

    def overall(self, assessment: Assessment) -> Columns:
        scores = self.scores.get(OVERALL, {})
        value = _value_of(scores, SCORE)
        if value in UNSCORED:
            unscored: Columns = dict.fromkeys(("scale_score", "standard_error", "level"))
            return unscored | {"unscored_reason": UNSCORED[value]}
        columns = self._score(OVERALL, scores, len(assessment.levels), level_required=True)
        score = columns["scale_score"]
        if score is not None and not assessment.min_score <= score <= assessment.max_score:
            bounds = f"{assessment.min_score} to {assessment.max_score}"
            self.problems.add(f"{OVERALL} {SCORE}", value, f"score out of range {bounds}")
        return columns | {"unscored_reason": None}

    def sub_scores(self, assessment: Assessment) -> list[Columns]:
        definitions = {definition.code: definition for definition in _definitions(assessment)}
        sub_scores = []
        for code, scores in self.scores.items():
            definition = definitions.get(code)
            if definition is not None:
                columns = self._score(code, scores, len(definition.levels))
                if columns["scale_score"] is not None or columns["level"] is not None:
                    sub_scores.append({"definition_id": definition.id} | columns)
            elif code != OVERALL:
                self.ignored["scores"] += 1
        return sub_scores

    def targets(self, assessment: Assessment) -> list[Columns]:
        """Of summatives; where no subject definition told the program's targets, residuals are counted as ignored."""
        targets = self.known.targets.get(assessment.program.id)
        if assessment.kind != SUMMATIVE or targets is None:
            self.ignored["target residuals"] += sum(map(len, self.residuals.values()))
            return []
        return target_scores(self.residuals, targets, self._value, self.problems)

    def responses(self, assessment: Assessment) -> list[Columns]:
        """Every item must be the assessment's; responses are kept for interims only (product.md: Visibility), traits
        for all."""
        items = {item.natural_id: item for item in assessment.items}
        responses: dict[int, Columns] = {}
        written: list[tuple[etree._Element, Item]] = []
        for element in self.delivered.iterfind("Item"):
            natural_id = f"{element.get('bankKey')}-{element.get('key')}"
            item = items.get(natural_id)
            if item is None:
                self.problems.add("Item@key", natural_id, "not an item of the assessment")
            elif item.id in responses:
                self.problems.add("Item@key", natural_id, "repeated item")
            else:
                responses[item.id] = self._response(element, item)
                written.append((element, item))
        self.traits = trait_scores(written, self._value, self.problems, self.ignored)
        return [] if assessment.kind == SUMMATIVE else list(responses.values())

    def _scores(self) -> dict[str, dict[str, etree._Element]]:
        """Scale scores and levels: measure -> label -> element. Residuals go to `residuals`."""
        scores: dict[str, dict[str, etree._Element]] = {}
        for score in self.delivered.iterfind("Score"):
            label, measure = score.get("measureLabel") or "", (score.get("measureOf") or "").strip()
            if label in (SCORE, LEVEL):
                scores.setdefault(measure, {})[label] = score
            elif label in RESIDUALS:
                self.residuals.setdefault(measure, {})[label] = score
            else:
                self.ignored["other measures"] += 1
        return scores

    def _score(self, measure: str, scores: Scores, levels: int, *, level_required: bool = False) -> Columns:
        score, level = _value_of(scores, SCORE), _value_of(scores, LEVEL)
        columns: Columns = dict.fromkeys(("scale_score", "standard_error", "level"))
        if score not in UNSCORED:
            columns["scale_score"] = self._value(f"{measure} {SCORE}", score, values.scale_score)
            error = scores[SCORE].get("standardError")
            columns["standard_error"] = self._value(f"{measure} standardError", error, values.standard_error)
        if level_required or level not in UNSCORED:
            number = self._value(f"{measure} {LEVEL}", level, values.level, required=level_required)
            if number is not None and number > levels:
                self.problems.add(f"{measure} {LEVEL}", level, f"level out of range 1 to {levels}")
            columns["level"] = number
        return columns

    def _response(self, element: etree._Element, item: Item) -> Columns:
        points = self._value("Item@score", element.get("score"), values.points)
        position = self._value("Item@position", element.get("position"), values.position)
        return {
            "item_id": item.id,
            "position": item.position if position is None else position,
            "response": self._value("Response", element.findtext("Response"), values.response),
            "points": None if points is None or points < 0 else points,
            "max_points": item.max_points,
        }

    def _ssid(self, text: str) -> str:
        if not self.known.ssid.fullmatch(text):
            raise ValueError
        return values.ssid(text)

    def _of_student(self, element: Element) -> Any:
        return self._value(element.name, self.student.get(element.name), element.convert, required=element.required)

    def _of_opportunity(self, element: Element) -> Any:
        name = f"Opportunity@{element.name}"
        return self._value(name, self.delivered.get(element.name), element.convert, required=element.required)

    def _value(self, element: str, text: str | None, convert: Convert[T], *, required: bool = False) -> T | None:
        text = (text or "").strip()
        if not text:
            if required:
                self.problems.add(element, None, "missing")
            return None
        try:
            return convert(text)
        except Unfit as error:
            self.problems.add(element, text, str(error))
        except (ValueError, KeyError, OverflowError):
            self.problems.add(element, text, "not a valid value")
        return None


def _by_context(examinee: etree._Element, tag: str) -> dict[str, str]:
    """Name -> value, where FINAL beats INITIAL."""
    found: dict[str, str] = {}
    for context in ("INITIAL", "FINAL"):
        for element in examinee.iterfind(tag):
            if (element.get("context") == "FINAL") == (context == "FINAL"):
                name = element.get("name") or ""
                found[ALIASES.get(name, name)] = (element.get("value") or "").strip()
    return found


def _definitions(assessment: Assessment) -> list[SubScoreDefinition]:
    year = assessment.school_year
    return [
        definition
        for definition in assessment.program.sub_scores
        if definition.assessment_kind == assessment.kind
        and definition.first_year <= year
        and (definition.last_year is None or year <= definition.last_year)
    ]


def _value_of(scores: Scores, label: str) -> str:
    return (scores[label].get("value") or "").strip().upper() if label in scores else ""
