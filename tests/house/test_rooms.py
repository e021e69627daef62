"""The rooms on disk are the packages of the wheel, and the wheel alone is a working `cers`."""

import os
import shutil
import subprocess
import sys
from fnmatch import fnmatch
from pathlib import Path
from zipfile import ZipFile

import pytest

import migrations
from tests.house.tree import DOORS, PYPROJECT, ROOMS, ROOT, files

SETUPTOOLS = PYPROJECT["tool"]["setuptools"]
NOT_ROOMS = {"tests", "benchmarks", "docs", "web", "var", "build", "dist", "node_modules"}
BUILT = ("web/dist/index.html", "web/dist/assets/page-0a1b2c.js", "web/dist/guides/index.html")
"""Pages as `make serve` builds them, where there is Node."""
NO_COPY = shutil.ignore_patterns(".*", "__pycache__", "*.egg-info", *NOT_ROOMS)


def folders_with_code() -> set[str]:
    tops = [path for path in ROOT.iterdir() if path.is_dir() and path.name not in NOT_ROOMS]
    code = (file.parent for top in tops if not top.name.startswith(".") for file in top.rglob("*.py"))
    return {".".join(folder.relative_to(ROOT).parts) for folder in code}


def data_files() -> set[str]:
    """What the rooms keep besides Python, as paths from the top level."""
    found = (path for room in ROOMS for path in (ROOT / room).rglob("*") if path.is_file())
    kept = (path for path in found if path.suffix not in (".py", ".pyc"))
    return {path.relative_to(ROOT).as_posix() for path in kept}


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    source = shutil.copytree(ROOT, tmp_path_factory.mktemp("wheel") / "source", ignore=NO_COPY)
    for page in BUILT:
        (source / page).parent.mkdir(parents=True, exist_ok=True)
        (source / page).touch()
    command = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", source.parent, source]
    subprocess.run(command, check=True, capture_output=True)
    (wheel,) = source.parent.glob("*.whl")
    return wheel


def test_every_room_on_disk_is_a_package_of_the_wheel() -> None:
    assert {f"cers.{folder}" for folder in folders_with_code()} | {"cers"} == set(SETUPTOOLS["packages"])


def test_the_top_level_has_the_rooms_and_doors_of_the_design() -> None:
    folders = {folder.partition(".")[0] for folder in folders_with_code()}
    assert folders | {path.stem for path in ROOT.glob("*.py")} == {*ROOMS, *DOORS}


def test_every_data_file_is_declared_as_package_data() -> None:
    declared = SETUPTOOLS["package-data"]
    for name in data_files():
        folder, _, file = name.rpartition("/")
        patterns = declared.get(f"cers.{folder.replace('/', '.')}", [])
        assert any(fnmatch(file, pattern) for pattern in patterns), f"{name} would be missing from the wheel"


def test_the_wheel_holds_one_package_with_every_file(wheel: Path) -> None:
    names = set(ZipFile(wheel).namelist())
    assert {name.partition("/")[0].partition("-")[0] for name in names} == {"cers"}
    code = {path.relative_to(ROOT).as_posix() for path in files(*DOORS, *ROOMS)}
    assert {name.removeprefix("cers/") for name in names if name.startswith("cers/")} == code | data_files() | set(
        BUILT
    )


def test_the_command_works_from_the_wheel_alone(wheel: Path, tmp_path: Path) -> None:
    ZipFile(wheel).extractall(tmp_path / "site")
    run = "from cers.cli import main; main(['migrate', '--tenant', 'demo'])"
    tenant = {"CERS_TENANTS__DEMO__DATABASE": "sqlite:///demo.sqlite3", "CERS_TENANTS__DEMO__KEY": "k" * 32}
    answer = subprocess.run(
        [sys.executable, "-P", "-c", run],
        cwd=tmp_path,
        env={"PATH": os.environ["PATH"], "PYTHONPATH": str(tmp_path / "site"), **tenant},
        capture_output=True,
        text=True,
        check=True,
    )
    assert answer.stdout == f"demo: {migrations.newest()}\n"
    assert (tmp_path / "demo.sqlite3").exists()
