"""What hostile clients send, after graphql-cop: refused with its code before any statement reaches a database."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from functools import reduce
from typing import Any

import pytest

from models.database import Database
from tests.resolvers.overheard import overheard
from tests.schema.asking import Service, codes
from tests.schema.test_http import assert_clear
from tests.worlds import SmallWorld


@dataclass(frozen=True)
class Attack:
    """A request, and the code it is refused with."""

    code: str
    query: str = ""
    variables: dict[str, Any] = field(default_factory=dict)
    says: str = ""
    """What the message begins with: the element."""


def nested(field: str, times: int) -> str:
    """Pages of a field in each other."""
    opened = f"{field} {{ nodes {{ "
    return opened * times + "id" + " }" * opened.count("{") * times


FILTER = "query ($filter: StudentFilter) { students(filter: $filter) { totalCount } }"
IDS = "query ($ids: [ID!]!) { nodes(ids: $ids) { id } }"
PAGE = "query ($first: Int = 5) { students(first: $first) { nodes { results(first: %s) { nodes { id } } } } }"
CIRCULAR = "fragment a on Student { ...b } fragment b on Student { ...a }"
DOUBLING = (
    " ".join(f"fragment f{n} on Viewer {{ a: login ...f{n + 1} ...f{n + 1} }}" for n in range(40))
    + " fragment f40 on Viewer { login }"
)

ATTACKS: dict[str, Attack] = {
    "alias overloading": Attack("TOO_COSTLY", "{" + " ".join(f"a{n}: viewer {{ login }}" for n in range(101)) + "}"),
    "aliases below the root": Attack(
        "TOO_COSTLY", "{ viewer {" + " ".join(f"a{n}: login" for n in range(51)) + "} }", says="aliases: 51"
    ),
    "aliases in fragments": Attack("TOO_COSTLY", "{ viewer { ...f0 } } " + DOUBLING),
    "field duplication": Attack("TOO_COSTLY", "{" + "__typename " * 500 + "}", says="rootFields: 500"),
    "field duplication below the root": Attack("TOO_COSTLY", "{ viewer {" + "login " * 1_000 + "} }", says="fields:"),
    "fields that overlap": Attack("TOO_COSTLY", "{ students { nodes {" + "results { totalCount } " * 240 + "} } }"),
    "more root fields than are answered": Attack(
        "TOO_COSTLY", "{" + " ".join(f'student(ssid: "{n}") {{ id }}' for n in range(21)) + "}", says="rootFields: 21"
    ),
    "directive overloading": Attack("TOO_COSTLY", "{ __typename " + "@aa" * 51 + " }", says="directives: 51"),
    "unknown directives": Attack("BAD_INPUT", "{ __typename " + "@aa" * 10 + " }"),
    "a directive twice": Attack("BAD_INPUT", "{ __typename @skip(if: false) @skip(if: false) }"),
    "circular fragments": Attack("BAD_INPUT", "{ students { nodes { ...a } } } " + CIRCULAR),
    "a fragment in itself": Attack("BAD_INPUT", "{ ...a } fragment a on Query { __typename ...a }"),
    "ten thousand spreads": Attack("TOO_COSTLY", "{" + "...a " * 10_000 + "} fragment a on Query { __typename }"),
    "fragments in fragments": Attack(
        "TOO_COSTLY",
        "{ ...f0 } "
        + " ".join(f"fragment f{n} on Query {{ ...f{n + 1} }}" for n in range(220))
        + " fragment f220 on Query { __typename }",
    ),
    "introspection": Attack("FORBIDDEN", "{ __schema { types { name } } }", says="introspection"),
    "introspection of a type": Attack("FORBIDDEN", '{ __type(name: "Student") { name } }'),
    "introspection in a fragment": Attack("FORBIDDEN", "{ ...a } fragment a on Query { __schema { types { name } } }"),
    "field suggestions": Attack("BAD_INPUT", "{ viewer { logim } }"),
    "deep recursion": Attack(
        "TOO_COSTLY", "{ students { nodes { " + nested("groups { students", 6) + " } } }", says="depth:"
    ),
    "wide recursion": Attack(
        "TOO_COSTLY",
        "{ students { nodes { groups { students { nodes { groups { id } } } } } } }",
        says="students: 275550 of the 275550 nodes",
    ),
    "nesting without end": Attack("TOO_COSTLY", "{a" * 50_000, says="characters: 100000"),
    "nesting within the characters": Attack("TOO_COSTLY", "{a" * 900, says="tokens: too deeply nested"),
    "brackets without end": Attack("TOO_COSTLY", "{ students(filter: {ssid: {in: " + "[" * 1_900),
    "a text without end": Attack("TOO_COSTLY", '{ student(ssid: "' + "9" * 1_000_000 + '") { id } }'),
    "comments without end": Attack("TOO_COSTLY", "#\n" * 20_000 + "{ __typename }", says="tokens: too long"),
    "a number without end": Attack("BAD_INPUT", "{ students(first: " + "9" * 40_000 + ") { totalCount } }"),
    "a giant first": Attack("BAD_INPUT", "{ students(first: 201) { nodes { id } } }", says="Query.students(first:)"),
    "a negative first": Attack("BAD_INPUT", "{ students(first: -1) { nodes { id } } }"),
    "a giant first below": Attack("BAD_INPUT", PAGE % 201, says="Student.results(first:)"),
    "a negative first below": Attack("BAD_INPUT", PAGE % -1),
    "a giant first in a variable": Attack("BAD_INPUT", PAGE % 1, {"first": 2**31 - 1}),
    "no first": Attack("BAD_INPUT", PAGE % 1, {"first": None}),
    "a first of every size": Attack("TOO_COSTLY", PAGE % 200, {"first": 100}, says="students: 20100 of the 20100"),
    "a first in disguise": Attack("TOO_COSTLY", PAGE % 200, {"first": 100.0}),
    "pages and edges": Attack(
        "TOO_COSTLY",
        "{ students(first: 90) { nodes { ...r } edges { node { ...r } } } } "
        "fragment r on Student { results(first: 200) { nodes { id } } }",
    ),
    "pages behind a condition": Attack(
        "TOO_COSTLY",
        "query ($all: Boolean!) { students(first: 200) { nodes { results(first: 200) @include(if: $all) "
        "{ nodes { id } } } } }",
        {"all": True},
    ),
    "pages of many ids": Attack(
        "TOO_COSTLY",
        "query ($ids: [ID!]!) { nodes(ids: $ids) { ... on School { students(first: 200) { nodes { id } } } } }",
        {"ids": ["sch_1"] * 200},
        says="nodes: 40200 of the 40200",
    ),
    "a page of rows": Attack("BAD_INPUT", "{ aggregateReport(input: {schoolYears: [2026], subjects: [], grades: [], "
                             "assessmentKind: ICA, organizations: {}}) { rows(first: 2001) { totalCount } } }"),
    "many ids": Attack("BAD_INPUT", IDS, {"ids": ["stu_1"] * 201}, says="ids: at most 200"),
    "endless ids": Attack("TOO_COSTLY", IDS, {"ids": ["stu_1"] * 30_000}, says="inputValues: 30001"),
    "many ids in the document": Attack("TOO_COSTLY", "{ nodes(ids: [" + '"stu_1" ' * 2_000 + "]) { id } }"),
    "a filter in itself": Attack(
        "TOO_COSTLY", FILTER, {"filter": reduce(lambda inner, _: {"not": inner}, range(100), {})}, says="inputDepth: 17"
    ),
    "a filter in itself in the document": Attack(
        "TOO_COSTLY",
        "{ students(filter: " + "{not: " * 60 + "{}" + "}" * 60 + ") { totalCount } }",
        says="inputDepth: 61",
    ),
    "a filter in itself as a default": Attack(
        "TOO_COSTLY", FILTER.replace("StudentFilter)", "StudentFilter = " + "{not: " * 60 + "{}" + "}" * 60 + ")")
    ),
    "an endless filter": Attack("TOO_COSTLY", FILTER, {"filter": {"ssid": {"in": ["9"] * 30_000}}}),
    "an unused variable": Attack("BAD_INPUT", "query ($a: Int) { __typename }"),
    "a variable twice": Attack("BAD_INPUT", "query ($a: Int, $a: Int) { students(first: $a) { totalCount } }"),
    "a thousand variables": Attack("TOO_COSTLY", "query (" + " ".join(f"$v{n}: Int" for n in range(1_000)) + ") { a }"),
    "an operation twice": Attack("BAD_INPUT", "query a { __typename } query a { __typename }"),
    "several operations": Attack("BAD_INPUT", "query a { __typename } query b { __typename }"),
    "an unnamed operation beside another": Attack("BAD_INPUT", "{ __typename } query b { __typename }"),
    "a subscription": Attack("BAD_INPUT", "subscription { __typename }"),
    "a deferred fragment": Attack("BAD_INPUT", "{ ... @defer { __typename } }"),
    "a trace": Attack("BAD_INPUT", "{ _service { sdl } }"),
}  # fmt: skip


@pytest.fixture
async def served(database: Database) -> AsyncIterator[Service]:
    """A small world served from either database."""
    world = SmallWorld()
    await world.stored_in(database)
    service = Service(database, world)
    yield service
    await service.close()


@pytest.mark.parametrize("name", ATTACKS)
async def test_an_attack_is_refused_with_its_code_before_any_statement(served: Service, name: str) -> None:
    attack = ATTACKS[name]
    tenant = served.app.state.application.tenants["test"]
    async with overheard(tenant) as heard:
        response = await served.ask(served.world.coordinator(), attack.query, **attack.variables)
    assert_clear(response, served, attack.code)
    assert "data" not in response.json()
    assert response.json()["errors"][0]["message"].startswith(attack.says)
    assert heard == []


WIDE = {"or": [{"and": [{"name": "x"}] * 20}] * 20}


async def test_a_wide_filter_is_refused_where_it_is_and_sends_no_statement(served: Service) -> None:
    tenant = served.app.state.application.tenants["test"]
    async with overheard(tenant) as heard:
        response = await served.ask(served.world.coordinator(), FILTER, filter=WIDE)
    assert codes(response) == ["TOO_COSTLY"]
    assert heard == []


REQUESTS: dict[str, tuple[int, dict[str, Any]]] = {
    "a batch": (400, {"json": [{"query": "{ students { totalCount } }"}] * 10}),
    "a batch of nothing": (400, {"json": []}),
    "a mutation by GET": (405, {"method": "GET", "params": {"query": 'mutation { deleteGroup(input: {id: "grp_1_1"}) '
                                                            "{ deletedId } }"}}),
    "a form": (415, {"data": {"query": "{ students { totalCount } }"}}),
    "a form by another name": (415, {"content": b'{"query": "{ students { totalCount } }"}',
                                     "headers": {"content-type": "text/plain"}}),
    "an operation that is not there": (200, {"json": {"query": "query a { __typename }", "operationName": "b"}}),
    "an operation without a name": (200, {"json": {"query": "query a { __typename }", "operationName": ""}}),
}  # fmt: skip


@pytest.mark.parametrize("name", REQUESTS)
async def test_a_request_of_the_wrong_shape_is_refused_before_any_statement(served: Service, name: str) -> None:
    status, request = REQUESTS[name]
    tenant = served.app.state.application.tenants["test"]
    async with overheard(tenant) as heard:
        response = await served.send(who=served.world.coordinator(), **request)
    assert response.status_code == status
    assert_clear(response, served, "BAD_INPUT")
    assert heard == []


async def test_what_is_within_the_limits_is_answered_and_heard(served: Service) -> None:
    """The same listening hears the statements of a good question."""
    tenant = served.app.state.application.tenants["test"]
    async with overheard(tenant) as heard:
        response = await served.ask(served.world.coordinator(), PAGE % 3)
    assert codes(response) == []
    assert len(heard) >= 2


@pytest.mark.parametrize("header", ["x-apollo-tracing", "x-debug", "apollo-query-plan"])
async def test_no_header_turns_on_tracing_or_debugging(sqlite_service: Service, header: str) -> None:
    response = await sqlite_service.send(json={"query": "{ viewer { login } }"}, headers={header: "1"})
    assert set(response.json()) == {"data", "extensions"}
    assert set(response.json()["extensions"]) == {"cost"}


@pytest.fixture
async def sqlite_service(sqlite_url: str) -> AsyncIterator[Service]:
    """A small world served from SQLite, for what no database has a part in."""
    database, world = Database(sqlite_url), SmallWorld()
    await world.stored_in(database)
    service = Service(database, world)
    yield service
    await service.close()
    await database.close()
