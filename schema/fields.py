"""How fields are declared: `field` for what a row has, `answered` for what has arguments or starts a level.

Trap: under a field the engine answers, graphql-core runs no resolver; only what is declared here counts.
"""

import functools
import inspect
from collections.abc import Callable
from typing import Annotated, Any

import strawberry

from resolvers.engine.answers import Answer
from resolvers.engine.types import Needs

First = Annotated[int, strawberry.argument(description="How many at most: 0 to 200.")]
After = Annotated[str | None, strawberry.argument(description="Go on after this cursor of the same list.")]


def field(description: str, answer: Answer | None = None) -> Any:
    """A field read off its row: by default the column of its name."""
    return strawberry.field(description=description, metadata={"answer": answer})


def answered(answer: Answer, needs: Needs | None = None) -> Callable[[Callable[..., Any]], Any]:
    """A field whose arguments, type and description a method declares; the engine answers it.

    `needs`: at a root field, any of the permissions, held anywhere; None: to be signed in.
    """

    def declare(method: Callable[..., Any]) -> Any:
        @functools.wraps(method)
        async def run(_self: Any, info: strawberry.Info, **_arguments: Any) -> Any:
            return await info.context.answer(info._raw_info)

        declared = inspect.signature(method)
        with_info = inspect.Parameter("info", inspect.Parameter.KEYWORD_ONLY, annotation=strawberry.Info)
        run.__signature__ = declared.replace(parameters=[*declared.parameters.values(), with_info])  # type: ignore[attr-defined]
        run.__annotations__ = {**method.__annotations__, "info": strawberry.Info}
        return strawberry.field(
            resolver=run, description=inspect.getdoc(method), metadata={"answer": answer, "needs": needs}
        )

    return declare
