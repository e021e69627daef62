"""How much an operation may ask for: how each count is made, what answers tell of it, and where the line is."""

import sys
from collections.abc import Callable
from typing import Any

import pytest
from graphql import (
    GraphQLInterfaceType,
    GraphQLObjectType,
    get_introspection_query,
    get_named_type,
    get_nullable_type,
    is_composite_type,
    is_list_type,
)

from policies.limits import Limits
from resolvers.engine.answers import Nodes
from resolvers.engine.types import answer_of
from schema import schema
from schema.cost import list_sizes
from schema.documents import Admitted, Documents
from schema.execution import error_code

GRAPHQL = schema._schema
OPEN = Limits(introspection=True, suggestions=True)
SHUT = Limits()


def admit(text: str, limits: Limits = SHUT, name: str | None = None, **variables: Any) -> Admitted:
    return Documents(GRAPHQL, limits).admit(text, name, variables)


def codes(admitted: Admitted) -> list[str]:
    return [error_code(error) for error in admitted.errors]


def told(admitted: Admitted) -> str:
    return " ".join(error.message for error in admitted.errors)


COSTS: dict[str, tuple[int, str, dict[str, Any]]] = {
    "one object": (0, '{ student(ssid: "9") { firstName school { name } } }', {}),
    "a page": (50, "{ students { nodes { id } } }", {}),
    "a page of edges": (50, "{ students { edges { cursor } } }", {}),
    "a page by both names": (50, "{ students { nodes { id } edges { cursor } } }", {}),
    "a page's information": (7, "{ students(first: 7) { pageInfo { endCursor } } }", {}),
    "a count": (1, "{ students { totalCount } }", {}),
    "a count of each": (20, "{ groups(first: 10) { nodes { students { totalCount } studentCount } } }", {}),
    "an empty page": (0, "{ students(first: 0) { nodes { results { nodes { id } } } } }", {}),
    "pages in pages": (5 + 5 * 3, "{ students(first: 5) { nodes { results(first: 3) { nodes { id } } } } }", {}),
    "three levels": (
        2 + 2 * 30 + 2 * 30 * 10,
        "{ groups(first: 2) { nodes { students(first: 30) { nodes { results(first: 10) { nodes { id } } } } } } }",
        {},
    ),
    "lists without first": (5 + 5 * 4 + 5 * 20, "{ results(filter: {}, first: 5) { nodes { subScores { code } items "
                                                "{ points } } } }", {}),
    "groups of students": (3 + 3 * 10 + 30 * 3, "{ students(first: 3) { nodes { groups { educators { login } } } } }",
                           {}),
    "two aliases": (9, "{ a: students(first: 4) { nodes { id } } b: students(first: 5) { nodes { id } } }", {}),
    "one field written twice": (4, "{ students(first: 4) { nodes { id } } students(first: 4) { nodes { ssid } } }", {}),
    "one field in two fragments": (
        4 + 8,
        "{ ...a ...b } fragment a on Query { students(first: 4) { nodes { results(first: 2) { nodes { id } } } } } "
        "fragment b on Query { students(first: 4) { nodes { ssid } } }",
        {},
    ),
    "one node": (50, 'query { node(id: "stu_1") { ... on Student { results { nodes { id } } } } }', {}),
    "a node of two types": (
        60,
        'query { node(id: "x") { ... on Student { results(first: 9) { nodes { id } } } '
        "... on Group { students(first: 60) { nodes { id } } } } }",
        {},
    ),
    "nodes by ids": (3 * (1 + 5), "query ($ids: [ID!]!) { nodes(ids: $ids) { ... on Group { students(first: 5) { nodes "
                                  "{ id } } } } }", {"ids": ["a", "b", "c"]}),
    "ids in the document": (2, '{ nodes(ids: ["a", "b"]) { id } }', {}),
    "a variable": (7, "query ($n: Int!) { students(first: $n) { nodes { id } } }", {"n": 7}),
    "a variable's default": (8, "query ($n: Int = 8) { students(first: $n) { nodes { id } } }", {}),
    "no value for a variable": (50, "query ($n: Int) { students(first: $n) { nodes { id } } }", {}),
    "what is left out": (0, "query ($x: Boolean!) { students @include(if: $x) { nodes { id } } }", {"x": False}),
    "what is left in": (50, "query ($x: Boolean!) { students @include(if: $x) { nodes { id } } }", {"x": True}),
    "what is skipped": (0, "query ($x: Boolean = true) { students @skip(if: $x) { nodes { id } } }", {}),
    "a report": (
        100 + 100 * 4 + 100,
        "query ($i: AggregateReportInput!) { aggregateReport(input: $i) { rows(first: 100) { nodes { "
        "subgroup { value } summary { levels { count } } } } } }",
        {"i": {}},
    ),
    "a mutation's group": (
        30,
        "mutation ($i: CustomGroupInput!) { createCustomGroup(input: $i) { group { students(first: 30) { "
        "nodes { id } } } } }",
        {"i": {}},
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", COSTS)
def test_the_nodes_of_an_operation_are_the_sum_of_products_of_its_lists(name: str) -> None:
    nodes, text, variables = COSTS[name]
    admitted = admit(text, **variables)
    assert codes(admitted) == []
    assert (admitted.nodes, admitted.cost["nodes"]) == (nodes, nodes)


def test_a_known_document_is_weighed_anew_for_each_request() -> None:
    known = Documents(GRAPHQL, SHUT)
    text = "query ($n: Int!, $x: Boolean!) { students(first: $n) { nodes { results @skip(if: $x) { nodes { id } } } } }"
    found = [known.admit(text, None, {"n": n, "x": x}).nodes for n in (1, 100) for x in (True, False)]
    assert found == [1, 51, 100, 5100]
    assert known.admit(text, None, {"n": 1, "x": True}).characters == 0, "only an unknown document has to be read"


def test_every_list_without_first_has_a_size_and_no_size_is_stale() -> None:
    pages = {get_named_type(f.type).name for t in objects() for f in t.fields.values() if "first" in f.args}
    parts = pages | {name.removesuffix("Connection") + "Edge" for name in pages}
    lists = {
        f"{type_.name}.{name}"
        for type_ in objects()
        for name, field in type_.fields.items()
        if type_.name not in parts
        and is_list_type(get_nullable_type(field.type))
        and is_composite_type(get_named_type(field.type))
        and not isinstance(answer_of(field), Nodes)
    }
    assert lists == set(list_sizes())


def objects() -> list[GraphQLObjectType]:
    return [t for t in GRAPHQL.type_map.values() if isinstance(t, GraphQLObjectType) and not t.name.startswith("__")]


def test_first_is_50_unless_said_and_200_at_most_but_for_report_rows() -> None:
    kinds = [*objects(), *(t for t in GRAPHQL.type_map.values() if isinstance(t, GraphQLInterfaceType))]
    pages = {f"{t.name}.{n}": f for t in kinds for n, f in t.fields.items() if "first" in f.args}
    found = {name: (page.args["first"].default_value, answer_of(page).maximum) for name, page in pages.items()}
    assert found.pop("AggregateReport.rows") == (200, 2000)
    assert set(found.values()) == {(50, 200)}


AT_THE_LINE: dict[str, Callable[[int], str]] = {
    "depth": lambda n: "{ viewer " + "{ grants " * (n - 2) + "{ role }" + " }" * (n - 1),
    "fields": lambda n: "{ viewer { " + " ".join(["login"] * (n - 1)) + " } }",
    "root_fields": lambda n: "{ " + "__typename " * n + "}",
    "aliases": lambda n: "{ viewer { " + " ".join(f"a{k}: login" for k in range(n)) + " } }",
    "directives": lambda n: "{ viewer { " + "login @skip(if: false) " * n + "} }",
    "tokens": lambda n: "{ viewer { " + "login " * (n - 5) + "} }",
    "characters": lambda n: "{a}".ljust(n),
    "nodes": lambda n: f"{{ students(first: {n}) {{ nodes {{ id }} }} }}",
    "input_depth": lambda n: "{ students(filter: " + "{not: " * (n - 1) + "{}" + "}" * (n - 1) + ") { totalCount } }",
}  # fmt: skip


@pytest.mark.parametrize("name", AT_THE_LINE)
def test_the_limit_itself_is_admitted_and_one_more_is_not(name: str) -> None:
    make = AT_THE_LINE[name]
    limits = Limits(**{name: 9})
    assert "TOO_COSTLY" not in codes(admit(make(9), limits))
    over = admit(make(10), limits)
    assert codes(over) == ["TOO_COSTLY"]
    assert "9" in told(over)


def test_the_values_of_variables_are_counted() -> None:
    text = "query ($ids: [ID!]!) { nodes(ids: $ids) { id } }"
    limits = Limits(input_values=9)
    assert codes(admit(text, limits, ids=["a"] * 8)) == []
    assert codes(admit(text, limits, ids=["a"] * 9)) == ["TOO_COSTLY"]


def test_the_largest_change_that_the_contract_allows_is_admitted() -> None:
    keys = [{"schoolYear": 2026, "district": "1", "program": "P"}] * 5_000
    text = "mutation ($input: SetAvailabilityInput!) { setAvailability(input: $input) { errors { message } } }"
    assert codes(admit(text, input={"keys": keys, "reports": ["INDIVIDUAL"], "status": "LOADING"})) == []


def test_fragments_count_wherever_they_are_spread() -> None:
    fragment = "fragment a on Viewer { x: login y: displayName @skip(if: false) }"
    text = "{ viewer { ...a } other: viewer { ...a ... { ...a } } } " + fragment
    cost = admit(text).cost
    assert (cost["fields"], cost["aliases"], cost["directives"], cost["depth"], cost["rootFields"]) == (8, 7, 3, 2, 2)


def test_an_operation_is_counted_without_the_others_of_its_document() -> None:
    text = "query a { viewer { login } } query b { students { nodes { id } } }"
    assert [admit(text, name=name).nodes for name in "ab"] == [0, 50]
    assert [admit(text, name=name).cost["depth"] for name in "ab"] == [2, 3]


def test_introspection_is_answered_where_it_is_allowed_and_its_cycles_nowhere() -> None:
    query = get_introspection_query(descriptions=True, specified_by_url=True, input_value_deprecation=True)
    assert codes(admit(query, OPEN)) == []
    assert codes(admit(query, SHUT)) == ["FORBIDDEN"]
    assert codes(admit("{ __typename viewer { __typename } }", SHUT)) == []
    circle = "{ __schema { types { fields { type { fields { type { fields { type { name } } } } } } } } }"
    assert set(codes(admit(circle, OPEN))) == {"BAD_INPUT"}


SUGGESTED = {
    "a field": ("{ viewer { logim } }", {}),
    "an argument": ("{ students(firts: 3) { totalCount } }", {}),
    "a type": ("{ ... on Studemt { id } }", {}),
    "a field of an input": ("{ students(filter: {nam: 1}) { totalCount } }", {}),
}


@pytest.mark.parametrize("name", SUGGESTED)
def test_known_names_are_proposed_only_where_that_is_allowed(name: str) -> None:
    text, variables = SUGGESTED[name]
    assert "Did you mean" in told(admit(text, OPEN, **variables))
    assert "Did you mean" not in told(admit(text, SHUT, **variables))


SECRET = "9954703388"
ECHOES = {
    "a number for a text": f"{{ student(ssid: {SECRET}) {{ id }} }}",
    "a text for a number": f'{{ students(first: "{SECRET}") {{ totalCount }} }}',
    "a number that is too large": f"{{ students(first: {SECRET}) {{ totalCount }} }}",
    "a text for an enum": f'{{ students(filter: {{elas: ["{SECRET}"]}}) {{ totalCount }} }}',
    "an unknown value of an enum": f"{{ students(filter: {{elas: [X{SECRET}]}}) {{ totalCount }} }}",
    "a text for an object": f'{{ students(filter: "{SECRET}") {{ totalCount }} }}',
    "an object without a member": f'{{ students(orderBy: {{direction: ASC, x: "{SECRET}"}}) {{ totalCount }} }}',
    "a text where a name belongs": f'{{ student("{SECRET}") {{ id }} }}',
    "a number where a name belongs": f"{{ student({SECRET}) {{ id }} }}",
    "a default of the wrong kind": f'query ($n: Int = "{SECRET}") {{ students(first: $n) {{ totalCount }} }}',
    "a text for a truth": f'{{ viewer {{ login @skip(if: "{SECRET}") }} }}',
}


@pytest.mark.parametrize("name", ECHOES)
def test_errors_do_not_repeat_the_values_they_are_about(name: str) -> None:
    admitted = admit(ECHOES[name], OPEN)
    assert set(codes(admitted)) == {"BAD_INPUT"}
    assert SECRET not in told(admitted)
    assert len(told(admitted)) > 10


def test_few_errors_are_told_and_each_is_short() -> None:
    many = admit("{ viewer { " + " ".join(f"unknown{n}" for n in range(400)) + " } }", OPEN)
    assert 10 <= len(many.errors) <= 11
    long = admit("{ viewer { " + "x" * 40_000 + " } }")
    assert len(told(long)) <= 300


def test_documents_that_are_kept_are_bounded_in_number_and_size(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys.modules["schema.documents"], "MOST_DOCUMENTS", 8)
    monkeypatch.setattr(sys.modules["schema.documents"], "MOST_TOKENS", 400)
    known = Documents(GRAPHQL, SHUT)
    for number in range(12):
        known.admit(f"{{ viewer {{ a{number}: login }} }}", None, {})
    assert len(known._kept) == 8
    for number in range(6):
        known.admit("{ viewer { " + "login " * 90 + f"a{number}: login }} }}", None, {})
    assert 300 < known._tokens <= 400
    assert known._tokens == sum(kept.tokens for kept in known._kept.values())


def test_a_refused_document_is_not_kept() -> None:
    known = Documents(GRAPHQL, SHUT)
    for text in ("{", "{ viewer { x } }", "{ __schema { description } }", "{" + "__typename " * 50 + "}"):
        assert known.admit(text, None, {}).errors
    assert known._kept == {}
