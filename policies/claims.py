"""Who somebody is by the claims of their provider: a login, and the grants that a claim gives them.

A grants claim is of texts, each with one or more tenancy chains (reference/rdw-data.md 2.1: 17 fields between bars), or
of objects `{"role": "TEACHER", "level": "SCHOOL", "organization": "99900010000001"}`, or both. What cannot be read, and
roles and organizations nobody knows, grant nothing; a warning names them.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import orjson
import structlog

from models.access import GRANT_LEVELS
from models.reference import Reference
from policies.errors import Unauthenticated
from policies.identity import Grant, Viewer, normal_login
from policies.roles import known_roles, roles_of_toms
from policies.scope import decide
from policies.sign_on_settings import SignOnSettings

FIELDS_OF_A_CHAIN = 17
ROLE, LEVEL, STATE = 1, 2, 7
LEVELS_OF_A_CHAIN = {
    "CLIENT": ("STATE", STATE),
    "STATE_GROUP": ("STATE", STATE),
    "STATE": ("STATE", STATE),
    "DISTRICT_GROUP": ("DISTRICT_GROUP", 9),
    "DISTRICT": ("DISTRICT", 11),
    "INSTITUTION_GROUP": ("SCHOOL_GROUP", 13),
    "INSTITUTION": ("SCHOOL", 15),
}
"""Level in a chain -> our level, and the field that has the organization's id."""
ABOVE_THE_STATE = ("CLIENT", "STATE_GROUP")
"""Levels that hold in every state when they name none."""
BETWEEN_CHAINS = re.compile(r"(?<=\|)\s*,\s*(?=\|)")
MOST_ENTRIES = 1000
MOST_NAMED, LONGEST_NAMED, LONGEST = 20, 80, 255
log = structlog.get_logger("cers.sign_on")


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody whom the provider vouches for. `grants`: (role, level, organization); None: the grant table has them."""

    login: str
    display_name: str | None
    grants: tuple[tuple[str, str, str], ...] | None

    def viewer(self, tenant: str, school_year: int, expires_at: datetime) -> Viewer:
        """The viewer they are in a school year: that of the tenant when they signed in."""
        grants = None if self.grants is None else tuple(Grant(*grant, school_year) for grant in self.grants)
        return Viewer(tenant, self.login, self.display_name, grants, expires_at)


def person(claims: Mapping[str, Any], settings: SignOnSettings, tenant: str, reference: Reference) -> Person:
    """Who the claims are about. Raises Unauthenticated without a login, or for an e-mail address nobody verified."""
    login = claims.get(settings.login_claim)
    if not isinstance(login, str) or not normal_login(login) or len(login) > LONGEST:
        raise Unauthenticated(f"sign-on: the provider does not say who you are (claim {settings.login_claim}).")
    if settings.require_email_verified and claims.get("email_verified") not in (True, "true"):
        raise Unauthenticated("sign-on: the provider has not verified your e-mail address.")
    name = claims.get("name")
    shown = name[:LONGEST] if isinstance(name, str) and name.strip() else None
    claimed = settings.grants_from == "CLAIM"
    grants = _grants(claims.get(settings.grants_claim), tenant, reference) if claimed else None
    return Person(normal_login(login), shown, grants)


@dataclass
class _Reading:
    """What a claim gives, and what was left out of it."""

    reference: Reference
    grants: dict[tuple[str, str, str], None] = field(default_factory=dict)
    roles: list[str] = field(default_factory=list)
    organizations: list[str] = field(default_factory=list)
    unreadable: int = 0

    def chain(self, text: str) -> None:
        """One tenancy chain. Its roles are those of TOMS and RDW."""
        parts = [part.strip() for part in text.strip().split("|")]
        if len(parts) != FIELDS_OF_A_CHAIN + 2 or parts[0] or parts[-1]:
            self.unreadable += 1
            return
        fields = parts[1:-1]
        level, place = LEVELS_OF_A_CHAIN.get(fields[LEVEL], (None, STATE))
        if level is None:
            self.roles.append(f"{fields[ROLE]} at {fields[LEVEL]}")
        elif fields[STATE] not in ("", self.reference.tenant.state_code):
            self.organizations.append(fields[STATE])
        elif not fields[place] and fields[LEVEL] not in ABOVE_THE_STATE:
            self.unreadable += 1
        else:
            self._add(fields[ROLE], roles_of_toms(fields[ROLE], level), level, fields[place])

    def plain(self, given: Mapping[str, Any]) -> None:
        """One object. Its roles are ours, or those of TOMS and RDW."""
        role, level, organization = (given.get(name, "") for name in ("role", "level", "organization"))
        if not all(isinstance(text, str) for text in (role, level, organization or "")) or level not in GRANT_LEVELS:
            self.unreadable += 1
            return
        roles = (role,) if role in known_roles() else roles_of_toms(role, level)
        self._add(role, roles, level, organization or "")

    def _add(self, name: str, roles: tuple[str, ...], level: str, organization: str) -> None:
        if not roles:
            self.roles.append(f"{name} at {level}")
        for role in roles:
            self.grants[role, level, organization] = None

    def warn(self, tenant: str) -> None:
        """Name what grants nothing: codes of roles and organizations, never who has them."""
        year = self.reference.tenant.school_year
        for reason in decide(Viewer(tenant), [Grant(*grant, year) for grant in self.grants], self.reference).reasons:
            if reason.reason == "UNKNOWN_ORGANIZATION":
                self.organizations.append(reason.grant.organization)
            elif reason.reason != "COUNTS":
                self.roles.append(f"{reason.grant.role} at {reason.grant.level}")
        if self.roles or self.organizations or self.unreadable:
            log.warning(
                "a claim names what grants nothing",
                tenant=tenant,
                roles=_named(self.roles),
                organizations=_named(self.organizations),
                unreadable=self.unreadable,
            )


def _grants(claim: Any, tenant: str, reference: Reference) -> tuple[tuple[str, str, str], ...]:
    reading = _Reading(reference)
    for number, entry in enumerate(_entries(claim)):
        if number < MOST_ENTRIES and isinstance(entry, str):
            reading.chain(entry)
        elif number < MOST_ENTRIES and isinstance(entry, dict):
            reading.plain(entry)
        else:
            reading.unreadable += 1
    reading.warn(tenant)
    return tuple(reading.grants)


def _entries(claim: Any) -> Iterator[Any]:
    """The single chains and objects of a claim, which some providers write as a text of JSON."""
    for given in claim if isinstance(claim, list) else [claim]:
        if not isinstance(given, str):
            yield from () if given is None else (given,)
        elif given.lstrip()[:1] in ("[", "{"):
            yield from _of_json(given)
        elif given.strip():
            yield from BETWEEN_CHAINS.split(given)


def _of_json(text: str) -> list[Any]:
    try:
        read = orjson.loads(text)
    except orjson.JSONDecodeError:
        return [None]
    return read if isinstance(read, list) else [read]


def _named(names: list[str]) -> list[str]:
    return [name[:LONGEST_NAMED] for name in sorted(set(names))[:MOST_NAMED]]
