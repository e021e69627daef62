"""Ids, cursors, pages and values that cannot be: a clear coded error on either database, never a fault of ours."""

from functools import reduce
from typing import Any

import pytest

from tests.schema.asking import OTHER_KEY, Service, bearer, codes
from tests.schema.test_http import assert_clear

LARGEST = 2**63 - 1
STUDENTS = "query ($first: Int = 2, $after: String) { students(first: $first, after: $after) { %s } }"
PAGE = STUDENTS % "nodes { firstName } pageInfo { endCursor hasNextPage }"


@pytest.mark.parametrize(
    "id",
    [
        "",
        " ",
        "1",
        "stu",
        "stu_",
        "stu_x",
        "stu_0x1",
        "stu_01",
        "stu_A",
        "stu_-1",
        "stu_1_2",
        "stu_1_",
        "_1",
        "res_1",
        "grp_1",
        "res_1_2_3",
        "itm_1",
        "who_1",
        "STU_1",
        "stu_1\x00",
        "stu_１",
        f"stu_{LARGEST + 1:x}",
        "stu_" + "f" * 1000,
        "U3R1ZGVudDox",
    ],
)
async def test_an_id_that_this_api_never_gave_is_bad_input(service: Service, id: str) -> None:
    who = service.world.coordinator()
    for field in ("node(id: $id) { id }", "nodes(ids: [$id]) { id }"):
        response = await service.ask(who, f"query ($id: ID!) {{ {field} }}", id=id)
        assert_clear(response, service, "BAD_INPUT")


async def test_bad_ids_beside_good_ones_are_bad_input(service: Service) -> None:
    good = f"stu_{service.world.ana.id:x}"
    response = await service.ask(
        service.world.coordinator(), "query ($ids: [ID!]!) { nodes(ids: $ids) { id } }", ids=[good, "stu_1_2", "res_1"]
    )
    assert_clear(response, service, "BAD_INPUT")


async def test_unknown_and_hidden_ids_are_null_alike(service: Service) -> None:
    world = service.world
    ids = [f"stu_{LARGEST:x}", "stu_0", f"stu_{world.fay.id:x}", f"grp_{world.south.id:x}_{world.group.id:x}"]
    response = await service.ask(world.teacher(), "query ($ids: [ID!]!) { nodes(ids: $ids) { id } }", ids=ids)
    assert "errors" not in response.json()
    assert response.json()["data"] == {"nodes": [None] * len(ids)}


@pytest.mark.parametrize("many", [200, 201])
async def test_at_most_200_nodes_are_asked_for_at_once(service: Service, many: int) -> None:
    ids = [f"stu_{number:x}" for number in range(many)]
    response = await service.ask(
        service.world.coordinator(), "query ($ids: [ID!]!) { nodes(ids: $ids) { id } }", ids=ids
    )
    assert codes(response) == ([] if many == 200 else ["BAD_INPUT"])


async def cursor(service: Service, query: str, **variables: Any) -> str:
    response = await service.ask(service.world.coordinator(), query, **variables)
    return str(response.json()["data"]["list"]["pageInfo"]["endCursor"])


def listing(field: str, *arguments: str) -> str:
    given = ", ".join(["first: 1", "after: $after", *arguments])
    return f"query ($after: String) {{ list: {field}({given}) {{ nodes {{ id }} pageInfo {{ endCursor }} }} }}"


BY_NAME = listing("students")


async def test_a_cursor_goes_on_where_its_page_ended(service: Service) -> None:
    response = await service.ask(service.world.coordinator(), PAGE, first=2)
    page = response.json()["data"]["students"]
    assert page["pageInfo"]["hasNextPage"] is True
    response = await service.ask(service.world.coordinator(), PAGE, after=page["pageInfo"]["endCursor"])
    rest = response.json()["data"]["students"]
    assert [student["firstName"] for student in (*page["nodes"], *rest["nodes"])] == ["Ana", "Ben", "Eva"]
    assert rest["pageInfo"]["hasNextPage"] is False


@pytest.mark.parametrize(
    "after", ["", " ", "abc", "===", "AAAA", "ä", "A" * 10_000, "null", "\x00", "MTIzNDU2Nzg5MDEyMzQ1Njc4"]
)
async def test_a_cursor_that_is_none_is_bad_input(service: Service, after: str) -> None:
    response = await service.ask(service.world.coordinator(), PAGE, after=after)
    assert_clear(response, service, "BAD_INPUT")


@pytest.mark.parametrize(
    "other",
    [
        listing("schools"),
        listing("students", "orderBy: {field: SSID}"),
        listing("students", "orderBy: {field: NAME, direction: DESC}"),
        listing("students", "filter: {}"),
        listing("students", 'filter: {name: "a"}'),
        listing("results", "filter: {}"),
    ],
)
async def test_a_cursor_of_another_list_order_or_filter_is_bad_input(service: Service, other: str) -> None:
    foreign = await cursor(service, other)
    response = await service.ask(service.world.coordinator(), BY_NAME, after=foreign)
    assert_clear(response, service, "BAD_INPUT")


