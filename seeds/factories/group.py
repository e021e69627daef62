"""Factories of student groups, their members and educators."""

from factory import LazyAttribute, LazyFunction, SelfAttribute, SubFactory
from factory import Sequence as Numbered

import models
from models.base import sort_key
from models.ids import new_id
from seeds.factories.organization import SchoolFactory
from seeds.factories.row import MOMENT, SCHOOL_YEAR, RowFactory
from seeds.factories.student import StudentFactory


class GroupFactory(RowFactory[models.Group]):
    """An assigned group of a school, of all subjects by default."""

    class Meta:
        model = models.Group

    class Params:
        school = SubFactory(SchoolFactory)
        subject = None

    district_id = SelfAttribute("school.district_id")
    id = LazyFunction(new_id)
    kind = "ASSIGNED"
    name = Numbered(lambda n: f"Group {n}")
    sort_key = LazyAttribute(lambda row: sort_key(row.name))
    school_id = SelfAttribute("school.id")
    school_year = SCHOOL_YEAR
    subject_id = LazyAttribute(lambda row: row.subject and row.subject.id)
    owner_login = None
    created_at = MOMENT
    deleted_at = None


class GroupMemberFactory(RowFactory[models.GroupMember]):
    class Meta:
        model = models.GroupMember

    class Params:
        group = SubFactory(GroupFactory)
        student = SubFactory(StudentFactory)

    district_id = SelfAttribute("group.district_id")
    group_id = SelfAttribute("group.id")
    student_id = SelfAttribute("student.id")


class PendingMemberFactory(RowFactory[models.PendingMember]):
    class Meta:
        model = models.PendingMember

    class Params:
        group = SubFactory(GroupFactory)

    district_id = SelfAttribute("group.district_id")
    group_id = SelfAttribute("group.id")
    ssid = Numbered(lambda n: f"{8_000_000_000 + n}")


class GroupEducatorFactory(RowFactory[models.GroupEducator]):
    class Meta:
        model = models.GroupEducator

    class Params:
        group = SubFactory(GroupFactory)

    district_id = SelfAttribute("group.district_id")
    group_id = SelfAttribute("group.id")
    login = "teacher@example.org"
