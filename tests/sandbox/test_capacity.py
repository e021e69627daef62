"""However many visitors come, and however a server ended, the sandbox takes as much of the machine as it may."""

import os
import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy import update

import models
from models.database import Database
from sandbox.copies import Most
from tests.models.test_cancelled_reads import eventually
from tests.sandbox.visitors import COUNT, MAKE, House, Trainer, Visitor
from tests.schema.asking import codes

LATER = 6 * 60


@pytest.fixture
async def small(original: Path) -> AsyncIterator[House]:
    """A sandbox of two private copies and two rooms."""
    house = House(original, sandbox_copies=2, sandbox_rooms=2)
    yield house
    await house.close()


async def test_the_copy_unused_for_longest_makes_way_and_its_visitor_is_told_once(small: House) -> None:
    first, second, third = [await small.enter() for _ in range(3)]
    await first.make("First")
    small.clock += LATER
    await second.make("Second")
    small.clock += LATER
    await third.make("Third")
    codes_, message = await first.refused(COUNT)
    assert codes_ == ["CONFLICT"]
    assert message.startswith("Your changes were given up: your copy was not used")
    assert await first.groups() == {"Owls"}
    assert await second.groups() == {"Owls", "Second"}
    assert await third.groups() == {"Owls", "Third"}
    await small.clean_up()
    assert len(small.copies()) == 2


async def test_copies_in_use_do_not_make_way(small: House) -> None:
    first, second, third = [await small.enter() for _ in range(3)]
    await first.make("First")
    await second.make("Second")
    answer = await third.send(MAKE, name="Third", students=[])
    assert codes(answer) == ["UNAVAILABLE"]
    assert await third.groups() == {"Owls"}
    assert await first.groups() == {"Owls", "First"}
    assert len(small.copies()) == 2


