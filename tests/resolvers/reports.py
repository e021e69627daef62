"""Aggregate reports as product.md (Aggregates) defines them, counted one result at a time, and drawn questions."""

from collections import defaultdict
from fractions import Fraction
from math import sqrt
from typing import Any

import models
from models.demographics import ETHNICITIES
from tests.resolvers.drawn_worlds import Chance
from tests.resolvers.emptiness import OPENED_BY, held_back, reason_of_nothing
from tests.resolvers.visibility import Eyes

DOCUMENT = """query Report($input: AggregateReportInput!) { aggregateReport(input: $input) {
  estimatedRows coverage { unreleasedDistricts withheld }
  rows(first: 2000) { totalCount emptyReason nodes {
    organization { __typename naturalId } assessment { naturalId } schoolYear subgroup { dimension value }
    summary { studentsTested meanScore standardErrorOfMean proficientPercent caution suppressed
      levels { count percent level { number } } } } } } }"""
DIMENSIONS = {
    "GENDER": "gender",
    "ETHNICITY": "ethnicities",
    "ENGLISH_LEARNER": "english_learner",
    "ELAS": "elas",
    "PRIMARY_LANGUAGE": "primary_language",
    "IEP": "iep",
    "SECTION_504": "section504",
    "ECONOMIC_DISADVANTAGE": "economic_disadvantage",
    "MIGRANT": "migrant",
    "MILITARY": "military_connected",
    "ENROLLED_GRADE": "enrolled_grade",
}
RACES = [code for code in ETHNICITIES if code not in ("HISPANIC_OR_LATINO", "TWO_OR_MORE_RACES")]


def drawn_report(chance: Chance, eyes: Eyes) -> dict[str, Any]:
    """An AggregateReportInput for a viewer; now and then one that must be refused."""
    anywhere, statewide = chance.yes(15), ("AGGREGATE_READ", "STATE") in eyes.places
    rows, over, over_district = eyes.rows, eyes.over, eyes.over_district
    schools = [s.natural_id for s in rows.all(models.School) if anywhere or over("AGGREGATE_READ", s.id)]
    districts = [d.natural_id for d in rows.all(models.District) if anywhere or over_district("AGGREGATE_READ", d.id)]
    dimensions = [name for name, column in DIMENSIONS.items() if chance.yes(3) or eyes.may_use(column)]
    kind = chance.pick(("SUMMATIVE", "SUMMATIVE", "ICA", "IAB"))
    places: dict[str, Any] = {
        "schools": chance.some([*schools, "none"] if chance.yes(5) else schools) or schools[:1],
        "districts": districts if chance.yes() else chance.some(districts),
        "schoolsOfDistricts": chance.some(districts) if chance.yes(20) else [],
        "allDistricts": chance.yes(30 if statewide else 3),
        "state": chance.yes(30 if statewide and kind == "SUMMATIVE" else 3),
    }
    asked: dict[str, Any] = {
        "schoolYears": chance.pick(([2026], [2025, 2026], [2025, 2026], [2025])),
        "subjects": ["ELA", "MATH", *(["none"] if chance.yes(5) else [])],
        "assessmentKind": kind,
        "grades": ["03", "04", "HS"],
        "organizations": {name: value for name, value in places.items() if value},
        "breakDownBy": [[], *([dimension] for dimension in chance.some(dimensions, most=2))],
    }
    if chance.yes(5):
        asked["breakDownBy"] = [["GENDER", "ELAS"]]
    for name, values in (
        ("completeness", ("COMPLETE", "PARTIAL")),
        ("validity", ("VALID", "INVALID")),
        ("manner", ("STANDARDIZED", "NONSTANDARDIZED")),
    ):
        if chance.yes(30):
            asked[name] = [*values] if chance.yes() else chance.some(values)
    return asked


