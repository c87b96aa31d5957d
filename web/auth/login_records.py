"""Login records: what the database says of logins in use, by password, by link, and ended before their time."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, delete, insert, select

from web.auth.guests import open_now
from web.store.database import Database
from web.store.tables import ended_logins, links, passwords, time_text

ALL = ""  # in the place of a login's id: all of the user's that began before
NEVER = "9999"  # later than all times


@dataclass(frozen=True)
class Standing:
    """How it stands at one moment. Times are texts, of which the earlier is the smaller (web/store/tables.py)."""

    passwords: Mapping[str, str]  # since when each person has the present one
    links: Collection[int]  # that are open
    ended: Mapping[tuple[str, str], str]  # when, by name and login

    def has_ended(self, name: str, login: str, began: str) -> bool:
        """Whether this login of `name` was ended: by itself, or with all of that time."""
        return (name, login) in self.ended or began <= self.ended.get((name, ALL), "")


class Logins:
    """The logins that were ended before their time, and what else can end one."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def standing(self, names: Collection[str]) -> Standing:
        """How it stands with these people's logins, in one question to the database however many they are."""

        def look(connection: Connection) -> Standing:
            mine = select(passwords.c.name, passwords.c.changed_at).where(passwords.c.name.in_(names))
            ended = select(ended_logins).where(ended_logins.c.name.in_(names))
            return Standing(
                {row.name: row.changed_at for row in connection.execute(mine)},
                frozenset(connection.scalars(select(links.c.number).where(open_now()))),
                {(row.name, row.login): row.ended_at for row in connection.execute(ended)},
            )

        return await self._database.read(look)

    async def end(self, name: str, login: str, forget_at: datetime) -> None:
        """End one login of `name`, until it would have ended by itself."""
        await self._save(name, login, time_text(forget_at))

    async def end_all(self, name: str) -> None:
        """End all logins of `name` that have begun, however they logged in."""
        await self._save(name, ALL, NEVER)

    async def _save(self, name: str, login: str, forget_at: str) -> None:
        row = {"name": name, "login": login, "ended_at": time_text(), "forget_at": forget_at}

        def change(connection: Connection) -> None:
            is_old = ended_logins.c.forget_at < time_text()
            is_same = (ended_logins.c.name == name) & (ended_logins.c.login == login)
            connection.execute(delete(ended_logins).where(is_old | is_same))
            connection.execute(insert(ended_logins).values(row))

        await self._database.write(change)
