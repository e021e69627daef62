"""Factories of districts, schools and the groups of them."""

from factory import LazyAttribute, LazyFunction, SelfAttribute, SubFactory
from factory import Sequence as Numbered

import models
from models.base import sort_key
from models.ids import new_id
from seeds.factories.row import RowFactory


class DistrictGroupFactory(RowFactory[models.DistrictGroup]):
    class Meta:
        model = models.DistrictGroup

    id = LazyFunction(new_id)
    natural_id = Numbered(lambda n: f"DG{n}")
    name = LazyAttribute(lambda row: f"District Group {row.natural_id}")


class DistrictFactory(RowFactory[models.District]):
    class Meta:
        model = models.District

    id = LazyFunction(new_id)
    natural_id = Numbered(lambda n: f"999{n:04d}0000000")
    name = LazyAttribute(lambda row: f"District {row.natural_id[:7]}")
    sort_key = LazyAttribute(lambda row: sort_key(row.name))
    external_id = None
    district_group_id = None


class SchoolGroupFactory(RowFactory[models.SchoolGroup]):
    class Meta:
        model = models.SchoolGroup

    id = LazyFunction(new_id)
    natural_id = Numbered(lambda n: f"SG{n}")
    name = LazyAttribute(lambda row: f"School Group {row.natural_id}")


class SchoolFactory(RowFactory[models.School]):
    class Meta:
        model = models.School

    class Params:
        district = SubFactory(DistrictFactory)
        number = Numbered(lambda n: n + 1)

    id = LazyFunction(new_id)
    natural_id = LazyAttribute(lambda row: f"{row.district.natural_id[:7]}{row.number:07d}")
    name = LazyAttribute(lambda row: f"School {row.natural_id}")
    sort_key = LazyAttribute(lambda row: sort_key(row.name))
    external_id = None
    district_id = SelfAttribute("district.id")
    school_group_id = None
