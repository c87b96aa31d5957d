"""Usage report: what everybody has saved and used today, beside the limits, as lines for a terminal."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import astuple

from web.quotas.limits import MB, Limits
from web.store.accounts import Account, NamedAccount


def report(everybody: Sequence[NamedAccount], person: Limits, guest: Limits) -> str:
    """A line for each person, and for each link with its guests; those that have saved the most come first."""
    lines = [
        (one.account.bytes, [_line(one.name, one.account, person)])
        for one in everybody
        if one.account.link_number is None
    ]
    for number in {one.account.link_number for one in everybody} - {None}:
        guests = [one for one in everybody if one.account.link_number == number]
        together = _sum(one.account for one in guests)
        name = f"link {number}, {len(guests)} {'guest' if len(guests) == 1 else 'guests'} together"
        own = [f"  {_line(one.name, one.account, guest)}" for one in guests]
        lines.append((together.bytes, [_line(name, together, guest.of_link()), *own]))
    lines.sort(key=lambda one: -one[0])
    return "\n".join(line for _, group in lines for line in group) or "Nobody yet."


def _line(name: str, account: Account, limits: Limits) -> str:
    kept = f"{_of(account.chats, limits.chats)} chats, {_megabytes(account.bytes, limits.kept_mb)} kept"
    used = f"{account.turns:,} turns, {_of(account.tokens, limits.tokens_a_day)} tokens"
    return f"{name}: {kept}; today {used}, {_megabytes(account.uploaded, limits.uploads_mb_a_day)} uploaded"


def _sum(accounts: Iterable[Account]) -> Account:
    columns = zip(*(astuple(account)[:5] for account in accounts), strict=True)
    return Account(*(sum(column) for column in columns))


def _of(count: int, limit: int) -> str:
    return f"{count:,} of {limit:,}" if limit else f"{count:,}"


def _megabytes(count: int, limit_mb: int) -> str:
    return f"{count / MB:,.1f} of {limit_mb:,} MB" if limit_mb else f"{count / MB:,.1f} MB"
