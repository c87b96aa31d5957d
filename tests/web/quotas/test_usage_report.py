"""Who keeps and has used how much, as lines: the most first, guests under their link, the limits beside it."""

from __future__ import annotations

from web.quotas.limits import MB, Limits
from web.quotas.usage_report import report
from web.store.accounts import Account, NamedAccount

PERSON = Limits(tokens_a_day=20_000_000, uploads_mb_a_day=2000, kept_mb=5000, chats=5000)
GUEST = Limits(tokens_a_day=500_000, uploads_mb_a_day=100, kept_mb=100, chats=100)
EVERYBODY = [
    NamedAccount("bob", Account(12, 3 * MB, 0, 0, 0)),
    NamedAccount("guest-1", Account(2, 9 * MB, 3, 1234, MB // 2, link_number=1)),
    NamedAccount("ada", Account(1, 11 * MB, 14, 120_345, 2 * MB)),
    NamedAccount("guest-2", Account(1, 1 * MB, 1, 6, 0, link_number=1)),
    NamedAccount("guest-3", Account(0, 0, 0, 0, 0, link_number=2)),
]


def test_everybody_is_listed_with_limits() -> None:
    assert report(EVERYBODY, PERSON, GUEST).splitlines() == [
        "ada: 1 of 5,000 chats, 11.0 of 5,000 MB kept; today 14 turns, 120,345 of 20,000,000 tokens, "
        "2.0 of 2,000 MB uploaded",
        "link 1, 2 guests together: 3 of 2,000 chats, 10.0 of 2,000 MB kept; today 4 turns, 1,240 of 10,000,000 "
        "tokens, 0.5 of 2,000 MB uploaded",
        "  guest-1: 2 of 100 chats, 9.0 of 100 MB kept; today 3 turns, 1,234 of 500,000 tokens, 0.5 of 100 MB uploaded",
        "  guest-2: 1 of 100 chats, 1.0 of 100 MB kept; today 1 turns, 6 of 500,000 tokens, 0.0 of 100 MB uploaded",
        "bob: 12 of 5,000 chats, 3.0 of 5,000 MB kept; today 0 turns, 0 of 20,000,000 tokens, 0.0 of 2,000 MB uploaded",
        "link 2, 1 guest together: 0 of 2,000 chats, 0.0 of 2,000 MB kept; today 0 turns, 0 of 10,000,000 tokens, "
        "0.0 of 2,000 MB uploaded",
        "  guest-3: 0 of 100 chats, 0.0 of 100 MB kept; today 0 turns, 0 of 500,000 tokens, 0.0 of 100 MB uploaded",
    ]


def test_where_there_is_no_limit_none_is_named() -> None:
    assert report(EVERYBODY[:1], Limits(), Limits()) == (
        "bob: 12 chats, 3.0 MB kept; today 0 turns, 0 tokens, 0.0 MB uploaded"
    )
    assert report([], PERSON, GUEST) == "Nobody yet."
