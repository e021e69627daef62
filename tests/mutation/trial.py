"""Puts a mutant on trial in a process of its own: who notices it? The tree on disk is never changed.

The parent has imported all that does not depend on the mutants and worked out what viewers should see, so that a
forked child only imports the rooms anew, with the changed source in the place of the module's.
"""

import asyncio
import gc
import importlib.abc
import importlib.util
import os
import signal
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.machinery import ModuleSpec
from pathlib import Path
from types import ModuleType
from typing import Any

import asyncpg  # noqa: F401
import pytest
import pytest_asyncio.plugin
import strawberry  # noqa: F401

import policies.fields  # noqa: F401
from policies.roles import permissions_of
from tests.mutation import sqlite_only
from tests.mutation.mutants import ROOT
from tests.mutation.sights import Contest

VERDICTS = {0: "survived", 1: "noticed by the battery", 2: "noticed by the tests"}
STUCK = "stuck"


@dataclass(frozen=True)
class Court:
    """What mutants are held against: the tenants by file, an empty database, and each module's tests."""

    contests: Mapping[Path, Contest]
    template: Path
    settings: Mapping[str, Any]
    """mutation.toml."""

    def __post_init__(self) -> None:
        """What children need and no mutant changes: Casbin's answers, and a heap that is not collected again."""
        for contest in self.contests.values():
            for grant in (grant for sight in contest.sights for grant in sight.viewer.grants or ()):
                permissions_of(grant.role, grant.level)
        gc.collect()
        gc.freeze()

    def verdict(self, module: str, source: str) -> str:
        """A value of VERDICTS or STUCK for a module's changed source."""
        child = os.fork()
        if child == 0:
            gc.disable()
            self._try(module, source)
        deadline = time.monotonic() + self.settings["patience"]
        while True:
            finished, status = os.waitpid(child, os.WNOHANG)
            if finished:
                return VERDICTS.get(os.waitstatus_to_exitcode(status), VERDICTS[1])
            if time.monotonic() > deadline:
                os.kill(child, signal.SIGKILL)
                os.waitpid(child, 0)
                return STUCK
            time.sleep(0.02)

    def _try(self, module: str, source: str) -> None:
        """In the child: leaves with the verdict's number."""
        silence = os.open(os.devnull, os.O_WRONLY)
        os.dup2(silence, 1)
        os.dup2(silence, 2)
        verdict = 1
        try:
            sys.meta_path.insert(0, Mutated(module, source))
            if self._notice(self.settings["first"][module]):
                verdict = 2
            elif asyncio.run(self._battery(self.settings["viewers"].get(module, 1))) is None:
                verdict = 2 if self._notice(self.settings["last"][module]) else 0
        finally:
            os._exit(verdict)

    async def _battery(self, every: int) -> str | None:
        from models.database import Database
        from tests.mutation.battery import first_difference

        for path, contest in self.contests.items():
            database = Database(f"sqlite:///{path}")
            if told := await first_difference(database, contest, every=every):
                return told
            await database.close()
        return None

    def _notice(self, tests: Sequence[str]) -> bool:
        if not tests:
            return False
        sqlite_only.TEMPLATE = self.template
        os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"
        os.chdir(ROOT)
        options = ["-x", "--noconftest", "--tb=no", "-p", "no:cacheprovider", *tests]
        return pytest.main(options, plugins=[pytest_asyncio.plugin, sqlite_only]) != 0


class Mutated(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Imports one module from a text."""

    def __init__(self, module: str, source: str) -> None:
        self.module, self.source = module, source

    def find_spec(self, name: str, path: object, target: object = None) -> ModuleSpec | None:
        return importlib.util.spec_from_loader(name, self) if name == self.module else None

    def exec_module(self, module: ModuleType) -> None:
        exec(compile(self.source, f"<{self.module}, mutated>", "exec"), module.__dict__)
