"""Who sees what, as product.md (Visibility) says it, one row at a time in plain Python, sharing no code with it."""

from collections import defaultdict
from collections.abc import Iterable
from typing import Any, TypeVar

import models
from models import Base
from policies.identity import Grant, Viewer
from tests.policies.product_roles import ROLES, permissions

CALIFORNIA = {
    "gender": "ADMIN_ONLY",
    "ethnicities": "ENABLED",
    "english_learner": "DISABLED",
    "elas": "ENABLED",
    "primary_language": "ENABLED",
    "iep": "ADMIN_ONLY",
    "section504": "ADMIN_ONLY",
    "economic_disadvantage": "DISABLED",
    "migrant": "ENABLED",
    "military_connected": "ADMIN_ONLY",
    "enrolled_grade": "ENABLED",
}
Kept = TypeVar("Kept", bound=Base)


class Rows:
    """A world's rows by kind and by id."""

    def __init__(self, rows: Iterable[Base]) -> None:
        self._by_kind: dict[type[Base], list[Any]] = defaultdict(list)
        self._by_id: dict[tuple[type[Base], int], Any] = {}
        for row in rows:
            self._by_kind[type(row)].append(row)
            if hasattr(row, "id"):
                self._by_id[type(row), row.id] = row

    def all(self, kind: type[Kept], /, **columns: Any) -> list[Kept]:
        return [row for row in self._by_kind[kind] if all(getattr(row, name) == v for name, v in columns.items())]

    def one(self, kind: type[Kept], key: int | None) -> Any:
        return None if key is None else self._by_id.get((kind, key))

    @property
    def tenant(self) -> models.Tenant:
        return self._by_kind[models.Tenant][0]  # type: ignore[no-any-return]


