"""Table of contents: every change a client may make."""

from typing import Annotated

import strawberry

from policies.permission import CHANGE_AVAILABILITY, CHANGE_GROUPS, MAKE_GROUPS, WRITE_GROUPS
from resolvers import availability_change, group_changes, group_import
from schema.availability import SetAvailabilityInput, SetAvailabilityPayload
from schema.fields import changing, putting_back
from schema.group_changes import (
    CustomGroupInput,
    CustomGroupPayload,
    DeleteGroupInput,
    DeleteGroupPayload,
    UpdateCustomGroupInput,
)
from schema.group_import import ImportGroupsInput, ImportGroupsPayload
from schema.sandbox import ResetSandboxPayload


@strawberry.type(description="Every change a client may make. Expected problems are data in the payload (`errors`).")
class Mutation:
    @changing(group_import.import_groups, needs=WRITE_GROUPS)
    def import_groups(
        self, input: Annotated[ImportGroupsInput, strawberry.argument(description="The CSV.")]
    ) -> ImportGroupsPayload:
        """Give the groups that a CSV names exactly its students and users, all or nothing; other groups stay. Needs
        GROUP_WRITE over their schools; to name one's own login also INDIVIDUAL_PII_READ over the school, and wherever
        one has GROUP_PII_READ."""

    @changing(group_changes.create_custom_group, needs=MAKE_GROUPS)
    def create_custom_group(
        self, input: Annotated[CustomGroupInput, strawberry.argument(description="The group to make.")]
    ) -> CustomGroupPayload:
        """Make a custom group of the current school year; only its owner sees it. Needs CUSTOM_GROUP_WRITE."""

    @changing(group_changes.update_custom_group, needs=MAKE_GROUPS)
    def update_custom_group(
        self, input: Annotated[UpdateCustomGroupInput, strawberry.argument(description="What changes.")]
    ) -> CustomGroupPayload:
        """Change a custom group of one's own. Needs CUSTOM_GROUP_WRITE."""

    @changing(group_changes.delete_group, needs=CHANGE_GROUPS)
    def delete_group(
        self, input: Annotated[DeleteGroupInput, strawberry.argument(description="The group.")]
    ) -> DeleteGroupPayload:
        """Delete a custom group of one's own (CUSTOM_GROUP_WRITE), or an assigned group (GROUP_WRITE over its school).
        Importing an assigned group again brings it back."""

    @changing(availability_change.set_availability, needs=CHANGE_AVAILABILITY)
    def set_availability(
        self, input: Annotated[SetAvailabilityInput, strawberry.argument(description="Which results, which status.")]
    ) -> SetAvailabilityPayload:
        """Hold summative results back or let them out, all that is named or nothing; each change is kept in the
        history. LOADING <-> REVIEWING needs AVAILABILITY_WRITE over the district, REVIEWING <-> RELEASED
        AVAILABILITY_REVIEW or AVAILABILITY_WRITE; no step leads past REVIEWING."""

    @putting_back
    def reset_sandbox(self) -> ResetSandboxPayload:
        """Give up whatever the visitor changed in the sandbox, and see its data as they were at first. Elsewhere there
        is nothing to give up, and in a training room that is the trainer's to do. Needs to be signed in."""
