"""The questions of table.md: how each column is asked, and how its answer reads in a cell."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from models.base import Base
from resolvers.engine.ids import global_id
from tests.visibility.world import World, login

Given = Callable[[World], dict[str, Any]]
Read = Callable[[Any], str]
HEADER = "group_name,school_natural_id,school_year,subject_code,student_ssid,group_user_login"
NOBODY = "8000000000"


@dataclass(frozen=True)
class Question:
    """An operation with one root field; `read` puts what it answered into a cell's words, null being `hidden`."""

    document: str
    given: Given
    read: Read
    otherwise: bool = False
    changes: bool = False

    def cell(self, data: Any) -> str:
        [answer] = data.values()
        return "hidden" if answer is None else self.read(answer)


def listed(found: Iterable[str]) -> str:
    return ", ".join(sorted(found)) or "none"


def nothing(_world: World) -> dict[str, Any]:
    return {}


def of_student(name: str, fields: str, read: Read, *, otherwise: bool = False) -> Question:
    """One student by SSID."""
    document = f"query ($ssid: SSID!) {{ student(ssid: $ssid) {{ {fields} }} }}"
    return Question(document, lambda world: {"ssid": world.students[name].ssid}, read, otherwise)


def results_of(name: str, *, otherwise: bool = False) -> Question:
    fields = "results { nodes { assessment { name } } }"
    return of_student(
        name, fields, lambda s: listed(r["assessment"]["name"] for r in s["results"]["nodes"]), otherwise=otherwise
    )


def demographic(name: str, field: str) -> Question:
    return of_student(name, f"demographics {{ {field} }}", lambda s: s["demographics"][field] or "withheld")


def students(filter: str) -> Question:
    document = f"{{ students(filter: {filter}) {{ nodes {{ firstName }} }} }}"
    return Question(document, nothing, lambda page: listed(s["firstName"] for s in page["nodes"]))


def count(field: str) -> Question:
    return Question(f"{{ {field} {{ totalCount }} }}", nothing, lambda page: str(page["totalCount"]))


def search(ssid: Callable[[World], str]) -> Question:
    """A list that has the student or says why it is empty."""
    document = "query ($ssid: SSID!) { students(filter: {ssid: {eq: $ssid}}) { totalCount emptyReason } }"

    def read(page: Any) -> str:
        return "seen" if page["totalCount"] else str(page["emptyReason"])

    return Question(document, lambda world: {"ssid": ssid(world)}, read)


def by_id(row: Callable[[World], Base], fields: str, read: Read) -> Question:
    """One thing by its global id."""
    document = f"query ($id: ID!) {{ node(id: $id) {{ id {fields} }} }}"
    return Question(document, lambda world: {"id": id_of(row(world))}, read)


def result(student: str, assessment: str, fields: str = "", read: Read = lambda _: "seen") -> Question:
    return by_id(lambda world: world.results[student, assessment], fields, read)


def group(name: str) -> Question:
    fields = "... on Group { studentCount pendingCount educators { login } }"

    def read(node: Any) -> str:
        assigned = ", ".join(educator["login"].partition("@")[0] for educator in node["educators"]) or "nobody"
        return f"{node['studentCount']} and {node['pendingCount']}, {assigned}"

    return by_id(lambda world: world.groups[name], fields, read)


def report(subject: str, place: str) -> Question:
    """How many students an aggregate report counts in one organization."""
    document = """query ($input: AggregateReportInput!) { aggregateReport(input: $input) {
        coverage { withheld } rows { nodes { summary { studentsTested } } } } }"""

    def given(world: World) -> dict[str, Any]:
        kind, places = ("schools", world.schools) if place in world.schools else ("districts", world.districts)
        what = {"schoolYears": [2026], "subjects": [subject], "assessmentKind": "SUMMATIVE", "grades": ["03"]}
        return {"input": what | {"organizations": {kind: [places[place].natural_id]}}}

    def read(answer: Any) -> str:
        counts = [row["summary"]["studentsTested"] for row in answer["rows"]["nodes"]]
        shown = listed(str(counted) for counted in counts if counted is not None)
        return "withheld" if answer["coverage"]["withheld"] and shown == "none" else shown

    return Question(document, given, read)


def explain(name: str, arguments: str = "") -> Question:
    document = f"query ($ssid: SSID!) {{ explain(student: $ssid{arguments}) {{ visible }} }}"
    return Question(
        document, lambda world: {"ssid": world.students[name].ssid}, lambda e: "visible" if e["visible"] else "hidden"
    )


def change(mutation: str, given: Given, *, refused: str = "", changes: bool = True) -> Question:
    """A mutation; what is wrong with its input is named by its code, or by the word `refused`."""
    type_name = {"createCustomGroup": "CustomGroupInput"}.get(mutation, mutation[0].upper() + mutation[1:] + "Input")
    document = f"mutation ($input: {type_name}!) {{ {mutation}(input: $input) {{ errors {{ code }} }} }}"

    def read(payload: Any) -> str:
        codes = {error["code"] for error in payload["errors"]}
        return (refused or listed(codes)) if codes else "done"

    return Question(document, lambda world: {"input": given(world)}, read, changes=changes)


