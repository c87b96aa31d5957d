"""Quotas, in real databases: what is too much, in words, until when, and many at once."""

from __future__ import annotations

import asyncio
import re
import shutil
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from datetime import UTC, datetime
from pathlib import Path

import pytest
from chainlit.user import User
from sqlalchemy import URL, insert

from tests.languages import assert_says_the_same_in_chinese
from web.quotas.arrivals import LEAST_BYTES
from web.quotas.limits import MB, Limits
from web.quotas.quotas import Quotas
from web.quotas.refusals import TEXTS, OverQuota, Reason
from web.store import accounts
from web.store.accounts import Account
from web.store.data_layer import DataLayer
from web.store.data_layer_base import AccountFull
from web.store.database import Database, connect
from web.store.files import Files
from web.store.tables import steps

NOON = datetime(2026, 11, 30, 12, tzinfo=UTC).timestamp()
PERSON = Limits(turns_a_minute=3, tokens_a_day=1000, uploads_mb_a_day=10, kept_mb=2, chats=2, waiting_files=3)
GUEST = Limits(turns_a_minute=1, tokens_a_day=100, uploads_mb_a_day=2, kept_mb=1, chats=1, waiting_files=1)


class House:
    """Quotas over a real database, a clock that is set by hand, and people."""

    def __init__(
        self, database: Database, person: Limits = PERSON, guest: Limits = GUEST, patience_s: float = 30
    ) -> None:
        """On a busy machine a database takes longer than the `patience_s` of the app."""
        self.now = NOON
        self.database = database
        self.quotas = Quotas(database, person, guest, lambda: self.now, patience_s)
        self.layer = DataLayer(database, Files(Path("unused"), "{key}"), self._lose)
        self.losses = 0

    async def _lose(self) -> None:
        self.losses += 1

    async def come(self, name: str = "ada", link: int | None = None) -> str:
        """The id of a person, or of a guest."""
        metadata = {} if link is None else {"link": link}
        user = await self.layer.create_user(User(name if link is None else f"guest-{name}", metadata=metadata))
        assert user
        return str(user.id)

    async def chat(self, user_id: str, mb: float = 0) -> str:
        thread_id = str(uuid.uuid4())
        await self.layer.update_thread(thread_id, name="a chat", user_id=user_id)
        if mb:
            row = {"id": thread_id, "thread_id": thread_id, "type": "run", "output": "x" * int(mb * MB), "fields": {}}
            await self.database.write(lambda connection: connection.execute(insert(steps), row).rowcount)
        return thread_id

    async def account(self, user_id: str) -> Account:
        today = self.quotas.today()
        found = await self.database.read(lambda connection: accounts.find(connection, user_id, today))
        assert found
        return found

    async def ask(self, user_id: str, new_chat: str | None = None) -> str:
        """'' if a turn may begin, or else why not."""
        try:
            await self.quotas.begin_turn(user_id, new_chat)
        except OverQuota as refusal:
            return refusal.reason
        return ""

    async def send(self, user_id: str, mb: float, waiting: list[int] | None = None, chats: int = 0) -> str:
        """'' if something may come, and then has come; or else why not."""
        try:
            async with self.quotas.arrival(
                user_id, int(mb * MB), chats=chats, waiting=None if waiting is None else lambda: waiting
            ) as arrival:
                await asyncio.sleep(0)
                arrival.take(int(mb * MB))
                if waiting is not None:
                    waiting.append(int(mb * MB))
        except OverQuota as refusal:
            return refusal.reason
        return ""


@pytest.fixture
async def database(sqlite_template: Path, tmp_path: Path) -> AsyncIterator[Database]:
    opened = connect(URL.create("sqlite", database=str(shutil.copy(sqlite_template, tmp_path))))
    yield opened
    await opened.close()


@pytest.fixture
def house(database: Database) -> House:
    return House(database)


@pytest.mark.parametrize("reason", TEXTS)
@pytest.mark.parametrize("seconds", [0.2, 60, 3_000, 40_000])
def test_a_refusal_says_the_same_in_both_languages_and_names_the_setting_to_who_can_set_it(
    reason: Reason, seconds: float
) -> None:
    refusal = OverQuota(reason, "5 MB", seconds)
    assert_says_the_same_in_chinese(refusal)
    for language in ("en", "zh"):
        told = refusal.in_language(language, to_visitor=True)
        assert "QUOTA" not in told
        assert "{" not in told
        assert (TEXTS[reason][2] in refusal.in_language(language)) or not TEXTS[reason][2]
        assert refusal.in_language(language).startswith(told)


