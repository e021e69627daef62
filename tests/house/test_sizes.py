"""Files stay small and are named for what they hold."""

from tests.house.tree import DOORS, ROOMS, files, place

LONGEST_FILE = 400
SAYS_NOTHING = {"utils", "util", "helpers", "helper", "common", "manager", "service", "services", "misc"}
EVERYTHING = (*DOORS, *ROOMS, "tests", "benchmarks")


def test_no_file_is_longer_than_400_lines() -> None:
    lengths = {place(path): len(path.read_text(encoding="utf-8").splitlines()) for path in files(*EVERYTHING)}
    assert {name: lines for name, lines in lengths.items() if lines > LONGEST_FILE} == {}


def test_no_file_or_folder_has_a_name_that_says_nothing() -> None:
    assert [place(path) for path in files(*EVERYTHING) if SAYS_NOTHING & {path.stem, path.parent.name}] == []


def test_every_file_says_in_its_first_line_what_it_is() -> None:
    silent = [path for path in files(*EVERYTHING) if not path.read_text(encoding="utf-8").startswith('"""')]
    assert [place(path) for path in silent] == []
