"""Requests larger than allowed, with and without a word of it before."""

from collections.abc import AsyncIterator
from typing import Any

import orjson
import pytest

from tests.schema.asking import Service, codes

MOST = 4096
"""As `wire` is set."""


def body_of(size: int) -> bytes:
    query = b'{"query": "{ __typename }", "extensions": {"padding": "'
    return query + b"x" * (size - len(query) - 3) + b'"}}'


async def in_pieces(body: bytes) -> AsyncIterator[bytes]:
    for start in range(0, len(body), 1000):
        yield body[start : start + 1000]


@pytest.mark.parametrize("streamed", [False, True])
@pytest.mark.parametrize(("size", "status"), [(MOST, 200), (MOST + 1, 413)])
async def test_a_body_is_not_larger_than_allowed(wire: Service, size: int, status: int, streamed: bool) -> None:
    body = body_of(size)
    assert len(body) == size
    assert orjson.loads(body)
    content: Any = in_pieces(body) if streamed else body
    response = await wire.send(content=content, headers={"content-type": "application/json"})
    assert response.status_code == status
    assert codes(response) == ([] if status == 200 else ["BAD_INPUT"])


async def test_a_body_without_end_is_given_up(wire: Service) -> None:
    sent = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal sent
        while True:
            sent += 1000
            yield b"x" * 1000

    response = await wire.send(content=endless(), headers={"content-type": "application/json"})
    assert response.status_code == 413
    assert sent <= MOST + 2000


async def test_a_query_string_is_not_larger_than_allowed(wire: Service) -> None:
    response = await wire.send("GET", params={"query": "{ __typename } #" + "x" * MOST})
    assert response.status_code == 413
    assert codes(response) == ["BAD_INPUT"]


async def test_a_refusal_is_the_newer_media_type_where_the_body_told_too_late(wire: Service) -> None:
    headers = {"content-type": "application/json", "accept": "application/graphql-response+json"}
    response = await wire.send(content=in_pieces(body_of(MOST + 1)), headers=headers)
    assert response.headers["content-type"].startswith("application/graphql-response+json")
