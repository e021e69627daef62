"""What a page shows and what is real are told apart, however much the page leaves out."""

import pytest

from tests.docs.blocks import filled, says

REAL = {"data": {"rows": [1, 2, 3], "cursor": "x"}, "extensions": {"cost": 1}}


@pytest.mark.parametrize(
    "shown",
    [
        REAL,
        {"data": {"rows": [1, 2, 3], "cursor": "…"}},
        {"data": {"rows": [1, "…"], "cursor": "x"}},
        {"data": {"rows": ["…", 2, 3], "cursor": "x"}},
        {"data": "…"},
    ],
)
def test_what_is_left_out_is_taken_from_the_real_answer(shown: object) -> None:
    assert filled(shown, REAL) == REAL


@pytest.mark.parametrize(
    "shown",
    [
        {"data": {"rows": [1, 2], "cursor": "x"}},
        {"data": {"rows": [2, "…"], "cursor": "x"}},
        {"data": {"rows": [1, 2, 3, "…"], "cursor": "x"}},
        {"data": {"rows": [1, 2, 3]}},
        {"data": {"rows": [1, 2, 3], "cursor": "…", "more": "…"}},
        {"data": {"rows": [1, 2, 3], "cursor": "x"}, "errors": "…"},
        {"data": None},
        {"data": "…", "extensions": {"cost": 2}},
    ],
)
def test_what_differs_is_noticed(shown: object) -> None:
    assert filled(shown, REAL) != REAL


def test_a_text_is_compared_but_for_what_is_left_out() -> None:
    assert says("29 students in … pages\n", "29 students in 3 pages")
    assert not says("29 students in … pages\n", "28 students in 3 pages")
    assert not says("a.c", "abc")
