"""Assembles the ASGI application: settings, tenants, identity, schema, routes."""

import gc
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager
from datetime import timedelta
from functools import cache
from pathlib import Path
from secrets import token_urlsafe
from typing import Any

from sqlalchemy import select
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

import models
from models.database import Database, Watched
from policies.callers import CSRF_HEADER, Callers, from_our_pages, put_together
from policies.disclosure import DisclosureLog
from policies.errors import BadInput, CersError, NotFound
from policies.identity import issue_token
from policies.limits import Limits
from policies.rate import Rate
from policies.sandbox import enter
from policies.sign_on import SignOn
from resolvers.context import Tenant
from schema import schema
from schema.http import GraphQLEndpoint, HttpRefusal, asker_of, parsed, refused, unexpected
from schema.http_caching import validated
from schema.http_size import SizeLimit
from schema.trusted_documents import TrustedDocuments, read_manifest
from settings import Settings, settings
from sign_on import SignOnRoutes, keep
from watch import Watch, logs
from watch.metrics import Metrics
from watch.traces import Traces

SANDBOX = "sandbox"
COLLECTED = (20_000, 20, 50)
"""Objects before a collection, and collections of each generation before one of the next."""
COMPRESSED = Middleware(GZipMiddleware, minimum_size=1024, compresslevel=1, exclude_content_types=())
"""For routes whose answers hold no secret beside what somebody else may have put there (docs/http.md)."""


def sandbox_key(path: Path) -> str:
    """The sandbox's own key, made once and kept beside its database."""
    file = path.with_suffix(".key")
    if not file.exists():
        file.parent.mkdir(parents=True, exist_ok=True)
        file.touch(mode=0o600)
        file.write_text(token_urlsafe(48), encoding="ascii")
    return file.read_text(encoding="ascii").strip()


def open_tenants(config: Settings, watched: Watched | None) -> dict[str, Tenant]:
    """Every tenant of the settings by name, the sandbox first."""
    tenants = {}
    if config.sandbox:
        database = Database(f"sqlite:///{config.sandbox_path.resolve()}", watched=watched)
        limits = config.limits(introspection=True, suggestions=True)
        tenants[SANDBOX] = _open(config, SANDBOX, database, sandbox_key(config.sandbox_path), limits)
    for name, tenant in config.tenants.items():
        database = Database(tenant.database, for_reading=tenant.database_for_reading, watched=watched)
        limits = config.limits(introspection=tenant.introspection, suggestions=tenant.suggestions)
        tenants[name] = _open(config, name, database, tenant.key.get_secret_value(), limits)
    if not tenants:
        raise ValueError("settings: no tenant to serve; set CERS_TENANTS__NAME__DATABASE or CERS_SANDBOX")
    return tenants


def _open(config: Settings, name: str, database: Database, key: str, limits: Limits) -> Tenant:
    disclosures = DisclosureLog(database, config.disclosure_journals / name, days=config.disclosure_days)
    return Tenant(name, database, key, disclosures, plans=config.plan_cache, limits=limits)


def _callers(config: Settings, tenants: Mapping[str, Tenant]) -> Callers:
    """Everybody who may call: with a token of a tenant's own, or by a tenant's provider."""
    keys = {name: tenant.key for name, tenant in tenants.items()}
    providers = {name: tenant.sign_on for name, tenant in config.tenants.items() if tenant.sign_on}
    sign_ons = {
        name: SignOn(name, provider, keys[name], config.origin, tenants[name].database, tenants[name].reference)
        for name, provider in providers.items()
    }
    return Callers(keys, sign_ons, secure=config.secure)


def _trusted(config: Settings, tenants: Iterable[str]) -> dict[str, TrustedDocuments]:
    """What each tenant's manifest lists."""
    asked = {name: (tenant.trusted_documents, tenant.only_trusted) for name, tenant in config.tenants.items()}
    read = {name: read_manifest(path, only=only) for name, (path, only) in asked.items() if path}
    return {name: read.get(name, TrustedDocuments()) for name in tenants}


