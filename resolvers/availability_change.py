"""Changes of availability: all that a viewer asks for at once, or nothing of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import models
from models.reference import Reference
from policies.availability import STEPS, Key, set_states
from policies.permission import CHANGE_AVAILABILITY, READ_AVAILABILITY
from policies.scope import Scope
from resolvers.engine.level import Run
from resolvers.problem import Problem, bad_input, not_found

MOST_KEYS = 5000


@dataclass(frozen=True, slots=True)
class ChangeMade:
    """A step of the history, as a payload shows it."""

    school_year: int
    district: str
    program: str
    report: str
    before: str
    after: str
    changed_at: str
    changed_by: str


@dataclass(frozen=True, slots=True)
class AvailabilitySet:
    """What became of a change: the steps taken, or what is wrong."""

    changes: Sequence[ChangeMade]
    errors: Sequence[Problem] = ()


class _Refused(Exception):
    """Some of what is asked for is not to be: nothing of it is stored."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__()
        self.problems = problems


async def set_availability(run: Run, input: Any) -> AvailabilitySet:
    """Give every key the status for the reports named. What has the status already stays and is no step."""
    try:
        places = _places(run.scope, input.keys)
        wanted = {report.name: input.status.name for report in input.reports}
        changes = await run.database.run(
            lambda session: [
                _made(run.scope.reference, change)
                for change in set_states(
                    session,
                    places,
                    wanted,
                    by=str(run.scope.viewer.login),
                    permit=lambda changes: _permit(run.scope, places, changes),
                )
            ]
        )
        return AvailabilitySet(changes)
    except _Refused as refused:
        return AvailabilitySet((), refused.problems)


def _places(scope: Scope, keys: Sequence[Any]) -> dict[Key, str]:
    """The states meant, each with its first place in the input. Unknown districts and those out of sight read alike."""
    if len(keys) > MOST_KEYS:
        raise _Refused([bad_input("keys", f"at most {MOST_KEYS}")])
    reference = scope.reference
    programs = {program.code: program for program in reference.programs.values() if "SUMMATIVE" in program.kinds}
    tested = {(a.school_year, a.program.id) for a in reference.assessments.values() if a.kind == "SUMMATIVE"}
    places: dict[Key, str] = {}
    problems = []
    for number, key in enumerate(keys):
        place = f"keys[{number}]"
        district, program = reference.district_by_code.get(key.district), programs.get(key.program)
        if district is None or not any(scope.covers_district(p, district) for p in SIGHT):
            problems.append(not_found(f"{place}.district", "district"))
        elif program is None:
            problems.append(bad_input(f"{place}.program", "no program with summative assessments has this code"))
        elif (key.school_year, program.id) not in tested:
            problems.append(bad_input(f"{place}.schoolYear", "the program has no summative assessment in this year"))
        else:
            places.setdefault((key.school_year, district.id, program.id), place)
    if problems:
        raise _Refused(problems)
    return places


SIGHT = READ_AVAILABILITY | CHANGE_AVAILABILITY
"""Any of these over a district shows its states."""


def _permit(scope: Scope, places: Mapping[Key, str], changes: Sequence[models.AvailabilityChange]) -> None:
    """Every change is a step of product.md, and one that the viewer may take in that district."""
    problems = []
    for change in changes:
        place = places[change.school_year, change.district_id, change.program_id]
        step = f"{change.report}: from {change.before} to {change.after}"
        needs = STEPS.get(frozenset({change.before, change.after}))
        district = scope.reference.districts[change.district_id]
        if needs is None:
            problems.append(bad_input(place, f"{step} is two steps: by way of REVIEWING"))
        elif not any(scope.covers_district(permission, district) for permission in needs):
            problems.append(Problem("FORBIDDEN", place, f"{step} needs {' or '.join(sorted(needs))} over the district"))
    if problems:
        raise _Refused(problems)


def _made(reference: Reference, change: models.AvailabilityChange) -> ChangeMade:
    return ChangeMade(
        change.school_year,
        reference.districts[change.district_id].natural_id,
        reference.programs[change.program_id].code,
        change.report,
        change.before,
        change.after,
        f"{change.changed_at:%Y-%m-%dT%H:%M:%SZ}",
        change.changed_by,
    )
