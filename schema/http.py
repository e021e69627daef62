"""GraphQL over HTTP: one endpoint that identifies the caller, runs the operation and writes JSON.

POST with a JSON body, GET for queries. Media types: `application/json`, `application/graphql-response+json`.
"""

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any

import orjson
import structlog
from graphql import GraphQLError, OperationType
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from strawberry.types import ExecutionResult

from policies.callers import Callers
from policies.disclosure import digest
from policies.errors import BadInput, CersError, RateLimited, Unauthenticated
from policies.identity import Viewer
from policies.rate import Rate, asker
from resolvers.context import Context, Host
from schema import schema
from schema.execution import error_code
from schema.http_caching import NOBODY_KEEPS, VARY, of_reference, validated
from schema.http_media import JSON, RESPONSE_JSON, answered_in, is_json
from schema.http_patience import Patience
from schema.observed import Observed, current
from schema.trusted_documents import TrustedDocuments, digest_named

STATUS = {"UNAUTHENTICATED": 401, "FORBIDDEN": 403, "NOT_FOUND": 404, "UNAVAILABLE": 503, "INTERNAL": 500,
          "RATE_LIMITED": 429}  # fmt: skip
MASKED = "Something went wrong on our side."
Watch = Callable[[Mapping[str, str]], AbstractContextManager[Observed]]
"""Watches a request with these headers for as long as it is worked on."""

log = structlog.get_logger("cers.graphql")


