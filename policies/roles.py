"""Asks Casbin what a role may do at a level: once per role and level, then from memory.

Trap: `enforce` costs about a millisecond and scans the policy, so it is never asked per row or per field.
"""

import csv
import logging
from functools import cache
from pathlib import Path

import casbin

from policies.permission import Permission

HERE = Path(__file__).parent
ORGANIZED = {"DISTRICT_GROUP": "DISTRICT", "SCHOOL_GROUP": "SCHOOL"}
"""A grant at a group of organizations is a grant at each of its members."""


@cache
def permissions_of(role: str, level: str) -> frozenset[Permission]:
    """The permissions a grant of `role` at `level` carries; none for an unknown role or a level that is not its."""
    enforcer = _enforcer()
    level = ORGANIZED.get(level, level)
    return frozenset(p for p in Permission if enforcer.enforce(role, level, p.value))


@cache
def known_roles() -> frozenset[str]:
    """Every role the policy names."""
    return frozenset(rule[0] for rule in _enforcer().get_policy())


@cache
def roles_of_toms(name: str, level: str) -> tuple[str, ...]:
    """The roles that a TOMS or RDW role name stands for at a level; none for an unlisted name."""
    level = ORGANIZED.get(level, level)
    with (HERE / "toms_roles.csv").open(newline="", encoding="utf-8") as file:
        return tuple(
            row["role"] for row in csv.DictReader(file) if row["name"] == name and row["level"] in (level, "ANY")
        )


@cache
def _enforcer() -> casbin.Enforcer:
    logging.getLogger("casbin").setLevel(logging.ERROR)
    return casbin.Enforcer(str(HERE / "model.conf"), str(HERE / "policy.csv"))
