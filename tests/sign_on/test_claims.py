"""A grants claim gives what its chains and objects name, as far as it is known here; a warning names the rest."""

import json
import re
from typing import Any

import pytest
from structlog.testing import capture_logs

from models.reference import Reference
from policies.claims import Person, person
from policies.errors import Unauthenticated
from policies.sign_on_settings import SignOnSettings
from settings import Settings, TenantSettings
from tests.house.tree import ROOT
from tests.sign_on.conftest import Site
from tests.sign_on.issuer import ANA

SETTINGS = SignOnSettings(issuer="https://id.example.org", client_id="cers", grants_from="CLAIM", grants_claim="g")


@pytest.fixture
async def reference(standing_site: Site) -> Reference:
    return await standing_site.sign_ons["alpha"]._reference.current()


@pytest.fixture
def codes(standing_site: Site) -> dict[str, str]:
    """Natural ids of organizations by name."""
    world = standing_site.world
    return {place.name: place.natural_id for place in (world.north, world.south, world.oak, world.elm, world.fir)}


def chain(role: str, level: str, *, state: str = "CA", **places: str) -> str:
    """A tenancy chain: role, level, then id and name of client, group of states, state, group of districts, district,
    group of institutions and institution."""
    ids = [places.get(name, "") for name in ("client", "states")] + [state]
    ids += [places.get(name, "") for name in ("districts", "district", "schools", "school")]
    return "|".join(
        ["", "1000", role, level, *(part for each in ids for part in (each, each and f"Name, of {each}")), ""]
    )


def read(claim: Any, reference: Reference, **claims: Any) -> tuple[Person, dict[str, Any]]:
    """Who the claims are about, and what the warning says, if any."""
    with capture_logs() as logs:
        who = person({**ANA, **claims, "g": claim}, SETTINGS, "alpha", reference)
    assert len(logs) <= 1
    return who, logs[0] if logs else {}


async def test_chains_of_every_level_are_read(reference: Reference, codes: dict[str, str]) -> None:
    claim = [
        chain("LEA CAASPP Coordinator", "DISTRICT", district=codes["North"]),
        chain("CAASPP Test Administrator", "INSTITUTION", district=codes["North"], school=codes["Oak"]),
        chain("CUSTOM_AGGREGATE_REPORTER", "STATE"),
        chain("GROUP_ADMIN", "CLIENT", client="1000", state=""),
    ]
    who, warning = read(claim, reference)
    assert who.grants == (
        ("DISTRICT_COORDINATOR", "DISTRICT", codes["North"]),
        ("TEACHER", "SCHOOL", codes["Oak"]),
        ("AGGREGATE_REPORTER", "STATE", "CA"),
        ("GROUP_ADMINISTRATOR", "STATE", ""),
    )
    assert warning == {}


async def test_chains_of_groups_name_the_group(reference: Reference) -> None:
    claim = [
        chain("PII", "DISTRICT_GROUP", districts="County"),
        chain("PII_GROUP", "INSTITUTION_GROUP", district="1", schools="Cluster"),
    ]
    who, warning = read(claim, reference)
    assert who.grants == (
        ("DISTRICT_EDUCATOR", "DISTRICT_GROUP", "County"),
        ("AGGREGATE_REPORTER", "DISTRICT_GROUP", "County"),
        ("TEACHER", "SCHOOL_GROUP", "Cluster"),
    )
    assert warning["organizations"] == ["Cluster", "County"]


def test_the_chain_in_the_docs_is_one(reference: Reference) -> None:
    page = (ROOT / "docs" / "signing-in.md").read_text(encoding="utf-8")
    [example] = re.findall(r"```text\n(.+)\n", page)
    assert read(example.strip(), reference)[0].grants == (("TEACHER", "SCHOOL", "99900010000001"),)


@pytest.mark.parametrize("between", [",", " , ", ",\n"])
async def test_one_text_may_hold_several_chains(reference: Reference, codes: dict[str, str], between: str) -> None:
    chains = (chain("Educator-Test Site", "INSTITUTION", school=codes[name]) for name in ("Oak", "Elm"))
    who, _ = read(between.join(chains), reference)
    assert who.grants == (("SITE_EDUCATOR", "SCHOOL", codes["Oak"]), ("SITE_EDUCATOR", "SCHOOL", codes["Elm"]))


async def test_the_plain_form_takes_our_roles_and_those_of_toms(reference: Reference, codes: dict[str, str]) -> None:
    claim = [
        {"role": "SITE_COORDINATOR", "level": "SCHOOL", "organization": codes["Oak"]},
        {"role": "Superintendent", "level": "DISTRICT", "organization": codes["North"]},
        {"role": "STATE_ADMINISTRATOR", "level": "STATE"},
    ]
    expected = (
        ("SITE_COORDINATOR", "SCHOOL", codes["Oak"]),
        ("DISTRICT_COORDINATOR", "DISTRICT", codes["North"]),
        ("STATE_ADMINISTRATOR", "STATE", ""),
    )
    for form in (claim, json.dumps(claim), [json.dumps(each) for each in claim]):
        who, warning = read(form, reference)
        assert (who.grants, warning) == (expected, {})


