"""People with passwords, in SQLite and PostgreSQL."""

from __future__ import annotations

import pytest
from argon2 import PasswordHasher
from sqlalchemy import select

from agent.errors import PeopleError
from web.auth.passwords import MAX_CHARS, Passwords
from web.store.database import Database
from web.store.tables import passwords

QUICK = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)


async def changed_at(database: Database, name: str) -> str | None:
    """Since when the person has the present password."""
    query = select(passwords.c.changed_at).where(passwords.c.name == name)
    return await database.read(lambda connection: connection.scalar(query))


async def test_somebody_is_added_logs_in_changes_the_password_and_is_removed(database: Database) -> None:
    people = Passwords(database, QUICK)
    assert await people.add("Anna", "correct horse") == "anna"
    assert await people.add("王小明", "correct horse") == "王小明"
    assert await people.names() == ["anna", "王小明"]
    since = await people.check(" ＡＮＮＡ", "correct horse")  # without differences of case and width
    assert since is not None
    assert since == await changed_at(database, "anna")
    assert await people.check("anna", "wrong horse!") is None

    await people.change("anna", "another horse")
    assert await people.check("anna", "correct horse") is None
    assert await people.check("anna", "another horse") == await changed_at(database, "anna") != since
    assert await people.check("王小明", "correct horse") is not None

    await people.remove("anna")
    assert (await people.check("anna", "another horse"), await changed_at(database, "anna")) == (None, None)
    assert await people.names() == ["王小明"]


@pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)  # a real hash takes its time
async def test_a_name_that_nobody_has_is_checked_with_the_same_work(database: Database) -> None:
    people = Passwords(database)
    await people.add("anna", "correct horse")
    assert await people.check("nobody", "correct horse") is None
    hashes = people._nobody, await _kept(database)
    assert {one.rpartition("$")[0].rpartition("$")[0] for one in hashes} == {"$argon2id$v=19$m=65536,t=3,p=4"}


async def test_passwords_are_kept_as_hashes_with_salt(database: Database) -> None:
    people = Passwords(database, QUICK)
    await people.add("anna", "correct horse")
    first = await _kept(database)
    await people.change("anna", "correct horse")
    assert "horse" not in first
    assert first != await _kept(database)


async def test_a_name_that_is_none_is_refused(database: Database) -> None:
    for name in ("", "a b", "a/b", "x" * 65, "local", "Guest", "guest-1", "a:b", "a\nb"):
        with pytest.raises(PeopleError, match="cannot be a name"):
            await Passwords(database, QUICK).add(name, "correct horse")


async def test_what_cannot_be_done_is_said(database: Database) -> None:
    people = Passwords(database, QUICK)
    await people.add("anna", "correct horse")
    with pytest.raises(PeopleError, match="passwd anna"):
        await people.add("ANNA", "another horse")
    for refused in (people.change("bob", "another horse"), people.remove("bob")):
        with pytest.raises(PeopleError, match="There is no 'bob'"):
            await refused
    for password in ("short", "x" * (MAX_CHARS + 1)):
        with pytest.raises(PeopleError, match="8 to 1000 characters"):
            await people.change("anna", password)
    assert await people.check("anna", "correct horse") is not None


async def _kept(database: Database) -> str:
    return str(await database.read(lambda connection: connection.scalar(select(passwords.c.hash))))
