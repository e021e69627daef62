"""Small input files of every format, as a sender would make them."""

from collections.abc import Iterable, Mapping
from typing import Any
from xml.sax.saxutils import quoteattr

import orjson

DISTRICT = "99900010000000"
OTHER_DISTRICT = "99900020000000"
SCHOOL = "99900010000001"
SECOND_SCHOOL = "99900010000002"
FAR_SCHOOL = "99900020000001"
SUMMATIVE = "SUM-ELA-5-2019"
BLOCK = "IAB-ELA-5-2019"
SSID = "9000000001"


def organizations(name: str = "Demo Elementary", schools: Mapping[str, str] | None = None) -> bytes:
    """Two districts; `schools`: natural id -> parent."""
    schools = schools or {SCHOOL: DISTRICT, SECOND_SCHOOL: DISTRICT, FAR_SCHOOL: OTHER_DISTRICT}
    districts = [
        {"entityId": code, "entityName": f"District {code}", "entityType": "DISTRICT", "parentEntityId": "CA"}
        for code in (DISTRICT, OTHER_DISTRICT)
    ]
    institutions = [
        {"entityId": code, "entityName": name, "entityType": "INSTITUTION", "parentEntityId": parent}
        for code, parent in schools.items()
    ]
    return orjson.dumps({"institutions": institutions, "nested": {"districts": districts}})


def subject(code: str = "ELA", levels: int = 4, cutoff: int = 3, top: str = "Exceeded", claims: str = "Claim") -> bytes:
    """A subject with summatives and blocks, and two claims."""
    labels = [f"Level {number}" for number in range(1, levels)] + [top]
    return f"""<?xml version="1.0" encoding="UTF-8"?>
<Subject code="{code}" name="English"><AssessmentTypes>
  <AssessmentType code="sum"><OverallScoring><PerformanceLevels standardCutoff="{cutoff}">{_levels(labels)}
    </PerformanceLevels></OverallScoring>
    <ClaimScoring name="{claims}"><PerformanceLevels>{_levels(["Below", "Near", "Above"])}</PerformanceLevels>
    </ClaimScoring></AssessmentType>
  <AssessmentType code="iab"><OverallScoring><PerformanceLevels>{_levels(["Below", "Near", "Above"])}
    </PerformanceLevels></OverallScoring></AssessmentType>
</AssessmentTypes><Claims>
  <Claim code="R" name="Reading" displayOrder="1"><Targets>
    <Target code="1-5" name="1"><Description>Key details</Description></Target><Target code="2-5" name="2"/>
  </Targets></Claim><Claim code="W" name="Writing" displayOrder="2"/>
  <Claim code="X" name="Only organizes" scorable="false"><Targets><Target code="1-5" name="1"/></Targets></Claim>
</Claims></Subject>""".encode()


def _levels(labels: Iterable[str]) -> str:
    return "".join(
        f'<PerformanceLevel level="{number}" name={quoteattr(label)}/>' for number, label in enumerate(labels, start=1)
    )


def packages(**changes: str) -> bytes:
    """A summative and a block of grade 5, two items each, the second written; `changes` apply to every row."""
    rows = [
        {
            "AssessmentId": assessment,
            "AssessmentName": assessment,
            "AssessmentSubject": "ELA",
            "AssessmentGrade": "5",
            "AssessmentType": kind,
            "AssessmentSubtype": subtype,
            "AssessmentLabel": f"Grade 5 ELA {subtype}",
            "AssessmentVersion": "1",
            "AcademicYear": "2019",
            "BankKey": "200",
            "ItemId": item,
            "ItemType": "MC",
            "Claim": "R\t",
            "Target": "1-5\t",
            "DOK": "2",
            "MaxPoints": "1",
            "ItemPosition": item,
            "CommonCore": "5.RL.1",
            "SecondaryCommonCore": "",
            "AnswerKey": "B",
            "NumberOfAnswerOptions": "4",
            "PtWritingType": "Opinion" if item == "2" else "",
        }
        | {
            f"Scaled{end}{place}": str(score)
            for place, bounds in enumerate(((2200, 2439), (2440, 2499), (2500, 2579), (2580, 2700)), start=1)
            for end, score in zip(("Low", "High"), bounds, strict=True)
        }
        | changes
        for assessment, kind, subtype in ((SUMMATIVE, "summative", "SUM"), (BLOCK, "interim", "IAB"))
        for item in ("1", "2")
    ]
    return csv(rows)


