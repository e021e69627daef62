"""Factories of the disclosure log."""

from factory import LazyAttribute, LazyFunction, SelfAttribute, SubFactory

import models
from models.ids import new_id
from seeds.factories.organization import DistrictFactory
from seeds.factories.row import MOMENT, SCHOOL_YEAR, RowFactory
from seeds.factories.student import StudentFactory


class DisclosureFactory(RowFactory[models.Disclosure]):
    class Meta:
        model = models.Disclosure

    class Params:
        district = SubFactory(DistrictFactory)

    district_id = SelfAttribute("district.id")
    id = LazyFunction(new_id)
    list_id = LazyAttribute(lambda row: row.id)
    served_at = MOMENT
    school_year = SCHOOL_YEAR
    login = "teacher@example.org"
    operation = "GroupPage"
    document = "0" * 64
    of_log = False


class DisclosureStudentFactory(RowFactory[models.DisclosureStudent]):
    class Meta:
        model = models.DisclosureStudent

    class Params:
        disclosure = SubFactory(DisclosureFactory)
        student = SubFactory(StudentFactory)

    district_id = SelfAttribute("disclosure.district_id")
    list_id = SelfAttribute("disclosure.list_id")
    student_id = SelfAttribute("student.id")
