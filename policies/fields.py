"""Field policy: every demographic field is ENABLED, ADMIN_ONLY or DISABLED (product.md: Field policy).

A mask is one column expression, null where not permitted, and serves output, filter, sort and summary alike.
"""

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from models.demographics import DEMOGRAPHIC_COLUMNS

POLICIES = ("ENABLED", "ADMIN_ONLY", "DISABLED")


def field_policy(own: Mapping[str, str] | None) -> Mapping[str, str]:
    """The policy of every demographic field: the tenant's own where it has one, else the default's.

    A field that neither names, or that has an unknown policy, is DISABLED.
    """
    policy = {**default_policy(), **(own or {})}
    return {
        name: policy.get(name, "DISABLED") if policy.get(name) in POLICIES else "DISABLED"
        for name in DEMOGRAPHIC_COLUMNS
    }


@cache
def default_policy() -> Mapping[str, str]:
    """California's example."""
    data = json.loads((Path(__file__).parent / "fields.json").read_text(encoding="utf-8"))
    fields: Mapping[str, str] = data["fields"]
    return fields
