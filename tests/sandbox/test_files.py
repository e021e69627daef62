"""A copy's file is whole or not there, whoever interrupts its making, and is not removed while somebody uses it."""

import errno
import os
from pathlib import Path
from typing import Any

import pytest

from sandbox.files import CopyFiles


@pytest.fixture
def files(tmp_path: Path) -> CopyFiles:
    original = tmp_path / "original"
    original.write_bytes(os.urandom(3_000_000))
    return CopyFiles(tmp_path / "copies", original)


def refuse(*_given: Any) -> int:
    raise OSError(errno.EXDEV, "Invalid cross-device link")


@pytest.mark.parametrize("by_hand", [False, True])
def test_a_copy_has_every_byte_and_is_nobody_elses_to_read(
    files: CopyFiles, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, by_hand: bool
) -> None:
    if by_hand:
        monkeypatch.setattr(os, "copy_file_range", refuse)
    held = files.make()
    assert held.path.read_bytes() == (tmp_path / "original").read_bytes()
    assert held.path.stat().st_mode & 0o077 == 0
    assert files.names() == {held.name}


def test_what_is_cut_off_leaves_nothing(files: CopyFiles, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_given: Any) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "copy_file_range", refuse)
    monkeypatch.setattr(os, "pwrite", full)
    with pytest.raises(OSError, match="No space left"):
        files.make()
    assert files.names() == set()


def test_a_copy_in_use_is_not_removed_and_one_that_was_removed_is_not_used(files: CopyFiles) -> None:
    made = files.make()
    used = files.take(made.name)
    assert used is not None
    made.let_go()
    assert not files.remove(made.name)
    assert used.path.exists()
    used.let_go()
    assert files.remove(made.name)
    assert files.take(made.name) is None
    assert files.names() == set()


def test_another_original_is_another_version(files: CopyFiles, tmp_path: Path) -> None:
    before = files.version
    anew = tmp_path / "anew"
    anew.write_bytes(b"x")
    os.replace(anew, tmp_path / "original")
    assert files.version == before
    assert CopyFiles(tmp_path / "copies", tmp_path / "original").version != before
