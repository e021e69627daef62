"""The rules as they are answer every question of the battery, and every screen, as product.md does."""

import pytest

from models.database import Database
from tests.databases import empty
from tests.mutation.battery import first_difference
from tests.mutation.screens import SCREENS, first_wrong_screen
from tests.mutation.sights import Contest
from tests.mutation.world import SETTINGS


@pytest.mark.prove
@pytest.mark.parametrize("settings", SETTINGS)
async def test_every_viewer_sees_what_the_rule_says(database: Database, settings: str) -> None:
    await empty(database)
    contest = Contest(settings)
    await contest.stored_in(database)
    assert await first_difference(database, contest) is None
    for screen in SCREENS:
        assert await first_wrong_screen(database, contest, screen) is None
