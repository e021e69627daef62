"""What the command line sets: the tenant's settings, stored grants and availability."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from ingest.problem import Rejected, rejected
from ingest.reading import longest
from models import (
    District,
    DistrictGroup,
    Grant,
    Program,
    School,
    SchoolGroup,
    Tenant,
)
from models.access import AVAILABILITY, GRANT_LEVELS, GROUP_YEARS
from models.ids import new_id
from policies.availability import set_states

ALL = "all"
NO_TENANT = "the tenant is not set up: run `cers tenant --school-year YEAR`"
ORGANIZATIONS: dict[str, Any] = {
    "DISTRICT_GROUP": DistrictGroup,
    "DISTRICT": District,
    "SCHOOL_GROUP": SchoolGroup,
    "SCHOOL": School,
}
"""The level of a grant -> the organizations it may name."""


def tenant_of(session: Session) -> Tenant:
    """The tenant's settings. Raises `Rejected` if there are none yet."""
    tenant = session.scalars(select(Tenant)).one_or_none()
    if tenant is None:
        raise _refusal(None, None, NO_TENANT)
    return tenant


def renew_reference(session: Session) -> None:
    """Say that reference data changed, so that every reader renews its copy."""
    session.execute(update(Tenant).values(reference_version=Tenant.reference_version + 1))


def set_tenant(
    session: Session,
    *,
    name: str | None = None,
    school_year: int | None = None,
    tested_elsewhere: bool | None = None,
    group_years: str | None = None,
    field_policy: Mapping[str, str] | None = None,
) -> None:
    """Set what is given; makes the tenant's row when absent (`school_year` is required then).

    A field policy (`ingest.field_policy`) replaces the tenant's own as a whole.
    """
    if group_years is not None and group_years not in GROUP_YEARS:
        raise _refusal("group_years", group_years, f"must be one of {', '.join(GROUP_YEARS)}")
    if school_year is not None:
        _require_school_year(school_year)
    if name is not None and not 0 < len(name) <= longest(Tenant.name):
        raise _refusal("name", name, f"missing or longer than {longest(Tenant.name)} characters")
    tenant = session.scalars(select(Tenant)).one_or_none()
    if tenant is not None and school_year not in (None, tenant.school_year):
        raise _refusal("school_year", str(school_year), f"to leave {tenant.school_year}, run `cers tenant rollover`")
    if tenant is None:
        if school_year is None:
            raise _refusal("school_year", None, "required when the tenant is set up")
        tenant = Tenant(name=name or "California", school_year=school_year)
        session.add(tenant)
        session.flush()
    given = {
        "name": name,
        "school_year": school_year,
        "tested_elsewhere": tested_elsewhere,
        "group_years": group_years,
        "field_policy": field_policy,
    }
    for column, value in given.items():
        if value is not None:
            setattr(tenant, column, value)
    session.flush()
    renew_reference(session)


def roll_over(session: Session, school_year: int) -> None:
    """Move the tenant to another school year. Sessions and claims of the year before end with it."""
    _require_school_year(school_year)
    tenant = tenant_of(session)
    if tenant.school_year == school_year:
        raise _refusal("school_year", str(school_year), "is the tenant's school year already")
    tenant.school_year = school_year
    tenant.school_year_since = datetime.now(UTC)
    session.flush()
    renew_reference(session)


def _require_school_year(school_year: int) -> None:
    if not 2000 <= school_year <= 2100:
        raise _refusal("school_year", str(school_year), "not a school year")


def add_grant(
    session: Session,
    *,
    login: str,
    role: str,
    level: str,
    organization: str,
    school_year: int | None = None,
) -> None:
    """Store a grant for a school year (the tenant's if not given). The same grant twice is one grant."""
    tenant = tenant_of(session)
    if level not in GRANT_LEVELS:
        raise _refusal("level", level, f"must be one of {', '.join(GRANT_LEVELS)}")
    login = login.strip().lower()
    for element, value, column in (("login", login, Grant.login), ("role", role, Grant.role)):
        if not 0 < len(value) <= longest(column):
            raise _refusal(element, value, f"missing or longer than {longest(column)} characters")
    if level in ORGANIZATIONS:
        model = ORGANIZATIONS[level]
        if session.scalar(select(model.id).where(model.natural_id == organization)) is None:
            raise _refusal("organization", organization, f"unknown {level.lower().replace('_', ' ')}")
    elif organization not in ("", tenant.state_code):
        raise _refusal("organization", organization, "unknown state")
    grant = {
        "login": login,
        "role": role,
        "level": level,
        "organization": organization,
        "school_year": tenant.school_year if school_year is None else school_year,
    }
    if session.scalars(select(Grant).filter_by(**grant)).first() is None:
        session.add(Grant(id=new_id(), **grant))
        session.flush()
        renew_reference(session)


def set_availability(
    session: Session,
    *,
    school_year: int,
    program_code: str,
    district_code: str,
    individual: str | None = None,
    aggregate: str | None = None,
    changed_by: str,
) -> int:
    """Set the availability of a program's (or `all`) summative results of a year in a district (or `all`).

    A status that is not given stays, LOADING if there was none. An operator may leave out steps; the history tells.
    Returns how many states were asked for.
    """
    tenant_of(session)
    given = {
        report: status.upper() for report, status in (("INDIVIDUAL", individual), ("AGGREGATE", aggregate)) if status
    }
    if not given:
        raise _refusal(None, None, "neither an individual nor an aggregate status is given")
    for name, status in given.items():
        if status not in AVAILABILITY:
            raise _refusal(name.lower(), status, f"must be one of {', '.join(AVAILABILITY)}")
    districts = _named(session, District, District.natural_id, district_code, "district")
    programs = [
        program
        for program in _named(session, Program, Program.code, program_code, "program")
        if "SUMMATIVE" in program.kinds
    ]
    if not programs:
        raise _refusal("program", program_code, "has no summative assessments; interims are never held back")
    keys = [(school_year, district.id, program.id) for district in districts for program in programs]
    set_states(session, keys, given, by=changed_by)
    return len(keys)


def _named(session: Session, model: Any, column: Any, code: str, noun: str) -> list[Any]:
    query = select(model) if code.lower() == ALL else select(model).where(column == code)
    rows = list(session.scalars(query))
    if not rows:
        raise _refusal(noun, code, f"unknown {noun}")
    return rows


def _refusal(element: str | None, value: str | None, error: str) -> Rejected:
    return rejected("command line", error, element, value)
