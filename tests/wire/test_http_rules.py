"""The rules of GraphQL over HTTP that other makers' audits ask for, one by one (npm `graphql-http` runs its own in
`make prove`)."""

from typing import Any

import httpx2
import pytest

from schema.http_media import JSON, RESPONSE_JSON
from tests.schema.asking import Service

QUERY = "{ __typename }"
NAMED = "query Named { __typename }"
WITH_VARIABLE = "query Typed($no: Boolean = true) { __typename @skip(if: $no) }"
COERCION = "query Typed($id: ID!) { __typename node(id: $id) { id } }"
BOTH = pytest.mark.parametrize("media", [JSON, RESPONSE_JSON])
OTHER_KINDS: tuple[Any, ...] = ({"an": "object"}, 0, False, ["a", "list"], "a text")


def other_than(kind: type) -> Any:
    return pytest.mark.parametrize("value", [value for value in OTHER_KINDS if type(value) is not kind])


async def post(wire: Service, media: str | None = None, **body: Any) -> httpx2.Response:
    return await wire.send(json=body, headers={"accept": media} if media else {})


def assert_answered(response: httpx2.Response) -> None:
    assert response.status_code == 200
    assert "errors" not in response.json()


@BOTH
async def test_the_answer_is_of_the_media_type_that_is_accepted(wire: Service, media: str) -> None:
    response = await post(wire, media, query=QUERY)
    assert_answered(response)
    assert response.headers["content-type"] == f"{media}; charset=utf-8"


async def test_anything_accepted_is_the_older_media_type(wire: Service) -> None:
    response = await post(wire, "*/*", query=QUERY)
    assert response.headers["content-type"].startswith(JSON)


async def test_nothing_said_of_media_types_is_the_older_one(wire: Service) -> None:
    request = wire.client.build_request("POST", "/graphql", json={"query": QUERY})
    del request.headers["accept"]
    response = await wire.client.send(request)
    assert_answered(response)
    assert response.headers["content-type"].startswith(JSON)


@pytest.mark.parametrize("content_type", [JSON, f"{JSON}; charset=utf-8", f'{JSON};charset="UTF-8"'])
async def test_requests_and_answers_are_utf_8(wire: Service, content_type: str) -> None:
    body = '{"query": "{ viewer { \\u0061: login } __typename } # Ñandú 🏃"}'.encode()
    response = await wire.send(content=body, headers={"content-type": content_type})
    assert_answered(response)
    assert response.content.decode("utf-8")


async def test_a_query_comes_by_get(wire: Service) -> None:
    assert_answered(await wire.send("GET", params={"query": QUERY}))


async def test_a_mutation_does_not_come_by_get(wire: Service) -> None:
    response = await wire.send("GET", params={"query": "mutation { __typename }"}, headers={"accept": RESPONSE_JSON})
    assert response.status_code == 405
    assert response.headers["allow"] == "POST"


async def test_a_body_says_what_it_is(wire: Service) -> None:
    assert (await wire.send(content=b'{"query": "{ __typename }"}')).status_code == 415


async def test_a_post_has_a_body(wire: Service) -> None:
    assert (await wire.send(headers={"content-type": JSON})).status_code == 400


@BOTH
async def test_a_request_has_a_query(wire: Service, media: str) -> None:
    assert (await post(wire, media, notquery=QUERY)).status_code == 400


@other_than(str)
async def test_a_query_is_a_text(wire: Service, value: Any) -> None:
    assert (await post(wire, query=value)).status_code == 400


@other_than(str)
async def test_an_operation_name_is_a_text(wire: Service, value: Any) -> None:
    assert (await post(wire, query=QUERY, operationName=value)).status_code == 400


@pytest.mark.parametrize("parameter", ["variables", "extensions"])
@other_than(dict)
async def test_variables_and_extensions_are_objects(wire: Service, parameter: str, value: Any) -> None:
    assert (await post(wire, query=QUERY, **{parameter: value})).status_code == 400


@BOTH
@pytest.mark.parametrize(
    "given",
    [
        {"query": NAMED, "operationName": "Named"},
        {"query": WITH_VARIABLE, "variables": {"no": False}},
        {"query": QUERY, "extensions": {"some": "value"}},
        {"query": QUERY, "operationName": None},
        {"query": QUERY, "variables": None},
        {"query": QUERY, "extensions": None},
    ],
)
async def test_every_parameter_may_be_given_or_null(wire: Service, media: str, given: dict[str, Any]) -> None:
    assert_answered(await post(wire, media, **given))


@BOTH
@pytest.mark.parametrize("parameter", ["variables", "extensions"])
async def test_objects_come_as_json_by_get(wire: Service, media: str, parameter: str) -> None:
    given = {"query": WITH_VARIABLE, parameter: '{"no": false}'}
    assert_answered(await wire.send("GET", params=given, headers={"accept": media}))


@BOTH
async def test_a_body_is_well_formed_json(wire: Service, media: str) -> None:
    headers = {"content-type": JSON, "accept": media}
    assert (await wire.send(content=b'{ "no JSON', headers=headers)).status_code == 400


@pytest.mark.parametrize(
    "given",
    [{"query": "{"}, {"query": "{ nothingOfThatName }"}, {"query": COERCION, "variables": {"id": None}}],
)
class TestADocumentThatCannotRun:
    async def test_is_200_where_only_the_older_media_type_is_accepted(self, wire: Service, given: Any) -> None:
        response = await post(wire, JSON, **given)
        assert response.status_code == 200
        assert response.json()["errors"]

    async def test_is_400_without_data_in_the_newer_one(self, wire: Service, given: Any) -> None:
        response = await post(wire, RESPONSE_JSON, **given)
        assert response.status_code == 400
        assert "data" not in response.json()
