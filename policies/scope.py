"""What a viewer may reach, decided once per viewer: per permission the organizations, and why each grant counts.

A Scope has a `shape` (what its predicates look like) and `values` (what is bound into them), so that viewers of one
shape share compiled statements.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from models.reference import District, Reference, School
from models.wall import Opening
from policies.fields import field_policy
from policies.identity import Grant, Viewer
from policies.permission import GROUP, INDIVIDUAL, Permission
from policies.roles import known_roles, permissions_of

STATEWIDE = ("TENANT", "STATE")


@dataclass(frozen=True, slots=True)
class Reach:
    """Where a permission holds: statewide, or in districts (ids) and single schools (ids) outside them."""

    statewide: bool = False
    districts: frozenset[int] = frozenset()
    schools: frozenset[int] = frozenset()

    def __bool__(self) -> bool:
        return self.statewide or bool(self.districts or self.schools)

    def union(self, other: "Reach") -> "Reach":
        return Reach(self.statewide or other.statewide, self.districts | other.districts, self.schools | other.schools)


@dataclass(frozen=True, slots=True)
class ReachShape:
    """How a reach reads in SQL: the number of districts and schools only as none, one (1) or several (2)."""

    statewide: bool
    districts: int
    schools: int

    def __bool__(self) -> bool:
        return self.statewide or bool(self.districts or self.schools)


@dataclass(frozen=True, slots=True)
class Shape:
    """All that the text of a viewer's statements depends on."""

    reaches: Mapping[Permission, ReachShape]
    fields: Mapping[str, str]
    tested_elsewhere: bool
    group_years: str
    groups_widen: bool
    """Whether membership in a group may show what INDIVIDUAL_PII_READ does not show anyway."""

    def __hash__(self) -> int:
        return hash(self.key)

    @property
    def key(self) -> tuple[Any, ...]:
        return (*self.reaches.items(), *self.fields.items(), self.tested_elsewhere, self.group_years, self.groups_widen)

    def reach(self, permission: Permission) -> ReachShape:
        return self.reaches.get(permission, NOWHERE)


NOWHERE = ReachShape(statewide=False, districts=0, schools=0)


@dataclass(frozen=True)
class GrantReason:
    """Why a grant counts or not: COUNTS, UNKNOWN_ROLE, NOT_AT_THIS_LEVEL, OTHER_SCHOOL_YEAR, UNKNOWN_ORGANIZATION."""

    grant: Grant
    reason: str


@dataclass(frozen=True)
class Scope:
    """What one viewer may reach in one tenant, with the reasons."""

    viewer: Viewer
    reaches: Mapping[Permission, Reach]
    fields: Mapping[str, str]
    reasons: tuple[GrantReason, ...]
    reference: Reference

    @cached_property
    def shape(self) -> Shape:
        return Shape(
            {p: _shape(reach) for p, reach in sorted(self.reaches.items())},
            self.fields,
            self.reference.tenant.tested_elsewhere,
            self.reference.tenant.group_years,
            self._groups_widen(),
        )

    @cached_property
    def values(self) -> dict[str, Any]:
        """What `policies.rows` binds: parameter name -> value."""
        values: dict[str, Any] = {
            "viewer_login": self.viewer.login,
            "tenant_school_year": self.reference.tenant.school_year,
        }
        for permission, reach in self.reaches.items():
            for kind, ids in (("districts", reach.districts), ("schools", reach.schools)):
                values[parameter(permission, kind)] = next(iter(ids)) if len(ids) == 1 else sorted(ids)
        return values

    @cached_property
    def opening(self) -> Opening:
        """What the second wall has to let through: all districts that any permission reaches into."""
        reaches = self.reaches.values()
        if any(reach.statewide for reach in reaches):
            return Opening(None)
        whole = {district for reach in reaches for district in reach.districts}
        parts = {self.reference.schools[school].district.id for reach in reaches for school in reach.schools}
        districts = sorted(whole | parts)
        return Opening(districts, districts if self.reference.tenant.tested_elsewhere else (), self.viewer.login)

    def holds(self, permissions: Iterable[Permission]) -> bool:
        """Whether any of the permissions is held anywhere."""
        return any(self.reaches.get(permission) for permission in permissions)

    def _groups_widen(self) -> bool:
        """Whether GROUP_PII_READ reaches beyond INDIVIDUAL_PII_READ by grants at district level or below."""
        groups, individual = (self.reaches.get(p, Reach()) for p in (GROUP, INDIVIDUAL))
        schools = (s for s in groups.schools if self.reference.schools[s].district.id not in individual.districts)
        return groups.statewide or not (
            groups.districts <= individual.districts and individual.schools.issuperset(schools)
        )

    @property
    def imports_only(self) -> bool:
        """A SIS client's: it pushes rosters, and every other field answers FORBIDDEN (product.md: Roles and grants)."""
        return self.reaches.keys() == {Permission.GROUP_IMPORT}

    def covers(self, permission: Permission, school: School) -> bool:
        """in(X, P) of product.md for a school."""
        reach = self.reaches.get(permission, Reach())
        return reach.statewide or school.district.id in reach.districts or school.id in reach.schools

    def covers_district(self, permission: Permission, district: District) -> bool:
        """in(D, P): the whole district, not single schools of it."""
        reach = self.reaches.get(permission, Reach())
        return reach.statewide or district.id in reach.districts