class Application:
    """The routes over the tenants of one process."""

    def __init__(self, config: Settings) -> None:
        self.config = config
        self.traces = Traces(config.otlp_endpoint) if config.otlp_endpoint else None
        self.tenants = open_tenants(config, self.traces.before if self.traces else None)
        self.callers = _callers(config, self.tenants)
        self.rate = Rate(config.rate)
        self.graphql = GraphQLEndpoint(
            self.tenants,
            _trusted(config, self.tenants),
            self.callers,
            self.rate,
            Watch(Metrics(), self.traces).operation,
            default=next(iter(self.tenants)),
            seconds=self.config.request_seconds,
        )

    async def health(self, _request: Request) -> Response:
        """Whether the process lives."""
        return JSONResponse({"status": "ok"})

    async def ready(self, _request: Request) -> Response:
        """Whether every tenant's database answers and is migrated."""
        states = {name: await _state(tenant) for name, tenant in self.tenants.items()}
        good = all(state == "ready" for state in states.values())
        return JSONResponse({"status": "ready" if good else "not ready", "tenants": states}, 200 if good else 503)

    async def contract(self, request: Request) -> Response:
        """The SDL."""
        return validated(request, _sdl(), "text/plain")

    async def enter_sandbox(self, request: Request) -> Response:
        """POST /sandbox/sessions {role, schoolCds?, educator?}: a token without any credential; with the CSRF header a
        cookie as well."""
        await self.rate.spend(asker_of(request, None))
        given = parsed(await request.body(), "body")
        if not isinstance(given, dict) or not isinstance(given.get("role"), str):
            raise BadInput("role: expected one of the sandbox roles as a text.")
        for name in ("schoolCds", "educator"):
            if not isinstance(given.get(name), str | None):
                raise BadInput(f"{name}: expected a text.")
        entered = await self._sandbox_session(given)
        response = JSONResponse(entered, 201, {"cache-control": "no-store"})
        if from_our_pages(request.headers):
            keep(response, self.callers.cookie, put_together(SANDBOX, entered["token"]), self.callers)
        return response

    async def _sandbox_session(self, given: dict[str, Any]) -> dict[str, Any]:
        tenant = self.tenants[SANDBOX]
        viewer = await tenant.database.run(
            lambda session: enter(session, given["role"], given.get("schoolCds"), given.get("educator"))
        )
        lifetime = timedelta(minutes=self.config.sandbox_session_minutes)
        token, expires_at = issue_token(viewer, tenant.key, lifetime)
        grant = (viewer.grants or ())[0]
        shown = {"login": viewer.login, "role": grant.role, "organization": grant.organization}
        return {
            "token": token,
            "tokenType": "Bearer",
            "expiresAt": f"{expires_at:%Y-%m-%dT%H:%M:%SZ}",
            "viewer": shown,
        }

    def start(self) -> None:
        """Begin what runs beside the requests."""
        for tenant in self.tenants.values():
            tenant.disclosures.start()

    async def close(self) -> None:
        for tenant in self.tenants.values():
            await tenant.disclosures.stop()
            await tenant.database.close()
        if self.traces:
            self.traces.close()


@cache
def _sdl() -> bytes:
    return schema.as_str().encode()


async def told(_request: Request, error: Exception) -> Response:
    """An error of any route, as GraphQL tells it."""
    match error:
        case CersError():
            return refused(error)
        case ClientDisconnect():
            return Response(status_code=400)
        case HTTPException(status_code=404):
            return refused(NotFound("There is nothing at this address."))
        case HTTPException():
            return refused(HttpRefusal(f"{error.detail}.", error.status_code, error.headers))
    return unexpected(error)


def _middleware(config: Settings) -> list[Middleware]:
    origins = Middleware(
        CORSMiddleware,
        allow_origins=config.cors_origins,
        allow_methods=["GET", "POST"],
        allow_headers=["Authorization", "Content-Type", "If-None-Match", CSRF_HEADER],
        allow_credentials=True,
        expose_headers=["ETag", "Retry-After"],
        max_age=600,
    )
    size = Middleware(SizeLimit, most=config.request_bytes)
    return [origins, size] if config.cors_origins else [size]


async def _state(tenant: Tenant) -> str:
    try:
        await tenant.database.run(lambda session: session.scalars(select(models.Tenant)).one())
    except Exception:
        return "not ready"
    return "ready"


def serving() -> Starlette:
    """The application of a process of its own, which logs as the settings say.

    What is there from the start stays, and a page makes thousands of objects that no cycle holds: with Python's own
    thresholds looking for cycles takes an eighth of a group page's CPU.
    """
    logs.configure(settings().log_format, settings().log_level)
    app = create_app()
    gc.collect()
    gc.freeze()
    gc.set_threshold(*COLLECTED)
    return app


def create_app(config: Settings | None = None) -> Starlette:
    """The ASGI application for these settings."""
    application = Application(config or settings())

    @asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        application.start()
        yield
        await application.close()

    routes = [
        Route("/graphql", application.graphql.respond, methods=["GET", "POST"], middleware=[COMPRESSED]),
        Route("/schema.graphql", application.contract, middleware=[COMPRESSED]),
        Route("/health", application.health),
        Route("/ready", application.ready),
    ]
    routes += SignOnRoutes(application.callers).routes()
    if application.config.sandbox:
        routes.append(Route("/sandbox/sessions", application.enter_sandbox, methods=["POST"]))
    app = Starlette(
        routes=routes,
        middleware=_middleware(application.config),
        exception_handlers=dict.fromkeys((CersError, ClientDisconnect, HTTPException, Exception), told),
        lifespan=lifespan,
    )
    app.state.application = application
    return app
