"""How much a viewer may ask for in a time: a budget per viewer, per sandbox session, or per address without a token.

The counts are this process's own: several processes allow as many times the budget.
"""

import time
from hashlib import blake2b
from ipaddress import IPv6Address, ip_address, ip_network
from math import floor

from limits import RateLimitItem, parse
from limits.aio.storage import MemoryStorage
from limits.aio.strategies import SlidingWindowCounterRateLimiter

from policies.errors import RateLimited
from policies.identity import Viewer
from policies.sandbox import SANDBOX

NODES_A_POINT = 1_000
CHARACTERS_A_POINT = 1_000
ROUNDING = 0.001
"""Of a second: how far sums of times since 1970 may be off."""


class Rate:
    """The budgets of every asker. `rate`: points in a time, such as 600/minute; empty for no limit."""

    def __init__(self, rate: str) -> None:
        self._item: RateLimitItem | None = parse(rate) if rate else None
        self._counts = _Counts()
        self._limiter = SlidingWindowCounterRateLimiter(self._counts)

    async def spend(self, who: str, points: int = 1) -> None:
        """Take points off an asker's budget. Raises RateLimited where it does not hold as many."""
        if self._item is None or points < 1:
            return
        points = min(points, self._item.amount)
        if not await self._limiter.hit(self._item, who, cost=points):
            raise await self._spent(self._item, who, points)

    async def look(self, who: str) -> None:
        """Take nothing. Raises RateLimited where an asker's budget holds no point."""
        if self._item is not None and not await self._limiter.test(self._item, who):
            raise await self._spent(self._item, who, 1)

    async def _spent(self, item: RateLimitItem, who: str, points: int) -> RateLimited:
        seconds = floor(await self._wait(item, who, points) + ROUNDING) + 1
        return RateLimited(f"rate: more than {item}; try again in {seconds} s.", seconds)

    async def _wait(self, item: RateLimitItem, who: str, points: int) -> float:
        """Seconds until the budget holds as many points: the last window's count fades while this one grows old."""
        window, room = item.get_expiry(), item.amount - points + 1
        key = item.key_for(who)
        last, fading, count, both = await self._counts.get_sliding_window(key, window)
        if count < room and last:
            return max(fading - (room - count) * window / last, 0)
        return max(both - room * window / max(count, 1), 0)

    async def spend_on(self, who: str, *, nodes: int, characters: int) -> None:
        """Take what an operation costs beyond the request: its nodes, and the characters that had to be read."""
        await self.spend(who, nodes // NODES_A_POINT + characters // CHARACTERS_A_POINT)


def asker(viewer: Viewer | None, credential: str | None, address: str | None) -> str:
    """Whose budget a request is on: a sandbox login is many visitors', so there each credential has its own."""
    if viewer is None or viewer.login is None:
        return f"address {_network(address or '')}"
    if viewer.tenant == SANDBOX:
        return f"session {blake2b((credential or '').encode(), digest_size=16).hexdigest()}"
    return f"viewer {viewer.tenant} {viewer.login}"


def _network(address: str) -> str:
    """An address; of IPv6 the network that one customer gets."""
    try:
        found = ip_address(address)
    except ValueError:
        return address
    return str(ip_network((found, 64), strict=False)) if isinstance(found, IPv6Address) else address


class _Counts(MemoryStorage):
    """The library's counts in memory; those that have run out are dropped once a window, not looked for at each hit."""

    _next_look = 0.0

    async def incr(self, key: str, expiry: float, amount: int = 1) -> int:
        now = time.time()
        if now >= self._next_look:
            self._next_look = now + expiry
            for ended in [name for name, end in self.expirations.items() if end <= now]:
                del self.expirations[ended], self.storage[ended]
        if await self.get(key) == 0:
            self.expirations[key] = now + expiry
        self.storage[key] += amount
        return self.storage[key]
