"""While a room is reset again and again, every request is answered, from one copy from its beginning to its end."""

import asyncio
from typing import Any

import pytest
from sqlalchemy import select

import models
from policies.identity import identify
from policies.sandbox import SANDBOX
from tests.sandbox.visitors import House, Visitor

BOTH = "{ a: groups(first: 200) { nodes { name } } b: groups(first: 200) { nodes { name } } }"
TWO = """
mutation Two($left: String!, $right: String!) {
  left: createCustomGroup(input: {name: $left, studentIds: []}) { group { name } errors { code } }
  right: createCustomGroup(input: {name: $right, studentIds: []}) { group { name } errors { code } }
}
"""


def pairs(nodes: list[dict[str, Any]]) -> dict[str, set[str]]:
    """The names of made groups by pair."""
    found: dict[str, set[str]] = {}
    for node in nodes:
        if node["name"] != "Owls":
            pair, _, half = node["name"].partition("/")
            found.setdefault(pair, set()).add(half)
    return found


async def write(who: Visitor, ended: asyncio.Event) -> int:
    turn = 0
    while not ended.is_set():
        pair = f"{id(who)}-{turn}"
        made = await who.ask(TWO, left=f"{pair}/left", right=f"{pair}/right")
        assert [made[half]["errors"] for half in ("left", "right")] == [[], []]
        turn += 1
    return turn


async def read(who: Visitor, ended: asyncio.Event) -> int:
    turn = 0
    while not ended.is_set():
        seen = await who.ask(BOTH)
        names = {node["name"] for node in seen["a"]["nodes"]}
        assert "Owls" in names
        assert sum(len(halves) == 1 for halves in pairs(seen["a"]["nodes"]).values()) <= 2
        turn += 1
    return turn


@pytest.mark.parametrize("resets", [8, pytest.param(100, marks=pytest.mark.prove)])
async def test_no_request_fails_or_mixes_while_its_room_is_reset(house: House, resets: int) -> None:
    room, ended = await house.open_room(), asyncio.Event()
    people = [await room.join(f"P{number}") for number in range(4)]
    working = [
        *(asyncio.create_task(write(who, ended)) for who in people[:2]),
        *(asyncio.create_task(read(who, ended)) for who in people),
    ]
    await asyncio.sleep(0.1)
    for _ in range(resets):
        await room.reset()
        await asyncio.sleep(0.02)
    ended.set()
    turns = await asyncio.gather(*working)
    assert all(turns)
    await room.reset()
    assert await people[0].groups() == {"Owls"}
    await house.clean_up()
    assert len(house.copies()) == 1
    assert len(house.sandbox.opened.names()) == 1


async def test_what_began_before_a_reset_ends_on_the_old_copy(house: House) -> None:
    room = await house.open_room()
    ada, bob = await room.join("Ada"), await room.join("Bob")
    await ada.make("Mine")
    viewer = identify(ada.headers["authorization"], {SANDBOX: house.sandbox.original.key})
    async with house.sandbox.lent(viewer) as loan:
        await room.reset()
        assert await bob.groups() == {"Owls"}
        await house.clean_up()
        names = await loan.tenant.database.run(lambda session: set(session.scalars(select(models.Group.name))))
        assert names == {"Owls", "Mine"}
    await house.clean_up()
    assert len(house.copies()) == 1
