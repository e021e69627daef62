"""Demographics of a student or a result, each field under the tenant's field policy."""

import strawberry

from models.demographics import ETHNICITIES
from resolvers.engine.answers import Masked
from schema.enums import Elas, Ethnicity, Gender, MilitaryStatus
from schema.fields import field
from schema.scalars import Grade


def _ethnicities(mask: int) -> list[str]:
    return [code for code, bit in ETHNICITIES.items() if mask & bit]


@strawberry.type(
    description="Demographics: a student's latest known, a result's as at test time. A field is null where it is not "
    "known or where the tenant's field policy withholds it (`viewer { fieldPolicy }`)."
)
class Demographics:
    gender: Gender | None = field("Gender.", Masked("gender"))
    ethnicities: list[Ethnicity] | None = field("Ethnicities reported.", Masked("ethnicities", _ethnicities))
    english_learner: bool | None = field("Whether an English learner.", Masked("english_learner"))
    elas: Elas | None = field("English language acquisition status.", Masked("elas"))
    primary_language: str | None = field("Primary language, ISO 639-2 code.", Masked("primary_language"))
    iep: bool | None = field("Whether there is an individualized education program.", Masked("iep"))
    section504: bool | None = field("Whether there is a 504 plan.", Masked("section504"))
    economic_disadvantage: bool | None = field("Economic disadvantage.", Masked("economic_disadvantage"))
    migrant: bool | None = field("Whether migrant.", Masked("migrant"))
    military_connected: MilitaryStatus | None = field("Military connection.", Masked("military_connected"))
    enrolled_grade: Grade | None = field("Grade enrolled in.", Masked("enrolled_grade"))
