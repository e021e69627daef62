"""Assembles the ASGI application: settings, tenants, identity, schema, routes."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from secrets import token_urlsafe
from typing import Any

from sqlalchemy import select
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

import models
from models.database import Database
from policies.disclosure import DisclosureLog
from policies.errors import BadInput, CersError
from policies.identity import issue_token
from policies.sandbox import enter
from resolvers.context import Tenant
from schema import schema
from schema.http import JSON, GraphQLEndpoint, _json, refused
from settings import Settings, settings

SANDBOX = "sandbox"


def sandbox_key(path: Path) -> str:
    """The sandbox's own key, made once and kept beside its database."""
    file = path.with_suffix(".key")
    if not file.exists():
        file.parent.mkdir(parents=True, exist_ok=True)
        file.touch(mode=0o600)
        file.write_text(token_urlsafe(48), encoding="ascii")
    return file.read_text(encoding="ascii").strip()


def open_tenants(config: Settings) -> dict[str, Tenant]:
    """Every tenant of the settings by name, the sandbox first."""
    tenants = {}
    if config.sandbox:
        database = Database(f"sqlite:///{config.sandbox_path.resolve()}")
        tenants[SANDBOX] = _open(config, SANDBOX, database, sandbox_key(config.sandbox_path))
    for name, tenant in config.tenants.items():
        database = Database(tenant.database, for_reading=tenant.database_for_reading)
        tenants[name] = _open(config, name, database, tenant.key.get_secret_value())
    if not tenants:
        raise ValueError("settings: no tenant to serve; set CERS_TENANTS__NAME__DATABASE or CERS_SANDBOX")
    return tenants


def _open(config: Settings, name: str, database: Database, key: str) -> Tenant:
    disclosures = DisclosureLog(database, config.disclosure_journals / name, days=config.disclosure_days)
    return Tenant(name, database, key, disclosures, plans=config.plan_cache, max_nodes=config.max_nodes)


class Application:
    """The routes over the tenants of one process."""

    def __init__(self, config: Settings) -> None:
        self.config = config
        self.tenants = open_tenants(config)
        self.graphql = GraphQLEndpoint(self.tenants, default=next(iter(self.tenants)))

    async def health(self, _request: Request) -> Response:
        """Whether the process lives."""
        return JSONResponse({"status": "ok"})

    async def ready(self, _request: Request) -> Response:
        """Whether every tenant's database answers and is migrated."""
        states = {name: await _state(tenant) for name, tenant in self.tenants.items()}
        good = all(state == "ready" for state in states.values())
        return JSONResponse({"status": "ready" if good else "not ready", "tenants": states}, 200 if good else 503)

    async def contract(self, _request: Request) -> Response:
        """The SDL."""
        return PlainTextResponse(schema.as_str())

    async def enter_sandbox(self, request: Request) -> Response:
        """POST /sandbox/sessions {role, schoolCds?, educator?}: a token without any credential."""
        try:
            given = _json(await request.body(), "body")
            if not isinstance(given, dict) or not isinstance(given.get("role"), str):
                raise BadInput("role: expected one of the sandbox roles as a text.")
            for name in ("schoolCds", "educator"):
                if not isinstance(given.get(name), str | None):
                    raise BadInput(f"{name}: expected a text.")
            return JSONResponse(await self._sandbox_session(given), 201, {"cache-control": "no-store"})
        except CersError as error:
            return refused(error, JSON, status=400)

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


async def _state(tenant: Tenant) -> str:
    try:
        await tenant.database.run(lambda session: session.scalars(select(models.Tenant)).one())
    except Exception:
        return "not ready"
    return "ready"


def create_app(config: Settings | None = None) -> Starlette:
    """The ASGI application for these settings."""
    application = Application(config or settings())

    @asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        application.start()
        yield
        await application.close()

    routes = [
        Route("/graphql", application.graphql.respond, methods=["GET", "POST"]),
        Route("/schema.graphql", application.contract),
        Route("/health", application.health),
        Route("/ready", application.ready),
    ]
    if application.config.sandbox:
        routes.append(Route("/sandbox/sessions", application.enter_sandbox, methods=["POST"]))
    app = Starlette(routes=routes, lifespan=lifespan)
    app.state.application = application
    return app