async def test_a_chain_knows_no_roles_but_those_of_toms(reference: Reference) -> None:
    who, warning = read([chain("STATE_ADMINISTRATOR", "STATE"), chain("TENANT_ADMINISTRATOR", "CLIENT")], reference)
    assert who.grants == ()
    assert warning["roles"] == ["STATE_ADMINISTRATOR at STATE", "TENANT_ADMINISTRATOR at STATE"]


async def test_what_nobody_knows_grants_nothing_and_is_named(reference: Reference, codes: dict[str, str]) -> None:
    claim = [
        chain("ASMTDATALOAD", "STATE"),
        chain("PII", "PLANET"),
        chain("PII", "INSTITUTION", state="NV", school=codes["Oak"]),
        chain("PII_GROUP", "INSTITUTION", school="99999999999999"),
        {"role": "TEACHER", "level": "DISTRICT", "organization": codes["North"]},
        {"role": "WIZARD", "level": "SCHOOL", "organization": codes["Oak"]},
    ]
    _, warning = read(claim, reference)
    assert warning["log_level"] == "warning"
    assert warning["roles"] == ["ASMTDATALOAD at STATE", "PII at PLANET", "TEACHER at DISTRICT", "WIZARD at SCHOOL"]
    assert warning["organizations"] == ["99999999999999", "NV"]
    assert "ana" not in str(warning).lower()


async def test_what_nobody_knows_opens_nothing(standing_site: Site) -> None:
    token = standing_site.issuer.signed(
        grants=[
            {"role": "DISTRICT_COORDINATOR", "level": "DISTRICT", "organization": "99999999999999"},
            {"role": "DISTRICT_COORDINATOR", "level": "SCHOOL", "organization": standing_site.world.oak.natural_id},
        ]
    )
    answer = await standing_site.ask(token, "{ students { totalCount } viewer { permissions { permission } } }")
    assert answer.json()["data"] == {"students": None, "viewer": {"permissions": []}}
    assert answer.json()["errors"][0]["extensions"]["code"] == "FORBIDDEN"


@pytest.mark.parametrize(
    "claim",
    [
        "|1000|PII|STATE|",
        chain("PII", "DISTRICT") + "|",
        chain("PII", "STATE", state=""),
        chain("PII", "DISTRICT"),
        "PII",
        7,
        [None, 7, ["PII"]],
        "[{]",
        {"role": 7, "level": "STATE"},
        {"role": "TEACHER"},
        {"role": "TEACHER", "level": ["SCHOOL"]},
        {"role": "TEACHER", "level": "SCHOOL", "organization": {"id": 1}},
        ["PII"] * 5000,
    ],
    ids=lambda claim: str(claim)[:40],
)
async def test_what_cannot_be_read_grants_nothing_and_is_counted(reference: Reference, claim: Any) -> None:
    who, warning = read(claim, reference)
    assert who.grants == ()
    assert warning["unreadable"] >= 1


async def test_no_claim_is_no_grant_and_no_warning(reference: Reference) -> None:
    for claim in (None, [], ""):
        assert read(claim, reference)[0].grants == ()
        assert read(claim, reference)[1] == {}


async def test_the_login_is_compared_trimmed_and_lower_cased(reference: Reference) -> None:
    assert read([], reference)[0].login == "ana@example.org"


async def test_a_warning_is_short_whatever_a_claim_says(reference: Reference) -> None:
    _, warning = read([{"role": f"{n:04}" * 100, "level": "STATE"} for n in range(900)], reference)
    assert len(str(warning)) < 3000


@pytest.mark.parametrize("verified", [False, None, "false", "yes", 0, [True]])
async def test_an_address_that_is_not_verified_is_refused(reference: Reference, verified: Any) -> None:
    with pytest.raises(Unauthenticated, match="verified"):
        read([], reference, email_verified=verified)


@pytest.mark.parametrize(
    ("address", "complaint"),
    [
        ({"host": "0.0.0.0"}, "public_url: needed"),
        ({"public_url": "http://cers.example.org"}, "https"),
        ({"public_url": "https://cers.example.org/app"}, "without a path"),
    ],
    ids=str,
)
def test_browsers_come_by_https_or_from_this_machine(address: dict[str, Any], complaint: str) -> None:
    tenant = TenantSettings(database="sqlite:///none", key="k" * 32, sign_on=SETTINGS)
    with pytest.raises(ValueError, match=complaint):
        Settings(tenants={"alpha": tenant}, **address)


def test_a_token_is_for_one_tenant() -> None:
    for_us = SETTINGS.model_copy(update={"audience": "https://cers.example.org"})
    tenants = {name: TenantSettings(database="sqlite:///none", key="k" * 32, sign_on=for_us) for name in "ab"}
    with pytest.raises(ValueError, match="different audiences"):
        Settings(tenants=tenants)


@pytest.mark.parametrize(
    ("given", "complaint"),
    [
        ({"issuer": "http://id.example.org"}, "https"),
        ({"audience": "cers"}, "ID token"),
        ({"algorithms": ["HS256"]}, "RS256"),
        ({"algorithms": ["none"]}, "RS256"),
        ({"algorithms": []}, "at least 1"),
        ({"scope": "email"}, "openid"),
        ({"skew_seconds": 3600}, "300"),
    ],
    ids=str,
)
def test_settings_that_are_not_safe_are_refused(given: dict[str, Any], complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        SignOnSettings(**({"issuer": "https://id.example.org", "client_id": "cers"} | given))