@pytest.mark.parametrize(
    ("seconds", "english", "chinese"),
    [
        (0, "1 s", "1 秒"), (0.2, "1 s", "1 秒"), (59.1, "60 s", "60 秒"), (90, "90 s", "90 秒"),
        (91, "2 minutes", "2 分钟"), (600, "10 minutes", "10 分钟"), (5400, "90 minutes", "90 分钟"),
        (5401, "2 hours", "2 小时"), (86_400, "24 hours", "24 小时"),
    ],
)  # fmt: skip
def test_how_long_it_takes_is_never_too_short(seconds: float, english: str, chinese: str) -> None:
    refusal = OverQuota("turns", seconds=seconds)
    assert f" in {english}." in str(refusal)
    assert f"在{chinese}后" in refusal.chinese


@pytest.mark.parametrize("limit", [1, 3, 7, 60])
async def test_so_many_turns_may_come_at_once_and_then_one_for_each_share_of_a_minute(
    database: Database, limit: int
) -> None:
    house = House(database, Limits(turns_a_minute=limit))
    ada = await house.come()
    assert [await house.ask(ada) for _ in range(limit + 1)] == [""] * limit + ["turns"]
    house.now += 60 / limit - 0.01
    assert await house.ask(ada) == "turns"
    house.now += 0.02
    assert [await house.ask(ada), await house.ask(ada)] == ["", "turns"]
    house.now += 3600  # rest is not saved up
    assert [await house.ask(ada) for _ in range(limit + 1)] == [""] * limit + ["turns"]


async def test_who_is_told_to_wait_may_ask_after_that_time_and_a_refused_turn_costs_nothing(house: House) -> None:
    ada = await house.come()
    for _ in range(3):
        await house.quotas.begin_turn(ada)
    for _ in range(5):
        with pytest.raises(OverQuota) as refused:
            await house.quotas.begin_turn(ada)
    (seconds,) = re.findall(r"in (\d+) s", str(refused.value))
    assert seconds == "20"
    house.now += 20
    assert await house.ask(ada) == ""
    assert (await house.account(ada)).turns == 4


async def test_a_clock_that_is_set_back_locks_nobody_out(house: House) -> None:
    ada = await house.come()
    assert [await house.ask(ada) for _ in range(4)] == ["", "", "", "turns"]
    await house.quotas.count_tokens(ada, 1000)
    house.now -= 7 * 86_400
    assert [await house.ask(ada) for _ in range(4)] == ["", "", "", "turns"]


async def test_tokens_are_there_again_the_next_day_and_what_a_turn_took_beyond_them_is_forgiven(house: House) -> None:
    ada, bob = await house.come(), await house.come("bob")
    await house.quotas.count_tokens(ada, 999)
    assert await house.ask(ada) == ""
    await house.quotas.count_tokens(ada, 5_000)
    assert await house.ask(ada) == "tokens"
    assert await house.ask(bob) == ""
    with pytest.raises(OverQuota, match=r"today's 1,000 tokens\. Send this question again in 12 hours\."):
        await house.quotas.begin_turn(ada)
    house.now += 12 * 3600 - 1
    assert await house.ask(ada) == "tokens"
    house.now += 2
    assert await house.ask(ada) == ""
    assert (await house.account(ada)).tokens == 0


async def test_of_many_turns_at_once_not_one_too_many_begins(house: House) -> None:
    ada = await house.come()
    begun = await asyncio.gather(*(house.ask(ada) for _ in range(50)))
    assert sorted(begun) == [""] * 3 + ["turns"] * 47


async def test_what_is_kept_stops_the_next_question_until_chats_are_deleted(house: House) -> None:
    ada = await house.come()
    small, large = await house.chat(ada, 0.9), await house.chat(ada, 1.2)
    assert await house.ask(ada) == "kept"
    assert await house.send(ada, 0.1) == "kept"
    await house.layer.delete_thread(large)
    assert await house.ask(ada) == ""
    assert await house.send(ada, 0.1) == ""
    await house.layer.delete_thread(small)
    assert (await house.account(ada)).bytes == 0


async def test_a_new_chat_beyond_the_limit_waits_until_another_is_deleted_and_older_ones_go_on(house: House) -> None:
    ada = await house.come()
    chats = [await house.chat(ada) for _ in range(4)]
    assert [await house.ask(ada, chat) for chat in chats[:2]] == ["", ""]
    assert [await house.ask(ada, chat) for chat in chats[2:]] == ["chats", "chats"]
    assert await house.ask(ada, "a chat that could not be kept") == "chats"
    assert await house.ask(ada) == ""  # a chat in which was answered before
    await house.layer.delete_thread(chats[0])
    house.now += 60
    assert [await house.ask(ada, chat) for chat in chats[2:]] == ["", "chats"]


