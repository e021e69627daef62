"""Factories of every stored row, plain and minimal: `XFactory.build(...)` gives a valid row, `store` inserts rows.

Give a factory the rows it hangs on (`ResultFactory.build(student=ana, assessment=ela, school=oak)`) and it copies
their ids; any column may be given as well. Trap: a parent that is not given is invented too, but nobody stores it.
"""

from seeds.factories.access import AvailabilityChangeFactory, AvailabilityFactory, GrantFactory, TenantFactory
from seeds.factories.assessment import (
    AssessmentFactory,
    ItemFactory,
    LabelSetFactory,
    LevelFactory,
    ProgramFactory,
    ProgramLabelsFactory,
    RubricPointFactory,
    SubjectFactory,
    SubScoreDefinitionFactory,
    TargetFactory,
    levels,
)
from seeds.factories.disclosure import DisclosureFactory, DisclosureStudentFactory
from seeds.factories.group import GroupEducatorFactory, GroupFactory, GroupMemberFactory, PendingMemberFactory
from seeds.factories.organization import DistrictFactory, DistrictGroupFactory, SchoolFactory, SchoolGroupFactory
from seeds.factories.result import (
    ItemResponseFactory,
    ResultFactory,
    SubScoreFactory,
    TargetScoreFactory,
    TraitScoreFactory,
)
from seeds.factories.row import columns, store
from seeds.factories.sign_on import SignOnSessionFactory
from seeds.factories.student import StudentFactory

__all__ = [
    "AssessmentFactory",
    "AvailabilityChangeFactory",
    "AvailabilityFactory",
    "DisclosureFactory",
    "DisclosureStudentFactory",
    "DistrictFactory",
    "DistrictGroupFactory",
    "GrantFactory",
    "GroupEducatorFactory",
    "GroupFactory",
    "GroupMemberFactory",
    "ItemFactory",
    "ItemResponseFactory",
    "LabelSetFactory",
    "LevelFactory",
    "PendingMemberFactory",
    "ProgramFactory",
    "ProgramLabelsFactory",
    "ResultFactory",
    "RubricPointFactory",
    "SchoolFactory",
    "SchoolGroupFactory",
    "SignOnSessionFactory",
    "StudentFactory",
    "SubScoreDefinitionFactory",
    "SubScoreFactory",
    "SubjectFactory",
    "TargetFactory",
    "TargetScoreFactory",
    "TenantFactory",
    "TraitScoreFactory",
    "columns",
    "levels",
    "store",
]
