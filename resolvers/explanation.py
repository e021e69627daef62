"""Why a viewer sees what they ask about, or does not.

Trap: to a viewer only what the gate has just shown them is explained; for all else there is one answer, made of their
own grants alone, so that hidden and unknown things read the same and take the same statements.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, bindparam, select

import models
from policies.errors import BadInput, Forbidden
from policies.explain import Key, Step, access, explain, explain_result, explain_shown
from policies.identity import Viewer
from policies.permission import Permission
from policies.reasons import EmptyReason
from policies.scope import Reach
from policies.scoping import Scopes
from resolvers.engine.ids import read_id
from resolvers.engine.level import Run

Result, Student = models.Result, models.Student


@dataclass(frozen=True, slots=True)
class Explanation:
    login: str
    visible: bool
    reason: EmptyReason | None
    steps: Sequence[Step]


async def explanation(
    run: Run, _selected: frozenset[str], student: str | None = None, result: str | None = None, login: str | None = None
) -> Explanation:
    """The chain for one student (SSID) or one result (global id), as the viewer or, with TENANT_ADMIN, as `login`."""
    if (student is None) == (result is None):
        raise BadInput("explain: name either a student or a result.")
    key = None if result is None else _result_key(result)
    own = str(run.scope.viewer.login)
    asked = own if login is None else login.strip().lower()
    found = await (_own(run, own, student, key) if asked == own else _of_another(run, asked, student, key))
    run.served.update(step.tells_of for step in found.steps if step.tells_of is not None)
    return found


async def _own(run: Run, login: str, student: str | None, key: Key | None) -> Explanation:
    shown = await _shown_student(run, student) if key is None else await _shown_result(run, key)
    if shown is None:
        return Explanation(login, False, EmptyReason.NOT_VISIBLE_OR_UNKNOWN, access(run.scope))
    student_id, results = shown
    steps = await run.database.run(lambda session: explain_shown(session, run.scope, student_id, results))
    return Explanation(login, True, None, steps)


async def _of_another(run: Run, login: str, student: str | None, key: Key | None) -> Explanation:
    """The operator's chain. The other login's grants are the stored ones: claims of their tokens are not known here."""
    if not run.scope.reaches.get(Permission.TENANT_ADMIN, Reach()).statewide:
        raise Forbidden("explain.login: explaining for another login needs TENANT_ADMIN.")
    viewer = Viewer(run.scope.viewer.tenant, login, grants=None)
    scope = await Scopes(run.database).of(viewer, run.scope.reference)
    steps = await run.database.run(
        lambda session: explain(session, scope, str(student)) if key is None else explain_result(session, scope, key)
    )
    visible = any(step.opens for step in steps if step.kind == ("STUDENT" if key is None else "RESULT"))
    return Explanation(login, visible, None if visible else EmptyReason.NOT_VISIBLE_OR_UNKNOWN, steps)


async def _shown_student(run: Run, ssid: str | None) -> tuple[int, set[Key]] | None:
    """The id of the student of an SSID and the keys of their results, where the viewer sees them."""
    found = await _read(run, _student_by_ssid, {"ssid": ssid})
    if not found:
        return None
    return found[0][0], {(row[0], row[1]) for row in await _read(run, _results_of, {"student": found[0][0]})}


async def _shown_result(run: Run, key: Key) -> tuple[int, set[Key]] | None:
    """The id of the student of a result, and its key, where the viewer sees it."""
    found = await _read(run, _student_of_result, {"district": key[0], "result": key[1]})
    return (found[0][0], {key}) if found else None


def _student_by_ssid() -> Select[Any]:
    return select(Student.id).where(Student.ssid == bindparam("ssid"))


def _results_of() -> Select[*tuple[Any, ...]]:
    return select(Result.district_id, Result.id).where(Result.student_id == bindparam("student"))


def _student_of_result() -> Select[Any]:
    key = (Result.district_id == bindparam("district"), Result.id == bindparam("result"))
    return select(Result.student_id).where(*key)


async def _read(run: Run, make: Callable[[], Select[*tuple[Any, ...]]], given: dict[str, Any]) -> Sequence[Any]:
    statement = run.keep((make, run.scope.shape), lambda: run.gate.admit(make(), run.scope, keyed=True))
    return await run.fetch(statement, given)


def _result_key(result: str) -> Key:
    type_name, key = read_id(result, "result")
    if type_name != "Result":
        raise BadInput("result: not the id of a result.")
    district, place = key
    return district, place
