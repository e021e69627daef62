"""Everybody reads the same data, nobody changes it, and what a visitor changes is the visitor's alone."""

import asyncio
from hashlib import sha256

import pytest
from sqlalchemy import delete, select, update

import models
from models.database import ReadOnly
from tests.sandbox.visitors import COUNT, House
from tests.worlds import TEACHER

RESET = "mutation { resetSandbox { done errors { code message } } }"
HEADER = "group_name,school_natural_id,school_year,subject_code,student_ssid,group_user_login\n"
IMPORT = """
mutation Import($csv: String!) { importGroups(input: {csv: $csv}) { groups { name change } errors { message } } }
"""
RELEASE = """
mutation Hold($keys: [AvailabilityKey!]!) {
  setAvailability(input: {keys: $keys, reports: [INDIVIDUAL], status: REVIEWING}) {
    changes { before after changedBy } errors { message }
  }
}
"""
PAGE = "query Page { students { nodes { results { nodes { score { value } } } } } }"
LOG = """
query Log($district: CDSCode!) {
  disclosures(filter: {district: {eq: $district}}) { nodes { login operation } }
}
"""


def fingerprint(house: House) -> str:
    return sha256(house.original.read_bytes()).hexdigest()


async def test_what_visitors_share_cannot_be_written(house: House) -> None:
    shared = house.sandbox.original.database
    for change in (update(models.Tenant).values(name="Mine"), delete(models.GroupMember)):
        with pytest.raises(ReadOnly):
            await shared.run(lambda session, change=change: session.execute(change))  # type: ignore[misc]


async def test_a_change_is_seen_by_its_visitor_alone(house: House) -> None:
    before = fingerprint(house)
    visitor, other = await house.enter(), await house.enter()
    assert await other.groups() == {"Owls"}
    await visitor.make("Mine")
    await visitor.make("Mine too")
    assert await visitor.groups() == {"Owls", "Mine", "Mine too"}
    assert await other.groups() == await (await house.enter()).groups() == {"Owls"}
    await other.make("Theirs")
    assert await other.groups() == {"Owls", "Theirs"}
    assert await visitor.groups() == {"Owls", "Mine", "Mine too"}
    assert len({name.partition(".")[0] for name in house.copies()}) == 2
    assert fingerprint(house) == before


async def test_who_only_reads_and_whose_input_is_refused_gets_no_copy(house: House) -> None:
    visitor = await house.enter()
    await visitor.ask(PAGE)
    refused = await visitor.ask('mutation { createCustomGroup(input: {name: "", studentIds: []}) { errors { code } } }')
    assert refused["createCustomGroup"]["errors"] == [{"code": "BAD_INPUT"}]
    assert (await visitor.ask('mutation { deleteGroup(input: {id: "x"}) { errors { code } } }'))["deleteGroup"][
        "errors"
    ]
    assert house.copies() == []


async def test_changes_of_one_operation_land_in_one_copy_and_its_answer_shows_them(house: House) -> None:
    visitor = await house.enter()
    made = await visitor.ask(
        'mutation { a: createCustomGroup(input: {name: "A", studentIds: []}) { group { name } }'
        '  b: createCustomGroup(input: {name: "B", studentIds: []}) { group { name studentCount } } }'
    )
    assert made == {"a": {"group": {"name": "A"}}, "b": {"group": {"name": "B", "studentCount": 0}}}
    assert await visitor.groups() == {"Owls", "A", "B"}


async def test_first_changes_at_once_end_in_one_copy(house: House) -> None:
    visitor = await house.enter()
    names = {f"Group {number}" for number in range(8)}
    await asyncio.gather(*map(visitor.make, names))
    assert await visitor.groups() == {"Owls", *names}
    await house.clean_up()
    assert len(house.copies()) == 1


async def test_a_district_administrator_imports_groups_and_holds_results_back(house: House) -> None:
    administrator = await house.enter("DISTRICT_ADMINISTRATOR")
    told = (await house.client.get("/sandbox")).json()
    school, district = told["schools"][0]["cdsCode"], told["district"]["cdsCode"]
    csv = f"{HEADER}Bees,{school},2026,,,{TEACHER}\n"
    payload = (await administrator.ask(IMPORT, csv=csv))["importGroups"]
    assert payload == {"groups": [{"name": "Bees", "change": "CREATED"}], "errors": []}
    key = {"schoolYear": 2026, "district": district, "program": "SUM_ELA"}
    payload = (await administrator.ask(RELEASE, keys=[key]))["setAvailability"]
    by = administrator.entered["viewer"]["login"]
    assert payload == {"changes": [{"before": "RELEASED", "after": "REVIEWING", "changedBy": by}], "errors": []}
    assert await administrator.groups() == {"Owls", "Bees"}
    assert await (await house.enter("DISTRICT_ADMINISTRATOR")).groups() == {"Owls"}


