"""The `cers` command does what an operator asks, and says in one line what is wrong."""

import asyncio
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select

import settings
from cli import main
from models import District, Grant, Tenant
from models.database import Database
from models.ids import new_id
from policies.identity import identify

KEY = "a key of this test only, 32 long."


@pytest.fixture
def demo(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Database:
    """A working directory whose only tenant, besides the sandbox, is `demo`; nothing is built yet."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("CERS_TENANTS__DEMO__DATABASE", "sqlite:///demo.sqlite3")
    monkeypatch.setenv("CERS_TENANTS__DEMO__KEY", KEY)
    settings.settings.cache_clear()
    yield Database("sqlite:///demo.sqlite3")
    settings.settings.cache_clear()


@pytest.fixture
def cers(demo: Database, capsys: pytest.CaptureFixture[str]):
    """Runs a command line: (exit code, what it printed, what it complained of)."""

    def run(*arguments: str) -> tuple[int, str, str]:
        with pytest.raises(SystemExit) as end:
            main(list(arguments))
        return end.value.code, *capsys.readouterr()

    return run


@pytest.fixture
def ready(cers, demo: Database) -> Database:
    """The tenant migrated and set up, with one district."""
    assert cers("migrate")[0] == 0
    assert cers("tenant", "--school-year", "2019")[0] == 0
    district = District(id=new_id(), natural_id="99900010000000", name="Unity", sort_key="unity")
    asyncio.run(demo.run(lambda session: session.add(district)))
    return demo


def test_a_tenant_without_tables_is_named_with_its_remedy(cers) -> None:
    code, _, complaint = cers("tenant")
    assert (code, complaint.count("\n")) == (2, 1)
    assert "cers migrate --tenant demo" in complaint
    assert not Path("demo.sqlite3").exists()


def test_setting_up_a_tenant_shows_its_settings(cers) -> None:
    cers("migrate")
    code, shown, _ = cers("tenant", "--school-year", "2019", "--tested-elsewhere", "--group-years", "all")
    assert code == 0
    assert {"school_year: 2019", "tested_elsewhere: True", "group_years: ALL"} <= set(shown.splitlines())
    assert cers("tenant", "--no-tested-elsewhere")[1].count("tested_elsewhere: False") == 1


def test_the_school_year_changes_by_the_rollover_alone(cers, ready: Database) -> None:
    code, _, complaint = cers("tenant", "--school-year", "2020")
    assert (code, "cers tenant rollover" in complaint) == (2, True)
    assert cers("tenant", "--school-year", "2019", "--name", "Same year")[0] == 0
    assert cers("tenant", "rollover", "2020") == (0, "school_year: 2020\n", "")
    tenant = asyncio.run(ready.run(lambda session: session.scalars(select(Tenant)).one()))
    assert (tenant.school_year, tenant.reference_version) == (2020, 3)
    assert timedelta(0) <= datetime.now(UTC) - tenant.school_year_since < timedelta(minutes=1)


@pytest.mark.parametrize("year", ["2019", "1999"])
def test_a_rollover_to_no_other_year_is_refused(cers, ready: Database, year: str) -> None:
    code, _, complaint = cers("tenant", "rollover", year)
    assert code == 2
    assert year in complaint
    assert "school_year: 2019" in cers("tenant")[1]


def test_an_option_before_the_name_of_a_command_is_not_lost(cers, ready: Database) -> None:
    code, _, complaint = cers("tenant", "--school-year", "2021", "rollover", "2020")
    assert (code, "'rollover'" in complaint) == (2, True)
    assert "school_year: 2019" in cers("tenant")[1]


def test_a_field_policy_is_read_from_a_file(cers, ready: Database, tmp_path: Path) -> None:
    (tmp_path / "policy.json").write_text('{"fields": {"gender": "ENABLED"}}')
    assert "field_policy: {'gender': 'ENABLED'}" in cers("tenant", "--field-policy", "policy.json")[1]
    (tmp_path / "policy.json").write_text('{"fields": {"gender": "SHOWN"}}')
    code, _, complaint = cers("tenant", "--field-policy", "policy.json")
    assert (code, complaint.count("\n")) == (2, 1)
    assert "gender 'SHOWN'" in complaint
    assert "field_policy: {'gender': 'ENABLED'}" in cers("tenant")[1]


def test_a_grant_is_stored_for_the_school_year_of_the_tenant(cers, ready: Database) -> None:
    code, _, _ = cers(
        "grant", " T@x.org", "district_educator", "--level", "district", "--organization", "99900010000000"
    )
    stored = asyncio.run(ready.run(lambda session: session.scalars(select(Grant)).one()))
    assert code == 0
    assert (stored.login, stored.role, stored.level, stored.school_year) == (
        "t@x.org",
        "DISTRICT_EDUCATOR",
        "DISTRICT",
        2019,
    )


@pytest.mark.parametrize(
    ("arguments", "names"),
    [
        (("grant", "t", "NOBODY", "--level", "STATE"), "'NOBODY'"),
        (("grant", "t", "TEACHER", "--level", "STATE"), "'STATE'"),
        (("grant", "t", "TEACHER", "--level", "SCHOOL", "--organization", "1"), "'1'"),
        (("availability", "--year", "2019", "--program", "NONE", "--district", "all", "RELEASED"), "'NONE'"),
        (("availability", "--year", "2019", "--program", "all", "--district", "all", "X", "--report", "y"), "'y'"),
        (("tenant", "--group-years", "SOME"), "'SOME'"),
        (("migrate", "--tenant", "other"), "'other'"),
        (("token", "t", "--tenant", "sandbox"), "/sandbox/sessions"),
    ],
)
def test_what_is_wrong_is_named_in_one_line(cers, ready: Database, arguments: tuple[str, ...], names: str) -> None:
    code, _, complaint = cers(*arguments)
    assert (code, complaint.count("\n")) == (2, 1)
    assert names in complaint


def test_a_tenant_has_to_be_named_when_there_are_several(cers, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CERS_TENANTS__OTHER__DATABASE", "sqlite:///other.sqlite3")
    monkeypatch.setenv("CERS_TENANTS__OTHER__KEY", KEY)
    code, _, complaint = cers("migrate")
    assert code == 2
    assert "demo, other, sandbox" in complaint


def test_a_bad_setting_is_named_without_its_value(cers, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CERS_TENANTS__DEMO__KEY", "too short")
    code, _, complaint = cers("check")
    assert code == 2
    assert "tenants.demo.key" in complaint
    assert "too short" not in complaint


def test_a_token_of_the_command_line_is_good_for_its_login(cers) -> None:
    code, token, _ = cers("token", "T@x.org", "--minutes", "5")
    viewer = identify(f"Bearer {token.strip()}", {"demo": KEY})
    assert code == 0
    assert (viewer.tenant, viewer.login, viewer.grants) == ("demo", "t@x.org", None)


def test_explaining_begins_with_the_grants_of_the_login(cers, ready: Database) -> None:
    cers("grant", "t@x.org", "DISTRICT_EDUCATOR", "--level", "DISTRICT", "--organization", "99900010000000")
    code, told, complaint = cers("explain", "--as", "T@x.org", "--student", "9990000001")
    assert (code, complaint) == (0, "")
    assert "+ INDIVIDUAL_PII_READ: held in Unity" in told
    assert told.splitlines()[-1].startswith("- student: ")


def test_an_unknown_file_is_left_out_and_named(cers, ready: Database, tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("nothing CERS knows")
    code, shown, complaint = cers("load", "notes.txt")
    assert (code, "1 rejected" in shown) == (2, True)
    assert "notes.txt" in complaint


def test_a_dry_run_stores_nothing(cers, ready: Database, tmp_path: Path) -> None:
    district = {"entityId": "99900020000000", "entityName": "Second", "entityType": "DISTRICT"}
    parent = {"parentEntityType": "STATE", "parentEntityId": "CA"}
    (tmp_path / "places.json").write_text(json.dumps({"districts": [district | parent], "institutions": []}))

    def stored() -> int:
        return asyncio.run(ready.run(lambda session: session.scalar(select(func.count()).select_from(District))))

    assert cers("load", "places.json", "--dry-run")[0] == 0
    assert stored() == 1
    assert cers("load", "places.json")[0] == 0
    assert stored() == 2


def test_check_says_which_tenants_are_ready(cers, ready: Database) -> None:
    code, shown, complaint = cers("check")
    assert (code, shown) == (2, "demo: ready\n")
    assert "cers sandbox build" in complaint
    assert cers("check", "--tenant", "demo") == (0, "demo: ready\n", "")


def test_a_sandbox_build_that_is_cut_off_leaves_nothing(cers, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def cut_off(*_: object, **__: object) -> None:
        raise RuntimeError("power cut")

    monkeypatch.setattr("seeds.sandbox.build", cut_off)
    code, _, complaint = cers("sandbox", "build")
    assert (code, complaint.splitlines()[-1]) == (2, "cers: RuntimeError: power cut")
    assert list((tmp_path / "var").iterdir()) == []


def test_a_larger_sandbox_goes_into_a_file_of_its_own(cers, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    sizes = []

    def small(session: object, *, progress, size) -> None:
        sizes.append(size)
        progress(0.5, 10)
        progress(1, 20)

    monkeypatch.setattr("seeds.sandbox.build", small)
    code, _, complaint = cers("sandbox", "build", "--districts", "20", "--students", "200000", "--into", "big.sqlite3")
    assert (code, [(size.districts, size.students) for size in sizes]) == (0, [(20, 200_000)])
    assert complaint.splitlines()[-1].startswith("big.sqlite3: 20 rows in ")
    assert "rows/s" in complaint
    assert Path("big.sqlite3").exists()
    assert not (tmp_path / "var").exists()


@pytest.mark.parametrize(
    "options",
    [
        ("--districts", "20"),
        ("--districts", "20", "--students", "200000"),
        ("--into", "big.sqlite3"),
    ],
)
def test_a_size_without_a_file_or_a_file_without_a_size_is_refused(
    cers, tmp_path: Path, options: tuple[str, ...]
) -> None:
    code, _, complaint = cers("sandbox", "build", *options)
    assert (code, complaint.count("\n")) == (2, 1)
    assert "--districts, --students and --into go together" in complaint
    assert list(tmp_path.iterdir()) == []


def test_a_size_that_cannot_be_is_one_line(cers) -> None:
    code, _, complaint = cers("sandbox", "build", "--districts", "20", "--students", "4000", "--into", "big.sqlite3")
    assert (code, complaint.splitlines()[-1].partition(" are")[0]) == (2, "cers: students: 4000")
    assert not Path("big.sqlite3").exists()


def test_what_is_in_the_sandbox_fits_80_columns(cers, sandbox: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    code, shown, _ = cers("sandbox", "describe", "--file", str(sandbox.path))
    assert code == 0
    lines = shown.splitlines()
    assert max(map(len, lines)) <= 80
    assert "…" not in shown
    for program in ("SB_SUMMATIVE_ELA", "CAST_INTERIM", "CAA_SCIENCE", "CSA", "ELPAC_INTERIM", "ALT_ELPAC"):
        assert any(line.startswith(program) for line in lines)
    grade = next(line for line in lines if line.startswith("ELA ") and line.split()[1] == "3")
    assert grade.split()[-4:] == ["33", "23", "20", "24"]
    assert any("▃" in line and line.split()[0] == "11" for line in lines)