class CountedReport:
    """What the report holds for a viewer: `refusals` (codes) or `rows`."""

    def __init__(self, eyes: Eyes, asked: dict[str, Any]) -> None:
        self.eyes = eyes
        self.asked = asked
        self.summative = asked["assessmentKind"] == "SUMMATIVE"
        self.places = asked["organizations"]
        self.assessments = [
            a
            for a in eyes.rows.all(models.Assessment, kind=asked["assessmentKind"])
            if a.school_year in asked["schoolYears"] and a.grade in asked["grades"]
            if eyes.rows.one(models.Subject, a.subject_id).code in asked["subjects"]
        ]

    @property
    def refusals(self) -> set[str]:
        """Every code that the question deserves; one of them must be given."""
        eyes, codes = self.eyes, set()
        if eyes.viewer.login is None:
            return {"UNAUTHENTICATED"}
        if not eyes.holds("AGGREGATE_READ"):
            return {"FORBIDDEN"}
        known = {subject.code for subject in eyes.rows.all(models.Subject)}
        crossed = any(len(dimensions) > 1 for dimensions in self.asked["breakDownBy"])
        if not set(self.asked["subjects"]) <= known or crossed or not self.places:
            codes.add("BAD_INPUT")
        if self.places.get("state") and not self.summative:
            codes.add("BAD_INPUT")
        if not all(eyes.may_use(DIMENSIONS[d]) for dimensions in self.asked["breakDownBy"] for d in dimensions):
            codes.add("FORBIDDEN")
        if self.places.get("allDistricts") and ("AGGREGATE_READ", "STATE") not in eyes.places:
            codes.add("FORBIDDEN")
        named = [*self.places.get("districts", ()), *self.places.get("schoolsOfDistricts", ())]
        if not all(self._counts_in(models.District, code) for code in named):
            codes.add("FORBIDDEN")
        if not all(self._counts_in(models.School, code) for code in self.places.get("schools", ())):
            codes.add("FORBIDDEN")
        return codes

    def _counts_in(self, kind: Any, code: str) -> bool:
        """Unknown, or out of scope: the same."""
        place = next(iter(self.eyes.rows.all(kind, natural_id=code)), None)
        if place is None:
            return False
        over = self.eyes.over_district if kind is models.District else self.eyes.over
        return over("AGGREGATE_READ", place.id)

    @property
    def organizations(self) -> dict[str, list[Any]]:
        """Those asked for, by kind."""
        rows, places = self.eyes.rows, self.places
        of_districts = {d.id for d in rows.all(models.District) if d.natural_id in places.get("schoolsOfDistricts", ())}
        return {
            "schools": [
                school
                for school in rows.all(models.School)
                if school.natural_id in places.get("schools", ()) or school.district_id in of_districts
            ],
            "districts": [
                district
                for district in rows.all(models.District)
                if places.get("allDistricts") or district.natural_id in places.get("districts", ())
            ],
            "state": [self.eyes.tenant] if places.get("state") else [],
        }

    def in_full(self, place: Any) -> bool:
        """Whether the viewer may see every single result that a row of the organization counts."""
        statewide = self.summative and ("INDIVIDUAL_PII_READ", "STATE") in self.eyes.places
        if isinstance(place, models.Tenant) or statewide:
            return statewide
        district = place if isinstance(place, models.District) else self.eyes.district(place)
        held = [p for permission, p in self.eyes.places if permission == "INDIVIDUAL_PII_READ"]
        return any(p is district or p is place for p in held)

    @property
    def answer(self) -> dict[str, Any]:
        """The whole answer, but for the estimate; rows in reading order."""
        shown = {kind: [p for p in places if self.in_full(p)] for kind, places in self.organizations.items()}
        rows = [
            self._row(place, assessment, dimension, value, results)
            for places in shown.values()
            for place in places
            for assessment in self.assessments
            for dimension in {dimensions[0] if dimensions else "": 0 for dimensions in self.asked["breakDownBy"]}
            for value, results in self._cells(place, assessment, dimension).items()
        ]
        return {
            "coverage": {"unreleasedDistricts": self._unreleased(shown), "withheld": self._withheld(shown)},
            "rows": {
                "totalCount": len(rows),
                "emptyReason": None if rows else self._why_none(),
                "nodes": sorted(rows, key=_reading_order),
            },
        }

    def _why_none(self) -> str:
        if not self.eyes.holds(*OPENED_BY["AggregateRow"]):
            return reason_of_nothing(self.eyes, "AggregateRow", None)
        return held_back(self.eyes, self.assessments, "aggregate", OPENED_BY["AggregateRow"])

    def _cells(self, place: Any, assessment: models.Assessment, dimension: str) -> dict[str, list[models.Result]]:
        cells: dict[str, list[models.Result]] = defaultdict(list)
        for result in self._population(assessment):
            if self._at(place, result):
                for value in self._values(dimension, result):
                    cells[value].append(result)
        return cells

    def _population(self, assessment: models.Assessment) -> list[models.Result]:
        """The latest scored result of each student, then the conditions, then what the viewer may count."""
        by_student: dict[int, list[models.Result]] = defaultdict(list)
        for result in self.eyes.rows.all(models.Result, assessment_id=assessment.id):
            if result.scale_score is not None and result.level is not None:
                by_student[result.student_id].append(result)
        latest = [
            sorted(sorted(results, key=lambda r: r.id), key=lambda r: r.completed_at, reverse=True)[0]
            for results in by_student.values()
        ]
        return [result for result in latest if self._meets(result) and self._countable(result)]

    def _meets(self, r: models.Result) -> bool:
        complete = r.completeness in self.asked.get("completeness", ["COMPLETE"])
        if self.summative:
            return complete and r.validity in self.asked.get("validity", ["VALID"])
        return complete and r.manner in self.asked.get("manner", ["STANDARDIZED"])

    def _countable(self, r: models.Result) -> bool:
        """In the scope of AGGREGATE_READ (statewide: summatives only) and out, by the aggregate status."""
        in_scope = self.eyes.over("AGGREGATE_READ", r.school_id, locally=r.interim)
        return in_scope and (r.interim or self.eyes.available(r, "aggregate"))

    def _at(self, place: Any, r: models.Result) -> bool:
        if isinstance(place, models.Tenant):
            return True
        return r.school_id == place.id if isinstance(place, models.School) else r.district_id == place.id

    def _values(self, dimension: str, r: models.Result) -> list[str]:
        if not dimension:
            return [""]
        value = self.eyes.demographic(DIMENSIONS[dimension], r)
        if value is None:
            return []
        if isinstance(value, bool):
            return ["YES" if value else "NO"]
        if dimension != "ETHNICITY":
            return [value]
        codes = {code for code, bit in ETHNICITIES.items() if value & bit}
        return sorted(codes | ({"TWO_OR_MORE_RACES"} if len(codes & set(RACES)) > 1 else set()))

    def _row(self, place: Any, a: models.Assessment, dimension: str, value: str, results: list[models.Result]) -> Any:
        kind = type(place).__name__
        return {
            "organization": {
                "__typename": "State" if kind == "Tenant" else kind,
                "naturalId": place.state_code if kind == "Tenant" else place.natural_id,
            },
            "assessment": {"naturalId": a.natural_id},
            "schoolYear": a.school_year,
            "subgroup": [{"dimension": dimension, "value": value}] if dimension else [],
            "summary": self._summary(a, results),
        }

    def _summary(self, assessment: models.Assessment, results: list[models.Result]) -> dict[str, Any]:
        scores, n = [Fraction(r.scale_score or 0) for r in results], len(results)
        mean = sum(scores) / n
        variance = sum((score - mean) ** 2 for score in scores) / (n - 1) if n > 1 else None
        levels = self.eyes.rows.all(models.Level, label_set_id=assessment.label_set_id)
        counts = [sum(r.level == number for r in results) for number in sorted(level.number for level in levels)]
        shares = largest_remainder(counts)
        first = self.eyes.rows.one(models.LabelSet, assessment.label_set_id).proficient_from
        return {
            "studentsTested": n,
            "meanScore": round(float(mean), 2),
            "standardErrorOfMean": None if variance is None else round(sqrt(variance / n), 2),
            "proficientPercent": None if first is None else round(sum(shares[first - 1 :]), 1),
            "caution": "UNDER_11" if n < 11 else None,
            "suppressed": False,
            "levels": [
                {"count": count, "percent": share, "level": {"number": number}}
                for number, (count, share) in enumerate(zip(counts, shares, strict=True), start=1)
            ],
        }

    def _unreleased(self, shown: dict[str, list[Any]]) -> int:
        if not self.summative:
            return 0
        districts: set[int] = set()
        for place in (place for places in shown.values() for place in places):
            whole = self.eyes.rows.all(models.District) if isinstance(place, models.Tenant) else [place]
            districts |= {p.district_id if isinstance(p, models.School) else p.id for p in whole}
        return sum(
            any(self.eyes.status(a.school_year, d, a.program_id, "aggregate") != "RELEASED" for a in self.assessments)
            for d in districts
        )

    def _withheld(self, shown: dict[str, list[Any]]) -> list[str]:
        left_out = {kind: len(places) - len(shown[kind]) for kind, places in self.organizations.items()}
        return [f"{kind}: {count} outside your individual results" for kind, count in left_out.items() if count]


def largest_remainder(counts: list[int]) -> list[float]:
    """Percents with one decimal that add up to 100; of equal remainders the lower level's is rounded up."""
    whole = sum(counts)
    if not whole:
        return [0.0] * len(counts)
    tenths = [1000 * count // whole for count in counts]
    for _ in range(1000 - sum(tenths)):
        short = [Fraction(1000 * count, whole) - given for count, given in zip(counts, tenths, strict=True)]
        tenths[short.index(max(short))] += 1
    return [tenth / 10 for tenth in tenths]


def _reading_order(row: dict[str, Any]) -> tuple[Any, ...]:
    kind = ["State", "District", "School"].index(row["organization"]["__typename"])
    labels = [(part["dimension"], part["value"]) for part in row["subgroup"]]
    return (kind, row["organization"]["naturalId"], -row["schoolYear"], row["assessment"]["naturalId"], labels)
