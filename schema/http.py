"""GraphQL over HTTP: one endpoint that identifies the caller, runs the operation and writes JSON.

POST with a JSON body, GET for queries. Media types: `application/json`, `application/graphql-response+json`.
"""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import orjson
import structlog
from graphql import GraphQLError
from starlette.requests import Request
from starlette.responses import Response
from strawberry.exceptions import StrawberryException
from strawberry.schema.exceptions import CannotGetOperationTypeError, InvalidOperationTypeError
from strawberry.types.graphql import OperationType

from policies.errors import BadInput, CersError, Unavailable
from policies.identity import identify
from resolvers.context import Context, Tenant
from schema import schema
from schema.execution import error_code

JSON = "application/json"
RESPONSE_JSON = "application/graphql-response+json"
STATUS = {"UNAUTHENTICATED": 401, "FORBIDDEN": 403, "UNAVAILABLE": 503, "INTERNAL": 500}
log = structlog.get_logger("cers.graphql")


@dataclass(frozen=True, slots=True)
class Operation:
    """What a client asks to run."""

    document: str
    name: str | None
    variables: dict[str, Any]


class GraphQLEndpoint:
    """Answers /graphql for every tenant served; without a token, for the default one."""

    def __init__(self, tenants: Mapping[str, Tenant], default: str) -> None:
        self._tenants = tenants
        self._keys = {name: tenant.key for name, tenant in tenants.items()}
        self._default = default

    async def respond(self, request: Request) -> Response:
        """Answer one request."""
        media = RESPONSE_JSON if RESPONSE_JSON in request.headers.get("accept", "") else JSON
        try:
            operation = await read_operation(request)
            context = await self._context(request, operation)
        except CersError as error:
            return refused(error, media, status=STATUS.get(error.code, 400))
        allowed = {OperationType.QUERY} if request.method == "GET" else set(OperationType)
        try:
            result = await schema.execute(
                operation.document,
                variable_values=operation.variables,
                operation_name=operation.name,
                context_value=context,
                allowed_operation_types=allowed,
            )
            await context.disclose()
        except CannotGetOperationTypeError:
            return refused(BadInput("operationName: the document has no such operation."), media, status=400)
        except InvalidOperationTypeError:
            return refused(BadInput("GET runs queries only."), media, status=405, headers={"allow": "POST"})
        except Unavailable as error:
            return refused(error, media, status=STATUS[error.code])
        except StrawberryException as error:
            return refused(BadInput(str(error)), media, status=400)
        answer: dict[str, Any] = {"data": result.data}
        if result.errors:
            answer["errors"] = [formatted(error) for error in result.errors]
        started = result.data is not None or not result.errors or any(error.path for error in result.errors)
        if not started:
            del answer["data"]
        return written(answer, media, status=200 if started or media == JSON else 400)

    async def _context(self, request: Request, operation: Operation) -> Context:
        viewer = identify(request.headers.get("authorization"), self._keys)
        tenant = self._tenants[viewer.tenant if viewer else self._default]
        context = await tenant.context(viewer)
        context.document = operation.document
        return context


async def read_operation(request: Request) -> Operation:
    """The operation of a request. Raises BadInput naming what is wrong."""
    if request.method == "GET":
        given: Any = dict(request.query_params)
        if "variables" in given:
            given["variables"] = _json(given["variables"].encode(), "variables")
    else:
        content_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
        if content_type != JSON:
            raise BadInput(f"content-type: {content_type or 'none'} is not {JSON}.")
        given = _json(await request.body(), "body")
    if not isinstance(given, dict):
        raise BadInput("body: expected a JSON object.")
    document, name, variables = given.get("query"), given.get("operationName"), given.get("variables")
    if not isinstance(document, str) or not document.strip():
        raise BadInput("query: expected the text of a GraphQL document.")
    if name is not None and not isinstance(name, str):
        raise BadInput("operationName: expected a text.")
    if variables is not None and not isinstance(variables, dict):
        raise BadInput("variables: expected a JSON object.")
    if not isinstance(given.get("extensions"), dict | None):
        raise BadInput("extensions: expected a JSON object.")
    return Operation(document, name, variables or {})


def _json(text: bytes, element: str) -> Any:
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:
        raise BadInput(f"{element}: not well-formed JSON.") from None


def formatted(error: GraphQLError) -> dict[str, Any]:
    """An error as clients see it: its code, and a correlation id; an unexpected one is masked and logged."""
    correlation = uuid.uuid4().hex
    code = error_code(error)
    shown = dict(error.formatted)
    if code == "INTERNAL":
        cause = error.original_error
        log.error("unexpected error", correlation=correlation, error=type(cause).__name__, path=error.path)
        shown["message"] = "Something went wrong on our side."
    shown["extensions"] = {"code": code, "correlationId": correlation}
    return shown


def refused(error: CersError, media: str, *, status: int, headers: Mapping[str, str] | None = None) -> Response:
    """A request that does not get as far as an operation."""
    extensions = {"code": error.code, "correlationId": uuid.uuid4().hex}
    return written({"errors": [{"message": str(error), "extensions": extensions}]}, media, status, headers)


def written(answer: Any, media: str, status: int, headers: Mapping[str, str] | None = None) -> Response:
    """The answer as JSON that nobody keeps."""
    return Response(
        orjson.dumps(answer),
        status,
        {"content-type": f"{media}; charset=utf-8", "cache-control": "private, no-store", **(headers or {})},
    )
