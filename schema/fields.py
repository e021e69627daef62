"""How fields are declared: `field` for what a row has, `answered` for what has arguments or starts a level.

Trap: under a field the engine answers, graphql-core runs no resolver; only what is declared here counts.
"""

import functools
import inspect
from collections.abc import Callable
from typing import Annotated, Any

import strawberry
from graphql import GraphQLResolveInfo

from resolvers.engine.answers import Answer, NodeOf
from resolvers.engine.types import Needs

First = Annotated[int, strawberry.argument(description="How many at most: 0 to 200.")]
After = Annotated[str | None, strawberry.argument(description="Go on after this cursor of the same list.")]


def field(description: str, answer: Answer | None = None) -> Any:
    """A field read off its row: by default the column of its name."""
    resolver: Any = _node_resolver(answer.attribute) if isinstance(answer, NodeOf) else None
    return strawberry.field(resolver=resolver, description=description, metadata={"answer": answer})


def changing(change: Callable[..., Any], needs: Needs) -> Callable[[Callable[..., Any]], Any]:
    """A mutation with one `input`; `await change(run, input)` makes its payload, an ordinary object.

    `needs`: any of the permissions, held anywhere.
    """

    def declare(method: Callable[..., Any]) -> Any:
        @functools.wraps(method)
        async def run(_self: Any, info: strawberry.Info, input: Any) -> Any:
            return await info.context.change(info._raw_info, change, input)

        return strawberry.field(
            resolver=_with_info(run, method), description=inspect.getdoc(method), metadata={"needs": needs}
        )

    return declare


def putting_back(method: Callable[..., Any]) -> Any:
    """A mutation without input that gives up what the viewer changed; for whoever is signed in."""

    @functools.wraps(method)
    async def run(_self: Any, info: strawberry.Info) -> Any:
        return await info.context.put_back(info._raw_info)

    return strawberry.field(
        resolver=_with_info(run, method), description=inspect.getdoc(method), metadata={"needs": None}
    )


def answered(answer: Answer, needs: Needs | None = None) -> Callable[[Callable[..., Any]], Any]:
    """A field whose arguments, type and description a method declares; the engine answers it.

    `needs`: at a root field, any of the permissions, held anywhere; None: to be signed in.
    """

    def declare(method: Callable[..., Any]) -> Any:
        return strawberry.field(
            resolver=method, description=inspect.getdoc(method), metadata={"answer": answer, "needs": needs}
        )

    return declare


async def by_the_engine(_root: Any, info: GraphQLResolveInfo[Any], **_arguments: Any) -> Any:
    """Answers any root field of a query; it reads the arguments itself."""
    return await info.context.answer(info)


def _with_info(run: Any, method: Callable[..., Any]) -> Any:
    """Give the running function the declared method's arguments, and `info`."""
    declared = inspect.signature(method)
    with_info = inspect.Parameter("info", inspect.Parameter.KEYWORD_ONLY, annotation=strawberry.Info)
    run.__signature__ = declared.replace(parameters=[*declared.parameters.values(), with_info])
    run.__annotations__ = {**method.__annotations__, "info": strawberry.Info}
    return run


def _node_resolver(attribute: str) -> Callable[..., Any]:
    async def node(self: Any, info: strawberry.Info) -> Any:
        return await info.context.node(info._raw_info, getattr(self, attribute))

    return node
