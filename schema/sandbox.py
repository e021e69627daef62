"""What a visitor of the sandbox is told of putting its data back."""

import strawberry

from schema.fields import field
from schema.user_error import UserError


@strawberry.type(description="What became of putting the sandbox's data back.")
class ResetSandboxPayload:
    done: bool = field("Whether the visitor sees the data as they were at first.")
    errors: list[UserError] = field("Why not; then nothing has changed.")
