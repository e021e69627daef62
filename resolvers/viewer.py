"""What a viewer may know of themselves."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from strawberry.utils.str_converters import to_camel_case

from models.reference import District, School, TenantFacts
from policies.permission import Permission
from resolvers.availability import Unreleased, unreleased
from resolvers.engine.level import Run


@dataclass(frozen=True, slots=True)
class GrantShown:
    role: str
    level: str
    organization: str
    school_year: int
    reason: str


@dataclass(frozen=True, slots=True)
class PermissionScope:
    permission: Permission
    statewide: bool
    districts: list[District]
    schools: list[School]


@dataclass(frozen=True, slots=True)
class FieldRule:
    field: str
    rule: str


@dataclass(frozen=True, slots=True)
class ViewerShown:
    login: str | None
    display_name: str | None
    tenant: TenantFacts
    grants: list[GrantShown]
    permissions: list[PermissionScope]
    field_policy: list[FieldRule]
    is_sandbox: bool
    unreleased: Sequence[Unreleased]
    expires_at: datetime | None


async def viewer(run: Run, selected: frozenset[str]) -> ViewerShown:
    """Who asks, with everything their scope is made of; states are read only where `unreleased` is selected."""
    scope, reference, who = run.scope, run.scope.reference, run.scope.viewer
    grants = [
        GrantShown(r.grant.role, r.grant.level, r.grant.organization, r.grant.school_year, r.reason)
        for r in scope.reasons
    ]
    permissions = [
        PermissionScope(
            permission,
            reach.statewide,
            sorted((reference.districts[d] for d in reach.districts), key=lambda d: d.natural_id),
            sorted((reference.schools[s] for s in reach.schools), key=lambda s: s.natural_id),
        )
        for permission, reach in sorted(scope.reaches.items())
    ]
    rules = [FieldRule(to_camel_case(name), rule) for name, rule in scope.fields.items()]
    tenant = reference.tenant
    early = await unreleased(run) if "unreleased" in selected else ()
    return ViewerShown(
        who.login, who.display_name, tenant, grants, permissions, rules, tenant.sandbox, early, who.expires_at
    )


def organization(grant: Any) -> str | None:
    """The code of the organization of a grant."""
    return grant.organization or None
