"""Entering the sandbox: a role without any credential, at the sandbox district only (product.md: Sandbox)."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

import models
from policies.errors import BadInput
from policies.identity import Grant, Viewer

SANDBOX = "sandbox"
"""The name of its tenant."""
DESCRIBED: list[dict[str, str]] = json.loads(Path(__file__).with_name("sandbox_roles.json").read_text(encoding="utf-8"))
"""The roles there are to choose from, as visitors read of them."""
ROLES = tuple(role["role"] for role in DESCRIBED)


def enter(session: Session, role: str, school_code: str | None = None, educator: str | None = None) -> Viewer:
    """The viewer for a sandbox role: a teacher with groups, or an administrator, of a school or its district.

    Raises BadInput naming the argument.
    """
    if role not in ROLES:
        raise BadInput(f"role: {role!r} is not one of {', '.join(ROLES)}.")
    tenant = session.scalars(select(models.Tenant)).one()
    district, schools = sandbox_district(session)
    school = schools[0] if school_code is None else next((s for s in schools if s.natural_id == school_code), None)
    if school is None:
        raise BadInput(f"schoolCds: not one of {', '.join(s.natural_id for s in schools)}.")
    if role == "TEACHER":
        login = _teacher(session, school, educator, tenant.school_year)
        grant = Grant(role, "SCHOOL", school.natural_id, tenant.school_year)
    elif role == "SCHOOL_ADMINISTRATOR":
        login = f"administrator.{school.natural_id}@example.org"
        grant = Grant(role, "SCHOOL", school.natural_id, tenant.school_year)
    else:
        login = f"administrator.{district.natural_id}@example.org"
        grant = Grant(role, "DISTRICT", district.natural_id, tenant.school_year)
    return Viewer(tenant=SANDBOX, login=login, display_name=_display_name(login), grants=(grant,))


def sandbox_district(session: Session) -> tuple[models.District, Sequence[models.School]]:
    """The district that sandbox roles are of, the one with the most schools, and its schools by code."""
    count = select(func.count()).where(models.School.district_id == models.District.id).scalar_subquery()
    district = session.scalars(select(models.District).order_by(count.desc(), models.District.natural_id)).first()
    if district is None:
        raise BadInput("sandbox: it has no data.")
    schools = select(models.School).where(models.School.district_id == district.id).order_by(models.School.natural_id)
    return district, session.scalars(schools).all()


def directory(session: Session) -> dict[str, Any]:
    """What there is to choose: roles, the district, its schools and their educators with groups of this year."""
    year = session.scalars(select(models.Tenant.school_year)).one()
    district, schools = sandbox_district(session)
    return {
        "schoolYear": year,
        "roles": DESCRIBED,
        "district": {"cdsCode": district.natural_id, "name": district.name},
        "schools": [
            {
                "cdsCode": school.natural_id,
                "name": school.name,
                "educators": [
                    {"login": login, "displayName": _display_name(login), "groups": groups}
                    for login, groups in _educators(session, school, year)
                ],
            }
            for school in schools
        ],
    }


def _display_name(login: str) -> str:
    return login.partition("@")[0]


def _educators(session: Session, school: models.School, school_year: int) -> Sequence[tuple[str, int]]:
    """The educators of a school with groups this year, and how many: those with the most first."""
    educators, groups = models.GroupEducator, models.Group
    counted = (
        select(educators.login, func.count())
        .join(groups, (groups.district_id == educators.district_id) & (groups.id == educators.group_id))
        .where(groups.school_id == school.id, groups.school_year == school_year, groups.deleted_at.is_(None))
        .group_by(educators.login)
        .order_by(func.count().desc(), educators.login)
    )
    return [(login, count) for login, count in session.execute(counted)]


def _teacher(session: Session, school: models.School, educator: str | None, school_year: int) -> str:
    """The educator asked for, or the one with the most groups of the school this year."""
    logins = [login for login, _ in _educators(session, school, school_year)]
    if educator is None and logins:
        return logins[0]
    if educator is None or educator.strip().lower() not in logins:
        raise BadInput("educator: not an educator with groups at this school.")
    return educator.strip().lower()
