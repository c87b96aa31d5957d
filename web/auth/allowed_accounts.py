"""OAUTH_ALLOWED: the patterns of which accounts of a provider may come in."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from agent.errors import SettingsError

_VERIFIED = ("email_verified", "verified_email")  # how providers say that an address is the account's own
MAX_CHARS = 256


class Allowed:
    """The accounts that may come in. Without a pattern all may."""

    def __init__(self, setting: str | None, providers: Collection[str] = ()) -> None:
        """`providers` are their names, which may stand before a pattern: `github:anna`. Raises SettingsError."""
        given = [one.strip() for one in (setting or "").split(",") if one.strip()]
        self._patterns = frozenset(_read(one, providers) for one in given)

    def __bool__(self) -> bool:
        return bool(self._patterns)

    def lets_in(self, provider: str, account: str, said: Mapping[str, Any]) -> bool:
        """Whether `account` may come in; `said` is what the provider says of it."""
        if not account or len(account) > MAX_CHARS or not account.isprintable():
            return False
        if "@" in account and any(str(said.get(key, True)).lower() == "false" for key in _VERIFIED):
            return False
        if not self._patterns:
            return True
        domain = _domain(account)
        if "@" in account and not domain:  # an account may be *named* @example.com
            return False
        own = (_plain(account), f"@{domain}")
        return any((which, one) in self._patterns for which in ("", provider) for one in own)


def _read(pattern: str, providers: Collection[str]) -> tuple[str, str]:
    """The provider, '' for any, and the name, address or @domain."""
    provider, colon, rest = pattern.partition(":")
    if not colon or provider not in providers:
        provider, rest = "", pattern
    is_address = _domain(f"anybody{rest}" if rest.startswith("@") else rest)
    if not rest.isprintable() or not rest or ("@" in rest and not is_address):
        raise SettingsError(
            f"OAUTH_ALLOWED has {pattern!r}, which is no name, no address and no domain. Write names or addresses "
            "with commas, or @example.com for all of that domain."
        )
    return provider, _plain(rest)


def _domain(account: str) -> str:
    """The domain of an account that is an address: one @, with something on both sides, and no space. '' for others."""
    person, _, domain = account.partition("@")
    return _plain(domain) if person and "@" not in domain and not any(map(str.isspace, account)) else ""


def _plain(text: str) -> str:
    """Without differences of case, if it is ASCII: else other letters become the same, as K and the Kelvin sign."""
    return text.lower() if text.isascii() else text
