"""The pages that are measured: what a front end asks ours, what it asks the baseline, and for whom."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import orjson

from benchmarks.places import YEAR, School
from resolvers.engine.ids import global_id

GROUP_PAGE, HISTORY_PAGE = "group page", "student history"
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


@dataclass(frozen=True, slots=True)
class Page:
    """One screen: the document for each side, and the variables of every request of a cycle."""

    name: str
    ours: str
    baseline: str
    variables: tuple[Mapping[str, Any], ...]

    def bodies(self, *, ours: bool) -> list[bytes]:
        """The request bodies of a cycle."""
        document = self.ours if ours else self.baseline
        return [orjson.dumps({"query": document, "variables": values}) for values in self.variables]


def group_page(school: School) -> Page:
    """A group with its students and each one's results of one year: about 4,000 leaf fields."""
    ours = f"""query Page($group: ID!, $year: SchoolYear!) {{ group: node(id: $group) {{ ... on Group {{
      id name students(first: 50) {{ nodes {{ {STUDENT}
        results(first: 20, filter: {{schoolYear: {{eq: $year}}}}) {{ nodes {{ {RESULT} }} }}
      }} }} }} }} }}"""
    baseline = f"""query Page($group: ID!, $year: Int!) {{ group(id: $group, schoolYear: $year) {{
      id name students {{ nodes {{ {STUDENT} results {{ nodes {{ {RESULT} }} }} }} }} }} }}"""
    groups = [global_id("Group", (school.district_id, group.id)) for group in school.groups]
    return Page(GROUP_PAGE, ours, baseline, tuple({"group": group, "year": YEAR} for group in groups))


def history_page(school: School) -> Page:
    """One student with every result of every year."""
    page = f"""query History($ssid: %s!) {{ student(ssid: $ssid) {{
      {STUDENT} birthday school {{ name }} results {HISTORY} }} }}"""
    students = [{"ssid": school.ssid(number)} for group in school.groups for number in group.members]
    return Page(HISTORY_PAGE, page % "SSID", page % "String", tuple(students))


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
    return [*group.bodies(ours=True), *history.bodies(ours=True), *lists * 5]


def leaves(answer: Any) -> int:
    """How many leaf fields an answer has."""
    if isinstance(answer, dict):
        return sum(map(leaves, answer.values()))
    if isinstance(answer, list):
        return sum(map(leaves, answer))
    return 1
