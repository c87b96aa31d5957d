"""Demo links, in SQLite and PostgreSQL: until a time, with turns and tokens for each guest, until they are ended."""

from __future__ import annotations

import asyncio
from collections.abc import Collection
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from agent.errors import PeopleError
from tests.languages import assert_says_the_same_in_chinese
from web.auth.guests import Guests, LinkLimits, new_name
from web.auth.login_records import Logins
from web.store.database import Database
from web.store.tables import links

LIMITS = LinkLimits(turns=3, tokens=100, guests=2)


def soon() -> datetime:
    return datetime.now(UTC) + timedelta(hours=1)


async def number(guests: Guests, until: datetime | None = None, limits: LinkLimits = LIMITS) -> int:
    found = await guests.find_link(await guests.make_link(until or soon(), limits))
    assert found is not None
    return found


async def open_links(database: Database) -> Collection[int]:
    return (await Logins(database).standing([])).links


async def refusal(guests: Guests, name: str, link: int) -> str:
    with pytest.raises(PeopleError) as refused:
        await guests.begin_turn(name, link)
    assert_says_the_same_in_chinese(refused.value)
    return str(refused.value)


async def test_a_guest_has_so_many_turns_and_another_guest_has_as_many(database: Database) -> None:
    guests = Guests(database)
    link, first, second = await number(guests), new_name(), new_name()
    for _ in range(3):
        await guests.begin_turn(first, link)
    assert "used what this demo link gives" in await refusal(guests, first, link)
    await guests.begin_turn(second, link)


async def test_turns_that_begin_at_once_are_counted_one_by_one(database: Database) -> None:
    guests = Guests(database)
    link, name = await number(guests), new_name()
    begun = await asyncio.gather(*(guests.begin_turn(name, link) for _ in range(10)), return_exceptions=True)
    assert [type(one) for one in begun].count(PeopleError) == 7


async def test_a_guest_has_so_many_tokens(database: Database) -> None:
    guests = Guests(database)
    link, name = await number(guests), new_name()
    await guests.begin_turn(name, link)
    await guests.count_tokens(name, 99)
    await guests.begin_turn(name, link)
    await guests.count_tokens(name, 1)
    assert "used what this demo link gives" in await refusal(guests, name, link)


async def test_a_link_takes_so_many_guests_and_those_who_only_looked_take_no_place(database: Database) -> None:
    guests = Guests(database)
    link, names = await number(guests), [new_name() for _ in range(3)]
    for name in names[:2]:
        await guests.begin_turn(name, link)
    assert "as many guests" in await refusal(guests, names[2], link)
    await guests.begin_turn(names[0], link)


async def test_a_link_ends_at_its_time(database: Database) -> None:
    guests, name = Guests(database), new_name()
    token = await guests.make_link(datetime.now(UTC) + timedelta(seconds=1), LIMITS)
    link = await guests.find_link(token)
    assert link is not None
    await guests.begin_turn(name, link)
    while link in await open_links(database):
        await asyncio.sleep(0.05)
    assert "This demo is over" in await refusal(guests, name, link)
    assert await guests.find_link(token) is None


async def test_one_command_ends_all_links_and_only_those_that_are_open(database: Database) -> None:
    guests, name = Guests(database), new_name()
    old, first, second = await number(guests), await number(guests), await number(guests)
    assert await guests.end_links() == 3
    newer = await number(guests)
    assert await open_links(database) == {newer}
    assert await guests.end_links() == 1
    assert await open_links(database) == frozenset()
    assert await guests.end_links() == 0
    for link in (old, first, second, newer):
        assert "This demo is over" in await refusal(guests, name, link)


async def test_what_was_used_is_listed_and_outlives_a_start(database: Database) -> None:
    until, guests = soon(), Guests(database)
    link = await number(guests, until)
    for name, tokens in ((new_name(), 40), (new_name(), 2)):
        await guests.begin_turn(name, link)
        await guests.count_tokens(name, tokens)
    await database.close()
    (listed,) = await Guests(database).links()
    assert (listed.number, listed.until, listed.limits, listed.is_open) == (link, until, LIMITS, True)
    assert (listed.asked, listed.turns, listed.tokens) == (2, 2, 42)


async def test_a_link_is_known_by_its_token_alone_which_is_not_kept(database: Database) -> None:
    guests = Guests(database)
    token = await guests.make_link(soon(), LIMITS)
    row = await database.read(lambda connection: connection.execute(select(links)).one())
    assert token not in str(row)
    assert await guests.find_link(token + "x") is None
    assert await guests.find_link("") is None
