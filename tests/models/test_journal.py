"""A journal keeps what it confirmed, whatever happens to its process or its disk."""

import asyncio
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

import models.journal
from models.journal import FRAME, Journal

WRITER = """
import asyncio, sys
from pathlib import Path
from models.journal import Journal

async def write():
    journal = Journal(Path(sys.argv[1]))
    for word in (b"one", b"two"):
        await journal.append(word)
    print("confirmed", flush=True)
    await asyncio.sleep(60)

asyncio.run(write())
"""


class Store:
    """Takes what a journal hands over."""

    def __init__(self) -> None:
        self.entries: list[bytes] = []
        self.failing = False

    async def __call__(self, entries: Sequence[bytes]) -> None:
        if self.failing:
            raise ConnectionError
        self.entries += entries


@pytest.fixture
def store() -> Store:
    return Store()


def files(folder: Path) -> list[Path]:
    return sorted(folder.glob("*"))


async def test_what_was_appended_is_handed_over_once(tmp_path: Path, store: Store) -> None:
    journal = Journal(tmp_path)
    for word in (b"one", b"two"):
        await journal.append(word)
    assert await journal.drain(store) == 2
    await journal.append(b"three")
    assert await journal.drain(store) == 1
    assert await journal.drain(store) == 0
    assert store.entries == [b"one", b"two", b"three"]
    assert files(tmp_path) == []


async def test_entries_that_wait_together_share_a_sync(tmp_path: Path, store: Store) -> None:
    journal = Journal(tmp_path)
    await asyncio.gather(*(journal.append(b"%d" % number) for number in range(100)))
    assert journal.syncs == 1
    await journal.drain(store)
    assert store.entries == [b"%d" % number for number in range(100)]


async def test_entries_that_come_during_a_sync_share_the_next(
    tmp_path: Path, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    journal, synced = Journal(tmp_path), asyncio.Event()
    loop, sync = asyncio.get_running_loop(), models.journal._sync

    def slow(descriptor: int) -> None:
        loop.call_soon_threadsafe(synced.set)
        sync(descriptor)

    monkeypatch.setattr(models.journal, "_sync", slow)
    first = asyncio.create_task(journal.append(b"first"))
    await synced.wait()
    await asyncio.gather(first, *(journal.append(b"later") for _ in range(20)))
    assert journal.syncs == 2
    assert await journal.drain(store) == 21


async def test_an_entry_is_on_disk_before_it_is_confirmed(
    tmp_path: Path, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    journal, sizes = Journal(tmp_path), []
    monkeypatch.setattr(models.journal, "_sync", lambda descriptor: sizes.append(os.fstat(descriptor).st_size))
    await journal.append(b"word")
    assert sizes == [FRAME.size + len(b"word")]
    await journal.close()


@pytest.mark.parametrize("tail", [b"\x05", FRAME.pack(9, 1) + b"torn", FRAME.pack(4, 1) + b"torn", bytes(64)])
async def test_a_torn_last_frame_is_left_out_and_the_others_are_kept(tmp_path: Path, store: Store, tail: bytes) -> None:
    journal = Journal(tmp_path)
    for word in (b"one", b"two"):
        await journal.append(word)
    await journal.close()
    (file,) = files(tmp_path)
    file.write_bytes(file.read_bytes() + tail)
    assert await Journal(tmp_path).drain(store) == 2
    assert store.entries == [b"one", b"two"]
    assert files(tmp_path) == []


async def test_what_a_killed_process_confirmed_is_taken_up(tmp_path: Path, store: Store) -> None:
    with subprocess.Popen([sys.executable, "-c", WRITER, tmp_path], stdout=subprocess.PIPE) as writer:
        assert writer.stdout is not None
        assert writer.stdout.readline() == b"confirmed\n"
        assert await Journal(tmp_path).drain(store) == 0
        writer.kill()
    assert await Journal(tmp_path).drain(store) == 2
    assert store.entries == [b"one", b"two"]


async def test_two_processes_never_take_the_same_file(tmp_path: Path, store: Store) -> None:
    first, second = Journal(tmp_path), Journal(tmp_path)
    await first.append(b"first")
    await second.append(b"second")
    assert await second.drain(store) == 1
    assert store.entries == [b"second"]
    assert await first.drain(store) == 1


async def test_what_cannot_be_stored_waits_and_the_journal_goes_on(tmp_path: Path, store: Store) -> None:
    journal = Journal(tmp_path)
    await journal.append(b"one")
    store.failing = True
    with pytest.raises(ConnectionError):
        await journal.drain(store)
    await journal.append(b"two")
    store.failing = False
    assert await journal.drain(store) == 1
    assert await journal.drain(store) == 1
    assert store.entries == [b"one", b"two"]


async def test_what_is_appended_while_others_are_handed_over_is_kept_once(tmp_path: Path, store: Store) -> None:
    journal = Journal(tmp_path)

    async def write(writer: int) -> None:
        for number in range(20):
            await journal.append(b"%d-%d" % (writer, number))

    writing = asyncio.gather(*map(write, range(5)))
    while not writing.done():
        await journal.drain(store)
        await asyncio.sleep(0)
    await journal.drain(store)
    assert sorted(store.entries) == sorted(b"%d-%d" % (writer, number) for writer in range(5) for number in range(20))
    assert files(tmp_path) == []


async def test_a_write_that_fails_is_told_to_everybody_who_waits(tmp_path: Path, store: Store) -> None:
    (tmp_path / "journals").write_text("a file where the folder should be")
    journal = Journal(tmp_path / "journals")
    outcomes = await asyncio.gather(*(journal.append(b"x") for _ in range(3)), return_exceptions=True)
    assert [type(outcome) for outcome in outcomes] == [FileExistsError] * 3


async def test_after_a_failed_sync_the_next_entry_is_kept_elsewhere(
    tmp_path: Path, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    journal = Journal(tmp_path)
    await journal.append(b"one")

    def fail(_descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as broken:
        broken.setattr(models.journal, "_sync", fail)
        with pytest.raises(OSError, match="No space left"):
            await journal.append(b"lost")
    await journal.append(b"two")
    assert len(files(tmp_path)) == 2
    assert await journal.drain(store) + await journal.drain(store) >= 2
    assert {b"one", b"two"} <= set(store.entries)