@pytest.mark.parametrize(
    ("sends", "expected"),
    [
        ([1, 1], ["", ""]),
        ([2, 0.1], ["", "kept"]),
        ([2.1], ["kept"]),
        ([0.5] * 4, ["", "", "", "waiting"]),
        ([11, 1], ["uploads", ""]),
        ([0, 0, 0, 0], ["", "", "", "waiting"]),
    ],
)
async def test_files_wait_so_many_and_so_large(house: House, sends: list[float], expected: list[str]) -> None:
    ada, waiting = await house.come(), list[int]()
    assert [await house.send(ada, mb, waiting) for mb in sends] == expected


async def test_uploads_of_a_day_are_counted_also_where_they_are_deleted_and_empty_files_too(house: House) -> None:
    ada = await house.come()
    assert [await house.send(ada, 2) for _ in range(6)] == [""] * 5 + ["uploads"]
    with pytest.raises(OverQuota, match=r"upload 10 MB a day, and this would be more. It goes on in 12 hours"):
        async with house.quotas.arrival(ada, 1):
            pass
    house.now += 86_400
    assert await house.send(ada, 0) == ""
    assert (await house.account(ada)).uploaded == LEAST_BYTES


async def test_what_was_refused_or_broke_off_or_was_smaller_than_it_said_is_given_back(house: House) -> None:
    ada = await house.come()
    with pytest.raises(ZeroDivisionError):
        async with house.quotas.arrival(ada, 2 * MB):
            raise ZeroDivisionError
    assert (await house.account(ada)).uploaded == 0
    async with house.quotas.arrival(ada, 2 * MB):
        pass
    assert (await house.account(ada)).uploaded == 0
    async with house.quotas.arrival(ada, 2 * MB) as arrival:
        arrival.take(100_000)
    assert (await house.account(ada)).uploaded == 100_000
    async with house.quotas.arrival(ada, 1 * MB) as arrival:
        arrival.take(50 * MB)  # cannot be: the body ends where it said
    assert (await house.account(ada)).uploaded == 1_100_000

    for ticks in (0, 1, 2, 5, 20, 100):  # before it is counted, meanwhile, or after

        async def cut() -> None:
            async with house.quotas.arrival(ada, 1 * MB):
                await asyncio.Event().wait()

        task = asyncio.create_task(cut())
        for _ in range(ticks):
            await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert (await house.account(ada)).uploaded == 1_100_000

    counted = asyncio.Event()

    async def cut_when_counted() -> None:
        async with house.quotas.arrival(ada, 1 * MB):
            counted.set()
            await asyncio.Event().wait()

    task = asyncio.create_task(cut_when_counted())
    await counted.wait()
    assert (await house.account(ada)).uploaded == 2_100_000
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert (await house.account(ada)).uploaded == 1_100_000


async def test_what_is_given_back_the_next_day_does_not_count_there(house: House) -> None:
    ada = await house.come()
    async with house.quotas.arrival(ada, 1 * MB):
        house.now += 86_400
        assert await house.send(ada, 0.5) == ""
    assert (await house.account(ada)).uploaded == MB // 2


@pytest.mark.parametrize(("mb", "chats", "fit"), [(0.1, 0, 3), (0.9, 0, 2), (0.9, 1, 2), (0.001, 1, 2), (2.5, 0, 0)])
async def test_of_fifty_that_come_at_once_so_many_fit_as_one_after_another(
    house: House, mb: float, chats: int, fit: int
) -> None:
    ada = await house.come()
    async with AsyncExitStack() as open_ones:

        async def begin() -> bool:
            waiting: Callable[[], list[int]] | None = None if chats else list
            try:
                await open_ones.enter_async_context(
                    house.quotas.arrival(ada, int(mb * MB), chats=chats, waiting=waiting)
                )
            except OverQuota:
                return False
            return True

        assert sum(await asyncio.gather(*(begin() for _ in range(50)))) == fit
    assert (await house.account(ada)).uploaded == 0


