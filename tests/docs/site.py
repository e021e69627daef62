"""What the pages' examples are run against: the sandbox."""

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx2

from models.database import Database
from settings import Settings
from tests.stories.conftest import serving

SHOWN = "http://127.0.0.1:8000"
"""Where the pages say that CERS is."""
ANYBODY = "ANONYMOUS"
"""Stands in place of a role for who has no token."""


@dataclass
class Site:
    """A served sandbox, and whoever asks it. Each page is a visitor of its own, who keeps what the page changes."""

    client: httpx2.AsyncClient
    tokens: dict[tuple[str, str], str] = field(default_factory=dict)

    async def token(self, role: str, page: str) -> str:
        """The token of a role while a page is read."""
        if (role, page) not in self.tokens:
            answer = await self.client.post("/sandbox/sessions", json={"role": role})
            self.tokens[role, page] = answer.json()["token"]
        return self.tokens[role, page]

    async def run(self, *command: str, folder: Path, page: str) -> str:
        """What a command prints. It knows a teacher's TOKEN."""
        environment = {**os.environ, "TOKEN": await self.token("TEACHER", page)}
        pipe = asyncio.subprocess.PIPE
        process = await asyncio.create_subprocess_exec(*command, cwd=folder, env=environment, stdout=pipe, stderr=pipe)
        printed, complaint = await process.communicate()
        assert process.returncode == 0, (printed + complaint).decode()
        return printed.decode()

    def here(self, text: str) -> str:
        """A program of a page that asks this server."""
        return text.replace(SHOWN, str(self.client.base_url).rstrip("/"))


@asynccontextmanager
async def served(sandbox: Database, folder: Path) -> AsyncIterator[Site]:
    """A server of this sandbox, which keeps in `folder` what it writes."""
    config = Settings(sandbox_path=sandbox.path, disclosure_journals=folder / "journals")
    async with serving(config) as client:
        yield Site(client)
