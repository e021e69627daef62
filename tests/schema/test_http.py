"""GraphQL over HTTP: what a client may send, and the clear coded error for everything else."""

import re
from typing import Any

import orjson
import pytest

from resolvers.engine.types import needs_of
from schema import schema
from tests.schema.asking import OTHER_KEY, Service, bearer, codes
from tests.worlds import viewer

GRAPHQL = schema._schema
QUERY = "{ viewer { login } }"
RESPONSE_JSON = "application/graphql-response+json"
TRACES = re.compile(r"Traceback|File \"|\.py\b|sqlalchemy|sqlite3|asyncpg|SELECT .* FROM|Error\(")


def assert_clear(response: Any, service: Service, code: str) -> None:
    """Every error has the code and a correlation id; nothing of ours or of a student is in the answer."""
    errors = response.json()["errors"]
    assert errors
    for error in errors:
        assert error["message"]
        assert error["extensions"]["code"] == code
        assert re.fullmatch(r"[0-9a-f]{32}", error["extensions"]["correlationId"])
    assert not TRACES.search(response.text)
    for student in (service.world.ana, service.world.ben, service.world.eva, service.world.fay):
        assert student.ssid not in response.text
        assert str(student.last_name) not in response.text


BAD_REQUESTS: dict[str, dict[str, Any]] = {
    "no body": {"content": b"", "headers": {"content-type": "application/json"}},
    "malformed JSON": {"content": b'{"query": ', "headers": {"content-type": "application/json"}},
    "JSON that is no UTF-8": {"content": b'{"query": "\xff"}', "headers": {"content-type": "application/json"}},
    "JSON nested without end": {"content": b"[" * 100_000, "headers": {"content-type": "application/json"}},
    "a list": {"json": [{"query": QUERY}]},
    "a text": {"json": QUERY},
    "null": {"content": b"null", "headers": {"content-type": "application/json"}},
    "a number": {"json": 7},
    "no query": {"json": {"variables": {}}},
    "an empty query": {"json": {"query": "  "}},
    "a query that is no text": {"json": {"query": {"viewer": {}}}},
    "variables that are no object": {"json": {"query": QUERY, "variables": [1]}},
    "variables as a text": {"json": {"query": QUERY, "variables": "{}"}},
    "an operation name that is no text": {"json": {"query": QUERY, "operationName": 1}},
    "extensions that are no object": {"json": {"query": QUERY, "extensions": []}},
    "no content type": {"content": orjson.dumps({"query": QUERY})},
    "a form": {"data": {"query": QUERY}},
    "another content type": {"content": QUERY.encode(), "headers": {"content-type": "application/graphql"}},
    "a text with JSON in it": {"content": orjson.dumps({"query": QUERY}), "headers": {"content-type": "text/plain"}},
}

NOT_SAID_TO_BE_JSON = {"no content type", "a form", "another content type", "a text with JSON in it"}


@pytest.mark.parametrize("name", BAD_REQUESTS)
async def test_a_request_that_is_none_is_bad_input(sqlite_service: Service, name: str) -> None:
    response = await sqlite_service.send(**BAD_REQUESTS[name])
    assert response.status_code == (415 if name in NOT_SAID_TO_BE_JSON else 400)
    assert_clear(response, sqlite_service, "BAD_INPUT")


BAD_DOCUMENTS = {
    "malformed": "{ viewer ",
    "no GraphQL": "Hello?",
    "a character that means nothing": "{ viewer { login } } ?",
    "an unknown root field": "{ teachers { login } }",
    "an unknown field": "{ viewer { password } }",
    "an unknown argument": "{ students(limit: 3) { totalCount } }",
    "an unknown type": "{ ... on Teacher { login } }",
    "no selection": "{ viewer }",
    "a selection on a leaf": "{ viewer { login { name } } }",
    "an unknown fragment": "{ viewer { ...who } }",
    "a fragment that holds itself": "{ viewer { ...a } } fragment a on Viewer { ...b } fragment b on Viewer { ...a }",
    "fields that conflict": "{ viewer { who: login who: displayName } }",
    "an unknown directive": "{ viewer { login @uppercase } }",
    "a missing argument": "{ student { ssid } }",
    "a missing variable": "query ($ssid: SSID!) { student(ssid: $ssid) { ssid } }",
    "an undeclared variable": "{ student(ssid: $ssid) { ssid } }",
    "a mutation": "mutation { drop }",
    "a subscription": "subscription { results { id } }",
    "a fragment alone": "fragment a on Viewer { login }",
    "several operations without a choice": "query A { viewer { login } } query B { viewer { login } }",
}


