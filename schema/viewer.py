"""Who is asking, what they may do, and under which rules."""

from datetime import datetime

import strawberry

from resolvers import viewer as answers
from resolvers.engine.answers import InProcess
from schema.availability import Unreleased
from schema.enums import FieldRuleKind, Permission
from schema.fields import field
from schema.organization import District, School
from schema.scalars import SchoolYear


@strawberry.type(description="A tenant: one state's or sandbox's data, sharing nothing with another.")
class Tenant:
    name: str = field("Name.")
    sandbox: bool = field("Whether everything in it is fictitious.")
    school_year: SchoolYear = field("The current school year.")
    tested_elsewhere: bool = field("Whether a student's current school opens results taken elsewhere.")


@strawberry.type(description="A role at an organization.")
class Grant:
    role: str = field("Role.")
    level: str = field("TENANT, STATE, DISTRICT_GROUP, DISTRICT, SCHOOL_GROUP or SCHOOL.")
    organization: str | None = field("Code of the organization; null for the state.", InProcess(answers.organization))
    school_year: SchoolYear = field("School year it holds for.")
    reason: str = field(
        "COUNTS, or why it grants nothing: UNKNOWN_ROLE, NOT_AT_THIS_LEVEL, OTHER_SCHOOL_YEAR, UNKNOWN_ORGANIZATION."
    )


@strawberry.type(description="Where a permission holds.")
class PermissionScope:
    permission: Permission = field("The permission.")
    statewide: bool = field("Whether it holds everywhere.")
    districts: list[District] = field("Whole districts it holds in.")
    schools: list[School] = field("Single schools it holds in, outside those districts.")


@strawberry.type(description="How a demographic field is shown in this tenant.")
class FieldRule:
    field: str = strawberry.field(description="The demographic field, as `Demographics` names it.", metadata={})
    rule: FieldRuleKind = strawberry.field(description="Who sees it.", metadata={})


@strawberry.type(description="Who is asking. Readable by everybody.")
class Viewer:
    login: str | None = field("Login; null without a token.")
    display_name: str | None = field("Name to show.")
    tenant: Tenant = field("The tenant.")
    grants: list[Grant] = field("Roles, and whether each counts.")
    permissions: list[PermissionScope] = field("What they amount to.")
    field_policy: list[FieldRule] = field("How demographic fields are shown.")
    is_sandbox: bool = field("Whether everything here is fictitious.")
    unreleased: list[Unreleased] = field(
        "For a banner: summative results that the viewer sees before others do, latest school year first. Follows from "
        "grants and availability alone: whether there are such results is not looked at."
    )
    expires_at: datetime | None = field("When the token ends, UTC.")
