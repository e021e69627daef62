"""The enums of the contract: what law or code closes."""

from collections.abc import Iterable, Mapping
from enum import Enum
from typing import Any

import strawberry

from models.access import AVAILABILITY as AVAILABILITY_STATES
from models.access import REPORTS
from models.assessment import ASSESSMENT_KINDS, SUB_SCORE_KINDS, WRITING_PURPOSES
from models.demographics import ELAS, ETHNICITIES, GENDERS, MILITARY
from models.group import GROUP_KINDS
from models.result import COMPLETENESS, MANNERS, VALIDITIES
from policies.permission import Permission as PermissionName
from policies.reasons import MEANINGS


def enumerated(name: str, values: Iterable[str] | Mapping[Any, str], description: str) -> type[Enum]:
    """An enum of these values, or of the values that a mapping describes."""
    meanings: Mapping[Any, str] = values if isinstance(values, Mapping) else {}
    members = {str(v): strawberry.enum_value(str(v), description=meanings.get(v)) for v in values}
    made: Any = Enum(name, members)  # type: ignore[misc]
    enum: type[Enum] = strawberry.enum(made, description=description)
    return enum


AssessmentKind = enumerated(
    "AssessmentKind", ASSESSMENT_KINDS, "Summative, or a kind of interim; INTERIM: CAST and ELPAC interims."
)
SubScoreKind = enumerated("SubScoreKind", SUB_SCORE_KINDS, "What a sub-score is of.")
WritingPurpose = enumerated("WritingPurpose", WRITING_PURPOSES, "What a piece of writing is for.")
WritingCategory = enumerated(
    "WritingCategory",
    {
        "ORGANIZATION": "Organization and purpose.",
        "EVIDENCE": "Evidence and elaboration; development and elaboration of a narrative.",
        "CONVENTIONS": "Conventions of written English.",
    },
    "What a trait score is of.",
)
Manner = enumerated("Manner", MANNERS, "Manner of administration of an interim assessment.")
Validity = enumerated("Validity", VALIDITIES, "Whether a summative result counts as valid.")
Completeness = enumerated("Completeness", COMPLETENESS, "Whether the whole assessment was taken.")
GroupKind = enumerated("GroupKind", GROUP_KINDS, "ASSIGNED by an administrator, or CUSTOM: made by a teacher.")
GroupChangeKind = enumerated(
    "GroupChangeKind", ("CREATED", "CHANGED", "UNCHANGED"), "What an import does to a group that it names."
)
Gender = enumerated("Gender", GENDERS, "Gender as reported by the school.")
Ethnicity = enumerated("Ethnicity", tuple(ETHNICITIES), "An ethnicity as reported; a student may have several.")
Elas = enumerated("Elas", ELAS, "English language acquisition status.")
MilitaryStatus = enumerated("MilitaryStatus", MILITARY, "Military connection of the student's family.")
AvailabilityStatus = enumerated(
    "AvailabilityStatus",
    AVAILABILITY_STATES,
    "How far summative results are out. LOADING: seen by holders of AVAILABILITY_WRITE; REVIEWING: by holders of "
    "AVAILABILITY_REVIEW too; RELEASED: by all who may see such results.",
)
AvailabilityReport = enumerated("AvailabilityReport", REPORTS, "Results one by one, or results counted.")
Confidence = enumerated(
    "Confidence",
    ("VERIFIED", "VERIFIED_UNOFFICIAL", "DERIVED", "RECALLED", "INVENTED"),
    "How well established a fact is.",
)
Permission = strawberry.enum(PermissionName, description="What a role may do at an organization.")
TestedElsewhere = enumerated(
    "TestedElsewhere", ("INCLUDE", "EXCLUDE", "ONLY"), "Results taken outside the viewer's schools."
)
Direction = enumerated("Direction", ("ASC", "DESC"), "Direction of an order; what is null comes last both ways.")
Dimension = enumerated(
    "Dimension",
    (
        "GENDER", "ETHNICITY", "ENGLISH_LEARNER", "ELAS", "PRIMARY_LANGUAGE", "IEP", "SECTION_504",
        "ECONOMIC_DISADVANTAGE", "MIGRANT", "MILITARY", "ENROLLED_GRADE",
    ),
    "A demographic that aggregate rows may be broken down by.",
)  # fmt: skip
FieldRuleKind = enumerated(
    "FieldRuleKind",
    ("ENABLED", "ADMIN_ONLY", "DISABLED"),
    "Who sees a demographic field: everybody who sees the row, holders of INDIVIDUAL_PII_READ over it, nobody.",
)
AggregateKind = enumerated("AggregateKind", ("GENERAL",), "The kind of an aggregate report.")
EmptyReason = enumerated(
    "EmptyReason",
    MEANINGS,
    "Why a list is empty: from your own roles and groups, the tenant's settings and what is released, never from what "
    "you cannot see.",
)
SmallGroup = enumerated("SmallGroup", ("UNDER_11",), "A caution: the group is too small for its numbers to say much.")
