"""What the database says of logins, in SQLite and PostgreSQL."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from sqlalchemy import func, select

from tests.web.auth.test_passwords import QUICK, changed_at
from web.auth.login_records import Logins
from web.auth.passwords import Passwords
from web.store.database import Database
from web.store.tables import ended_logins, time_text


async def test_one_login_is_ended_and_so_are_all_that_began_before(database: Database) -> None:
    logins, later = Logins(database), datetime.now(UTC) + timedelta(hours=1)
    began = time_text()
    await logins.end("anna", "one", later)
    await logins.end("anna", "one", later)  # twice is no failure
    await logins.end("bob", "two", later)
    standing = await logins.standing(["anna", "nobody"])
    ended = [standing.has_ended(name, login, began) for name, login in (
        ("anna", "one"), ("anna", "two"), ("bob", "two"), ("nobody", "one"), ("anna", ""))]  # fmt: skip
    assert ended == [True, False, False, False, False]
    for _ in range(2):
        began = time_text()
        await logins.end_all("anna")
        standing = await logins.standing(["anna", "bob"])
        assert standing.has_ended("anna", "two", began)
        assert not standing.has_ended("anna", "three", time_text())
        assert not standing.has_ended("bob", "three", began)


async def test_what_would_have_ended_by_itself_is_forgotten(database: Database) -> None:
    logins, now = Logins(database), datetime.now(UTC)
    await logins.end("anna", "old", now - timedelta(seconds=1))
    await logins.end_all("anna")
    await logins.end("bob", "new", now + timedelta(hours=1))
    count = select(func.count()).select_from(ended_logins)
    assert await database.read(lambda connection: connection.scalar(count)) == 2


async def test_passwords_stand_as_they_are(database: Database) -> None:
    people = Passwords(database, QUICK)
    await people.add("anna", "correct horse")
    standing = await Logins(database).standing(["anna", "bob"])
    assert standing.passwords == {"anna": await changed_at(database, "anna")}
    await people.remove("anna")
    assert (await Logins(database).standing(["anna"])).passwords == {}
