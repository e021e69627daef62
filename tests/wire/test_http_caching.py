"""Who may keep an answer."""

import re

import pytest

from tests.schema.asking import Service

REFERENCE = "{ programs { code } assessments { nodes { naturalId } } }"


async def test_reference_data_is_kept_and_asked_for_again(wire: Service) -> None:
    first = await wire.send("GET", params={"query": REFERENCE})
    assert first.json()["data"]["programs"]
    assert first.headers["cache-control"] == "public, no-cache"
    again = await wire.send("GET", params={"query": REFERENCE}, headers={"if-none-match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["etag"] == first.headers["etag"]
    assert again.headers["cache-control"] == first.headers["cache-control"]


@pytest.mark.parametrize("known", ["*", '"other", {tag}', "{strong}"])
async def test_a_tag_is_found_however_it_is_sent(wire: Service, known: str) -> None:
    tag = (await wire.send("GET", params={"query": REFERENCE})).headers["etag"]
    assert re.fullmatch(r'W/"[0-9a-f]{24}"', tag)
    sent = known.format(tag=tag, strong=tag.removeprefix("W/"))
    response = await wire.send("GET", params={"query": REFERENCE}, headers={"if-none-match": sent})
    assert response.status_code == 304


async def test_another_tag_is_answered_in_full(wire: Service) -> None:
    response = await wire.send("GET", params={"query": REFERENCE}, headers={"if-none-match": 'W/"other"'})
    assert response.status_code == 200


async def test_other_questions_have_other_tags(wire: Service) -> None:
    asked = [await wire.send("GET", params={"query": f"{{ programs {{ {name} }} }}"}) for name in ("code", "name")]
    assert asked[0].headers["etag"] != asked[1].headers["etag"]


@pytest.mark.parametrize(
    "query",
    [
        "{ programs { code } viewer { login } }",
        "{ code: viewer { login } }",
        "{ ...everything } fragment everything on Query { programs { code } viewer { login } }",
        "{ programs { code } students { totalCount } }",
        "{ programs { password } }",
        "{ __typename }",
    ],
)
async def test_nobody_keeps_what_may_depend_on_who_asks(wire: Service, query: str) -> None:
    response = await wire.send("GET", params={"query": query})
    assert response.headers["cache-control"] == "private, no-store"
    assert "etag" not in response.headers


async def test_nobody_keeps_an_answer_with_a_viewer(wire: Service) -> None:
    response = await wire.send("GET", wire.world.teacher(), params={"query": REFERENCE}, headers={"if-none-match": "*"})
    assert response.status_code == 200
    assert response.headers["cache-control"] == "private, no-store"


async def test_nobody_keeps_what_was_posted_or_refused(wire: Service) -> None:
    for response in (
        await wire.ask(None, REFERENCE),
        await wire.send("GET"),
        await wire.send("GET", params={"query": REFERENCE}, headers={"authorization": "Bearer nonsense"}),
        await wire.send("PUT"),
        await wire.client.get("/nothing"),
    ):
        assert response.headers["cache-control"] == "private, no-store"


async def test_an_answer_says_what_it_depends_on(wire: Service) -> None:
    for accept_encoding in ("gzip", "identity"):
        response = await wire.send("GET", params={"query": REFERENCE}, headers={"accept-encoding": accept_encoding})
        assert {"Accept", "Authorization", "Cookie"} <= set(response.headers["vary"].split(", "))


async def test_the_contract_is_kept_and_asked_for_again(wire: Service) -> None:
    first = await wire.client.get("/schema.graphql")
    assert first.headers["content-type"] == "text/plain; charset=utf-8"
    assert "type Query" in first.text
    again = await wire.client.get("/schema.graphql", headers={"if-none-match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
