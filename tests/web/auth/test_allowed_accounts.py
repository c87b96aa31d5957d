"""OAUTH_ALLOWED: which accounts of a provider may come in."""

from __future__ import annotations

from typing import Any

import pytest

from agent.errors import SettingsError
from web.auth.allowed_accounts import Allowed

PROVIDERS = ("github", "google")
DOMAIN, ONE, TWO = "@example.com", "anna@example.com", "@example.com,bob,@例子.example"


@pytest.mark.parametrize(("setting", "account", "is_in"), [
    (DOMAIN, "anna@example.com", True), (DOMAIN, "ANNA@Example.COM", True), (DOMAIN, "a+b.c@example.com", True),
    (DOMAIN, "@example.com", False), (DOMAIN, "example.com", False), (DOMAIN, "anna", False), (DOMAIN, "", False),
    (DOMAIN, "anna@evil@example.com", False), (DOMAIN, "anna@example.com@evil.example", False),
    (DOMAIN, "@@example.com", False), (DOMAIN, "anna@@example.com", False), (DOMAIN, "anna@example.com@", False),
    (DOMAIN, "anna@sub.example.com", False), (DOMAIN, "anna@notexample.com", False),
    (DOMAIN, "anna@example.com.evil.example", False), (DOMAIN, "anna@example.com.", False),
    (DOMAIN, "anna@example.com ", False), (DOMAIN, " anna@example.com", False), (DOMAIN, "an na@example.com", False),
    (DOMAIN, "anna@ example.com", False), (DOMAIN, "anna@example.com\n", False), (DOMAIN, "anna@example.com\0", False),
    (DOMAIN, "anna＠example.com", False), (DOMAIN, "anna@ｅxample.com", False), (DOMAIN, "anna@example。com", False),
    (DOMAIN, "anna@example.com\u200b", False), (DOMAIN, "anna\u202e@example.com", False),
    (DOMAIN, "anna@example.com,evil@evil.example", False), (DOMAIN, "anna@examp\u017fe.com", False),
    ("@kelvin.example", "anna@\u212aelvin.example", False), (DOMAIN, "anna%00@example.com", True),
    (DOMAIN, f"{'a' * 300}@example.com", False), (DOMAIN, "github:anna@example.com", True),
    (ONE, "anna@example.com", True), (ONE, "Anna@Example.com", True), (ONE, "bob@example.com", False),
    (ONE, "@example.com", False), (ONE, "anna", False), (ONE, "ａnna@example.com", False),
    (TWO, "bob", True), (TWO, "BOB", True), (TWO, "bob@evil.example", False), (TWO, "bobby", False),
    (TWO, " bob", False), (TWO, "anna@例子.example", True), (TWO, "anna@例子.EXAMPLE", False),
    (None, "anybody", True), ("", "@example.com", True), (" , ", "anybody", True), (None, "any\nbody", False),
    ("github:anna", "anna", True), ("google:anna", "anna", False), ("google:@example.com", "anna@example.com", False),
    ("github:@example.com", "anna@example.com", True), ("github:anna", "github:anna", False),
    ("keycloak:anna", "keycloak:anna", True), ("keycloak:anna", "anna", False),
])  # fmt: skip
def test_who_comes_in_from_github(setting: str | None, account: str, is_in: bool) -> None:
    assert Allowed(setting, PROVIDERS).lets_in("github", account, {}) == is_in


@pytest.mark.parametrize(("said", "is_in"), [
    ({}, True), ({"email_verified": True}, True), ({"email_verified": "true"}, True), ({"verified_email": True}, True),
    ({"email_verified": False}, False), ({"email_verified": "false"}, False), ({"verified_email": False}, False),
])  # fmt: skip
def test_an_address_that_the_provider_has_not_verified_is_nobodys(said: Any, is_in: bool) -> None:
    assert Allowed(DOMAIN).lets_in("google", "anna@example.com", said) == is_in


@pytest.mark.parametrize("setting", [
    "@", "@@example.com", "anna@", "a@b@c", "@example.com@", "bob,@", "@exa mple.com", "anna@\u200bexample.com",
    "github:", "github:@",
])  # fmt: skip
def test_a_pattern_that_fits_nobody_ends_the_start(setting: str) -> None:
    with pytest.raises(SettingsError, match="OAUTH_ALLOWED"):
        Allowed(setting, PROVIDERS)
