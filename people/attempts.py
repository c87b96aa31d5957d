"""Slows wrong attempts to log in: each one makes the next wait longer. Knows no password, and forgets in a while."""

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
    """The attempts under each key, such as a name. The first `free` cost nothing; then 1 s, 2 s, 4 s, up to 60 s.

    An attempt counts as wrong from its beginning: many at once do not slip through together.
    """

    def __init__(self, free: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._free = free
        self._clock = clock
        self._records: TTLCache[str, _Record] = TTLCache(MAX_KEYS, FORGET_S, timer=clock)

    def begin(self, key: str) -> float | None:
        """How many seconds this attempt has to wait before it is looked at; None: it must not be looked at."""
        record = self._records.get(key) or _Record()
        now = self._clock()
        starts = max(now, record.next_s)
        if starts - now > PATIENCE_S:
            return None
        record.tried += 1
        over = record.tried - self._free
        record.next_s = starts + (min(2.0 ** (over - 1), LONGEST_S) if over > 0 else 0)
        self._records[key] = record  # counts its time to live anew
        return starts - now

    def take_back(self, key: str) -> None:
        """The attempt was right, and so counts no longer."""
        if record := self._records.get(key):
            record.tried -= 1

    def forgive(self, key: str) -> None:
        """The attempt was right, and what was tried before it is forgotten too."""
        self._records.pop(key, None)


def network(address: str) -> str:
    """What is counted as one address: IPv4 as it is, IPv6 by its first 64 bits, all of which one household has."""
    try:
        ip = ipaddress.ip_address(address)
    except ValueError:
        return address
    return str(ipaddress.ip_network((ip, 64), strict=False)) if ip.version == 6 else str(ip)
