"""Which pages of other origins may ask, and which answers are compressed."""

import gzip

import httpx2
import pytest
from pydantic import ValidationError

from policies.callers import CSRF_HEADER
from server import create_app
from settings import Settings
from tests.schema.asking import Service

LISTED, OTHER = "https://reports.example.org", "https://elsewhere.example.org"
PREFLIGHT = {
    "access-control-request-method": "POST",
    "access-control-request-headers": f"authorization, content-type, {CSRF_HEADER}",
}


async def test_a_listed_origin_may_ask_with_credentials(wire: Service) -> None:
    asked = await wire.send("OPTIONS", headers={"origin": LISTED, **PREFLIGHT})
    assert asked.status_code == 200
    assert asked.headers["access-control-allow-origin"] == LISTED
    assert asked.headers["access-control-allow-credentials"] == "true"
    assert int(asked.headers["access-control-max-age"]) >= 600
    answer = await wire.send(json={"query": "{ __typename }"}, headers={"origin": LISTED})
    assert answer.headers["access-control-allow-origin"] == LISTED
    assert "Origin" in answer.headers["vary"]


@pytest.mark.parametrize(
    "origin", [OTHER, "null", "https://reports.example.org.evil.org", "http://reports.example.org"]
)
async def test_another_origin_may_not(wire: Service, origin: str) -> None:
    asked = await wire.send("OPTIONS", headers={"origin": origin, **PREFLIGHT})
    answer = await wire.send(json={"query": "{ __typename }"}, headers={"origin": origin})
    assert asked.status_code == 400
    assert "access-control-allow-origin" not in asked.headers
    assert "access-control-allow-origin" not in answer.headers


async def test_a_listed_origin_reads_refusals_too(wire: Service) -> None:
    response = await wire.send(content=b"x" * 5000, headers={"origin": LISTED})
    assert response.status_code == 413
    assert response.headers["access-control-allow-origin"] == LISTED


async def test_without_a_list_no_other_origin_may_ask(wire: Service) -> None:
    app = create_app(wire.app.state.application.config.model_copy(update={"cors_origins": ()}))
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app=app), base_url="http://test") as client:
        asked = await client.options("/graphql", headers={"origin": LISTED, **PREFLIGHT})
    assert asked.status_code == 405
    assert "access-control-allow-origin" not in asked.headers
    await app.state.application.close()


@pytest.mark.parametrize(
    "origin", ["*", "https://*.example.org", "https://a.example/", "https://a.example/x", "a.example"]
)
def test_an_origin_is_named_exactly(origin: str) -> None:
    with pytest.raises(ValidationError):
        Settings(cors_origins=[origin])


async def test_a_large_answer_is_compressed_for_who_accepts_it(wire: Service) -> None:
    plain = await wire.client.get("/schema.graphql", headers={"accept-encoding": "identity"})
    request = wire.client.build_request("GET", "/schema.graphql", headers={"accept-encoding": "gzip"})
    packed = await wire.client.send(request, stream=True)
    raw = b"".join([chunk async for chunk in packed.aiter_raw()])
    assert "content-encoding" not in plain.headers
    assert packed.headers["content-encoding"] == "gzip"
    assert "Accept-Encoding" in packed.headers["vary"]
    assert gzip.decompress(raw) == plain.content
    assert len(raw) < len(plain.content) / 3


async def test_a_small_answer_is_not(wire: Service) -> None:
    response = await wire.send(json={"query": "{ viewer { login } }"}, headers={"accept-encoding": "gzip"})
    assert "content-encoding" not in response.headers
