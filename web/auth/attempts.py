"""Attempts to log in: each wrong one makes the next wait longer. Knows no password, and forgets in a while."""

from __future__ import annotations

import ipaddress
import time
from collections.abc import Callable
from dataclasses import dataclass

from cachetools import TTLCache

FORGET_S = 15 * 60.0
LONGEST_S = 60.0  # between two attempts
PATIENCE_S = 8.0  # an attempt whose turn comes later is refused at once
MAX_KEYS = 50_000


@dataclass
class _Record:
    tried: int = 0
    next_s: float = 0.0


class Attempts:
    """The attempts under each key, such as a name. The first `free` cost nothing; then 1 s, 2 s, 4 s, to `longest_s`.

    An attempt counts as wrong from its beginning: many at once do not slip through together.
    """

    def __init__(
        self,
        free: int,
        clock: Callable[[], float] = time.monotonic,
        longest_s: float = LONGEST_S,
        patience_s: float = PATIENCE_S,
    ) -> None:
        self._free = free
        self._clock = clock
        self._longest_s = longest_s
        self._patience_s = patience_s
        self._records: TTLCache[str, _Record] = TTLCache(MAX_KEYS, FORGET_S, timer=clock)

    def begin(self, key: str) -> float | None:
        """How many seconds this attempt has to wait before it is looked at; None: it must not be looked at."""
        record = self._records.get(key) or _Record()
        now = self._clock()
        starts = max(now, record.next_s)
        if starts - now > self._patience_s:
            return None
        record.tried += 1
        over = record.tried - self._free
        record.next_s = starts + (min(2.0 ** min(over - 1, 60), self._longest_s) if over > 0 else 0)
        self._records[key] = record  # counts its time to live anew
        return starts - now

    def take_back(self, key: str) -> None:
        """The attempt was right, and so counts no longer."""
        if record := self._records.get(key):
            record.tried -= 1

    def forgive(self, key: str) -> None:
        """The attempt was right, and what was tried before it is forgotten too."""
        self._records.pop(key, None)


class LoginAttempts:
    """The attempts to log in by a password, counted by place: so strangers slow themselves and not the owner.

    In a browser in which the name has logged in before, only that browser's own attempts count.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._by_name_here = Attempts(3, clock)
        self._by_network = Attempts(50, clock)  # many people may share one
        self._by_name = Attempts(100, clock, longest_s=10, patience_s=20)  # over many networks: one cannot fill it

    def begin(self, name: str, address: str, browser: str | None) -> float | None:
        """How many seconds this attempt has to wait; None: it must not be looked at. `browser` is one that knows it."""
        wait_s = 0.0
        for attempts, key in self._counts(name, address, browser):
            if (one := attempts.begin(key)) is None:
                return None  # and is not counted further: a stranger who is refused here slows nobody elsewhere
            wait_s = max(wait_s, one)
        return wait_s

    def succeed(self, name: str, address: str, browser: str | None) -> None:
        """The password was right: it pays for the wrong ones of this name here, and for none of other names."""
        (here, key), *others = self._counts(name, address, browser)
        here.forgive(key)
        for attempts, one in others:
            attempts.take_back(one)

    def _counts(self, name: str, address: str, browser: str | None) -> list[tuple[Attempts, str]]:
        if browser:
            return [(self._by_name_here, f"{name} {browser}")]
        where = network(address)
        return [(self._by_name_here, f"{name} {where}"), (self._by_network, where), (self._by_name, name)]


def network(address: str) -> str:
    """What is counted as one address: IPv4 as it is, IPv6 by its first 64 bits, all of which one household has.

    What is no address is counted as ''.
    """
    try:
        ip = ipaddress.ip_address(address)
    except ValueError:
        return ""
    ip = getattr(ip, "ipv4_mapped", None) or ip
    return str(ipaddress.ip_network((ip, 64), strict=False)) if ip.version == 6 else str(ip)
