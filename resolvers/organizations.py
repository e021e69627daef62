"""Which schools and districts: lists show those in the viewer's scopes; names and codes are open to all signed in."""

from typing import Any

from sqlalchemy import Select, select

import models
from models.reference import District, Reference, School
from resolvers.engine.answers import Sort
from resolvers.engine.ask import Ask, Parent, row_of
from resolvers.filters import Condition, by_column, by_words, combined

ORDERS = {"NAME": Sort("sort_key"), "CDS_CODE": Sort("natural_id")}


CONDITIONS: dict[str, Condition] = {"name": by_words("sort_key"), "cds_code": by_column("natural_id")}


def listed_schools(ask: Ask, filter: Any = None) -> Select[Any]:
    schools = row_of(models.School)
    return _schools(ask, filter).where(ask.rules.listed_school(schools))


def schools_of_district(ask: Ask, district: Parent, filter: Any = None) -> Select[Any]:
    return _schools(ask, filter).where(models.School.district_id == district.id)


def school_by_code(ask: Ask, cds_code: Any) -> Select[Any]:
    return select(models.School).where(models.School.natural_id == cds_code)


def listed_districts(ask: Ask, filter: Any = None) -> Select[Any]:
    districts = row_of(models.District)
    found = select(models.District).where(combined(ask, districts, filter, CONDITIONS))
    return found.where(ask.rules.listed_district(districts))


def district_by_code(ask: Ask, cds_code: Any) -> Select[Any]:
    return select(models.District).where(models.District.natural_id == cds_code)


def school_of_row(reference: Reference, school_id: int) -> School:
    return reference.schools[school_id]


def district_of_row(reference: Reference, district_id: int) -> District:
    return reference.districts[district_id]


def _schools(ask: Ask, filter: Any) -> Select[Any]:
    return select(models.School).where(combined(ask, row_of(models.School), filter, CONDITIONS))
