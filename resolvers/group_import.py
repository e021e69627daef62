"""Importing groups: `ingest` reads, checks and applies the CSV within the viewer's scope; here it becomes an answer.

This is the one place where the request path asks `ingest` (docs/decisions/0005-group-import-asks-ingest.md).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from ingest.group_changes import GroupChange
from ingest.group_import import import_groups as import_csv
from ingest.problem import Problem as FileProblem
from ingest.problem import Rejected
from resolvers.engine.ids import global_id
from resolvers.engine.level import Run
from resolvers.problem import Problem


@dataclass(frozen=True, slots=True)
class ImportedGroup:
    """What changes in one group."""

    name: str
    school: str
    school_year: int
    subject: str | None
    group_id: str | None
    change: str
    students_added: int
    students_removed: int
    users_added: Sequence[str]
    users_removed: Sequence[str]


@dataclass(frozen=True, slots=True)
class GroupsImported:
    """What an import changes, or what is wrong with it."""

    dry_run: bool
    groups: Sequence[ImportedGroup] = ()
    pending: Sequence[str] = ()
    errors: Sequence[Problem] = ()


async def import_groups(run: Run, input: Any) -> GroupsImported:
    """Import the groups of a CSV text, all or nothing; a dry run says what would change."""
    content = input.csv.encode("utf-8", "surrogatepass")
    try:
        applied = await import_csv(run.database, run.scope, content, dry_run=input.dry_run)
    except Rejected as refusal:
        return GroupsImported(input.dry_run, errors=[_problem(problem) for problem in refusal.problems])
    groups = [_group(run, change, dry_run=input.dry_run) for change in applied.changes]
    return GroupsImported(input.dry_run, groups, applied.pending)


def _group(run: Run, change: GroupChange, *, dry_run: bool) -> ImportedGroup:
    group = change.group
    there = change.change != "CREATED" or not dry_run
    return ImportedGroup(
        name=group.name,
        school=group.school.natural_id,
        school_year=group.school_year,
        subject=None if group.subject_id is None else run.scope.reference.subjects[group.subject_id].code,
        group_id=global_id("Group", change.key) if there else None,
        change=change.change,
        students_added=change.students_added,
        students_removed=change.students_removed,
        users_added=change.users_added,
        users_removed=change.users_removed,
    )


def _problem(problem: FileProblem) -> Problem:
    message = f"{problem.value!r}: {problem.error}" if problem.value else problem.error
    return Problem("BAD_INPUT", problem.element, message, problem.row)
