"""What the docs list is what there is."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
import typer
from pydantic import BaseModel

from commands import app
from policies.sign_on_settings import SignOnSettings
from settings import Settings, TenantSettings
from tests.docs.blocks import PAGES
from tests.house.tree import ROOT

VERBS = ("serve", "test", "check", "prove", "bench", "mutate", "fix", "lock", "help")


def headings(name: str) -> set[str]:
    text = (ROOT / "docs" / name).read_text(encoding="utf-8")
    return set(re.findall(r"^##+ (.+)$", text, re.MULTILINE))


def commands(group: typer.Typer, name: str = "cers") -> set[str]:
    plain = {f"{name} {command.name or command.callback.__name__}" for command in group.registered_commands}
    nested = (commands(inner.typer_instance, f"{name} {inner.name}") for inner in group.registered_groups)
    own = {name} if group.info.invoke_without_command is True else set()
    return plain.union(own, *nested)


def names(settings: type[BaseModel], prefix: str = "") -> set[str]:
    return {prefix + name for name in settings.model_fields}


def test_every_setting_has_its_heading_and_no_heading_is_stale() -> None:
    nested = names(TenantSettings, "tenants.NAME.") | names(SignOnSettings, "tenants.NAME.sign_on.")
    assert headings("settings.md") == names(Settings) | nested


def test_every_default_is_told() -> None:
    text = (ROOT / "docs" / "settings.md").read_text(encoding="utf-8")
    for name, field in Settings.model_fields.items():
        if field.default_factory is None:
            default = str(field.default).lower() if isinstance(field.default, bool) else str(field.default)
            assert f"`CERS_{name.upper()}`, default `{default}`" in text


def test_every_command_has_its_heading_and_no_heading_is_stale() -> None:
    assert headings("operators.md") == commands(app)


def test_every_command_and_option_is_described() -> None:
    listed = typer.main.get_command(app)
    assert listed.help
    for command in listed.commands.values():
        assert command.help
        undescribed = [
            option.name for option in command.params if option.param_type_name == "option" and not option.help
        ]
        assert undescribed == []


def test_make_help_lists_the_verbs() -> None:
    told = subprocess.run(["make", "help"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert re.findall(r"^make (\S+) +\S", told, re.MULTILINE) == list(VERBS)


@pytest.mark.parametrize("page", PAGES)
def test_a_page_names_only_verbs_files_and_headings_that_exist(page: str) -> None:
    text = (ROOT / page).read_text(encoding="utf-8")
    assert set(re.findall(r"make ([a-z]+)\b(?=`|\s*$)", text, re.MULTILINE)) <= set(VERBS)
    links = re.findall(r"\]\((?!https?:)([^)#]*)(?:#([^)]*))?\)", re.sub("`[^`\n]*`", "", text))
    for link, anchor in links:
        target = (ROOT / page).parent / link if link else ROOT / page
        assert target.exists(), link
        assert not anchor or anchor in anchors(target), f"{link}#{anchor}"


def anchors(page: Path) -> set[str]:
    """What a link into a page may name, as GitHub makes it of the headings."""
    found = re.findall(r"^#+ (.+)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in found}


def test_help_comes_quickly_since_nothing_heavy_is_imported() -> None:
    heavy = "{'sqlalchemy', 'strawberry', 'lxml', 'casbin', 'alembic', 'uvicorn', 'pydantic'}"
    code = f"import sys, commands; print(sorted({heavy} & set(sys.modules)))"
    loaded = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert loaded.stdout == "[]\n"
