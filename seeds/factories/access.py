"""Factories of what access depends on: the tenant, grants, availability and its history."""

from factory import LazyFunction, SelfAttribute, SubFactory

import models
from models.ids import new_id
from seeds.factories.assessment import ProgramFactory
from seeds.factories.organization import DistrictFactory
from seeds.factories.row import MOMENT, SCHOOL_YEAR, RowFactory


class TenantFactory(RowFactory[models.Tenant]):
    class Meta:
        model = models.Tenant

    id = 1
    name = "Test"
    sandbox = False
    state_code = "CA"
    state_name = "California"
    school_year = SCHOOL_YEAR
    school_year_since = None
    tested_elsewhere = False
    group_years = "CURRENT"
    field_policy = None
    ssid_pattern = r"\d{10}"
    reference_version = 0


class GrantFactory(RowFactory[models.Grant]):
    class Meta:
        model = models.Grant

    id = LazyFunction(new_id)
    login = "teacher@example.org"
    role = "TEACHER"
    level = "SCHOOL"
    organization = ""
    school_year = SCHOOL_YEAR


class AvailabilityFactory(RowFactory[models.Availability]):
    class Meta:
        model = models.Availability

    class Params:
        district = SubFactory(DistrictFactory)
        program = SubFactory(ProgramFactory)

    school_year = SCHOOL_YEAR
    district_id = SelfAttribute("district.id")
    program_id = SelfAttribute("program.id")
    individual = "RELEASED"
    aggregate = "RELEASED"
    changed_at = MOMENT
    changed_by = "operator@example.org"


class AvailabilityChangeFactory(RowFactory[models.AvailabilityChange]):
    class Meta:
        model = models.AvailabilityChange

    class Params:
        district = SubFactory(DistrictFactory)
        program = SubFactory(ProgramFactory)

    id = LazyFunction(new_id)
    school_year = SCHOOL_YEAR
    district_id = SelfAttribute("district.id")
    program_id = SelfAttribute("program.id")
    report = "INDIVIDUAL"
    before = "REVIEWING"
    after = "RELEASED"
    changed_at = MOMENT
    changed_by = "operator@example.org"
