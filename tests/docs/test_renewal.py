"""An answer is renewed without losing what the page leaves out, nor its layout."""

import json

import pytest

from tests.docs.blocks import filled
from tests.docs.renewal import laid_out, renewed, renewed_text

REAL = {"data": {"rows": [{"id": "b", "n": 2}, {"id": "c", "n": 3}], "cursor": "y"}, "extensions": {"cost": 1}}


@pytest.mark.parametrize(
    ("shown", "expected"),
    [
        ({"data": "…"}, {"data": "…"}),
        ({"data": {"rows": ["…"], "cursor": "…"}}, {"data": {"rows": ["…"], "cursor": "…"}}),
        (
            {"data": {"rows": [{"id": "…", "n": 1}, "…"], "cursor": "x"}},
            {"data": {"rows": [{"id": "…", "n": 2}, "…"], "cursor": "y"}},
        ),
        (
            {"data": {"rows": [{"id": "…", "n": 1}] * 3, "gone": 1}},
            {"data": {"rows": [{"id": "…", "n": 2}, {"id": "…", "n": 3}], "cursor": "y"}},
        ),
        ({"data": {"rows": [1, 2, 3, "…"], "cursor": "y"}}, {"data": REAL["data"]}),
        ({"data": None, "errors": []}, {"data": REAL["data"]}),
        ({"data": {"rows": [{"id": "b", "n": 2}]}}, {"data": REAL["data"]}),
        ({"data": "…", "extensions": {"cost": 2}}, {"data": "…", "extensions": {"cost": 1}}),
    ],
)
def test_what_was_left_out_stays_left_out_and_the_rest_is_real(shown: object, expected: object) -> None:
    assert renewed(shown, REAL) == expected
    assert filled(expected, REAL) == REAL


def test_of_a_new_error_only_what_tells_is_shown() -> None:
    error = {"message": "no", "locations": [], "extensions": {"code": "FORBIDDEN", "correlationId": "1"}}
    real = {"data": None, "errors": [error]}
    expected = {"data": None, "errors": [{"message": "no", "extensions": {"code": "FORBIDDEN"}}]}
    assert renewed({"data": {}}, real) == expected
    assert filled(expected, real) == real


def test_an_answer_with_the_same_parts_keeps_its_layout() -> None:
    shown = """{
  "data": {
    "rows": [
      {"id": "…",   "n": 1},
      {"id": "a", "n": -2.5e3}
    ],
    "cursor": "a \\" [text]"
  }
}
"""
    expected = shown.replace('"n": 1', '"n": 2').replace('"a", "n": -2.5e3', '"c", "n": 3')
    assert renewed_text(shown, REAL) == expected.replace('a \\" [text]', "y")


def test_an_answer_with_other_parts_is_laid_out_anew() -> None:
    real = {"data": {"rows": [{"id": "b" * 40, "n": 2}, {"id": "c" * 40, "n": 3}]}}
    text = renewed_text('{"data": {"rows": []}}', real)
    assert json.loads(text) == real
    assert text == laid_out(real) + "\n"
    assert [len(line) - len(line.lstrip()) for line in text.splitlines()] == [0, 2, 4, 6, 6, 4, 2, 0]