def csv(rows: list[dict[str, str]]) -> bytes:
    """Comma-separated text of rows with the same columns."""
    lines = [list(rows[0]), *(list(row.values()) for row in rows)]
    return "".join(
        ",".join(f'"{field}"' if "\t" in field else field for field in line) + "\n" for line in lines
    ).encode()


def trt(
    opp: str = "1",
    *,
    test: str = SUMMATIVE,
    ssid: str = SSID,
    school: str = SCHOOL,
    score: str = "2510",
    level: str = "3",
    completed: str = "2019-05-01T10:00:00",
    status_at: str | None = None,
    examinee: Mapping[str, str | None] | None = None,
    attributes: Mapping[str, Any] | None = None,
    scores: Iterable[tuple[str, str, str]] = (("R", "ScaleScore", "2490"), ("R", "PerformanceLevel", "2")),
    items: Iterable[tuple[str, str, str]] = (("1", "1", "B"), ("2", "0", "")),
    traits: Iterable[tuple[str, str]] = (),
) -> bytes:
    """One result; `examinee` and `attributes` (of Test, Opportunity) change single values, None leaves one out.
    `traits`: dimensions and points of the second item."""
    student = {
        "StudentIdentifier": ssid,
        "FirstName": "Ada",
        "LastOrSurname": "Lovelace",
        "Birthdate": "2008-12-10",
        "Sex": "Female",
        "GradeLevelWhenAssessed": "05",
        "HispanicOrLatinoEthnicity": "Yes",
        "White": "Yes",
        "IDEAIndicator": "No",
        "EconomicDisadvantageStatus": "No",
        **(examinee or {}),
    }
    interim = test != SUMMATIVE
    given = {
        "name": test,
        "subject": "Ela",
        "grade": "5",
        "assessmentType": "Interim" if interim else "Summative",
        "academicYear": "2018",
        "isDemo": "0",
        "oppId": opp,
        "dateCompleted": completed,
        "statusDate": status_at or completed,
        "sessionId": "S-1",
        "completeness": "Complete",
        "administrationCondition": "SD" if interim else "Valid",
        **(attributes or {}),
    }
    overall = (("Overall", "ScaleScore", score), ("Overall", "PerformanceLevel", level))
    return f"""<TDSReport><Test {_some(given, "name", "subject", "grade", "assessmentType", "academicYear")}/>
<Examinee {_some(given, "isDemo")}>{_student(student)}
  <ExamineeRelationship name="SchoolId" value={quoteattr(school)} context="FINAL"/>
</Examinee><Opportunity {_some(given, *OPPORTUNITY)}>
  {"".join(_score(*one) for one in (*overall, *scores))}
  <Accommodation type="Language" code="ENU" value="English" segment="0"/>
  {"".join(_item(*one, traits if one[0] == "2" else ()) for one in items)}
</Opportunity></TDSReport>""".encode()


OPPORTUNITY = (
    "oppId", "dateCompleted", "statusDate", "sessionId", "completeness", "administrationCondition", "status",
)  # fmt: skip


def _some(values: Mapping[str, Any], *names: str) -> str:
    return " ".join(f"{name}={quoteattr(values[name])}" for name in names if values.get(name) is not None)


def _student(values: Mapping[str, str | None]) -> str:
    return "".join(
        f'<ExamineeAttribute name="{name}" value="before" context="INITIAL"/>'
        f'<ExamineeAttribute name="{name}" value={quoteattr(value)} context="FINAL"/>'
        for name, value in values.items()
        if value is not None
    )


def _score(measure: str, label: str, value: str) -> str:
    error = "20" if label == "ScaleScore" else ""
    return f'<Score measureOf="{measure}" measureLabel="{label}" value="{value}" standardError="{error}"/>'


def _item(key: str, points: str, response: str, traits: Iterable[tuple[str, str]]) -> str:
    dimensions = "".join(
        f'<ScoreInfo scoreDimension="{dimension}" scorePoint="{earned}" maxScore="0"/>' for dimension, earned in traits
    )
    return f"""<Item bankKey="200" key="{key}" position="{key}" score="{points}"><Response>{response}</Response>
        <ScoreInfo scoreDimension="Overall"><SubScoreList>{dimensions}</SubScoreList></ScoreInfo></Item>"""


def groups(*rows: str) -> bytes:
    """A group file of these rows."""
    header = "group_name,school_natural_id,school_year,subject_code,student_ssid,group_user_login"
    return "\r\n".join((header, *rows, "")).encode()
