"""People who log in by a password: their names, and Argon2id hashes of their passwords, in the database."""

from __future__ import annotations

import asyncio
import os
import re
import threading
import unicodedata
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import TypeVar

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy import Connection, delete, insert, select, update
from sqlalchemy.exc import IntegrityError

from agent.errors import PeopleError
from web.server.fair_queue import FairQueue
from web.store.database import Database
from web.store.tables import passwords, time_text

MIN_CHARS = 8
MAX_CHARS = 1000  # a longer one would only keep the server busy
MAX_NAME_CHARS = 64
HASHES = 2  # at once: each takes 64 MiB, and a core if nobody else wants it
LOW_PRIORITY = 10  # by nice(2)
RESERVED = ("local", "guest")  # who is there without a password
_T = TypeVar("_T")
_NAME = re.compile(rf"[\w.@+-]{{1,{MAX_NAME_CHARS}}}")


def is_possible(name: str, password: str) -> bool:
    """Whether somebody could have these; what is longer is not worth saving, hashing or logging."""
    return 0 < len(name) <= MAX_NAME_CHARS and len(plain_name(name)) <= MAX_NAME_CHARS and len(password) <= MAX_CHARS


def plain_name(name: str) -> str:
    """The form in which a name is saved and compared: without differences of case and of width."""
    return unicodedata.normalize("NFKC", name).strip().casefold()


class Passwords:
    """The people who may log in by a password."""

    def __init__(self, database: Database, hasher: PasswordHasher | None = None) -> None:
        """`hasher`: another than RFC 9106's second choice, which takes 64 MiB and about 50 ms a hash."""
        self._database = database
        self._hasher = hasher or PasswordHasher()
        self._hashing = FairQueue(places=HASHES, per_key=HASHES, max_waiting=20)
        self._threads = ThreadPoolExecutor(HASHES, "passwords", initializer=_yield_to_others)
        self._nobody = ""

    async def add(self, name: str, password: str) -> str:
        """Let `name` log in; gives the form in which the name is saved. Raises PeopleError."""
        plain = plain_name(name)
        if not _NAME.fullmatch(plain) or plain.startswith(tuple(f"{word}-" for word in RESERVED)) or plain in RESERVED:
            raise PeopleError(
                f"{name!r} cannot be a name. Take 1 to 64 letters, digits, or any of . _ @ + -, and not local or guest."
            )
        row = {"name": plain, "hash": await self._hash(password), "changed_at": time_text()}

        def change(connection: Connection) -> None:
            connection.execute(insert(passwords).values(row))

        try:
            await self._database.write(change)
        except IntegrityError as error:
            raise PeopleError(f"There is a {plain!r} already. To change the password: passwd {plain}") from error
        return plain

    async def change(self, name: str, password: str) -> None:
        """Set another password, which ends the person's sessions. Raises PeopleError."""
        values = {"hash": await self._hash(password), "changed_at": time_text()}

        def change(connection: Connection) -> int:
            mine = passwords.c.name == plain_name(name)
            return connection.execute(update(passwords).where(mine).values(values)).rowcount

        if not await self._database.write(change):
            raise _nobody(name)

    async def remove(self, name: str) -> None:
        """Let `name` log in no more, and end the person's sessions. The chats stay. Raises PeopleError."""

        def change(connection: Connection) -> int:
            return connection.execute(delete(passwords).where(passwords.c.name == plain_name(name))).rowcount

        if not await self._database.write(change):
            raise _nobody(name)

    async def names(self) -> list[str]:
        """Everybody, in the order of the alphabet."""
        query = select(passwords.c.name).order_by(passwords.c.name)
        return list(await self._database.read(lambda connection: connection.scalars(query).all()))

    async def check(self, name: str, password: str, asker: str = "") -> str | None:
        """Since when this is the person's password; None if it is not. Takes as long for a name that is nobody's.

        Each `asker`, an address say, waits behind its own attempts. Raises QueueFull if there are too many of those.
        """
        query = select(passwords).where(passwords.c.name == plain_name(name))
        async with self._hashing.place(asker):
            row = await self._database.read(lambda connection: connection.execute(query).first())
            self._nobody = self._nobody or await self._in_a_thread(self._hasher.hash, "nobody has this one")
            is_right = await self._in_a_thread(self._verify, row.hash if row else self._nobody, password)
        return str(row.changed_at) if row and is_right else None

    async def _hash(self, password: str) -> str:
        if not MIN_CHARS <= len(password) <= MAX_CHARS:
            raise PeopleError(f"A password has {MIN_CHARS} to {MAX_CHARS} characters; this one has {len(password)}.")
        return await self._in_a_thread(self._hasher.hash, password)

    async def _in_a_thread(self, work: Callable[..., _T], *arguments: str) -> _T:
        return await asyncio.get_running_loop().run_in_executor(self._threads, work, *arguments)

    def _verify(self, known: str, password: str) -> bool:
        try:
            return self._hasher.verify(known, password)
        except (VerificationError, InvalidHashError):
            return False


def _yield_to_others() -> None:
    """Let this thread run behind others: a hash takes a core for itself. Linux alone has priorities of threads."""
    with suppress(OSError):
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), LOW_PRIORITY)


def _nobody(name: str) -> PeopleError:
    return PeopleError(f"There is no {plain_name(name)!r}. See who there is with: list")
