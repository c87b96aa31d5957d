"""Admission of a turn: the login, the quotas and the demo link are asked, and what the turn took is counted."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from chainlit.context import init_ws_context

from agent.errors import DatabaseAway, PeopleError
from tests.web.auth.house import Browser, House
from web.auth.guests import LinkLimits
from web.auth.login_records import Logins
from web.quotas.limits import Limits
from web.quotas.quotas import Quotas
from web.quotas.refusals import OverQuota
from web.store import accounts
from web.store.accounts import Account
from web.store.database import Database


def limited(database: Database) -> Quotas:
    """One turn a minute for a person, and ten tokens a day for a guest."""
    return Quotas(database, Limits(turns_a_minute=1), Limits(tokens_a_day=10))


async def enter(house: House, name: str = "anna") -> Browser:
    page = house.browser()
    assert await page.log_in(name) == 200
    assert await page.open()
    return page


async def enter_as_guest(house: House, limits: LinkLimits) -> Browser:
    token = await house.guests.make_link(datetime.now(UTC) + timedelta(hours=1), limits)
    page = house.browser()
    assert (await page.http.get(f"/guest/{token}")).status_code == 303
    assert await page.open()
    return page


async def ask(house: House, page: Browser, tokens: int = 0, *, is_broken: bool = False) -> None:
    """Take a turn of this page, which uses so many tokens."""
    init_ws_context(page.session)
    async with house.login.turn() as used:
        used.tokens = tokens
        if is_broken:
            raise ZeroDivisionError


async def account(house: House, page: Browser) -> Account:
    user_id, today = page.session.user.id, house.login.quotas.today()
    found = await house.database.read(lambda connection: accounts.find(connection, user_id, today))
    assert found
    return found


@pytest.fixture
async def anna(house: House) -> Browser:
    await house.add("anna")
    house.let_in_by("password", quotas=limited(house.database))
    return await enter(house)


async def test_a_turn_is_counted_with_its_tokens_also_if_it_breaks(house: House, anna: Browser) -> None:
    with pytest.raises(ZeroDivisionError):
        await ask(house, anna, tokens=7, is_broken=True)
    found = await account(house, anna)
    assert (found.turns, found.tokens) == (1, 7)


async def test_a_login_that_has_ended_asks_nothing_and_costs_nothing(house: House, anna: Browser) -> None:
    await Logins(house.database).end_all("anna")
    house.forget_answers(anna)
    with pytest.raises(PeopleError, match="no longer logged in"):
        await ask(house, anna)
    assert (await account(house, anna)).turns == 0


async def test_a_quota_that_is_used_up_refuses_the_next_turn(house: House, anna: Browser) -> None:
    await ask(house, anna)
    with pytest.raises(OverQuota):
        await ask(house, anna)
    assert (await account(house, anna)).turns == 1


async def test_a_guest_has_the_links_turns_and_a_guests_quotas(house: House, anna: Browser) -> None:
    first = await enter_as_guest(house, LinkLimits(turns=1, tokens=99, guests=9))
    await ask(house, first, tokens=5)
    with pytest.raises(PeopleError, match="used what this demo link gives"):
        await ask(house, first)
    second = await enter_as_guest(house, LinkLimits(turns=9, tokens=99, guests=9))
    await ask(house, second, tokens=10)
    with pytest.raises(OverQuota):
        await ask(house, second)
    assert [(one.turns, one.tokens) for one in await house.guests.links()] == [(1, 10), (1, 5)]
    assert (await account(house, anna)).tokens == 0


@pytest.mark.slow  # a write is tried for half a minute
async def test_who_is_not_known_is_not_answered_while_the_database_is_away(house: House, anna: Browser) -> None:
    guest = await enter_as_guest(house, LinkLimits(turns=9, tokens=99, guests=9))
    assert await house.has_passed(guest)
    await house.database.close()
    for file in house.folder.glob("chats.db*"):
        file.unlink()
    (house.folder / "chats.db").mkdir()  # no database can be opened at its place
    with pytest.raises(DatabaseAway):
        await ask(house, guest)
