"""Targets of a subject definition: what its claims are made of, and which of them target reports show.

They are added and renamed, never deleted: results refer to them. A target that is there keeps whether it is reported.
"""

import csv
from collections import Counter
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from lxml import etree
from sqlalchemy import select

from ingest.problem import Problems
from ingest.reading import longest
from ingest.upsert import Upsert
from models import Program, Target

REPORTED = Path(__file__).with_name("reported_targets.csv")
"""Subjects of which only some claims are reported by target; of the others all are."""


@dataclass(frozen=True, slots=True)
class FiledTarget:
    """A target as a subject definition has it."""

    claim: str
    code: str
    name: str
    description: str | None


def parse_targets(root: etree._Element, problems: Problems) -> tuple[FiledTarget, ...]:
    """The targets of all claims, in the order of the file."""
    targets = [
        FiledTarget(_text(claim, "code"), _text(target, "code"), _text(target, "name"), _description(target))
        for claim in root.iterfind("Claims/Claim")
        for target in claim.iterfind("Targets/Target")
    ]
    for target in targets:
        for element, value, column in (
            ("Claim@code", target.claim, Target.claim),
            ("Target@code", target.code, Target.code),
            ("Target@name", target.name, Target.name),
            ("Target/Description", target.description or "", Target.description),
        ):
            if (not value and column is not Target.description) or len(value) > longest(column):
                problems.add(element, value or None, f"missing or longer than {longest(column)} characters")
    for (claim, code), count in Counter((target.claim, target.code) for target in targets).items():
        if count > 1:
            problems.add("Target@code", code, f"claim {claim} has more than one target of this code")
    return tuple(targets)


def put_targets(upsert: Upsert, program: Program, subject: str, targets: tuple[FiledTarget, ...]) -> None:
    """Add and rename the program's targets."""
    found = upsert.session.scalars(select(Target).where(Target.program_id == program.id))
    stored = {(row.claim, row.code): row for row in found}
    claims = reported_claims().get(subject)
    for target in targets:
        row = stored.get((target.claim, target.code))
        reported = row.reported if row is not None else claims is None or target.claim in claims
        upsert.put(
            Target,
            row,
            program_id=program.id,
            claim=target.claim,
            code=target.code,
            name=target.name,
            description=target.description,
            reported=reported,
        )
    upsert.flush()


@cache
def reported_claims() -> dict[str, set[str]]:
    """Subject -> the claims whose targets are reported, where that is not all of them."""
    claims: dict[str, set[str]] = {}
    with REPORTED.open(encoding="utf-8", newline="") as lines:
        for row in csv.DictReader(lines):
            claims.setdefault(row["subject"], set()).add(row["claim"])
    return claims


def _description(target: etree._Element) -> str | None:
    return (target.findtext("Description") or "").strip() or None


def _text(element: etree._Element, attribute: str) -> str:
    return (element.get(attribute) or "").strip()