async def test_private_copies_make_way_for_a_room_where_the_disk_is_full(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    visitor = await house.enter()
    await visitor.make("Mine")
    [name] = house.copies()
    for_two = house.sandbox.files.size(name) + house.original.stat().st_size + 1024
    monkeypatch.setattr(house.sandbox.copies, "_most", Most(copies=10, rooms=10, bytes=for_two))
    first = await house.open_room()
    answer = await house.client.post("/sandbox/rooms", json={})
    assert codes(answer) == ["UNAVAILABLE"]
    house.clock += LATER
    second = await house.open_room()
    assert (await visitor.refused(COUNT))[0] == ["CONFLICT"]
    assert codes(await visitor.send(MAKE, name="Again", students=[])) == ["UNAVAILABLE"]
    await house.clean_up()
    assert len(house.copies()) == 2
    for room in (first, second):
        await room.show()


async def test_rooms_in_use_are_not_closed_for_another_and_unused_ones_are(small: House) -> None:
    first, second = await small.open_room(), await small.open_room()
    answer = await small.client.post("/sandbox/rooms", json={})
    assert (answer.status_code, codes(answer)) == (503, ["UNAVAILABLE"])
    ada = await first.join("Ada")
    for _ in range(3):
        small.clock += 15 * 60
        await ada.ask(COUNT)
    third = await small.open_room()
    assert codes(await small.client.get(second.address, headers=second.headers)) == ["UNAUTHENTICATED"]
    await ada.ask(COUNT)
    await third.show()
    await small.clean_up()
    assert len(small.copies()) == 2


async def test_a_process_keeps_few_copies_open_and_every_change_stays(original: Path) -> None:
    house = House(original, sandbox_open_copies=2)
    visitors = [await house.enter() for _ in range(6)]
    for number, visitor in enumerate(visitors):
        await visitor.make(f"Of {number}")
    for number, visitor in enumerate(visitors):
        assert await visitor.groups() == {"Owls", f"Of {number}"}
    assert len(house.sandbox.opened.names()) <= 2
    await house.close()


async def test_sessions_rooms_and_copies_outlive_a_restart(house: House) -> None:
    visitor, room = await house.enter(), await house.open_room()
    ada = await room.join()
    await visitor.make("Mine")
    await ada.make("Ours")
    await house.close()
    again = House(house.original)
    await again.clean_up()
    assert await Visitor(again.client, visitor.entered).groups() == {"Owls", "Mine"}
    assert await Visitor(again.client, ada.entered).groups() == {"Owls", "Ours"}
    await Trainer(again.client, room.opened).reset()
    assert await Visitor(again.client, ada.entered).groups() == {"Owls"}
    await again.close()


async def test_what_a_crash_left_is_cleaned_up(house: House) -> None:
    visitor = await house.enter()
    await visitor.make("Mine")
    await house.clean_up()
    [kept] = house.copies()
    folder = house.original.with_suffix(".visitors") / "copies"
    for name in ("half.draft", "half.lock", "lost.sqlite3", "lost.sqlite3-wal"):
        (folder / name).write_bytes(b"x")
    await house.clean_up()
    assert house.copies() == [kept]
    assert {path.name.partition(".")[0] for path in folder.iterdir()} == {kept}
    assert await visitor.groups() == {"Owls", "Mine"}


async def test_a_copy_that_was_deleted_behind_our_back_is_lost_with_a_word(house: House) -> None:
    visitor, room = await house.enter(), await house.open_room()
    ada = await room.join()
    await visitor.make("Mine")
    await house.close()
    shutil.rmtree(house.original.with_suffix(".visitors") / "copies")
    again = House(house.original)
    codes_, message = await Visitor(again.client, visitor.entered).refused(COUNT)
    assert (codes_, message) == (["CONFLICT"], "Your changes were lost.")
    assert await Visitor(again.client, visitor.entered).groups() == {"Owls"}
    assert await Visitor(again.client, ada.entered).groups() == {"Owls"}
    await again.close()


async def test_copies_of_data_that_were_built_anew_are_dropped(house: House) -> None:
    visitor, room = await house.enter(), await house.open_room()
    ada = await room.join()
    await visitor.make("Mine")
    await ada.make("Ours")
    await house.close()
    anew = house.original.with_name("anew.sqlite3")
    shutil.copy(house.original, anew)
    database = Database(f"sqlite:///{anew}")
    await database.run(lambda session: session.execute(update(models.Group).values(name="Bees", sort_key="bees")))
    await database.close()
    os.replace(anew, house.original)
    again = House(house.original)
    assert (await Visitor(again.client, visitor.entered).refused(COUNT))[0] == ["CONFLICT"]
    assert await Visitor(again.client, visitor.entered).groups() == {"Bees"}
    assert await Visitor(again.client, ada.entered).groups() == {"Bees"}
    await again.clean_up()
    assert len(again.copies()) == 1
    await again.close()


async def test_a_copy_is_whole_while_somebody_changes_the_original(house: House) -> None:
    """An operator's command, which leaves its change in the write-ahead log as long as somebody reads."""
    writer = Database(f"sqlite:///{house.original}")
    await writer.run(lambda session: session.execute(update(models.Group).values(name="Bees", sort_key="bees")))
    assert house.original.with_name("sandbox.sqlite3-wal").stat().st_size
    visitor = await house.enter()
    await visitor.make("Mine")
    assert await visitor.groups() == {"Bees", "Mine"}
    await writer.close()


async def test_a_spare_for_resets_is_kept_while_there_are_rooms_and_made_anew_where_data_changed(house: House) -> None:
    async def nothing_left() -> bool:
        return house.sandbox.files.names() == set()

    room = await house.open_room()
    assert house.sandbox.copies.spare.name in house.sandbox.files.names()
    ada = await room.join()
    writer = Database(f"sqlite:///{house.original}")
    await writer.run(lambda session: session.execute(update(models.Group).values(name="Bees", sort_key="bees")))
    await room.reset()
    assert await ada.groups() == {"Bees"}
    await writer.close()
    await room.close()
    await house.clean_up()
    assert house.sandbox.copies.spare.name is None
    await eventually(nothing_left)
