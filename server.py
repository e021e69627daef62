"""Assembles the ASGI application: settings, tenants, identity, schema, routes."""

import gc
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager
from datetime import timedelta
from functools import cache
from pathlib import Path
from secrets import token_urlsafe

from sqlalchemy import select
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

import models
from models.database import Database, Watched
from pages import Pages
from policies.callers import CSRF_HEADER, Callers
from policies.disclosure import DisclosureLog
from policies.errors import CersError, NotFound
from policies.rate import Rate
from policies.sandbox import SANDBOX
from policies.sign_on import SignOn
from resolvers.context import Tenant
from sandbox import Sandbox, Terms
from sandbox.copies import Most
from sandbox.routes import SandboxRoutes
from schema import schema
from schema.http import GraphQLEndpoint, HttpRefusal, refused, unexpected
from schema.http_caching import validated
from schema.http_size import SizeLimit
from schema.trusted_documents import TrustedDocuments, read_manifest
from settings import Settings, settings
from sign_on import SignOnRoutes
from watch import Watch, logs
from watch.metrics import Metrics
from watch.traces import Traces

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


def open_sandbox(config: Settings, watched: Watched | None) -> Sandbox | None:
    """The sandbox, where the settings have it served."""
    if not config.sandbox:
        return None
    terms = Terms(
        idle=timedelta(minutes=config.sandbox_session_minutes),
        absolute=timedelta(hours=config.sandbox_session_hours),
        room=timedelta(hours=config.sandbox_room_hours),
        most=Most(config.sandbox_copies, config.sandbox_rooms, config.sandbox_megabytes * 1024 * 1024),
        open_copies=config.sandbox_open_copies,
        plans=config.plan_cache,
    )
    limits = config.limits(introspection=True, suggestions=True)
    return Sandbox(config.sandbox_path, sandbox_key(config.sandbox_path), limits, terms, watched)


def open_tenants(config: Settings, sandbox: Sandbox | None, watched: Watched | None) -> dict[str, Tenant]:
    """Every tenant of the settings by name, the sandbox first."""
    tenants = {SANDBOX: sandbox.original} if sandbox else {}
    for name, tenant in config.tenants.items():
        database = Database(tenant.database, for_reading=tenant.database_for_reading, watched=watched)
        limits = config.limits(introspection=tenant.introspection, suggestions=tenant.suggestions)
        disclosures = DisclosureLog(database, config.disclosure_journals / name, days=config.disclosure_days)
        key, plans = tenant.key.get_secret_value(), config.plan_cache
        tenants[name] = Tenant(name, database, key, disclosures, plans=plans, limits=limits)
    if not tenants:
        raise ValueError("settings: no tenant to serve; set CERS_TENANTS__NAME__DATABASE or CERS_SANDBOX")
    return tenants


def _callers(config: Settings, tenants: Mapping[str, Tenant], sandbox: Sandbox | None) -> Callers:
    """Everybody who may call: with a token of a tenant's own, of its provider, or of a session of the sandbox."""
    keys = {name: tenant.key for name, tenant in tenants.items()}
    providers = {name: tenant.sign_on for name, tenant in config.tenants.items() if tenant.sign_on}
    sign_ons = {
        name: SignOn(name, provider, keys[name], config.origin, tenants[name].database, tenants[name].reference)
        for name, provider in providers.items()
    }
    return Callers(keys, sign_ons, {SANDBOX: sandbox.visits} if sandbox else {}, secure=config.secure)


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
        watched = self.traces.before if self.traces else None
        self.sandbox = open_sandbox(config, watched)
        self.tenants = open_tenants(config, self.sandbox, watched)
        self.callers = _callers(config, self.tenants, self.sandbox)
        self.rate = Rate(config.rate)
        self.graphql = GraphQLEndpoint(
            {**self.tenants, **({SANDBOX: self.sandbox} if self.sandbox else {})},
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

    def routes(self) -> list[BaseRoute]:
        """Every address, GraphQL's first."""
        pages = Pages(self.callers.sign_ons, sandbox=self.sandbox is not None)
        respond = pages.for_browsers(self.graphql.respond)
        routes: list[BaseRoute] = [
            Route("/graphql", respond, methods=["GET", "POST"], middleware=[COMPRESSED]),
            Route("/schema.graphql", self.contract, middleware=[COMPRESSED]),
            Route("/health", self.health),
            Route("/ready", self.ready),
            *SignOnRoutes(self.callers).routes(),
            *pages.routes(),
        ]
        if self.sandbox:
            wrong = Rate(self.config.sandbox_wrong_codes)
            routes += SandboxRoutes(self.sandbox, self.callers, self.rate, wrong).routes()
        return routes

    def start(self) -> None:
        """Begin what runs beside the requests."""
        for tenant in self.tenants.values():
            if tenant.disclosures:
                tenant.disclosures.start()
        if self.sandbox:
            self.sandbox.start()

    async def close(self) -> None:
        for tenant in self.tenants.values():
            if tenant.disclosures:
                await tenant.disclosures.stop()
            await tenant.database.close()
        if self.sandbox:
            await self.sandbox.close()
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
        allow_methods=["GET", "POST", "DELETE"],
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

    app = Starlette(
        routes=application.routes(),
        middleware=_middleware(application.config),
        exception_handlers=dict.fromkeys((CersError, ClientDisconnect, HTTPException, Exception), told),
        lifespan=lifespan,
    )
    app.state.application = application
    return app
