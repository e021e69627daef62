"""How much a viewer may ask for in a time: whose budget it is, what takes from it, and when there is room again."""

import asyncio
from collections.abc import AsyncIterator

import limits.aio.storage.memory
import pytest

import policies.rate
from models.database import Database
from policies.errors import RateLimited
from policies.identity import Viewer
from policies.rate import Rate, asker
from settings import Settings
from tests.resolvers.overheard import overheard
from tests.schema.asking import Service, bearer, codes
from tests.worlds import SmallWorld

GROUPS = "query ($first: Int!) { students(first: $first) { nodes { results(first: 100) { nodes { id } } } } }"


class Clock:
    """A clock that goes on when told."""

    def __init__(self) -> None:
        self.now = 1_000_000_000.0

    def time(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(limits.aio.storage.memory, "time", clock)
    monkeypatch.setattr(policies.rate, "time", clock)
    return clock


async def wait_of(rate: Rate, who: str, points: int = 1) -> int:
    """How long an asker has to wait; 0 where the points were spent."""
    try:
        await rate.spend(who, points)
    except RateLimited as refusal:
        return refusal.retry_after
    return 0


@pytest.mark.usefixtures("clock")
async def test_a_budget_holds_as_many_points_as_it_says_for_each_asker() -> None:
    rate = Rate("10/minute")
    assert [await wait_of(rate, "a") > 0 for _ in range(11)] == [False] * 10 + [True]
    assert await wait_of(rate, "b", 10) == 0
    assert await wait_of(rate, "b") > 0


@pytest.mark.usefixtures("clock")
async def test_nodes_and_characters_take_a_point_for_each_full_thousand() -> None:
    rate = Rate("10/minute")
    await rate.spend_on("a", nodes=999, characters=999)
    assert await wait_of(rate, "a", 1) == 0
    await rate.spend_on("a", nodes=5_000, characters=4_000)
    assert await wait_of(rate, "a") > 0


async def test_what_takes_more_than_the_whole_budget_waits_for_a_full_one(clock: Clock) -> None:
    rate = Rate("10/minute")
    assert await wait_of(rate, "a", 1_000) == 0
    assert await wait_of(rate, "a") > 0
    clock.now += 120
    assert await wait_of(rate, "a", 1_000) == 0


@pytest.mark.parametrize("spent", [(0, 10), (0, 4, 30, 7), (15, 10), (45, 7, 10, 3)])
@pytest.mark.parametrize("points", [1, 5, 10])
async def test_coming_back_when_told_is_soon_enough_and_not_later_than_needed(
    clock: Clock, spent: tuple[int, ...], points: int
) -> None:
    rate = Rate("10/minute")
    for seconds, amount in zip(spent[::2], spent[1::2], strict=True):
        clock.now += seconds
        assert await wait_of(rate, "a", amount) == 0
    told = await wait_of(rate, "a", points)
    assert told > 0
    clock.now += told - 2
    assert told <= 2 or await wait_of(rate, "a", points) > 0
    clock.now += 2
    assert await wait_of(rate, "a", points) == 0


async def test_no_rate_is_no_limit() -> None:
    rate = Rate("")
    assert [await wait_of(rate, "a", 1_000_000) for _ in range(3)] == [0, 0, 0]


async def test_budgets_that_nobody_uses_any_more_are_forgotten(clock: Clock) -> None:
    rate = Rate("10/minute")
    for number in range(1_000):
        await rate.spend(f"viewer {number}")
    clock.now += 200
    await rate.spend("a")
    assert len(rate._counts.storage) == len(rate._counts.expirations) == 1


def test_a_budget_is_a_viewers_a_sandbox_sessions_or_an_addresss() -> None:
    teacher, other = Viewer("demo", "teacher@example.org"), Viewer("other", "teacher@example.org")
    visitor = Viewer("sandbox", "teacher@example.org")
    assert asker(teacher, "Bearer a", "10.0.0.1") == asker(teacher, "Bearer b", "10.0.0.2")
    assert asker(teacher, "Bearer a", None) != asker(other, "Bearer a", None)
    assert asker(visitor, "Bearer a", None) != asker(visitor, "Bearer b", None)
    assert "Bearer" not in asker(visitor, "Bearer a", None)
    assert asker(None, None, "10.0.0.1") != asker(None, None, "10.0.0.2")
    assert asker(None, None, "2001:db8:1:2::1") == asker(None, None, "2001:db8:1:2:ffff::9")
    assert asker(None, None, "2001:db8:1:2::1") != asker(None, None, "2001:db8:1:3::1")


@pytest.mark.parametrize("rate", ["600", "0/minute", "-1/minute", "10/fortnight", "10 per minute", "9/minute;1/second"])
def test_a_rate_that_is_none_is_refused_at_the_start(rate: str) -> None:
    with pytest.raises(ValueError, match="rate"):
        Settings(rate=rate)


@pytest.fixture
async def slow(sqlite_url: str) -> AsyncIterator[Service]:
    """A small world served to those who ask for little."""
    database, world = Database(sqlite_url), SmallWorld()
    await world.stored_in(database)
    service = Service(database, world, rate="5/hour")
    yield service
    await service.close()
    await database.close()


async def test_too_much_in_too_short_a_time_is_429_with_the_moment_to_come_back(slow: Service) -> None:
    who = slow.world.teacher()
    good = [await slow.ask(who, "{ viewer { login } }") for _ in range(5)]
    async with overheard(slow.app.state.application.tenants["test"]) as heard:
        response = await slow.ask(who, "{ students { totalCount } }")
    assert [answer.status_code for answer in good] == [200] * 5
    assert response.status_code == 429
    assert codes(response) == ["RATE_LIMITED"]
    assert 1 <= int(response.headers["retry-after"]) <= 7200
    assert heard == []
    assert (await slow.ask(slow.world.coordinator(), "{ viewer { login } }")).status_code == 200


async def test_an_operation_of_many_nodes_takes_more(slow: Service) -> None:
    who = slow.world.teacher()
    assert codes(await slow.ask(who, GROUPS, first=40)) == []
    assert codes(await slow.ask(who, "{ viewer { login } }")) == ["RATE_LIMITED"]


async def test_what_is_refused_takes_its_points_too(slow: Service) -> None:
    who = slow.world.teacher()
    assert codes(await slow.ask(who, "{ viewer { login " + "x" * 4_000 + " } }")) == ["BAD_INPUT"]
    assert codes(await slow.ask(who, "{ viewer { login } }")) == ["RATE_LIMITED"]


async def test_bad_credentials_take_from_the_budget_of_their_address(slow: Service) -> None:
    sent = [
        await slow.send(json={"query": "{ viewer { login } }"}, headers={"authorization": "Bearer x"}) for _ in "12345"
    ]
    assert [answer.status_code for answer in sent] == [401] * 5
    assert (await slow.ask(None, "{ viewer { login } }")).status_code == 429
    headers = bearer(slow.world.teacher())
    assert (await slow.send(json={"query": "{ viewer { login } }"}, headers=headers)).status_code == 200


async def test_requests_at_once_do_not_get_past_the_budget(slow: Service) -> None:
    who = slow.world.teacher()
    sent = await asyncio.gather(*(slow.ask(who, "{ viewer { login } }") for _ in range(20)))
    assert sorted(answer.status_code for answer in sent) == [200] * 5 + [429] * 15
