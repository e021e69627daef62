"""A training room: joined with a code and a nickname, one copy for all, listed, reset and closed by its trainer."""

import asyncio

import pytest
from structlog.testing import capture_logs

from sandbox.rooms import LETTERS, MOST_PARTICIPANTS
from tests.sandbox.visitors import COUNT, House, Trainer, Visitor
from tests.schema.asking import codes

RESET = "mutation { resetSandbox { done errors { code message } } }"
PAGE = "query Page { students { nodes { results { nodes { score { value } } } } } }"


async def test_a_room_is_opened_with_a_code_that_can_be_read_aloud(house: House) -> None:
    room = await house.open_room(name="  Tuesday,\n 9 am ")
    assert room.opened["name"] == "Tuesday, 9 am"
    assert len(room.code) == 8
    assert set(room.code) <= set(LETTERS)
    assert not set(LETTERS) & set("0O1IL5S2Z8BU")
    assert len(room.opened["trainerToken"]) >= 40


async def test_participants_share_a_copy_that_nobody_else_sees(house: House) -> None:
    room, other, visitor = await house.open_room(), await house.open_room(), await house.enter()
    ada, bob, eve = await room.join("Ada"), await room.join("Bob"), await other.join("Eve")
    await ada.make("Ada's")
    await bob.make("Bob's")
    assert await ada.groups() == await bob.groups() == {"Owls", "Ada's", "Bob's"}
    assert await eve.groups() == await visitor.groups() == {"Owls"}


async def test_a_participant_is_told_the_room(house: House) -> None:
    room = await house.open_room(name="Tuesday")
    ada = await room.join("  Ada\u0007  L. ")
    assert ada.entered["room"] == {
        "code": room.code,
        "name": "Tuesday",
        "nickname": "Ada L.",
        "expiresAt": room.opened["expiresAt"],
    }


async def test_the_trainer_sees_who_is_there_and_when_last(house: House) -> None:
    room = await house.open_room()
    ada, _ = await room.join("Ada"), await room.join("Bob", "DISTRICT_ADMINISTRATOR")
    shown = await room.show()
    assert (shown["code"], shown["resetAt"]) == (room.code, None)
    assert [(who["nickname"], who["role"]) for who in shown["participants"]] == [
        ("Ada", "TEACHER"),
        ("Bob", "DISTRICT_ADMINISTRATOR"),
    ]
    assert shown["participants"][0]["school"] == ada.entered["viewer"]["school"]
    assert shown["participants"][1]["school"] is None
    house.clock += 29 * 60
    await ada.ask(COUNT)
    house.clock += 2 * 60
    [left] = (await room.show())["participants"]
    assert left["nickname"] == "Ada"
    assert left["lastSeenAt"] > left["joinedAt"]
    await ada.leave()
    assert (await room.show())["participants"] == []


async def test_a_code_is_taken_as_people_type_it(house: House) -> None:
    room = await house.open_room()
    typed = f"{room.code[:4].lower()}-{room.code[4:]}"
    address = f"/sandbox/rooms/{typed}/sessions"
    assert (await house.client.post(address, json={"role": "TEACHER", "nickname": "Ada"})).status_code == 201


@pytest.mark.parametrize(
    ("body", "element"),
    [
        ({"nickname": "Ada"}, "role"),
        ({"role": "PRINCIPAL", "nickname": "Ada"}, "role"),
        ({"role": "TEACHER"}, "nickname"),
        ({"role": "TEACHER", "nickname": " \u200b\u0000 "}, "nickname"),
        ({"role": "TEACHER", "nickname": "x" * 41}, "nickname"),
        ({"role": "TEACHER", "nickname": 7}, "nickname"),
        ({"role": "TEACHER", "nickname": "Ada", "schoolCds": "0"}, "schoolCds"),
    ],
)
async def test_what_is_wrong_at_the_door_of_a_room_is_named(
    house: House, body: dict[str, object], element: str
) -> None:
    room = await house.open_room()
    response = await house.client.post(f"{room.address}/sessions", json=body)
    assert (response.status_code, codes(response)) == (400, ["BAD_INPUT"])
    assert response.json()["errors"][0]["message"].startswith(f"{element}:")


async def test_a_reset_puts_the_data_back_for_everybody_at_their_next_request(house: House) -> None:
    room = await house.open_room()
    ada, bob = await room.join("Ada"), await room.join("Bob")
    for _ in range(3):
        await ada.make("Mine")
        assert "Mine" in await bob.groups()
        shown = await room.reset()
        assert shown["resetAt"] is not None
        assert {who["nickname"] for who in shown["participants"]} == {"Ada", "Bob"}
        assert await ada.groups() == await bob.groups() == {"Owls"}
    await house.clean_up()
    assert len(house.copies()) == 1


async def test_a_participant_does_not_reset_what_is_everybodys(house: House) -> None:
    ada = await (await house.open_room()).join()
    await ada.make("Mine")
    payload = (await ada.ask(RESET))["resetSandbox"]
    assert (payload["done"], [error["code"] for error in payload["errors"]]) == (False, ["FORBIDDEN"])
    assert await ada.groups() == {"Owls", "Mine"}


