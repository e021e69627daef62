"""Organizations: JSON of entities in any nesting, or the state's caret-delimited school list (CALPADS).

A school belongs to a district for good: results and groups are stored by district.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import orjson
from sqlalchemy import select
from sqlalchemy.orm import Session

from ingest.problem import Problems, rejected
from ingest.reading import longest, rows_of, text_of
from ingest.upsert import Upsert
from models import District, DistrictGroup, School, SchoolGroup
from models.base import sort_key

ENTITY_TYPES: dict[str, type[Any] | None] = {
    "STATE": None,
    "GROUPOFSTATES": None,
    "GROUPOFDISTRICTS": DistrictGroup,
    "DISTRICT": District,
    "GROUPOFINSTITUTIONS": SchoolGroup,
    "INSTITUTION": School,
}
"""Entity type -> where it is stored; None = not stored."""

CALPADS_HEADER = [
    "County-District Code", "School Code", "Auth CDS Code", "County Name", "District Name", "School Name",
    "Charter School", "Charter Status", "NPS School",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Organization:
    """One organization of a file; `parent` is a natural id."""

    model: type[Any]
    natural_id: str
    name: str
    parent: str | None
    external_id: str | None = None
    row: int | None = None


Organizations = dict[type[Any], dict[str, Organization]]


def load_organizations(session: Session, file: str, content: bytes) -> Counter[str]:
    """Load one file. Returns what was added and changed; raises `Rejected`."""
    problems = Problems(file)
    organizations = parse(content, problems)
    problems.refuse()
    stored = Stored(session)
    check(organizations, stored, problems)
    problems.refuse()
    return apply(session, organizations, stored)


class Stored:
    """The organizations in the database, by natural id."""

    def __init__(self, session: Session) -> None:
        models: tuple[type[Any], ...] = (DistrictGroup, District, SchoolGroup, School)
        self.rows: dict[type[Any], dict[str, Any]] = {
            model: {row.natural_id: row for row in session.scalars(select(model))} for model in models
        }
        self.districts = {row.id: row.natural_id for row in self.rows[District].values()}


def parse(content: bytes, problems: Problems) -> Organizations:
    """The organizations of a file by model and natural id; the last of several with the same id stands."""
    head = content.lstrip(b"\xef\xbb\xbf \t\r\n")[:1]
    found = _entities(content, problems) if head in (b"{", b"[") else _calpads(content, problems)
    organizations: Organizations = {model: {} for model in (DistrictGroup, District, SchoolGroup, School)}
    for organization in found:
        organizations[organization.model][organization.natural_id] = organization
    return organizations


def _entities(content: bytes, problems: Problems) -> Iterator[Organization]:
    try:
        remaining: list[Any] = [orjson.loads(text_of(content, problems.file))]
    except orjson.JSONDecodeError as error:
        raise rejected(problems.file, "not well-formed JSON", value=f"line {error.lineno}") from None
    while remaining:
        node = remaining.pop()
        if isinstance(node, list):
            remaining.extend(reversed(node))
        elif isinstance(node, dict):
            remaining.extend(value for value in reversed(node.values()) if isinstance(value, list | dict))
            if "entityType" in node:
                yield from _entity(node, problems)


def _entity(node: dict[str, Any], problems: Problems) -> Iterator[Organization]:
    type_ = node["entityType"]
    if not isinstance(type_, str) or type_ not in ENTITY_TYPES:
        problems.add("entityType", type_, "unknown entity type")
        return
    model = ENTITY_TYPES[type_]
    if model is None:
        return
    texts = {}
    for element in ("entityId", "entityName", "parentEntityId", "nationwideIdentifier"):
        value = node.get(element)
        if value is not None and not isinstance(value, str):
            problems.add(element, value, "not text")
            return
        texts[element] = (value or "").strip()
    yield Organization(
        model,
        texts["entityId"],
        texts["entityName"],
        texts["parentEntityId"] or None,
        texts["nationwideIdentifier"] or None,
    )


def _calpads(content: bytes, problems: Problems) -> Iterator[Organization]:
    header, *rows = rows_of(content, problems.file, "^")
    if [name.lower() for name in header] != [name.lower() for name in CALPADS_HEADER]:
        raise rejected(problems.file, f"the columns must be {'^'.join(CALPADS_HEADER)}")
    for number, row in enumerate(rows, start=1):
        if row[0].startswith("#"):
            continue
        if len(row) != len(header):
            problems.add(None, None, f"{len(row)} columns instead of {len(header)}", number)
            continue
        if not row[0]:
            problems.add("County-District Code", None, "missing", number)
            continue
        district = f"{row[0]}0000000"
        yield Organization(District, district, row[4], None, row=number)
        yield Organization(School, row[2], row[5], district, row=number)


def check(organizations: Organizations, stored: Stored, problems: Problems) -> None:
    """Names, lengths, and that every school has a district and keeps it."""
    for model, entries in organizations.items():
        for entry in entries.values():
            for element, value, column in (
                ("entityId", entry.natural_id, model.natural_id),
                ("entityName", entry.name, model.name),
            ):
                if not value or "\0" in value:
                    problems.add(element, entry.natural_id, f"{element} missing or not text", entry.row)
                elif len(value) > longest(column):
                    problems.add(element, value, f"longer than {longest(column)} characters", entry.row)
    for school in organizations[School].values():
        district = _district(school, organizations, stored)
        known = stored.rows[School].get(school.natural_id)
        if district is None:
            problems.add("parentEntityId", school.parent, f"school {school.natural_id} has no district", school.row)
        elif known is not None and stored.districts[known.district_id] != district:
            problems.add("parentEntityId", district, f"school {school.natural_id} is of another district", school.row)


def apply(session: Session, organizations: Organizations, stored: Stored) -> Counter[str]:
    """Add and change rows, parents first."""
    upsert = Upsert(session)
    rows = stored.rows
    for model in (DistrictGroup, SchoolGroup):
        for natural_id, entry in organizations[model].items():
            rows[model][natural_id] = upsert.put(
                model, rows[model].get(natural_id), natural_id=natural_id, name=entry.name
            )
    upsert.flush()
    for natural_id, entry in organizations[District].items():
        group = rows[DistrictGroup].get(entry.parent or "")
        rows[District][natural_id] = upsert.put(
            District,
            rows[District].get(natural_id),
            **_texts(entry),
            **({"district_group_id": group.id} if group else {}),
        )
    upsert.flush()
    for natural_id, entry in organizations[School].items():
        district = rows[District][_district(entry, organizations, stored) or ""]
        group = rows[SchoolGroup].get(entry.parent or "")
        upsert.put(
            School,
            rows[School].get(natural_id),
            **_texts(entry),
            district_id=district.id,
            **({"school_group_id": group.id} if group else {}),
        )
    upsert.flush()
    return upsert.counts


def _texts(entry: Organization) -> dict[str, Any]:
    external = {} if entry.external_id is None else {"external_id": entry.external_id}
    return {"natural_id": entry.natural_id, "name": entry.name, "sort_key": sort_key(entry.name)} | external


def _district(school: Organization, organizations: Organizations, stored: Stored) -> str | None:
    """The natural id of a school's district: its parent, its school group's parent, or the one it has."""
    parent = school.parent
    group = organizations[SchoolGroup].get(parent or "")
    if group is not None:
        parent = group.parent
    if parent in organizations[District] or parent in stored.rows[District]:
        return parent
    known = stored.rows[School].get(school.natural_id)
    in_known_group = parent in stored.rows[SchoolGroup] and known is not None
    return stored.districts[known.district_id] if known is not None and in_known_group else None
