"""One site for all examples of a module."""

from collections.abc import AsyncIterator

import pytest

from models.database import Database
from tests.docs.site import Site, served


@pytest.fixture(scope="module")
async def site(sandbox: Database, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Site]:
    async with served(sandbox, tmp_path_factory.mktemp("site")) as site:
        yield site
