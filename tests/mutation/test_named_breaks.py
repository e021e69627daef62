"""Each named break of the rule is noticed: with the break in place, some viewer's answer is no longer product.md's."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from models.database import Database
from tests.databases import empty
from tests.mutation import breaks_of_doors, breaks_of_rules
from tests.mutation.battery import first_difference
from tests.mutation.breaks import Break
from tests.mutation.screens import SCREENS, first_wrong_screen
from tests.mutation.sights import Contest, contests
from tests.mutation.world import SETTINGS

BREAKS = {made.name: made for made in (*breaks_of_rules.BREAKS, *breaks_of_doors.BREAKS)}
QUICK = (
    "the subject of a group is not asked",
    "availability is not asked",
    "a grant of the state opens interims",
    "tested elsewhere is always on",
    "a custom group widens access",
    "last year's grants hold",
    "permissions are pooled",
    "the gate skips an alias",
    "ids are looked up without a rule",
    "answers show fields unmasked",
)
"""Those that `make test` makes; `make prove` makes all of them."""

ON_POSTGRESQL = {
    "narrow": (
        "the subject of a group is not asked",
        "availability is not asked",
        "a grant of the state opens interims",
        "a custom group widens access",
        "last year's groups open results",
        "tested elsewhere is always on",
        "teaching lifts the mask",
    ),
    "wide": ("tested elsewhere is always off", "ids are looked up without a rule", "the gate skips an alias"),
}

Tenants = list[tuple[Database, Contest]]


@pytest.fixture(scope="module")
async def tenants(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Tenants]:
    stored = await contests(Path(tmp_path_factory.mktemp("contested")))
    opened = [(Database(f"sqlite:///{path}"), contest) for path, contest in stored.items()]
    yield opened
    for database, _ in opened:
        await database.close()


async def told(tenants: Tenants, question: str) -> str | None:
    """The first wrong answer to a question of the battery or to a screen."""
    for database, contest in tenants:
        ask = first_wrong_screen if question in SCREENS else first_difference
        if wrong := await ask(database, contest, question):
            return wrong
    return None


async def notice(tenants: Tenants, broken: Break, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        broken.patch(patch)
        assert await told(tenants, broken.noticed_by) is not None, f"product.md: {broken.sentence}"


@pytest.mark.parametrize("name", QUICK)
async def test_a_break_of_the_rule_is_noticed(tenants: Tenants, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    await notice(tenants, BREAKS[name], monkeypatch)


@pytest.mark.prove
@pytest.mark.parametrize("name", sorted(BREAKS.keys() - set(QUICK)))
async def test_every_break_is_noticed(tenants: Tenants, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    await notice(tenants, BREAKS[name], monkeypatch)


@pytest.mark.prove
async def test_breaks_are_noticed_on_postgresql_too(postgres_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The second wall stands behind the rules there, but hides no break of these."""
    database = Database(postgres_url)
    for settings in SETTINGS:
        contest = Contest(settings)
        await empty(database)
        await contest.stored_in(database)
        for name in ON_POSTGRESQL[settings]:
            await notice([(database, contest)], BREAKS[name], monkeypatch)
    await database.close()


@pytest.mark.prove
@pytest.mark.parametrize("question", sorted({made.noticed_by for made in BREAKS.values()}))
async def test_nothing_is_noticed_without_a_break(tenants: Tenants, question: str) -> None:
    assert await told(tenants, question) is None


def test_every_break_has_a_name_and_a_sentence_of_its_own() -> None:
    made = [*breaks_of_rules.BREAKS, *breaks_of_doors.BREAKS]
    assert len(BREAKS) == len(made)
    assert all(broken.sentence for broken in made)
