"""Inputs and payloads of mutations that change groups."""

import strawberry

from resolvers.engine.answers import NodeOf
from schema.fields import field
from schema.group import Group
from schema.inputs import given
from schema.scalars import SubjectCode
from schema.user_error import UserError


@strawberry.input(description="A custom group to make.")
class CustomGroupInput:
    name: str = strawberry.field(description="Name, 1 to 255 characters.")
    student_ids: list[strawberry.ID] = strawberry.field(description="Students that the viewer sees, at most 200.")
    subject: SubjectCode | None = given("The subject it is limited to; without it all subjects.")


@strawberry.input(description="What changes of a custom group; what is left out stays as it is.")
class UpdateCustomGroupInput:
    id: strawberry.ID = strawberry.field(description="The group, one of the viewer's own.")
    name: str | None = given("Name, 1 to 255 characters.")
    student_ids: list[strawberry.ID] | None = given("Students that the viewer sees, at most 200, instead of those now.")
    subject: SubjectCode | None = given("The subject it is limited to; null: all subjects.")


@strawberry.input(description="A group to delete.")
class DeleteGroupInput:
    id: strawberry.ID = strawberry.field(description="The group.")


@strawberry.type(description="What became of a change of a custom group.")
class CustomGroupPayload:
    group: Group | None = field("The group as it is now; null where there are errors.", NodeOf("group_id"))
    errors: list[UserError] = field("What is wrong with the input; then nothing has changed.")


@strawberry.type(description="What became of a deletion.")
class DeleteGroupPayload:
    group_id: strawberry.ID | None = strawberry.field(
        name="deletedId", description="The id the group had; null where there are errors."
    )
    errors: list[UserError] = field("What is wrong with the input; then nothing has changed.")
