"""The factory of students."""

from datetime import date

from factory import LazyAttribute, LazyFunction
from factory import Sequence as Numbered

import models
from models.base import sort_key
from models.demographics import ETHNICITIES
from models.ids import new_id
from seeds.factories.row import MOMENT, RowFactory


class StudentFactory(RowFactory[models.Student]):
    """A student; `school` = the current one, none by default."""

    class Meta:
        model = models.Student

    class Params:
        school = None

    id = LazyFunction(new_id)
    ssid = Numbered(lambda n: f"{9_000_000_000 + n}")
    first_name = "Robin"
    middle_name = None
    last_name = LazyAttribute(lambda row: f"Student {row.ssid[-4:]}")
    sort_key = LazyAttribute(lambda row: sort_key(row.last_name, row.first_name, row.middle_name))
    birthday = date(2017, 3, 14)
    current_district_id = LazyAttribute(lambda row: row.school and row.school.district_id)
    current_school_id = LazyAttribute(lambda row: row.school and row.school.id)
    known_at = MOMENT
    gender = "FEMALE"
    ethnicities = ETHNICITIES["HISPANIC_OR_LATINO"]
    english_learner = False
    elas = "EO"
    primary_language = "eng"
    iep = False
    section504 = False
    economic_disadvantage = False
    migrant = False
    military_connected = "NO"
    enrolled_grade = "03"