async def test_a_closed_room_ends_its_sessions_with_a_word(house: House) -> None:
    room, visitor = await house.open_room(), await house.enter()
    ada = await room.join()
    assert (await room.close()).status_code == 204
    assert await ada.refused(COUNT) == (["UNAUTHENTICATED"], "The trainer has closed the training room.")
    assert codes(await house.client.get(room.address, headers=room.headers)) == ["UNAUTHENTICATED"]
    answer = await house.client.post(f"{room.address}/sessions", json={"role": "TEACHER", "nickname": "Ada"})
    assert (answer.status_code, codes(answer)) == (404, ["NOT_FOUND"])
    await house.clean_up()
    assert house.copies() == []
    await visitor.ask(COUNT)


async def test_a_room_ends_by_itself(house: House) -> None:
    room = await house.open_room()
    house.clock += 10 * 3600 - 60
    ada = await room.join()
    assert ada.entered["expiresAt"] == room.opened["expiresAt"]
    await ada.ask(COUNT)
    house.clock += 61
    assert await ada.refused(COUNT) == (["UNAUTHENTICATED"], "The training room's time is over.")
    await house.clean_up()
    assert house.copies() == []
    house.clock += 31 * 60
    await house.clean_up()
    assert (await ada.refused(COUNT))[0] == ["UNAUTHENTICATED"]


@pytest.mark.parametrize("method", ["GET", "DELETE"])
async def test_nobody_but_the_trainer_is_told_anything_of_a_room(house: House, method: str) -> None:
    room, other = await house.open_room(), await house.open_room()
    ada = await room.join()
    refused = set()
    for headers in ({}, other.headers, ada.headers, {"authorization": "Bearer x"}, {"cookie": f"x={room.opened}"}):
        answer = await house.client.request(method, room.address, headers=headers)
        refused.add((answer.status_code, answer.json()["errors"][0]["message"]))
        unknown = await house.client.request(method, "/sandbox/rooms/AAAAAAAA", headers=headers)
        refused.add((unknown.status_code, unknown.json()["errors"][0]["message"]))
    assert len(refused) == 1
    assert (await house.client.post(f"{room.address}/reset", headers=ada.headers)).status_code == 401
    assert (await room.show())["resetAt"] is None


async def test_wrong_codes_and_tokens_are_limited_and_right_ones_are_not(original: object) -> None:
    house = House(original, sandbox_wrong_codes="3/minute")  # type: ignore[arg-type]
    room, body = await house.open_room(), {"role": "TEACHER", "nickname": "Ada"}
    for _ in range(6):
        await room.join()
    for address in ("/sandbox/rooms/AAAAAAAA/sessions",) * 3:
        assert (await house.client.post(address, json=body)).status_code == 404
    answer = await house.client.post("/sandbox/rooms/AAAAAAAA/sessions", json=body)
    assert (answer.status_code, codes(answer)) == (429, ["RATE_LIMITED"])
    assert int(answer.headers["retry-after"]) > 0
    assert (await house.client.get(room.address, headers=room.headers)).status_code == 429
    await house.close()


async def test_a_room_holds_only_so_many(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    assert MOST_PARTICIPANTS >= 100
    monkeypatch.setattr("sandbox.rooms.MOST_PARTICIPANTS", 2)
    room = await house.open_room()
    await asyncio.gather(room.join("Ada"), room.join("Bob"))
    answer = await house.client.post(f"{room.address}/sessions", json={"role": "TEACHER", "nickname": "Eve"})
    assert codes(answer) == ["CONFLICT"]


async def test_the_disclosure_log_of_a_room_has_what_was_shown_in_it(house: House) -> None:
    room = await house.open_room()
    ada = await room.join("Ada", "DISTRICT_ADMINISTRATOR")
    await ada.ask(PAGE)
    await house.sandbox.opened.settle()
    district = ada.entered["viewer"]["district"]["cdsCode"]
    log = "query($d: CDSCode!) { disclosures(filter: {district: {eq: $d}}) { nodes { operation } } }"
    assert (await ada.ask(log, d=district))["disclosures"]["nodes"] == [{"operation": "Page"}]


async def test_nothing_of_codes_tokens_and_nicknames_is_logged_or_stored(house: House) -> None:
    with capture_logs() as lines:
        room = await house.open_room(name="Tuesday")
        ada = await room.join("Ada Lovelace")
        await ada.ask(COUNT)
        await room.reset()
        await house.client.get(f"{room.address}/unknown")
        await house.client.get(room.address, headers=ada.headers)
        await ada.refused("{ nothing }")
    secrets = (room.code, room.opened["trainerToken"], "Lovelace", ada.token)
    assert lines
    assert not any(secret in str(line) for line in lines for secret in secrets)
    kept = b"".join(path.read_bytes() for path in house.original.parent.rglob("*") if path.is_file())
    for secret in (room.code, room.opened["trainerToken"], ada.token):
        assert secret.encode() not in kept


async def test_twenty_rooms_at_once_see_nothing_of_each_other(house: House) -> None:
    async def lesson(number: int) -> tuple[int, set[str]]:
        room: Trainer = await house.open_room()
        people: list[Visitor] = await asyncio.gather(*(room.join(f"{number}-{seat}") for seat in range(3)))
        await asyncio.gather(*(who.make(f"{number}-{seat}") for seat, who in enumerate(people)))
        seen = await asyncio.gather(*(who.groups() for who in people))
        assert all(groups == seen[0] for groups in seen)
        if number % 2:
            await room.reset()
        return number, await people[0].groups()

    for number, groups in await asyncio.gather(*(lesson(number) for number in range(20))):
        mine = set() if number % 2 else {f"{number}-{seat}" for seat in range(3)}
        assert groups == {"Owls"} | mine
    assert await (await house.enter()).groups() == {"Owls"}
