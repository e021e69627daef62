"""The pages that are measured: what a front end asks ours and the baseline, for whom; rivals are asked alike."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson

from benchmarks import rival_pages
from benchmarks.contenders import BASELINE, MERCURIUS, OURS, POSTGRAPHILE, TENANT
from benchmarks.places import YEAR, School, schools_beside
from policies.identity import Grant, Viewer
from resolvers.engine.ids import global_id

GROUP_PAGE, HISTORY_PAGE, SCHOOL_PAGE = "group page", "student history", "school page"
RESULT = """
id completedAt manner completeness
assessment { label grade subject { code } }
school { name }
score { value standardError band { low high } level { number label } }
subScores { code level { number label } }
"""
STUDENT = "id ssid firstName lastName"
HISTORY = """
{ nodes {
    id schoolYear completedAt
    assessment { label kind subject { code } }
    score { value standardError level { number label } }
} }
"""
LATEST = """
ela: latestResult(subject: "ELA") { ...Shown }
math: latestResult(subject: "MATH") { ...Shown }
"""
SHOWN = """
fragment Shown on Result { id schoolYear completedAt assessment { label } score { value level { number label } } }
"""

OUR_ID = re.compile(r"(?:grp|res|stu)_(?:[0-9a-f]+_)?([0-9a-f]+)")
MOMENT = re.compile(r"\d{4}-\d\d-\d\dT.*")


@dataclass(frozen=True, slots=True)
class Asked:
    """What one contender is asked: a document, and the variables of every request of a cycle."""

    document: str
    variables: tuple[Mapping[str, Any], ...]


@dataclass(frozen=True, slots=True)
class Page:
    """One screen, for whom, and how each contender is asked for it: as ours is, where nothing else is said."""

    name: str
    viewer: Viewer
    asked: Mapping[str, Asked]

    def bodies(self, contender: str) -> list[bytes]:
        """The request bodies of a cycle."""
        asked = self.asked.get(contender, self.asked[OURS])
        return [orjson.dumps({"query": asked.document, "variables": values}) for values in asked.variables]


def group_page(school: School) -> Page:
    """A group with its students and each one's results of one year: about 4,000 leaf fields."""
    ours = f"""query Page($group: ID!, $year: SchoolYear!) {{ group: node(id: $group) {{ ... on Group {{
      id name students(first: 50) {{ nodes {{ {STUDENT}
        results(first: 20, filter: {{schoolYear: {{eq: $year}}}}) {{ nodes {{ {RESULT} }} }}
      }} }} }} }} }}"""
    baseline = f"""query Page($group: ID!, $year: Int!) {{ group(id: $group, schoolYear: $year) {{
      id name students {{ nodes {{ {STUDENT} results {{ nodes {{ {RESULT} }} }} }} }} }} }}"""
    ids = [global_id("Group", (school.district_id, group.id)) for group in school.groups]
    keys = [{"district": str(school.district_id), "group": str(group.id), "year": YEAR} for group in school.groups]
    given = [{"group": id_, "year": YEAR} for id_ in ids]
    asked = {OURS: (ours, given), BASELINE: (baseline, given)}
    return Page(GROUP_PAGE, _teacher(school), _asked(asked, rival_pages.GROUP, keys, keys))


def history_page(school: School) -> Page:
    """One student with every result of every year."""
    page = f"""query History($ssid: %s!) {{ student(ssid: $ssid) {{
      {STUDENT} birthday school {{ name }} results {HISTORY} }} }}"""
    ssids = [{"ssid": school.ssid(number)} for group in school.groups for number in group.members]
    asked = {OURS: (page % "SSID", ssids), BASELINE: (page % "String", ssids)}
    return Page(HISTORY_PAGE, _teacher(school), _asked(asked, rival_pages.HISTORY, ssids, ssids))


def school_page(school: School) -> Page:
    """A hundred students of a school with each one's latest result in two subjects; of how many."""
    page = f"""query School($code: %s!) {{ school(cdsCode: $code) {{
      name students(first: 100, %s) {{ totalCount nodes {{ {STUDENT} {LATEST} }} }} }} }} {SHOWN}"""
    codes = [{"code": each.code} for each in schools_beside(school)]
    ours = page % ("CDSCode", "filter: {elas: [EO]}, orderBy: {field: NAME}")
    asked = {OURS: (ours, codes), BASELINE: (page % ("String", 'elas: "EO"'), codes)}
    subjects = [{**code, **rival_pages.SUBJECTS} for code in codes]
    return Page(SCHOOL_PAGE, _administrator(school), _asked(asked, rival_pages.SCHOOL, subjects, codes))


def varied(school: School) -> list[bytes]:
    """A day's mix for the memory test: both pages, lists, a search, the viewer."""
    group, history = group_page(school), history_page(school)
    others = [
        "{ viewer { login permissions { permission schools { name } } } }",
        "{ groups { totalCount nodes { id name studentCount educators { login } } } }",
        '{ students(first: 20, filter: {name: "last"}) { totalCount edges { cursor node { ssid lastName } } } }',
        "{ results(filter: {level: {gte: 3}}, first: 20) { nodes { score { value } student { ssid } } } }",
        "{ assessments(first: 20) { nodes { label cutScores program { code } } } }",
    ]
    lists = [orjson.dumps({"query": text}) for text in others]
    return [*group.bodies(OURS), *history.bodies(OURS), *lists * 5]


def leaves(answer: Any) -> Iterator[Any]:
    """The values of an answer's leaf fields in their order: ids as numbers in text, moments as moments."""
    if isinstance(answer, dict):
        for value in answer.values():
            yield from leaves(value)
    elif isinstance(answer, list):
        for value in answer:
            yield from leaves(value)
    elif isinstance(answer, str) and (named := OUR_ID.fullmatch(answer)):
        yield str(int(named[1], 16))
    elif isinstance(answer, str) and MOMENT.fullmatch(answer):
        yield datetime.fromisoformat(answer)
    else:
        yield answer


def _asked(
    ours: Mapping[str, tuple[str, Any]], rivals: Mapping[str, str], postgraphile: Any, mercurius: Any
) -> dict[str, Asked]:
    found = {**ours, POSTGRAPHILE: (rivals[POSTGRAPHILE], postgraphile), MERCURIUS: (rivals[MERCURIUS], mercurius)}
    return {name: Asked(document, tuple(variables)) for name, (document, variables) in found.items()}


def _teacher(school: School) -> Viewer:
    return Viewer(TENANT, school.teacher, None, (Grant("TEACHER", "SCHOOL", school.code, YEAR),))


def _administrator(school: School) -> Viewer:
    grant = Grant("DISTRICT_EDUCATOR", "DISTRICT", school.district_code, YEAR)
    return Viewer(TENANT, "district@example.org", None, (grant,))
