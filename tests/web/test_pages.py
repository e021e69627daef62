"""What a browser finds besides the API: the pages as they were built, under a strict policy; clients find the API."""

from collections.abc import AsyncIterator
from pathlib import Path

import httpx2
import pytest
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from pages import Pages
from policies.errors import CersError
from schema.http_media import prefers_html
from server import told

BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8"
BUILT = {
    "index.html": "<!doctype html><title>landing</title>",
    "graphiql.html": "<!doctype html><title>graphiql</title>",
    "guides/index.html": "<!doctype html><title>guides</title>",
    "guides/quick-start.html": "<!doctype html><title>quick start</title>",
    "guides/flyer.pdf": "%PDF-1.7 a flyer",
    "cers.svg": "<svg xmlns='http://www.w3.org/2000/svg'/>",
    "assets/page-0a1b2c.js": "export {};" * 500,
    "assets/page-3d4e5f.css": "a{}",
}


async def api(_request: Request) -> Response:
    return PlainTextResponse("the API")


def client(folder: Path, *sign_ons: str, sandbox: bool = True) -> httpx2.AsyncClient:
    pages = Pages(sign_ons, sandbox=sandbox, folder=folder)
    app = Starlette(
        routes=[Route("/graphql", pages.for_browsers(api), methods=["GET", "POST"]), *pages.routes()],
        exception_handlers=dict.fromkeys((CersError, HTTPException), told),
    )
    transport = httpx2.ASGITransport(app)
    return httpx2.AsyncClient(transport=transport, base_url="http://cers.test", headers={"accept": BROWSER})


@pytest.fixture
async def browser(tmp_path: Path) -> AsyncIterator[httpx2.AsyncClient]:
    for name, text in BUILT.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    (tmp_path.parent / "secret.html").write_text("not for browsers", encoding="utf-8")
    async with client(tmp_path) as browser:
        yield browser


async def test_the_flyer_is_there_to_print(browser: httpx2.AsyncClient) -> None:
    flyer = await browser.get("/guides/flyer.pdf")
    assert flyer.headers["content-type"] == "application/pdf"
    assert flyer.text == BUILT["guides/flyer.pdf"]
    assert flyer.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize(
    ("path", "title"),
    [("/", "landing"), ("/graphql", "graphiql"), ("/guides/", "guides"), ("/guides/quick-start", "quick start")],
)
async def test_a_browser_finds_each_page_and_asks_anew_whether_it_changed(
    browser: httpx2.AsyncClient, path: str, title: str
) -> None:
    page = await browser.get(path)
    assert page.status_code == 200
    assert f"<title>{title}</title>" in page.text
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert page.headers["cache-control"] == "public, no-cache"
    assert "accept" in page.headers["vary"].lower()
    again = await browser.get(path, headers={"if-none-match": page.headers["etag"]})
    assert again.status_code == 304


@pytest.mark.parametrize("path", ["/", "/graphql", "/guides/", "/assets/page-0a1b2c.js", "/cers.svg"])
async def test_nothing_runs_that_does_not_come_from_here_and_nobody_frames_us(
    browser: httpx2.AsyncClient, path: str
) -> None:
    headers = (await browser.get(path)).headers
    policy = dict(each.strip().split(" ", 1) for each in headers["content-security-policy"].split(";"))
    assert policy["default-src"] == "'none'"
    assert policy["script-src"] == "'self'"
    assert policy["frame-ancestors"] == "'none'"
    assert policy.get("connect-src", "'none'") in ("'self'", "'none'")
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["cross-origin-opener-policy"] == "same-origin"
    assert "camera=()" in headers["permissions-policy"]


async def test_only_graphiql_may_write_styles_into_its_page(browser: httpx2.AsyncClient) -> None:
    loose = [path for path in ("/", "/graphql", "/guides/") if "unsafe" in await policy_of(browser, path)]
    assert loose == ["/graphql"]


async def policy_of(browser: httpx2.AsyncClient, path: str) -> str:
    return str((await browser.get(path)).headers["content-security-policy"])


async def test_files_named_by_their_content_are_kept_for_good_and_sent_small(browser: httpx2.AsyncClient) -> None:
    script = await browser.get("/assets/page-0a1b2c.js", headers={"accept-encoding": "gzip"})
    assert script.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert "/javascript" in script.headers["content-type"]
    assert script.headers["content-encoding"] == "gzip"
    assert script.text == BUILT["assets/page-0a1b2c.js"]
    assert (await browser.get("/assets/page-3d4e5f.css")).headers["content-type"].startswith("text/css")


@pytest.mark.parametrize(
    "path",
    [
        "/assets/page-ffffff.js",
        "/assets/",
        "/assets/../index.html",
        "/assets/%2e%2e/%2e%2e/secret.html",
        "/guides/unknown",
        "/guides/..%2f..%2fsecret",
        "/guides/quick-start.html",
        "/index.html",
    ],
)
async def test_what_is_not_there_is_told_as_everywhere_and_is_not_kept(browser: httpx2.AsyncClient, path: str) -> None:
    answer = await browser.get(path)
    assert answer.status_code == 404
    assert answer.json()["errors"][0]["extensions"]["code"] == "NOT_FOUND"
    assert "immutable" not in answer.headers["cache-control"]


@pytest.mark.parametrize(
    "accept",
    [
        "*/*",
        "application/json",
        "application/graphql-response+json, application/json;q=0.9",
        "text/html, application/json",
        "text/html;q=0.5, application/json",
        "text/html;q=0",
        "",
    ],
)
async def test_who_does_not_ask_for_a_page_finds_the_api(browser: httpx2.AsyncClient, accept: str) -> None:
    assert (await browser.get("/graphql", headers={"accept": accept})).text == "the API"


async def test_a_browser_that_brings_an_operation_finds_the_api(browser: httpx2.AsyncClient) -> None:
    for name in ("query", "documentId", "extensions"):
        assert (await browser.get("/graphql", params={name: "{ programs { code } }"})).text == "the API"
    assert (await browser.post("/graphql", json={"query": "{ programs { code } }"})).text == "the API"


@pytest.mark.parametrize(("accept", "page"), [(BROWSER, True), ("TEXT/HTML", True), ("text/*", False), ("", False)])
def test_a_page_is_asked_for_by_name(accept: str, page: bool) -> None:
    assert prefers_html(accept) is page


async def test_the_landing_page_learns_where_one_may_enter(tmp_path: Path) -> None:
    async with client(tmp_path, "north county", sandbox=False) as browser:
        answer = await browser.get("/entrances")
    path = "/sign-in?tenant=north+county&return=%2Fgraphql"
    assert answer.json() == {"sandbox": False, "signOn": [{"tenant": "north county", "path": path}]}
    assert answer.headers["cache-control"] == "no-cache"


@pytest.mark.parametrize("path", ["/", "/graphql", "/guides/"])
async def test_without_built_pages_a_browser_is_told_and_the_api_answers(tmp_path: Path, path: str) -> None:
    async with client(tmp_path) as browser:
        page = await browser.get(path)
        assert page.status_code == 503
        assert "pages are not built" in page.text
        assert "default-src 'none'" in page.headers["content-security-policy"]
        assert (await browser.get("/graphql", headers={"accept": "application/json"})).text == "the API"
