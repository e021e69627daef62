"""The Node interface: everything that has a global id."""

import strawberry

from resolvers.engine.answers import GlobalId
from schema.fields import field


@strawberry.interface(description="Something with a global id.")
class Node:
    id: strawberry.ID = field("Opaque global id, for `node`.", GlobalId())
