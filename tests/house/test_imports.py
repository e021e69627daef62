"""Imports go one way, and only the settings read the environment."""

import ast

from tests.house.tree import DOORS, ROOMS, ROOT, files, imported, place, tree

ENVIRONMENT = {"environ", "getenv", "environb", "getenvb", "putenv"}
TELLS_A_LIBRARY = "watch/exposition.py"
"""Names a folder to the library of the metrics, which can be told in no other way."""


def test_nobody_below_imports_the_doors() -> None:
    doors = set(DOORS)
    assert [place(path) for path in files(*ROOMS) if imported(path) & doors] == []


def test_nobody_imports_tests_or_benchmarks() -> None:
    assert [place(path) for path in files(*DOORS, *ROOMS) if imported(path) & {"tests", "benchmarks"}] == []


def test_only_ingest_and_the_command_line_reach_past_the_layers() -> None:
    assert [place(path) for path in files("seeds") if imported(path) & {"policies", "resolvers", "schema"}] == []
    assert [
        place(path) for path in files("migrations") if imported(path) & (set(ROOMS) - {"models", "migrations"})
    ] == []


def test_only_the_settings_read_the_environment() -> None:
    found = [
        place(path, node)
        for path in files(*(set(DOORS) - {"settings"}), *ROOMS)
        for node in ast.walk(tree(path))
        if path != ROOT / TELLS_A_LIBRARY
        if (isinstance(node, ast.Attribute) and node.attr in ENVIRONMENT)
        or (isinstance(node, ast.alias) and node.name in ENVIRONMENT)
    ]
    assert found == []