def step(district: str, program: str, status: str) -> Question:
    def given(world: World) -> dict[str, Any]:
        key = {"schoolYear": 2026, "district": world.districts[district].natural_id, "program": program}
        return {"keys": [key], "reports": ["INDIVIDUAL"], "status": status}

    return change("setAvailability", given)


def imported(group: str, school: str, student: str = "", *, oneself: bool = False) -> Question:
    def given(world: World) -> dict[str, Any]:
        member = world.students[student].ssid if student else ""
        row = f"{group},{world.schools[school].natural_id},2026,,{member},{MYSELF if oneself else ''}"
        return {"csv": f"{HEADER}\n{row}", "dryRun": True}

    return change("importGroups", given, refused="refused", changes=False)


MYSELF = "{own login}"
"""Stands in a question for the login of who asks it."""


def id_of(row: Any) -> str:
    """The global id of a row."""
    kind = type(row).__name__
    return global_id(kind, (row.id,) if kind == "Student" else (row.district_id, row.id))


def _counted(page: Any) -> str:
    assert page["totalCount"] == len(page["nodes"])
    return f"{page['totalCount']}: {listed(node['firstName'] for node in page['nodes'])}" if page["nodes"] else "none"


def _districts(page: Any) -> str:
    return listed({node["district"]["name"] for node in page["nodes"]})


def _elsewhere(page: Any) -> str:
    return listed(f"{node['student']['firstName']} {node['assessment']['name']}" for node in page["nodes"])


def _named(page: Any) -> str:
    return listed(node["name"] for node in page["nodes"])


def _answers(node: Any) -> str:
    return listed(f"{answer['item']['answerKey']} {answer['response']}" for answer in node["items"])


def _id(kind: str, name: str) -> Given:
    return lambda world: {"id": id_of(getattr(world, kind)[name])}


QUESTIONS = {
    **{name: results_of(name) for name in ("Ana", "Ben", "Cam", "Dee", "Eli", "Fay", "Gus", "Hal")},
    **{f"{name}, otherwise": results_of(name, otherwise=True) for name in ("Cam", "Dee", "Eli")},
    "Elsewhere": Question(
        "{ results(filter: {testedElsewhere: ONLY}) { nodes { student { firstName } assessment { name } } } }",
        nothing,
        _elsewhere,
        otherwise=True,
    ),
    "Students": Question("{ students { totalCount nodes { firstName } } }", nothing, _counted),
    "Results counted": count("results(filter: {})"),
    "Groups": Question("{ groups { nodes { name } } }", nothing, _named),
    "Schools": Question("{ schools { nodes { name } } }", nothing, _named),
    "Programs": Question("{ programs { code } }", nothing, lambda programs: str(len(programs))),
    **{name: group(name) for name in ("Owls", "Jays", "Stars")},
    "Math by id": result("Ana", "Math"),
    "Fay searched": search(lambda world: world.students["Fay"].ssid),
    "nobody searched": search(lambda _: NOBODY),
    "Ana's answers": result("Ana", "ELA interim", "... on Result { items { response item { answerKey } } }", _answers),
    "Ana's gender": demographic("Ana", "gender"),
    "Dee's gender": demographic("Dee", "gender"),
    "Ana's economic need": demographic("Ana", "economicDisadvantage"),
    "girls": students("{gender: [FEMALE]}"),
    "not girls": students("{not: {gender: [FEMALE]}}"),
    "girls' results": count("results(filter: {gender: [FEMALE]})"),
    "by economic need": students("{economicDisadvantage: false}"),
    "ELA of Oak": report("ELA", "Oak"),
    "ELA of Elm": report("ELA", "Elm"),
    "ELA of Fir": report("ELA", "Fir"),
    "ELA of North": report("ELA", "North"),
    "Math of Oak": report("MATH", "Oak"),
    "availability": Question("{ availability { nodes { district { name } } } }", nothing, _districts),
    "log": Question("{ disclosures(filter: {}) { nodes { district { name } } } }", nothing, _districts),
    "explain to another": explain("Dee", f', login: "{login("colleague")}"'),
    "release Math": step("North", "SUM_MATH", "RELEASED"),
    "review Science": step("North", "SUM_SCIENCE", "REVIEWING"),
    "review ELA of South": step("South", "SUM_ELA", "REVIEWING"),
    "group of Ana": change(
        "createCustomGroup", lambda world: {"name": "Mine", "studentIds": [id_of(world.students["Ana"])]}
    ),
    "delete Owls": change("deleteGroup", _id("groups", "Owls")),
    "delete Stars": change("deleteGroup", _id("groups", "Stars")),
    "into Oak": imported("Owls", "Oak", "Ana"),
    "into Elm": imported("Elks", "Elm", "Dee"),
    "oneself into Oak": imported("Owls", "Oak", oneself=True),
}
