"""Who asks drawn operations of a world, and the values of it that make them mean something."""

import sqlite3
from itertools import cycle
from pathlib import Path

from sqlalchemy import select, update
from sqlalchemy.orm import Session

import models
from models.database import Database
from policies.identity import Grant, Viewer
from policies.roles import permissions_of
from policies.sandbox import enter, sandbox_district
from resolvers.engine.ids import global_id
from resolvers.engine.types import Needs
from tests.contract.drawing import Pools, Written

MANY = 40
HEADER = "group_name,school_natural_id,school_year,subject_code,student_ssid,group_user_login\n"
ODD = ("", " ", "%", "_", "'", '"', "\\", "\x00", "é", "İ", "ß", "\U0001f3eb", "x" * 300)
"""Texts that break what is not careful."""


async def copied(sandbox: Database, path: Path) -> Database:
    """A tenant with the sandbox's rows that is no sandbox: it may be changed."""
    with sqlite3.connect(sandbox.path) as source, sqlite3.connect(path) as copy:
        source.backup(copy)
    database = Database(f"sqlite:///{path}")
    await database.run(lambda session: session.execute(update(models.Tenant).values(sandbox=False)))
    return database


def people(session: Session) -> dict[str, Viewer | None]:
    """Who asks, by role; None: without a token."""
    district, (school, *_) = sandbox_district(session)
    [year] = session.scalars(select(models.Tenant.school_year))

    def of(role: str, level: str, organization: str, login: str = "") -> Viewer:
        return Viewer("test", login or f"{role.lower()}@example.org", None, (Grant(role, level, organization, year),))

    return {
        "ANONYMOUS": None,
        "TEACHER": of("TEACHER", "SCHOOL", school.natural_id, str(enter(session, "TEACHER").login)),
        "SITE_COORDINATOR": of("SITE_COORDINATOR", "SCHOOL", school.natural_id),
        "DISTRICT_COORDINATOR": of("DISTRICT_COORDINATOR", "DISTRICT", district.natural_id),
        "STATE_ADMINISTRATOR": of("STATE_ADMINISTRATOR", "STATE", ""),
        "AGGREGATE_REPORTER": of("AGGREGATE_REPORTER", "DISTRICT", district.natural_id),
        "TENANT_ADMINISTRATOR": of("TENANT_ADMINISTRATOR", "TENANT", ""),
    }


def may_ask(viewer: Viewer | None, needs: Needs | None) -> bool:
    """Whether a root field that `needs` this answers the viewer at all."""
    if viewer is None or not needs:
        return viewer is not None or needs == frozenset()
    return any(needs & permissions_of(grant.role, grant.level) for grant in viewer.grants or ())


def pools(session: Session) -> Pools:
    """Values that mean something here, and some that never do, by argument or else by scalar."""
    district, schools = sandbox_district(session)
    students = session.scalars(
        select(models.Student).where(models.Student.current_district_id == district.id).limit(MANY)
    ).all()
    groups = session.scalars(select(models.Group).where(models.Group.district_id == district.id).limit(MANY)).all()
    results = session.scalars(select(models.Result).where(models.Result.district_id == district.id).limit(MANY)).all()
    assessments = session.scalars(select(models.Assessment).limit(MANY)).all()
    logins = session.scalars(select(models.GroupEducator.login).distinct().limit(8)).all()
    programs = session.scalars(select(models.Program.code)).all()
    student_ids = [global_id("Student", [each.id]) for each in students]
    group_ids = [global_id("Group", [each.district_id, each.id]) for each in groups]
    result_ids = [global_id("Result", [each.district_id, each.id]) for each in results]
    ids = [
        *student_ids[:8],
        *group_ids,
        *result_ids[:8],
        *(global_id("School", [each.id]) for each in schools),
        global_id("District", [district.id]),
        *(global_id("Assessment", [each.id]) for each in assessments[:8]),
    ]
    codes = [school.natural_id for school in schools]
    lines = [
        f"Drawn {i},{code},2026,{subject},{student.ssid},{login}\n"
        for i, student, code, subject, login in zip(
            cycle(range(3)), students, cycle(codes), cycle(("", "ELA", "All")), cycle(logins), strict=False
        )
    ]
    return {
        "ID": [*ids, *ids, "", "stu_", "stu_zz", "grp_1", "0"],
        "studentIds": student_ids,
        "result": result_ids,
        "SSID": [*(each.ssid for each in students), "0000000000", *ODD],
        "ssid": [each.ssid for each in students],
        "CDSCode": [*codes * 3, district.natural_id, "00000000000000", *ODD],
        "cdsCode": [*codes, district.natural_id],
        "districts": [district.natural_id],
        "schoolsOfDistricts": [district.natural_id],
        "schools": codes,
        "SchoolYear": [2024, 2025, 2026],
        "SubjectCode": ["ELA", "MATH", "SCIENCE", "none"],
        "subjects": ["ELA", "MATH"],
        "Grade": ["KG", "03", "05", "08", "11", "HS"],
        "Date": ["2015-03-14", "2012-01-01", "0001-01-01", "9999-12-31"],
        "DateTime": ["2026-05-12T17:03:00Z", "2025-05-11T10:03:00-07:00", "0001-01-01T00:00:00Z"],
        "String": [*programs, *logins, *(each.natural_id for each in assessments[:8]), "eng", *ODD],
        "name": [*(str(name) for each in students for name in (each.first_name, each.last_name)), *ODD],
        "login": [None, None, None, *logins, ""],
        "csv": [HEADER, HEADER + lines[0], HEADER + "".join(lines), HEADER + "".join(lines[:3]) * 2, *ODD],
        "Int": [1, 2, 3, 4, 2400, 2500, 0, -1, 2**31 - 1],
        "first": [0, 1, 2, 3],
        "after": [None, None, None, None, None, None, None, "", "bm9uZQ"],
        "breakDownBy": [Written(f"[{text}]") for text in ("", "[]", "[GENDER]", "[GENDER], [ETHNICITY]", "[ELAS]")],
    }
