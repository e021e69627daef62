"""Input and payload of importing student groups."""

import strawberry

from schema.enums import GroupChangeKind
from schema.fields import field
from schema.scalars import SSID, CDSCode, SchoolYear, SubjectCode
from schema.user_error import UserError


@strawberry.input(description="A CSV of student groups.")
class ImportGroupsInput:
    csv: str = strawberry.field(
        description="Rows of group_name, school_natural_id, school_year, subject_code, student_ssid, group_user_login "
        "in that order, below a header. A row may add a student, a user, both or neither."
    )
    dry_run: bool = strawberry.field(default=False, description="Only say what would change.")


@strawberry.type(
    description="What changes in a group. Numbers of students count the SSIDs it names, pending ones and members alike."
)
class ImportedGroup:
    change: GroupChangeKind = field("What becomes of it.")
    group_id: strawberry.ID | None = field("Global id, for `node`; null for a group that a dry run would create.")
    name: str = field("Name.")
    school: CDSCode = field("CDS code of its school.")
    school_year: SchoolYear = field("School year.")
    subject: SubjectCode | None = field("The subject it is limited to; null = all subjects.")
    students_added: int = field("How many SSIDs it names anew.")
    students_removed: int = field("How many SSIDs it names no longer.")
    users_added: list[str] = field("Logins it is assigned to anew, by name.")
    users_removed: list[str] = field("Logins it is assigned to no longer, by name.")


@strawberry.type(description="What an import changed, or would change, and what is wrong with it.")
class ImportGroupsPayload:
    dry_run: bool = field("Whether nothing was stored.")
    groups: list[ImportedGroup] = field("The groups of the CSV in its order; empty where there are errors.")
    pending: list[SSID] = field(
        "SSIDs that are not yet students of the viewer's GROUP_WRITE scope, whether anybody has them or not. They open "
        "nothing until the student comes to the group's school."
    )
    errors: list[UserError] = field(
        "What is wrong, by row: the first 100, then how many more. Then nothing was imported."
    )