async def test_a_cursor_changed_by_one_letter_is_bad_input(service: Service) -> None:
    given = await cursor(service, BY_NAME)
    for place in (0, len(given) // 2):
        changed = given[:place] + ("A" if given[place] != "A" else "B") + given[place + 1 :]
        response = await service.ask(service.world.coordinator(), BY_NAME, after=changed)
        assert_clear(response, service, "BAD_INPUT")


async def test_a_cursor_of_another_tenant_is_bad_input(service: Service) -> None:
    """Both tenants hold the same rows here: only the key differs."""
    who = service.world.coordinator()
    headers = bearer(who, tenant="other", key=OTHER_KEY)
    there = await service.send(json={"query": BY_NAME}, headers=headers)
    foreign = there.json()["data"]["list"]["pageInfo"]["endCursor"]
    assert_clear(await service.ask(who, BY_NAME, after=foreign), service, "BAD_INPUT")


async def test_a_cursor_says_nothing_of_the_row_it_ends_at(service: Service) -> None:
    given = await cursor(service, BY_NAME)
    assert "ana" not in given.lower()
    assert f"{service.world.ana.id:x}" not in given


@pytest.mark.parametrize("first", [-1, 201, 2**31 - 1])
@pytest.mark.parametrize("part", ["nodes { id }", "totalCount"])
async def test_a_page_holds_0_to_200_rows(service: Service, first: int, part: str) -> None:
    response = await service.ask(service.world.coordinator(), STUDENTS % part, first=first)
    assert_clear(response, service, "BAD_INPUT")


@pytest.mark.parametrize("first", [None, "2", 2.5, 2**31, True])
async def test_a_first_that_is_no_number_is_bad_input(service: Service, first: Any) -> None:
    response = await service.ask(service.world.coordinator(), STUDENTS % "nodes { id }", first=first)
    assert_clear(response, service, "BAD_INPUT")


async def test_a_page_of_nothing_is_empty(service: Service) -> None:
    response = await service.ask(service.world.coordinator(), PAGE, first=0)
    page = {"nodes": [], "pageInfo": {"endCursor": None, "hasNextPage": True}}
    assert response.json()["data"] == {"students": page}


@pytest.mark.parametrize(
    "query",
    [
        "{ students(first: 200) { nodes { results(first: 200) { nodes { id } } } } }",
        "{ schools(first: 50) { nodes { students(first: 50) { nodes { results(first: 50) { nodes { id } } } } } } }",
        "{ nodes(ids: ["
        + ", ".join(f'"sch_{number:x}"' for number in range(200))
        + "]) { ... on School { students(first: 200) { nodes { id } } } } }",
    ],
)
async def test_an_operation_that_asks_for_too_much_is_too_costly(service: Service, query: str) -> None:
    assert_clear(await service.ask(service.world.coordinator(), query), service, "TOO_COSTLY")


RECENT = "results(filter: {completedAt: {gte: $v}}) { totalCount }"
IMPOSSIBLE: dict[str, tuple[str, str, Any]] = {
    "an SSID that is a number": ("SSID!", "student(ssid: $v) { id }", 9),
    "an empty SSID": ("SSID!", "student(ssid: $v) { id }", ""),
    "an endless SSID": ("SSID!", "student(ssid: $v) { id }", "9" * 1000),
    "an SSID with a null character": ("SSID!", "student(ssid: $v) { id }", "9\x00"),
    "a code that is null": ("CDSCode!", "school(cdsCode: $v) { id }", None),
    "a year before all": ("SchoolYear", "results(filter: {schoolYear: {eq: $v}}) { totalCount }", 26),
    "a year that is a text": ("SchoolYear", "results(filter: {schoolYear: {eq: $v}}) { totalCount }", "2026"),
    "a day that is none": ("Date", "students(filter: {birthday: {eq: $v}}) { totalCount }", "2026-02-30"),
    "a day that is a number": ("Date", "students(filter: {birthday: {eq: $v}}) { totalCount }", 20260228),
    "a moment without offset": ("DateTime", RECENT, "2026-05-12T17:03:00"),
    "an unknown order": ("StudentOrder", "students(orderBy: $v) { totalCount }", {"field": "AGE"}),
    "an order without a field": ("StudentOrder", "students(orderBy: $v) { totalCount }", {"direction": "ASC"}),
    "an unknown condition": ("StudentFilter", "students(filter: $v) { totalCount }", {"age": {"eq": 9}}),
    "an unknown operator": ("StudentFilter", "students(filter: $v) { totalCount }", {"ssid": {"like": "9"}}),
    "an unknown value of an enum": ("StudentFilter", "students(filter: $v) { totalCount }", {"elas": ["X"]}),
    "a null in a list": ("StudentFilter", "students(filter: $v) { totalCount }", {"ssid": {"in": [None]}}),
    "a filter that is a text": ("StudentFilter", "students(filter: $v) { totalCount }", "ssid"),
    "a number beyond 32 bits": ("Int", "results(filter: {scaleScore: {eq: $v}}) { totalCount }", 2**31),
}


@pytest.mark.parametrize("name", IMPOSSIBLE)
async def test_a_value_of_the_wrong_kind_is_bad_input(service: Service, name: str) -> None:
    type_, field, value = IMPOSSIBLE[name]
    response = await service.ask(service.world.coordinator(), f"query ($v: {type_}) {{ {field} }}", v=value)
    assert_clear(response, service, "BAD_INPUT")


EXTREME: dict[str, tuple[str, Any]] = {
    "a level of 32 bits": ("results", {"level": {"gte": 2**31 - 1}}),
    "a negative level": ("results", {"level": {"in": [-(2**31)]}}),
    "a score of 32 bits": ("results", {"scaleScore": {"gte": 2**31 - 1}}),
    "the first moment": ("results", {"completedAt": {"lte": "0001-01-01T00:00:00Z"}}),
    "a moment before the first": ("results", {"completedAt": {"lte": "0001-01-01T00:00:00+14:00"}}),
    "a moment after the last": ("results", {"completedAt": {"gte": "9999-12-31T23:59:59-14:00"}}),
    "the first day": ("students", {"birthday": {"lte": "0001-01-01"}}),
    "the last day": ("students", {"birthday": {"gte": "9999-12-31"}}),
    "a null character in a text": ("results", {"program": {"eq": "\x00"}}),
    "a null character in a session": ("results", {"session": {"in": ["a\x00b"]}}),
    "a null character in a name": ("students", {"name": "\x00"}),
    "a null character in a language": ("students", {"primaryLanguage": {"eq": "\x00"}}),
    "an endless name": ("students", {"name": "a b " * 20_000}),
    "a pattern for a name": ("students", {"name": "_%\\"}),
    "many alternatives": ("students", {"or": [{"name": "x"}] * 2_000}),
    "deep negation": ("students", reduce(lambda below, _: {"not": below}, range(150), {"name": "x"})),
}


@pytest.mark.parametrize("name", EXTREME)
async def test_an_extreme_value_finds_nothing_or_is_bad_input(service: Service, name: str) -> None:
    field, value = EXTREME[name]
    type_ = {"results": "ResultFilter!", "students": "StudentFilter"}[field]
    document = f"query ($filter: {type_}) {{ {field}(filter: $filter) {{ totalCount }} }}"
    response = await service.ask(service.world.coordinator(), document, filter=value)
    if "errors" in response.json():
        assert set(codes(response)) <= {"BAD_INPUT", "TOO_COSTLY"}
    else:
        assert response.json()["data"] == {field: {"totalCount": 0}}


@pytest.mark.parametrize(
    ("filter", "found"),
    [
        ({"or": []}, 3),
        ({"and": []}, 3),
        ({"elas": []}, 0),
        ({"ethnicity": []}, 0),
        ({"gender": []}, 0),
        ({"ssid": {"in": []}}, 0),
        ({"ssid": {}}, 3),
        ({"school": {}}, 3),
        ({"or": [{}]}, 3),
        ({"not": {}}, 0),
        ({"name": ""}, 3),
        ({"ssid": None, "not": None, "or": None}, 3),
    ],
)
@pytest.mark.parametrize("as_variable", [True, False])
async def test_an_empty_list_or_object_is_no_fault(
    service: Service, filter: dict[str, Any], found: int, as_variable: bool
) -> None:
    """In a variable and written out alike."""
    who = service.world.coordinator()
    if as_variable:
        response = await service.ask(who, "query ($f: StudentFilter) { students(filter: $f) { totalCount } }", f=filter)
    else:
        response = await service.ask(who, f"{{ students(filter: {literal(filter)}) {{ totalCount }} }}")
    assert "errors" not in response.json()
    assert response.json()["data"] == {"students": {"totalCount": found}}


def literal(value: Any) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{name}: {literal(part)}" for name, part in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(literal, value)) + "]"
    return "null" if value is None else f'"{value}"'


@pytest.mark.parametrize("field", ["viewer { permissions { schools { students { totalCount } } } }"])
async def test_lists_that_do_not_hang_under_a_place_say_so(service: Service, field: str) -> None:
    assert_clear(await service.ask(service.world.coordinator(), f"{{ {field} }}"), service, "BAD_INPUT")