@pytest.mark.parametrize("name", BAD_DOCUMENTS)
async def test_a_document_that_cannot_run_is_bad_input(sqlite_service: Service, name: str) -> None:
    """RFC of GraphQL over HTTP: 200 for application/json, 400 for application/graphql-response+json."""
    body = {"query": BAD_DOCUMENTS[name]}
    modern = await sqlite_service.send(json=body, headers={"accept": RESPONSE_JSON})
    assert modern.status_code == 400
    assert "data" not in modern.json()
    assert_clear(modern, sqlite_service, "BAD_INPUT")


async def test_a_document_that_cannot_run_is_200_for_older_clients(sqlite_service: Service) -> None:
    response = await sqlite_service.send(json={"query": "{ viewer { password } }"})
    assert response.status_code == 200
    assert response.headers["content-type"] == "application/json; charset=utf-8"
    assert codes(response) == ["BAD_INPUT"]


async def test_an_unknown_operation_name_is_bad_input(sqlite_service: Service) -> None:
    response = await sqlite_service.send(json={"query": "query A { viewer { login } }", "operationName": "B"})
    assert_clear(response, sqlite_service, "BAD_INPUT")


@pytest.mark.parametrize(
    ("query", "code"),
    [(QUERY, None), ("{ students { totalCount } }", "UNAUTHENTICATED"), ("{ viewer { password } }", "BAD_INPUT")],
)
async def test_the_newer_media_type_is_answered_in_kind(sqlite_service: Service, query: str, code: str | None) -> None:
    response = await sqlite_service.send(json={"query": query}, headers={"accept": RESPONSE_JSON})
    assert response.headers["content-type"] == f"{RESPONSE_JSON}; charset=utf-8"
    assert codes(response) == ([code] if code else [])
    assert response.status_code == (400 if code == "BAD_INPUT" else 200)


async def test_answers_are_kept_by_nobody(sqlite_service: Service) -> None:
    for query in (QUERY, "{ viewer { password } }", "{"):
        response = await sqlite_service.ask(sqlite_service.world.teacher(), query)
        assert response.headers["cache-control"] == "private, no-store"


async def test_a_query_may_be_sent_by_get(sqlite_service: Service) -> None:
    document = "query Who($ssid: SSID!) { student(ssid: $ssid) { firstName } }"
    variables = orjson.dumps({"ssid": sqlite_service.world.ana.ssid}).decode()
    response = await sqlite_service.send(
        "GET",
        sqlite_service.world.teacher(),
        params={"query": document, "operationName": "Who", "variables": variables},
    )
    assert response.json()["data"] == {"student": {"firstName": "Ana"}}


@pytest.mark.parametrize("kind", ["mutation", "subscription"])
async def test_get_runs_queries_only(sqlite_service: Service, kind: str) -> None:
    response = await sqlite_service.send("GET", params={"query": f"{kind} {{ change }}"})
    assert response.status_code in (400, 405)
    assert codes(response) == ["BAD_INPUT"]
    assert "data" not in response.json()


@pytest.mark.parametrize(
    "params", [{}, {"query": ""}, {"query": QUERY, "variables": "{"}, {"query": QUERY, "variables": "7"}]
)
async def test_a_get_without_a_query_is_bad_input(sqlite_service: Service, params: dict[str, str]) -> None:
    response = await sqlite_service.send("GET", params=params)
    assert response.status_code == 400
    assert_clear(response, sqlite_service, "BAD_INPUT")


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH"])
async def test_other_methods_are_not_allowed(sqlite_service: Service, method: str) -> None:
    assert (await sqlite_service.send(method, json={"query": QUERY})).status_code == 405


