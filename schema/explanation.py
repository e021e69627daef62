"""Why a viewer sees a student or a result, or does not."""

import strawberry

from policies.explain import STEP_KINDS
from schema.enums import EmptyReason, enumerated
from schema.fields import field

StepKind = enumerated("ExplanationStepKind", STEP_KINDS, "What a step of an explanation is about.")


@strawberry.type(description="One link of the chain of reasons.")
class ExplanationStep:
    kind: StepKind = field("What it is about.")
    subject: str = field("Which one: a grant, a permission, a group, a program's state, the student, a result.")
    opens: bool = field("Whether it opens something.")
    reason: str = field("Why, in words; of a grant and a state, the code.")


@strawberry.type(description="Why a login sees a student or a result, or does not.")
class Explanation:
    login: str = field("Whose view it is.")
    visible: bool = field("Whether the student or the result is visible.")
    reason: EmptyReason | None = field(
        "NOT_VISIBLE_OR_UNKNOWN where it is not visible: hidden and unknown things read the same."
    )
    steps: list[ExplanationStep] = field(
        "Grants and permissions; and where it is visible (or with TENANT_ADMIN, for another login) the groups, the "
        "states of release, the student and the results."
    )