def parameter(permission: Permission, kind: str) -> str:
    """The bind name of a permission's districts or schools."""
    return f"{permission.value.lower()}_{kind}"


def decide(viewer: Viewer, grants: Iterable[Grant], reference: Reference) -> Scope:
    """Union the organizations of all grants per permission (product.md: Roles and grants)."""
    reaches: dict[Permission, Reach] = {}
    reasons = []
    for grant in grants:
        reason, reach = _reach_of(grant, reference)
        reasons.append(GrantReason(grant, reason))
        if reach:
            for permission in permissions_of(grant.role, grant.level):
                reaches[permission] = reaches.get(permission, Reach()).union(reach)
    return Scope(
        viewer=viewer,
        reaches={p: _without_repeats(reach, reference) for p, reach in reaches.items()},
        fields=field_policy(reference.tenant.field_policy),
        reasons=tuple(reasons),
        reference=reference,
    )


def _reach_of(grant: Grant, reference: Reference) -> tuple[str, Reach]:
    if grant.role not in known_roles():
        return "UNKNOWN_ROLE", Reach()
    if not permissions_of(grant.role, grant.level):
        return "NOT_AT_THIS_LEVEL", Reach()
    if grant.school_year != reference.tenant.school_year:
        return "OTHER_SCHOOL_YEAR", Reach()
    reach = _organizations(grant, reference)
    return ("COUNTS", reach) if reach else ("UNKNOWN_ORGANIZATION", Reach())


def _organizations(grant: Grant, reference: Reference) -> Reach:
    """The organizations a grant names; groups of organizations become their members."""
    code = grant.organization
    if grant.level in STATEWIDE:
        return Reach(statewide=code in ("", reference.tenant.state_code))
    if grant.level == "DISTRICT" and (district := reference.district_by_code.get(code)):
        return Reach(districts=frozenset({district.id}))
    if grant.level == "SCHOOL" and (school := reference.school_by_code.get(code)):
        return Reach(schools=frozenset({school.id}))
    if grant.level == "DISTRICT_GROUP" and code:
        return Reach(districts=frozenset(d.id for d in reference.districts.values() if d.district_group == code))
    if grant.level == "SCHOOL_GROUP" and code:
        return Reach(schools=frozenset(s.id for s in reference.schools.values() if s.school_group == code))
    return Reach()


def _without_repeats(reach: Reach, reference: Reference) -> Reach:
    """Leave out schools whose whole district is there."""
    schools = frozenset(s for s in reach.schools if reference.schools[s].district.id not in reach.districts)
    return Reach(reach.statewide, reach.districts, schools)


def _shape(reach: Reach) -> ReachShape:
    return ReachShape(reach.statewide, min(len(reach.districts), 2), min(len(reach.schools), 2))
