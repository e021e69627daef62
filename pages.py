"""The pages for browsers: the landing page, GraphiQL and the guides, as `make serve` builds them into web/dist.

Trap: a worker lives under the policy of its own script, so scripts carry one too.
"""

import mimetypes
import re
from collections.abc import Awaitable, Callable, Iterable, Sequence
from pathlib import Path
from urllib.parse import urlencode

from starlette.middleware import Middleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from policies.errors import NotFound
from schema.http_caching import validated
from schema.http_media import prefers_html

DIST = Path(__file__).resolve().parent / "web" / "dist"
OPERATION = {"query", "documentId", "variables", "operationName", "extensions"}
"""Parameters of an address that make it a request of an API client, whatever it accepts."""
SMALL = Middleware(GZipMiddleware, minimum_size=1024, exclude_content_types=())
NAME = re.compile(r"[a-z0-9][a-z0-9-]*")

OWN = {
    "default-src": "'none'",
    "script-src": "'self'",
    "style-src": "'self'",
    "img-src": "'self' data:",
    "font-src": "'self'",
    "connect-src": "'self'",
    "base-uri": "'none'",
    "form-action": "'none'",
    "frame-ancestors": "'none'",
}
GRAPHIQL = {**OWN, "style-src": "'self' 'unsafe-inline'", "font-src": "'self' data:", "worker-src": "'self'"}
"""Its editor, Monaco, places every line by a style attribute and makes style elements as it runs (docs/web.md)."""
ASSET = {"default-src": "'none'", "script-src": "'self'", "frame-ancestors": "'none'"}
DOCUMENT = {"frame-ancestors": "'none'"}
"""Browsers show a PDF by a page of their own, which a narrower policy would bind."""

Endpoint = Callable[[Request], Awaitable[Response]]


def _headers(policy: dict[str, str]) -> dict[str, str]:
    return {
        "content-security-policy": "; ".join(f"{directive} {value}" for directive, value in policy.items()),
        "cross-origin-opener-policy": "same-origin",
        "cross-origin-resource-policy": "same-origin",
        "permissions-policy": "camera=(), display-capture=(), geolocation=(), microphone=(), payment=(), usb=()",
        "referrer-policy": "no-referrer",
        "x-content-type-options": "nosniff",
    }


NOT_BUILT = """<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><title>CERS: pages not built</title></head>
<body>
<h1>CERS answers, but its pages are not built</h1>
<p>The API is at <code>/graphql</code>, its contract at <a href="/schema.graphql">/schema.graphql</a>. To build the
pages, start CERS with <code>make serve</code> where the npm registry can be reached.</p>
</body>
</html>
"""


class Pages:
    """What a browser finds besides the API. `sign_ons`: the tenants with single sign-on; `folder`: what is built."""

    def __init__(self, sign_ons: Iterable[str], *, sandbox: bool, folder: Path = DIST) -> None:
        self._folder = folder
        self._entrances = {
            "sandbox": sandbox,
            "signOn": [
                {"tenant": name, "path": f"/sign-in?{urlencode({'tenant': name, 'return': '/graphql'})}"}
                for name in sign_ons
            ],
        }

    def routes(self) -> Sequence[Route | Mount]:
        return (
            Route("/", self.landing),
            Route("/entrances", self.entrances),
            Route("/cers.svg", self.icon),
            Route("/guides/", self.guide),
            Route("/guides/flyer.pdf", self.flyer),
            Route("/guides/{name}", self.guide),
            Mount(
                "/assets", _kept(StaticFiles(directory=self._folder / "assets", check_dir=False)), middleware=[SMALL]
            ),
        )

    async def landing(self, request: Request) -> Response:
        """GET /: sign in, or enter the sandbox."""
        return self._page(request, "index.html", OWN)

    async def entrances(self, _request: Request) -> Response:
        """GET /entrances: whether there is a sandbox, and where to sign in."""
        return JSONResponse(self._entrances, headers={"cache-control": "no-cache"})

    async def icon(self, request: Request) -> Response:
        """The mark of browser tabs."""
        return self._built(request, "cers.svg", ASSET)

    async def guide(self, request: Request) -> Response:
        """GET /guides/ and the pages under it."""
        name = request.path_params.get("name", "index")
        if not NAME.fullmatch(name):
            raise NotFound("There is nothing at this address.")
        return self._page(request, f"guides/{name}.html", OWN)

    async def flyer(self, request: Request) -> Response:
        """GET /guides/flyer.pdf: the sandbox on one page, to print."""
        response = self._built(request, "guides/flyer.pdf", DOCUMENT)
        response.headers["content-type"] = "application/pdf"
        return response

    def for_browsers(self, api: Endpoint) -> Endpoint:
        """What `api` answers, and GraphiQL for a browser that comes without an operation."""

        async def respond(request: Request) -> Response:
            asks = request.method == "POST" or OPERATION & request.query_params.keys()
            if asks or not prefers_html(", ".join(request.headers.getlist("accept"))):
                return await api(request)
            return self._page(request, "graphiql.html", GRAPHIQL)

        return respond

    def _page(self, request: Request, name: str, policy: dict[str, str]) -> Response:
        if not (self._folder / "index.html").exists():
            return HTMLResponse(NOT_BUILT, 503, {"cache-control": "no-store", **_headers(OWN)})
        return self._built(request, name, policy)

    def _built(self, request: Request, name: str, policy: dict[str, str]) -> Response:
        file = self._folder / name
        if not file.is_file():
            raise NotFound("There is nothing at this address.")
        media = mimetypes.guess_type(name)[0] or "application/octet-stream"
        response = validated(request, file.read_bytes(), media)
        response.headers.update(_headers(policy))
        return response


def _kept(files: ASGIApp) -> ASGIApp:
    """Files whose names change with their content: kept for good, and never asked for again."""
    headers = [(name.encode(), value.encode()) for name, value in _headers(ASSET).items()]
    forever = (b"cache-control", b"public, max-age=31536000, immutable")

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        async def sent(message: Message) -> None:
            if message["type"] == "http.response.start" and message["status"] in (200, 206, 304):
                message["headers"] = [*message["headers"], *headers, forever]
            await send(message)

        await files(scope, receive, sent)

    return app
