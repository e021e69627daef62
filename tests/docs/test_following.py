"""Variables follow the answers above them."""

import json

import pytest

from tests.docs.following import Following

SHOWN = {"nodes": [{"id": "stu_1f", "ssid": "9900000001", "name": "Ada", "login": "a@example.org"}, {"id": "…"}]}
REAL = {
    "nodes": [{"id": "stu_2e", "ssid": "9900000002", "name": "Ben", "login": "b.en@example.org"}, {"id": "grp_1_9"}]
}


@pytest.fixture
def following() -> Following:
    following = Following()
    following.hear(SHOWN, REAL)
    return following


def test_ids_ssids_and_logins_follow_wherever_they_stand(following: Following) -> None:
    text = json.dumps({"ids": ["stu_1f"], "csv": "Ada,9900000001,a@example.org\nEva,9900000009,"})
    expected = {"ids": ["stu_2e"], "csv": "Ada,9900000002,b.en@example.org\nEva,9900000009,"}
    assert following.shown(text) == following.given(text) == expected


def test_an_id_that_is_left_out_is_the_last_one_left_out(following: Following) -> None:
    text = '{"input": {"id": "…", "name": "Ada", "studentIds": ["stu_1f1f"]}}'
    assert following.shown(text)["input"] == {"id": "…", "name": "Ada", "studentIds": ["stu_1f1f"]}
    assert following.given(text)["input"] == {"id": "grp_1_9", "name": "Ada", "studentIds": ["stu_1f1f"]}
