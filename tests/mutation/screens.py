"""What clients ask where masks, ids and reports come together, as GraphQL, and what product.md answers."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import models
from models.database import Database
from resolvers.context import Tenant
from resolvers.engine.ids import global_id
from tests.mutation.questions import Seen, counted
from tests.mutation.sights import Contest, Sight
from tests.mutation.world import ContestedWorld
from tests.worlds import Answer, ask, open_tenant

FORBIDDEN = ["FORBIDDEN"]


@dataclass(frozen=True)
class Screen:
    """A document, who asks it, what the answer shows and should show; `given` makes its variables."""

    document: str
    asks: Callable[[Seen], bool]
    shown: Callable[[Any], Any]
    expected: Callable[[Seen], Any]
    given: Callable[[ContestedWorld], dict[str, Any]] = lambda _world: {}


def reads_students(eyes: Seen) -> bool:
    return eyes.holds("INDIVIDUAL_PII_READ", "GROUP_PII_READ")


def by_name(eyes: Seen) -> list[models.Student]:
    return sorted(eyes.students, key=lambda student: student.sort_key)


def females(eyes: Seen) -> Any:
    if not eyes.may_use("gender"):
        return FORBIDDEN
    return [s.ssid for s in by_name(eyes) if eyes.demographic("gender", s) == "FEMALE"]


def reported(eyes: Seen) -> Any:
    """Students of Oak with an ICA in ELA by gender; a row needs INDIVIDUAL_PII_READ over all that it counts."""
    if not eyes.may_use("gender"):
        return FORBIDDEN
    [oak] = eyes.rows.all(models.School, name="Oak")
    if not eyes.over("INDIVIDUAL_PII_READ", oak.id, locally=True):
        return {}
    [program] = eyes.rows.all(models.Program, code="ICA_ELA")
    found = [r for r in eyes.rows.all(models.Result, school_id=oak.id, program_id=program.id) if counted(eyes, r)]
    genders = [gender for r in found if (gender := eyes.demographic("gender", r)) is not None]
    return {gender: genders.count(gender) for gender in genders}


def ids(world: ContestedWorld) -> dict[str, Any]:
    results = [row for row in world.rows if isinstance(row, models.Result)]
    return {"ids": [global_id("Result", (row.district_id, row.id)) for row in results]}


def logged(eyes: Seen) -> list[Any]:
    names = [d.name for d in eyes.rows.all(models.District) if eyes.over_district("AUDIT_READ", d.id)]
    return sorted([name, ["Fay"]] for name in names)


def reads_oak(eyes: Seen) -> bool:
    return any(eyes.over("AGGREGATE_READ", s.id) for s in eyes.rows.all(models.School, name="Oak"))


def oak(world: ContestedWorld) -> dict[str, Any]:
    return {"oak": world.schools["Oak"].natural_id}


def cells(data: Any) -> Any:
    rows = data["aggregateReport"]["rows"]["nodes"]
    return {row["subgroup"][0]["value"]: row["summary"]["studentsTested"] for row in rows}


REPORT = """query ($oak: CDSCode!) {
  aggregateReport(input: {schoolYears: [2026], subjects: ["ELA"], grades: ["03"], assessmentKind: ICA,
      organizations: {schools: [$oak]}, breakDownBy: [[DIMENSION]]}) {
    rows { nodes { subgroup { value } summary { studentsTested } } } } }"""


SCREENS: Mapping[str, Screen] = {
    "a list with genders": Screen(
        "{ students(first: 200) { nodes { ssid demographics { gender } } } }",
        reads_students,
        lambda data: [[node["ssid"], node["demographics"]["gender"]] for node in data["students"]["nodes"]],
        lambda eyes: [[s.ssid, eyes.demographic("gender", s)] for s in by_name(eyes)],
    ),
    "a list by gender": Screen(
        "{ students(first: 200, filter: {gender: [FEMALE]}) { nodes { ssid } } }",
        reads_students,
        lambda data: [node["ssid"] for node in data["students"]["nodes"]],
        females,
    ),
    "a list by birthday": Screen(
        "{ students(first: 200, orderBy: {field: BIRTHDAY}) { nodes { ssid } } }",
        reads_students,
        lambda data: [node["ssid"] for node in data["students"]["nodes"]],
        lambda eyes: [s.ssid for s in sorted(eyes.students, key=lambda s: s.id)],
    ),
    "a report by gender": Screen(REPORT.replace("DIMENSION", "GENDER"), reads_oak, cells, reported, oak),
    "a report by a field withheld from all": Screen(
        REPORT.replace("DIMENSION", "ENGLISH_LEARNER"), reads_oak, cells, lambda _eyes: FORBIDDEN, oak
    ),
    "results by their ids": Screen(
        "query ($ids: [ID!]!) { nodes(ids: $ids) { id } }",
        lambda eyes: eyes.viewer.login is not None,
        lambda data: [node["id"] for node in data["nodes"] if node],
        lambda eyes: [global_id("Result", (r.district_id, r.id)) for r in eyes.results],
        ids,
    ),
    "the log with its students": Screen(
        "{ disclosures(filter: {}) { nodes { district { name } students { nodes { ssid } } } } }",
        lambda eyes: eyes.holds("AUDIT_READ"),
        lambda data: sorted(
            [node["district"]["name"], ["Fay"] * len(node["students"]["nodes"])]
            for node in data["disclosures"]["nodes"]
        ),
        logged,
    ),
}


async def first_wrong_screen(database: Database, contest: Contest, name: str) -> str | None:
    """The first wrong answer to a screen in words, or None; the tenant is a new one, with nothing cached."""
    screen, tenant = SCREENS[name], open_tenant(database)
    for sight in contest.sights:
        if screen.asks(sight.eyes):
            found = await _shown(tenant, sight, screen, screen.given(contest.world))
            expected = FORBIDDEN if sight.eyes.imports_only else screen.expected(sight.eyes)
            if found != expected:
                return f"{contest.settings}: {name} for {sight.viewer.display_name}: {found} instead of {expected}"
    return None


async def _shown(tenant: Tenant, sight: Sight, screen: Screen, given: dict[str, Any]) -> Any:
    answer: Answer = await ask(tenant, sight.viewer, screen.document, **given)
    return answer.codes or screen.shown(answer.data)
