"""Entering the sandbox: a role without any credential, at the sandbox district only (product.md: Sandbox)."""

from collections.abc import Sequence

from sqlalchemy import func, select
from sqlalchemy.orm import Session

import models
from policies.errors import BadInput
from policies.identity import Grant, Viewer

SANDBOX = "sandbox"
"""The name of its tenant."""
ROLES = ("TEACHER", "SCHOOL_ADMINISTRATOR", "DISTRICT_ADMINISTRATOR")


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
    return Viewer(tenant=SANDBOX, login=login, display_name=login.partition("@")[0], grants=(grant,))


def sandbox_district(session: Session) -> tuple[models.District, Sequence[models.School]]:
    """The district that sandbox roles are of, the one with the most schools, and its schools by code."""
    count = select(func.count()).where(models.School.district_id == models.District.id).scalar_subquery()
    district = session.scalars(select(models.District).order_by(count.desc(), models.District.natural_id)).first()
    if district is None:
        raise BadInput("sandbox: it has no data.")
    schools = select(models.School).where(models.School.district_id == district.id).order_by(models.School.natural_id)
    return district, session.scalars(schools).all()


def _teacher(session: Session, school: models.School, educator: str | None, school_year: int) -> str:
    """The educator asked for, or the one with the most groups of the school this year."""
    educators, groups = models.GroupEducator, models.Group
    logins = session.scalars(
        select(educators.login)
        .join(groups, (groups.district_id == educators.district_id) & (groups.id == educators.group_id))
        .where(groups.school_id == school.id, groups.school_year == school_year, groups.deleted_at.is_(None))
        .group_by(educators.login)
        .order_by(func.count().desc(), educators.login)
    ).all()
    if educator is None and logins:
        return logins[0]
    if educator is None or educator.strip().lower() not in logins:
        raise BadInput("educator: not an educator with groups at this school.")
    return educator.strip().lower()