PUBLIC = [
    "viewer { login }",
    "programs { code }",
    "assessments { totalCount }",
    "__typename",
]
SIGNED_IN = [
    'student(ssid: "9") { id }',
    "students { totalCount }",
    "groups { totalCount }",
    "results(filter: {}) { totalCount }",
    "schools { totalCount }",
    "districts { totalCount }",
    'school(cdsCode: "9") { id }',
    'district(cdsCode: "9") { id }',
    'node(id: "x") { id }',
    "nodes(ids: []) { id }",
]


@pytest.mark.parametrize("field", PUBLIC)
async def test_public_fields_answer_without_a_token(sqlite_service: Service, field: str) -> None:
    response = await sqlite_service.ask(None, f"{{ {field} }}")
    assert response.status_code == 200
    assert "errors" not in response.json()


@pytest.mark.parametrize("field", SIGNED_IN)
async def test_other_fields_need_a_token(sqlite_service: Service, field: str) -> None:
    response = await sqlite_service.ask(None, f"{{ {field} }}")
    assert_clear(response, sqlite_service, "UNAUTHENTICATED")


def test_no_other_field_is_public() -> None:
    fields = GRAPHQL.type_map["Query"].fields  # type: ignore[attr-defined]
    public = {name for name, definition in fields.items() if needs_of(definition) == frozenset()}
    assert public == {re.split(r"\W", field)[0] for field in PUBLIC if not field.startswith("__")}


@pytest.mark.parametrize("token", ["", "abc", "a.b.c", "eyJhbGciOiJub25lIiwia2lkIjoidGVzdCJ9.eyJzdWIiOiJhZG1pbiJ9."])
async def test_a_token_that_is_not_good_is_refused_even_for_public_fields(sqlite_service: Service, token: str) -> None:
    response = await sqlite_service.send(json={"query": QUERY}, headers={"authorization": f"Bearer {token}"})
    assert response.status_code == 401
    assert_clear(response, sqlite_service, "UNAUTHENTICATED")


async def test_a_token_of_one_tenant_with_another_s_key_is_refused(sqlite_service: Service) -> None:
    headers = bearer(sqlite_service.world.teacher(), key=OTHER_KEY)
    assert (await sqlite_service.send(json={"query": QUERY}, headers=headers)).status_code == 401


@pytest.mark.parametrize(
    ("role", "forbidden"),
    [
        ("AGGREGATE_REPORTER", {"student", "students", "results", "groups"}),
        ("GROUP_ADMINISTRATOR", {"student", "students", "results"}),
        ("SIS_CLIENT", {"student", "students", "results", "groups"}),
        ("TEACHER", set()),
    ],
)
async def test_a_root_field_whose_permission_is_held_nowhere_is_forbidden(
    sqlite_service: Service, role: str, forbidden: set[str]
) -> None:
    who = viewer("who@example.org", (role, "SCHOOL", sqlite_service.world.oak.natural_id))
    for field in SIGNED_IN[:4]:
        response = await sqlite_service.ask(who, f"{{ {field} }}")
        assert codes(response) == (["FORBIDDEN"] if re.split(r"\W", field)[0] in forbidden else [])


async def test_what_answers_stays_beside_what_is_forbidden(sqlite_service: Service) -> None:
    response = await sqlite_service.ask(None, "{ viewer { login } students { totalCount } }")
    assert response.status_code == 200
    assert response.json()["data"] == {"viewer": {"login": None}, "students": None}
    assert_clear(response, sqlite_service, "UNAUTHENTICATED")


async def test_an_unexpected_error_is_masked_and_logged_without_its_message(
    sqlite_service: Service, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    secret = sqlite_service.world.ana.ssid

    async def fail(*_given: Any, **_named: Any) -> None:
        raise RuntimeError(f"SELECT * FROM student WHERE ssid = {secret}")

    engine = sqlite_service.app.state.application.tenants["test"].engine
    monkeypatch.setattr(engine, "answer", fail)
    response = await sqlite_service.ask(sqlite_service.world.teacher(), "{ students { totalCount } }")
    assert_clear(response, sqlite_service, "INTERNAL")
    assert secret not in caplog.text
