"""What rivals are asked: the same pages in their own words, their leaf fields in the same order (docs/benchmarks.md).

PostGraphile's users name tables and columns; an error band's ends are computed columns there, a level is a plan.
"""

from benchmarks.contenders import MERCURIUS, POSTGRAPHILE
from benchmarks.world import SUBJECTS as SUBJECT_IDS

SUBJECTS = {name.lower(): str(id_) for name, id_ in SUBJECT_IDS.items()}
STUDENT = {POSTGRAPHILE: "rowId ssid firstName lastName", MERCURIUS: "id ssid firstName lastName"}
GROUP = {
    POSTGRAPHILE: f"""
query Page($district: BigInt!, $group: BigInt!, $year: Int!) {{
  studentGroupByDistrictIdAndRowId(districtId: $district, rowId: $group) {{
    rowId name
    studentsList(first: 50) {{
      {STUDENT[POSTGRAPHILE]}
      resultsByStudentIdList(first: 20, condition: {{schoolYear: $year}}, orderBy: [COMPLETED_AT_DESC, ROW_ID_DESC]) {{
        rowId completedAt manner completeness
        assessmentByAssessmentId {{ label grade subjectBySubjectId {{ code }} }}
        schoolBySchoolId {{ name }}
        scaleScore standardError bandLow bandHigh achieved {{ number label }}
        subScoresByDistrictIdAndResultIdList(orderBy: DEFINITION_ID_ASC) {{
          subScoreDefinitionByDefinitionId {{ code }} achieved {{ number label }}
        }}
      }}
    }}
  }}
}}""",
    MERCURIUS: f"""
query Page($district: ID!, $group: ID!, $year: Int!) {{
  group(district: $district, id: $group) {{
    id name
    students {{
      {STUDENT[MERCURIUS]}
      results(schoolYear: $year) {{
        id completedAt manner completeness
        assessment {{ label grade subject {{ code }} }}
        school {{ name }}
        score {{ value standardError band {{ low high }} level {{ number label }} }}
        subScores {{ code level {{ number label }} }}
      }}
    }}
  }}
}}""",
}
HISTORY = {
    POSTGRAPHILE: f"""
query History($ssid: String!) {{
  studentBySsid(ssid: $ssid) {{
    {STUDENT[POSTGRAPHILE]} birthday schoolByCurrentSchoolId {{ name }}
    resultsByStudentIdList(orderBy: [COMPLETED_AT_DESC, ROW_ID_DESC]) {{
      rowId schoolYear completedAt
      assessmentByAssessmentId {{ label kind subjectBySubjectId {{ code }} }}
      scaleScore standardError achieved {{ number label }}
    }}
  }}
}}""",
    MERCURIUS: f"""
query History($ssid: String!) {{
  student(ssid: $ssid) {{
    {STUDENT[MERCURIUS]} birthday school {{ name }}
    results {{
      id schoolYear completedAt
      assessment {{ label kind subject {{ code }} }}
      score {{ value standardError level {{ number label }} }}
    }}
  }}
}}""",
}
SCHOOL = {
    POSTGRAPHILE: f"""
query School($code: String!, $ela: BigInt!, $math: BigInt!) {{
  schoolByNaturalId(naturalId: $code) {{
    name
    studentsByCurrentSchoolId(first: 100, condition: {{elas: "EO"}}, orderBy: [SORT_KEY_ASC, ROW_ID_ASC]) {{
      totalCount
      nodes {{
        {STUDENT[POSTGRAPHILE]}
        ela: resultsByStudentIdList(
          first: 1, condition: {{subjectId: $ela}}, orderBy: [COMPLETED_AT_DESC, ROW_ID_ASC]
        ) {{ ...Shown }}
        math: resultsByStudentIdList(
          first: 1, condition: {{subjectId: $math}}, orderBy: [COMPLETED_AT_DESC, ROW_ID_ASC]
        ) {{ ...Shown }}
      }}
    }}
  }}
}}
fragment Shown on Result {{
  rowId schoolYear completedAt assessmentByAssessmentId {{ label }} scaleScore achieved {{ number label }}
}}""",
    MERCURIUS: f"""
query School($code: String!) {{
  school(code: $code) {{
    name
    students(first: 100, elas: "EO") {{
      totalCount
      nodes {{
        {STUDENT[MERCURIUS]}
        ela: latestResult(subject: "ELA") {{ ...Shown }}
        math: latestResult(subject: "MATH") {{ ...Shown }}
      }}
    }}
  }}
}}
fragment Shown on Result {{
  id schoolYear completedAt assessment {{ label }} score {{ value level {{ number label }} }}
}}""",
}