async def test_a_guest_has_smaller_limits_and_all_guests_of_a_link_have_limits_together(database: Database) -> None:
    house = House(database, guest=Limits(tokens_a_day=100, uploads_mb_a_day=1, kept_mb=1, chats=1))
    guests = [await house.come(str(number), link=7) for number in range(30)]
    other = await house.come("other", link=8)
    first = guests[0]
    await house.quotas.count_tokens(first, 100)
    assert await house.ask(first) == "tokens"
    assert await house.ask(guests[1]) == ""
    for guest in guests[1:20]:
        await house.quotas.count_tokens(guest, 100)
    assert await house.ask(guests[25]) == "link_today"
    assert [await house.send(guest, 1) for guest in guests[:22]] == [""] * 20 + ["link_today"] * 2
    house.now += 86_400
    for guest in guests[:21]:
        await house.chat(guest, 0.9)
    assert await house.send(guests[25], 0.5, chats=1) == "link_kept"
    late = await house.chat(guests[26])
    assert await house.ask(guests[26], late) == "link_kept"
    assert await house.ask(guests[26]) == ""
    assert (await house.ask(other), await house.send(other, 1)) == ("", "")


async def test_a_persons_name_or_metadata_make_no_guest(house: House) -> None:
    for name in ("ada", "guestlist", "anna-guest-1", "google:guest-1"):
        user = await house.layer.create_user(User(name, metadata={"link": 3}))
        assert user
        assert (await house.account(user.id)).link_number is None
    again = await house.come("eve", link=3)
    assert (await house.account(again)).link_number == 3
    assert await house.come("eve", link=3) == again


async def test_without_limits_nothing_is_refused_and_all_is_counted(database: Database) -> None:
    house = House(database, Limits(), Limits())
    ada, guest, waiting = await house.come(), await house.come("g", link=1), [5 * MB] * 500
    for user in (ada, guest):
        await house.chat(user, 3)
        assert {await house.ask(user, "new") for _ in range(40)} == {""}
        assert await house.send(user, 100, waiting, chats=1) == ""
        assert (await house.account(user)).turns == 40


async def test_refused_questions_are_kept_for_a_while_but_not_for_ever(database: Database) -> None:
    house = House(database, Limits(chats=2, kept_mb=1))
    house.layer.is_full = house.quotas.is_full
    ada = await house.come()
    for _ in range(22):
        await house.chat(ada)
    await house.chat(ada)
    assert house.losses == 1  # told, and not kept
    assert (await house.account(ada)).chats == 22
    bob = await house.come("bob")
    large = await house.chat(bob, 21.1)
    step = {"id": "s", "threadId": large, "output": "a question"}
    with pytest.raises(AccountFull):
        await house.layer.save_step({**step, "type": "user_message"})
    await house.layer.save_step({**step, "type": "assistant_message"})  # an answer that has begun
    thread = await house.layer.get_thread(large)
    assert thread
    assert [one["output"] for one in thread["steps"]][1:] == ["a question"]


async def test_a_question_is_not_lost_to_a_database_that_is_away(house: House) -> None:
    ada = await house.come()
    away = connect(URL.create("sqlite", database="/nowhere/at/all"))
    house = House(away, patience_s=0.1)
    assert await house.ask(ada) == ""
    await house.quotas.count_tokens(ada, 5)


@pytest.mark.parametrize(
    "test",
    [
        test_tokens_are_there_again_the_next_day_and_what_a_turn_took_beyond_them_is_forgiven,
        test_of_many_turns_at_once_not_one_too_many_begins,
        test_what_is_kept_stops_the_next_question_until_chats_are_deleted,
        test_a_new_chat_beyond_the_limit_waits_until_another_is_deleted_and_older_ones_go_on,
        test_what_was_refused_or_broke_off_or_was_smaller_than_it_said_is_given_back,
        test_a_persons_name_or_metadata_make_no_guest,
    ],
)
async def test_with_postgresql_it_is_the_same(
    test: Callable[[House], Awaitable[None]], new_database: Callable[..., URL], postgresql_template: str
) -> None:
    database = connect(new_database(postgresql_template))
    await test(House(database))
    await database.close()


async def test_two_processes_count_together(new_database: Callable[..., URL], postgresql_template: str) -> None:
    url = new_database(postgresql_template)
    first, second = connect(url), connect(url)
    houses = [House(first), House(second)]
    ada = await houses[0].come()
    begun = await asyncio.gather(*(house.ask(ada) for _ in range(10) for house in houses))
    assert sorted(begun) == [""] * 3 + ["turns"] * 17
    came = await asyncio.gather(*(house.send(ada, 1.5) for _ in range(10) for house in houses))
    assert (await houses[0].account(ada)).uploaded == came.count("") * 1.5 * MB <= 10 * MB
    await first.close()
    await second.close()
