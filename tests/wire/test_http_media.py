"""Which media type an answer has, and what is refused before anything is asked."""

import pytest

from schema.http_media import JSON, RESPONSE_JSON, answered_in
from tests.schema.asking import Service, codes

QUERY = "{ __typename }"
BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
ACCEPTED = {
    "": JSON,
    "*/*": JSON,
    "application/*": JSON,
    BROWSER: JSON,
    f"{JSON}, */*;q=0.1": JSON,
    f"{RESPONSE_JSON}, */*": RESPONSE_JSON,
    f"{JSON}, {RESPONSE_JSON}": RESPONSE_JSON,
    f"{RESPONSE_JSON}; charset=utf-8, {JSON}; charset=utf-8": RESPONSE_JSON,
    f"{RESPONSE_JSON};q=0.5, {JSON};q=0.9": JSON,
    f"{RESPONSE_JSON};q=0.9, {JSON};q=0.5": RESPONSE_JSON,
    f"{RESPONSE_JSON};q=0, */*": JSON,
    f"{JSON};q=0, */*": RESPONSE_JSON,
    "Application/JSON; Q=0.3": JSON,
    f"{RESPONSE_JSON};q=much, {JSON}": JSON,
    f"{RESPONSE_JSON};charset=iso-8859-1, {JSON};q=0.1": JSON,
    "text/html": None,
    "application/jsonp, text/application/json": None,
    f"{JSON};q=0": None,
    "*/*;q=0": None,
    f"{JSON};charset=utf-16": None,
}


@pytest.mark.parametrize("accept", ACCEPTED)
def test_the_media_type_is_the_one_with_the_most_weight(accept: str) -> None:
    assert answered_in(accept) == ACCEPTED[accept]


@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_what_cannot_be_answered_in_an_accepted_media_type_is_not_run(wire: Service, method: str) -> None:
    response = await wire.send(method, params={"query": QUERY}, headers={"accept": "text/html, image/png"})
    assert response.status_code == 406
    assert response.headers["content-type"].startswith(JSON)
    assert codes(response) == ["BAD_INPUT"]


async def test_several_headers_say_what_one_would(wire: Service) -> None:
    request = wire.client.build_request("POST", "/graphql", json={"query": QUERY})
    del request.headers["accept"]
    headers = [*request.headers.items(), ("accept", "text/html"), ("accept", RESPONSE_JSON)]
    response = await wire.client.post("/graphql", json={"query": QUERY}, headers=headers)
    assert response.headers["content-type"].startswith(RESPONSE_JSON)


@pytest.mark.parametrize(
    "content_type",
    ["", "text/plain", "application/graphql", "application/x-www-form-urlencoded", f"{JSON}; charset=latin1"],
)
async def test_a_body_that_is_not_said_to_be_json_is_not_read(wire: Service, content_type: str) -> None:
    response = await wire.send(content=b'{"query": "{ __typename }"}', headers={"content-type": content_type})
    assert response.status_code == 415
    assert response.headers["accept-post"] == JSON
    assert codes(response) == ["BAD_INPUT"]


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "OPTIONS"])
async def test_another_method_hears_which_there_are(wire: Service, method: str) -> None:
    response = await wire.send(method)
    assert response.status_code == 405
    assert {each.strip() for each in response.headers["allow"].split(",")} == {"GET", "HEAD", "POST"}
    assert codes(response) == ["BAD_INPUT"]


async def test_an_address_with_nothing_behind_it_says_so_in_json(wire: Service) -> None:
    response = await wire.client.get("/graphiql")
    assert response.status_code == 404
    assert codes(response) == ["NOT_FOUND"]


async def test_head_is_get_without_its_body(wire: Service) -> None:
    response = await wire.send("HEAD", params={"query": QUERY})
    assert response.status_code == 200


async def test_a_bad_token_is_told_which_credentials_count(wire: Service) -> None:
    response = await wire.send(json={"query": QUERY}, headers={"authorization": "Bearer nonsense"})
    assert response.status_code == 401
    assert response.headers["www-authenticate"] == "Bearer"
