"""docs/errors.md lists every code, with the status that HTTP gives it."""

import re

from policies.errors import CersError
from schema.http import STATUS
from tests.house.tree import ROOT

PAGE = (ROOT / "docs" / "errors.md").read_text(encoding="utf-8")
ROWS = dict(re.findall(r"^\| `([A-Z_]+)` \|[^|]*\| *([^|]*?) *\|", PAGE, re.MULTILINE))


def test_every_code_is_listed_and_none_that_is_not() -> None:
    assert set(ROWS) == {error.code for error in (CersError, *CersError.__subclasses__())}


def test_a_code_has_the_status_of_the_page() -> None:
    assert {code: int(ROWS[code]) for code in STATUS} == STATUS