async def test_the_disclosure_log_of_a_copy_has_what_was_shown_in_it(house: House) -> None:
    administrator = await house.enter("DISTRICT_ADMINISTRATOR")
    district = administrator.entered["viewer"]["district"]["cdsCode"]
    await administrator.ask(PAGE)
    assert (await administrator.ask(LOG, district=district))["disclosures"]["nodes"] == []
    key = {"schoolYear": 2026, "district": district, "program": "SUM_ELA"}
    await administrator.ask(RELEASE, keys=[key])
    await administrator.ask(PAGE)
    await house.sandbox.opened.settle()
    shown = (await administrator.ask(LOG, district=district))["disclosures"]["nodes"]
    assert shown == [{"login": administrator.entered["viewer"]["login"], "operation": "Page"}]
    stored = await house.sandbox.original.database.run(lambda session: session.scalars(select(models.Disclosure)).all())
    assert stored == []


async def test_a_reset_puts_the_data_back_until_the_next_change(house: House) -> None:
    visitor = await house.enter()
    put_back = {"resetSandbox": {"done": True, "errors": []}}
    assert await visitor.ask(RESET) == put_back
    await visitor.make("Mine")
    assert await visitor.ask(RESET) == put_back
    assert await visitor.groups() == {"Owls"}
    await visitor.make("Again")
    assert await visitor.groups() == {"Owls", "Again"}
    both = await visitor.ask(
        'mutation { resetSandbox { done } createCustomGroup(input: {name: "New", studentIds: []}) { group { name } } }'
    )
    assert both["createCustomGroup"] == {"group": {"name": "New"}}
    assert await visitor.groups() == {"Owls", "New"}
    await house.clean_up()
    assert len(house.copies()) == 1


async def test_elsewhere_there_is_nothing_to_put_back(house: House) -> None:
    anonymous = await house.client.post("/graphql", json={"query": RESET})
    assert anonymous.json()["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED"


async def test_a_list_goes_on_across_the_first_change(house: House) -> None:
    visitor = await house.enter("DISTRICT_ADMINISTRATOR")
    page = "query($after: String) { students(first: 1, after: $after) { nodes { ssid } pageInfo { endCursor } } }"
    first = (await visitor.ask(page))["students"]
    second = (await visitor.ask(page, after=first["pageInfo"]["endCursor"]))["students"]["nodes"]
    key = {"schoolYear": 2026, "district": visitor.entered["viewer"]["district"]["cdsCode"], "program": "SUM_ELA"}
    await visitor.ask(RELEASE, keys=[key])
    assert house.copies()
    assert (await visitor.ask(page, after=first["pageInfo"]["endCursor"]))["students"]["nodes"] == second


async def test_a_copy_ends_with_its_session(house: House) -> None:
    left, forgotten = await house.enter(), await house.enter()
    for visitor in (left, forgotten):
        await visitor.make("Mine")
    await left.leave()
    await house.clean_up()
    assert len(house.copies()) == 1
    house.clock += 31 * 60
    await house.clean_up()
    assert house.copies() == []
    assert (await forgotten.refused(COUNT))[0] == ["UNAUTHENTICATED"]


async def test_a_copy_can_be_filled_but_not_without_end(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sandbox.files.GROWTH_BYTES", 64 * 1024)
    visitor = await house.enter()
    names = iter(f"{number:0>255}" for number in range(10_000))
    response = await visitor.send(COUNT)
    while not response.json().get("errors"):
        aliases = " ".join(
            f'g{n}: createCustomGroup(input: {{name: "{next(names)}", studentIds: []}}) {{ errors {{ code }} }}'
            for n in range(20)
        )
        response = await visitor.send(f"mutation {{ {aliases} }}")
    assert {error["extensions"]["code"] for error in response.json()["errors"]} == {"CONFLICT"}
    assert await visitor.ask(RESET) == {"resetSandbox": {"done": True, "errors": []}}
    await visitor.make("Mine")