class Eyes:
    """One viewer's sight of a world."""

    def __init__(self, rows: Rows, viewer: Viewer) -> None:
        self.rows = rows
        self.viewer = viewer
        self.tenant = rows.tenant
        self.fields = CALIFORNIA | (self.tenant.field_policy or {})
        self.places = [
            (permission, place)
            for grant in viewer.grants or ()
            if grant.school_year == self.tenant.school_year
            for place in self.organizations(grant.level, grant.organization)
            for permission in permissions(grant.role, grant.level)
        ]

    def organizations(self, level: str, code: str) -> list[str | models.District | models.School]:
        """What a grant names: the state, or districts and schools; groups are their members."""
        rows = self.rows
        if level in ("TENANT", "STATE"):
            return ["STATE"] if code in ("", self.tenant.state_code) else []
        if level == "DISTRICT_GROUP":
            groups = {group.id for group in rows.all(models.DistrictGroup, natural_id=code)}
            return [district for district in rows.all(models.District) if district.district_group_id in groups]
        if level == "SCHOOL_GROUP":
            groups = {group.id for group in rows.all(models.SchoolGroup, natural_id=code)}
            return [school for school in rows.all(models.School) if school.school_group_id in groups]
        if level == "DISTRICT":
            return [*rows.all(models.District, natural_id=code)]
        return [*rows.all(models.School, natural_id=code)]

    def why_of_grant(self, grant: Grant) -> str:
        """COUNTS, or the first thing that keeps a grant from counting."""
        if grant.role not in {role for role, _ in ROLES}:
            return "UNKNOWN_ROLE"
        if not permissions(grant.role, grant.level):
            return "NOT_AT_THIS_LEVEL"
        if grant.school_year != self.tenant.school_year:
            return "OTHER_SCHOOL_YEAR"
        return "COUNTS" if self.organizations(grant.level, grant.organization) else "UNKNOWN_ORGANIZATION"

    @property
    def imports_only(self) -> bool:
        """A SIS client, to whom every field answers FORBIDDEN."""
        return {permission for permission, _ in self.places} == {"GROUP_IMPORT"}

    def holds(self, *permissions: str) -> bool:
        return any(held in permissions for held, _ in self.places)

    def over(self, permission: str, school_id: int | None, *, locally: bool = False) -> bool:
        """in(X, P); `locally`: by grants at district level or below."""
        school = self.rows.one(models.School, school_id)
        if school is None:
            return False
        return any(
            (place == "STATE" and not locally) or place is school or place is self.district(school)
            for held, place in self.places
            if held == permission
        )

    def over_district(self, permission: str, district_id: int) -> bool:
        district = self.rows.one(models.District, district_id)
        return any(held == permission and (place == "STATE" or place is district) for held, place in self.places)

    def touches(self, district: models.District, permissions: Iterable[str]) -> bool:
        """Whether any of the permissions is held over the district or one of its schools."""
        schools = self.rows.all(models.School, district_id=district.id)
        return any(
            self.over_district(permission, district.id) or any(self.over(permission, s.id) for s in schools)
            for permission in permissions
        )

    def district(self, school: models.School) -> models.District:
        return self.rows.one(models.District, school.district_id)  # type: ignore[no-any-return]

    def result(self, r: models.Result) -> bool:
        places = [r.school_id, *([r.current_school_id] if self.tenant.tested_elsewhere else [])]
        individual = any(self.over("INDIVIDUAL_PII_READ", place, locally=r.interim) for place in places)
        member = any(g.subject_id in (None, r.subject_id) for g in self.active_groups_of(r.student_id))
        by_group = member and any(self.over("GROUP_PII_READ", place) for place in places)
        return (individual or by_group) and (r.interim or self.available(r))

    def available(self, r: models.Result, report: str = "individual") -> bool:
        return self.released(r.school_year, r.district_id, r.program_id, report)

    def released(self, school_year: int, district_id: int, program_id: int, report: str) -> bool:
        """available(R) of a summative result of a school year, district and program."""
        status = self.status(school_year, district_id, program_id, report)
        writes = self.over_district("AVAILABILITY_WRITE", district_id)
        reviews = self.over_district("AVAILABILITY_REVIEW", district_id)
        return status == "RELEASED" or writes or (status == "REVIEWING" and reviews)

    def status(self, school_year: int, district_id: int, program_id: int, report: str) -> str:
        key = {"school_year": school_year, "district_id": district_id, "program_id": program_id}
        return next((getattr(row, report) for row in self.rows.all(models.Availability, **key)), "LOADING")

    def active_groups_of(self, student_id: int) -> list[models.Group]:
        return [
            group
            for group in self.rows.all(models.Group, kind="ASSIGNED", deleted_at=None)
            if self.tenant.group_years == "ALL" or group.school_year == self.tenant.school_year
            if self.rows.all(models.GroupMember, group_id=group.id, student_id=student_id)
            if self.assigned(group)
        ]

    def assigned(self, group: models.Group) -> bool:
        return bool(self.rows.all(models.GroupEducator, group_id=group.id, login=self.viewer.login))

    def student(self, s: models.Student) -> bool:
        return (
            any(self.result(r) for r in self.rows.all(models.Result, student_id=s.id))
            or self.over("INDIVIDUAL_PII_READ", s.current_school_id, locally=True)
            or (bool(self.active_groups_of(s.id)) and self.over("GROUP_PII_READ", s.current_school_id))
        )

    def group(self, g: models.Group) -> bool:
        if g.deleted_at is not None:
            return False
        if g.kind == "CUSTOM":
            return g.owner_login == self.viewer.login
        manages = self.over("GROUP_WRITE", g.school_id) or self.over("INDIVIDUAL_PII_READ", g.school_id)
        return manages or (self.assigned(g) and self.over("GROUP_PII_READ", g.school_id))

    def lists_school(self, school: models.School) -> bool:
        return any(self.over(permission, school.id) for permission, _ in self.places)

    def lists_district(self, district: models.District) -> bool:
        return self.touches(district, {permission for permission, _ in self.places})

    def tested_elsewhere(self, r: models.Result) -> bool:
        return not any(self.over(permission, r.school_id) for permission in ("INDIVIDUAL_PII_READ", "GROUP_PII_READ"))

    def demographic(self, name: str, row: models.Student | models.Result) -> Any:
        """A demographic value as this viewer may see it."""
        places = [row.current_school_id] if isinstance(row, models.Student) else [row.school_id]
        if isinstance(row, models.Result) and self.tenant.tested_elsewhere:
            places.append(row.current_school_id)
        over_it = any(self.over("INDIVIDUAL_PII_READ", place) for place in places)
        rule = self.fields[name]
        return getattr(row, name) if rule == "ENABLED" or (rule == "ADMIN_ONLY" and over_it) else None

    def may_use(self, name: str) -> bool:
        rule = self.fields[name]
        return rule == "ENABLED" or (rule == "ADMIN_ONLY" and self.holds("INDIVIDUAL_PII_READ"))
