"""A tenant's own field policy is a file whose every name and value is known, or it is refused as a whole."""

import json
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from ingest.access import set_tenant
from ingest.field_policy import read_field_policy
from ingest.problem import Rejected
from models import Tenant
from models.database import Database
from models.reference import ReferenceSource
from policies import fields
from policies.fields import field_policy


def policy_file(rules: Any) -> bytes:
    return json.dumps({"fields": rules}).encode()


def test_the_default_is_such_a_file_itself() -> None:
    content = Path(fields.__file__).with_name("fields.json").read_bytes()
    assert read_field_policy(content, "fields.json") == field_policy(None)


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"{", "not valid JSON"),
        (b"[" * 100_000, "not valid JSON"),
        (b"\xff", "not UTF-8"),
        (b"[]", "expected"),
        (b'{"gender": "ENABLED"}', "expected"),
        (b'{"fields": ["gender"]}', "expected"),
        (b'{"fields": {}, "feilds": {}}', "expected"),
        (b'{"fields": {"gender": "ENABLED", "gender": "DISABLED"}}', "gender: named twice"),
        (policy_file({"gender": "enabled"}), "gender 'enabled': must be one of ENABLED, ADMIN_ONLY, DISABLED"),
        (policy_file({"gender": None}), "gender: must be one of"),
        (policy_file({"gender": ["ENABLED"]}), "must be one of"),
        (policy_file({"ssid": "DISABLED"}), "ssid: not a demographic field"),
        (policy_file({"lunch": "ENABLED", "iep": "?"}), "lunch: not .* iep '?"),
    ],
)
def test_anything_else_is_refused_and_named(content: bytes, told: str) -> None:
    with pytest.raises(Rejected, match=told):
        read_field_policy(content, "policy.json")


async def test_a_policy_holds_from_then_on_and_replaces_the_one_before(tenant: Database) -> None:
    async def rules() -> Any:
        return field_policy((await ReferenceSource(tenant).current()).tenant.field_policy)

    default = await rules()
    for own in ({"gender": "ENABLED", "iep": "DISABLED"}, {"gender": "DISABLED"}, {}):
        await tenant.run(partial(set_tenant, field_policy=own))
        assert await rules() == {**default, **own}


async def test_other_settings_leave_the_policy_alone(tenant: Database) -> None:
    await tenant.run(lambda session: set_tenant(session, field_policy={"gender": "ENABLED"}))
    await tenant.run(lambda session: set_tenant(session, name="Ours"))
    assert await tenant.run(lambda session: session.scalar(select(Tenant.field_policy))) == {"gender": "ENABLED"}
