"""Ledger: the limits that hold for a user, the day that is counted, and the database in which it is."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from datetime import UTC, datetime
from typing import TypeVar

from sqlalchemy import Connection

from web.quotas.limits import Limits
from web.store.database import Database, is_away

logger = logging.getLogger(__name__)

_T = TypeVar("_T")


class Ledger:
    """What all quotas are counted with."""

    def __init__(
        self, database: Database, person: Limits, guest: Limits, clock: Callable[[], float], patience_s: float
    ) -> None:
        """`clock` gives seconds since 1970; the database has `patience_s` to answer."""
        self._patience_s = patience_s
        self._database = database
        self._person, self._guest = person, guest
        self.clock = clock

    def limits_of(self, link: int | None) -> Limits:
        """Those of a person, or of a guest of the link."""
        return self._person if link is None else self._guest

    def today(self) -> str:
        """The day, in UTC, whose tokens and uploads are counted now."""
        return datetime.fromtimestamp(self.clock(), UTC).date().isoformat()

    def rest_of_day_s(self) -> float:
        """How long it takes until tokens and uploads are counted anew."""
        return 86_400 - self.clock() % 86_400

    async def write(self, change: Callable[[Connection], _T]) -> _T | None:
        """Apply `change`, soon or later; None if the database takes its time. No quota is worth a lost question."""
        try:
            return await asyncio.wait_for(self._database.write(change), self._patience_s)
        except TimeoutError:
            logger.warning("a quota is not asked: the database takes more than %s s", self._patience_s)
        except Exception as error:
            if not is_away(error):
                raise
            logger.warning("a quota was not asked: %s", error)
        return None