class HttpRefusal(BadInput):
    """A request that HTTP itself refuses, with its status."""

    def __init__(self, message: str, status: int, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.headers = headers or {}


@dataclass(frozen=True, slots=True)
class Operation:
    """What a client asks to run."""

    document: str | None
    """None: the trusted document that `digest` names."""
    digest: str | None
    name: str | None
    variables: dict[str, Any]


class GraphQLEndpoint:
    """Answers /graphql for every tenant served; without a token, for the default one."""

    def __init__(
        self,
        tenants: Mapping[str, Host],
        trusted: Mapping[str, TrustedDocuments],
        callers: Callers,
        rate: Rate,
        watch: Watch,
        default: str,
        *,
        seconds: float,
    ) -> None:
        self._tenants = tenants
        self._trusted = trusted
        self._callers = callers
        self._rate = rate
        self._watch = watch
        self._default = default
        self._seconds = seconds

    async def respond(self, request: Request) -> Response:
        """Answer one request, as long as its client waits and for `seconds` at most."""
        with self._watch(request.headers) as observed:
            response = await self._respond(request, observed)
            observed.status = response.status_code
            return response

    async def _respond(self, request: Request, observed: Observed) -> Response:
        media = answered_in(", ".join(request.headers.getlist("accept")))
        if media is None:
            return refused(HttpRefusal(f"accept: answers are {RESPONSE_JSON} or {JSON}.", 406))
        try:
            async with Patience(request.receive, self._seconds) as patience:
                operation = await read_operation(request)
                patience.watch()
                return await self._answer(request, operation, media, observed)
        except CersError as error:
            return refused(error, media)
        except ClientDisconnect:
            return Response(status_code=400)
        except Exception as error:
            return unexpected(error, media)

    async def viewer(self, request: Request) -> Viewer | None:
        """Who asks; None for nobody in particular. Raises Unauthenticated for credentials that are not good now."""
        return await self._callers.viewer(request.headers, request.cookies)

    async def _counted(self, request: Request) -> Viewer | None:
        """Who asks, a point of whose budget the request takes; bad credentials take it off their address."""
        try:
            viewer = await self.viewer(request)
        except Unauthenticated:
            await self._rate.spend(asker_of(request, None))
            raise
        await self._rate.spend(asker_of(request, viewer))
        return viewer

    async def _answer(self, request: Request, operation: Operation, media: str, observed: Observed) -> Response:
        viewer = await self._counted(request)
        name = viewer.tenant if viewer else self._default
        observed.tenant = name
        observed.viewer = viewer.login if viewer else None
        tenant, document = self._tenants[name], self._trusted[name].asked_for(operation.document, operation.digest)
        admitted = schema.admit(document, operation.name, operation.variables, tenant.limits)
        if request.method != "POST" and admitted.kind not in (None, OperationType.QUERY):
            raise HttpRefusal("GET runs queries only.", 405, {"allow": "POST"})
        await self._rate.spend_on(asker_of(request, viewer), nodes=admitted.nodes, characters=admitted.characters)
        if admitted.errors:
            errors = [formatted(error) for error in admitted.errors]
            return written({"errors": errors}, media, 200 if media == JSON else 400)
        observed.document, observed.nodes = digest(document), admitted.nodes
        observed.kind, observed.operation = admitted.kind.value if admitted.kind else None, operation.name
        async with tenant.lent(viewer) as loan:
            context = await loan.tenant.context(viewer)
            context.document, context.admitted, context.loan = document, admitted, loan
            result = await schema.execute(
                document, variable_values=operation.variables, operation_name=operation.name, context_value=context
            )
            if context.run is not None:
                observed.statements, observed.rows = context.run.statements, context.run.rows
                observed.operation = context.operation
            await context.disclose()
        return self._told(request, viewer, context, result, media)

    def _told(
        self, request: Request, viewer: Viewer | None, context: Context, result: ExecutionResult, media: str
    ) -> Response:
        """What came of an operation, as HTTP says it."""
        answer: dict[str, Any] = {"data": result.data}
        if result.errors:
            answer["errors"] = [formatted(error) for error in result.errors]
        if result.extensions:
            answer["extensions"] = result.extensions
        started = result.data is not None or not result.errors or any(error.path for error in result.errors)
        if not started:
            del answer["data"]
        elif viewer is None and request.method != "POST" and not result.errors and of_reference(context.asked):
            return validated(request, orjson.dumps(answer), media)
        return written(answer, media, 200 if started or media == JSON else 400)


def asker_of(request: Request, viewer: Viewer | None) -> str:
    """Whose budget a request is on."""
    credential = request.headers.get("authorization") or request.headers.get("cookie")
    return asker(viewer, credential, request.client.host if request.client else None)


async def read_operation(request: Request) -> Operation:
    """The operation of a request. Raises BadInput naming what is wrong."""
    if request.method == "POST":
        if not is_json(request.headers.get("content-type", "")):
            raise HttpRefusal(f"content-type: expected {JSON} in UTF-8.", 415, {"accept-post": JSON})
        given: Any = parsed(await request.body(), "body")
    else:
        given = dict(request.query_params)
        for element in ("variables", "extensions"):
            if element in given:
                given[element] = parsed(given[element].encode(), element)
    if not isinstance(given, dict):
        raise BadInput("body: expected a JSON object.")
    document, name, variables = given.get("query"), given.get("operationName"), given.get("variables")
    if name is not None and not isinstance(name, str):
        raise BadInput("operationName: expected a text.")
    if variables is not None and not isinstance(variables, dict):
        raise BadInput("variables: expected a JSON object.")
    if not isinstance(given.get("extensions"), dict | None):
        raise BadInput("extensions: expected a JSON object.")
    digest = digest_named(given)
    if not (document is None and digest) and not (isinstance(document, str) and document.strip()):
        raise BadInput("query: expected the text of a GraphQL document.")
    return Operation(document, digest, name, variables or {})


def parsed(text: bytes, element: str) -> Any:
    """What a JSON text says. Raises BadInput naming the element."""
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:
        raise BadInput(f"{element}: not well-formed JSON.") from None


def formatted(error: GraphQLError) -> dict[str, Any]:
    """An error as clients see it: its code, and a correlation id; an unexpected one is masked and logged."""
    seen, code = current(), error_code(error)
    seen.codes.append(code)
    shown = dict(error.formatted)
    if code == "INTERNAL":
        cause = error.original_error
        log.error("unexpected error", correlation=seen.correlation, error=type(cause).__name__, path=error.path)
        shown["message"] = MASKED
    shown["extensions"] = {"code": code, "correlationId": seen.correlation}
    return shown


def unexpected(error: Exception, media: str = JSON) -> Response:
    """The answer to a request that failed as nobody expects: masked and logged, without its message."""
    log.error("unexpected error", correlation=current().correlation, error=type(error).__name__)
    return told(MASKED, "INTERNAL", media, STATUS["INTERNAL"])


def refused(error: CersError, media: str = JSON) -> Response:
    """The answer to a request that does not get as far as a result."""
    status = getattr(error, "status", None) or STATUS.get(error.code, 400)
    headers = dict(getattr(error, "headers", {}))
    if status == STATUS["UNAUTHENTICATED"]:
        headers["www-authenticate"] = "Bearer"
    if isinstance(error, RateLimited):
        headers["retry-after"] = str(error.retry_after)
    return told(str(error), error.code, media, status, headers)


def told(message: str, code: str, media: str, status: int, headers: Mapping[str, str] | None = None) -> Response:
    """One error that stands for the whole answer."""
    seen = current()
    seen.codes.append(code)
    extensions = {"code": code, "correlationId": seen.correlation}
    return written({"errors": [{"message": message, "extensions": extensions}]}, media, status, headers)


def written(answer: Any, media: str, status: int, headers: Mapping[str, str] | None = None) -> Response:
    """The answer as JSON that nobody keeps."""
    kept = {"content-type": f"{media}; charset=utf-8", "cache-control": NOBODY_KEEPS, "vary": VARY}
    return Response(orjson.dumps(answer), status, {**kept, **(headers or {})})
