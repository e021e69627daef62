"""What is stored: every table of a tenant, one file per noun."""

from models.access import Availability, AvailabilityChange, Grant, Tenant
from models.assessment import (
    Assessment,
    Item,
    LabelSet,
    Level,
    Program,
    ProgramLabels,
    RubricPoint,
    Subject,
    SubScoreDefinition,
    Target,
)
from models.base import Base
from models.disclosure import Disclosure, DisclosureStudent
from models.group import Group, GroupEducator, GroupMember, PendingMember
from models.organization import District, DistrictGroup, School, SchoolGroup
from models.result import ItemResponse, Result, SubScore, TargetScore, TraitScore
from models.sign_on import SignOnSession
from models.student import Student

__all__ = [
    "Assessment",
    "Availability",
    "AvailabilityChange",
    "Base",
    "Disclosure",
    "DisclosureStudent",
    "District",
    "DistrictGroup",
    "Grant",
    "Group",
    "GroupEducator",
    "GroupMember",
    "Item",
    "ItemResponse",
    "LabelSet",
    "Level",
    "PendingMember",
    "Program",
    "ProgramLabels",
    "Result",
    "RubricPoint",
    "School",
    "SchoolGroup",
    "SignOnSession",
    "Student",
    "SubScore",
    "SubScoreDefinition",
    "Subject",
    "Target",
    "TargetScore",
    "Tenant",
    "TraitScore",
]
