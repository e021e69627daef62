"""Visitors, rooms, resets and copies that make way, in two servers over one sandbox: nobody sees what others changed,
no answer is an unexpected error, and nothing is left behind."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from random import Random

import pytest

from tests.sandbox.visitors import MAKE, House, Trainer, Visitor

RESET = "mutation { resetSandbox { done } }"
NAMES = "{ groups(first: 200) { nodes { name } } }"
TOLD = {"CONFLICT", "UNAVAILABLE"}
"""What a visitor may be told where copies are few."""


@pytest.fixture
async def houses(original: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[list[House]]:
    """Two servers with room for little, which look after it all the time."""
    monkeypatch.setattr("sandbox.copies.IN_USE_SECONDS", 0.05)
    monkeypatch.setattr("sandbox.LOOKING_SECONDS", 0.1)
    monkeypatch.setattr("sandbox.CLEANING_SECONDS", 0.2)
    houses = [House(original, sandbox_copies=3, sandbox_rooms=4, sandbox_open_copies=2) for _ in range(2)]
    for house in houses:
        house.sandbox.start()
    yield houses
    for house in houses:
        await house.close()


class Crowd:
    """Who does what, drawn from a seed."""

    def __init__(self, houses: list[House], seed: int) -> None:
        self.houses = houses
        self.random = Random(seed)

    def somewhere(self, who: Visitor) -> Visitor:
        """The same visitor at either server."""
        return Visitor(self.random.choice(self.houses).client, who.entered)

    async def ask(self, who: Visitor, query: str, allowed: set[str], prefix: str, **variables: object) -> None:
        answer = (await self.somewhere(who).send(query, **variables)).json()
        told = {error["extensions"]["code"] for error in answer.get("errors", [])}
        assert told <= allowed, answer
        if not told and "groups" in answer["data"]:
            names = {node["name"] for node in answer["data"]["groups"]["nodes"]} - {"Owls"}
            assert all(name.startswith(prefix) for name in names), (prefix, names)
        await asyncio.sleep(self.random.random() * 0.05)

    async def visitor(self, number: int) -> None:
        who, prefix = await self.random.choice(self.houses).enter(), f"visitor {number}:"
        for turn in range(12):
            query = self.random.choice((MAKE, MAKE, NAMES, NAMES, RESET))
            variables = {"name": f"{prefix}{turn}", "students": []} if query is MAKE else {}
            await self.ask(who, query, TOLD, prefix, **variables)
        if self.random.random() < 0.5:
            await who.leave()

    async def room(self, number: int) -> None:
        room, prefix = await self.random.choice(self.houses).open_room(), f"room {number}:"
        people = [await room.join(f"P{seat}") for seat in range(3)]

        async def participant(who: Visitor) -> None:
            for turn in range(8):
                query = self.random.choice((MAKE, NAMES))
                variables = {"name": f"{prefix}{turn}", "students": []} if query is MAKE else {}
                await self.ask(who, query, set(), prefix, **variables)

        async def resets() -> None:
            for _ in range(4):
                await Trainer(self.random.choice(self.houses).client, room.opened).reset()
                await asyncio.sleep(self.random.random() * 0.1)

        await asyncio.gather(*map(participant, people), resets())
        await room.close()


@pytest.mark.parametrize("seed", [1, *(pytest.param(seed, marks=pytest.mark.prove) for seed in range(2, 21))])
async def test_nobody_is_in_anybodys_way(houses: list[House], seed: int) -> None:
    crowd = Crowd(houses, seed)
    await asyncio.gather(*(crowd.visitor(number) for number in range(8)), *(crowd.room(number) for number in range(4)))
    for house in houses:
        house.clock += 3600
    for house in (*houses, *houses):
        await house.clean_up()
    spares = {house.sandbox.copies.spare.name for house in houses}
    assert houses[0].sandbox.files.names() <= spares
