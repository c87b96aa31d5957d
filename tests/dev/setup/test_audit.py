"""Licences and known vulnerabilities of what comes with the app: which kinds may stay, what is said without data."""

from __future__ import annotations

import json
from pathlib import Path

import audit
import pytest
from installed import read_pins
from packaging.requirements import Requirement

from agent import PROJECT

PINS = [Requirement(f"{name}==1.0") for name in ("one", "two", "three")]


@pytest.mark.parametrize(
    ("said", "allowed"),
    [
        ("MIT", True),
        ("mit", True),
        ("MIT License", True),
        ("Apache-2.0 AND Apache-2.0 WITH LLVM-exception AND BSD-3-Clause", True),
        ("BSD-3-Clause, Apache-2.0, dependency licenses", True),
        ("ISC License (ISCL)", True),
        ("GPL-3.0-only OR MIT", True),
        ("GPL-3.0-only", False),
        ("MIT AND GPL-3.0-only", False),
        ("AGPL-3.0-or-later", False),
        ("GNU General Public License v3 (GPLv3)", False),
        ("MIT AND (GPL-2.0-only OR MIT)", False),  # nested: somebody has to read it
        ("SSPL-1.0", False),
        ("CC-BY-NC-4.0", False),
        ("UNKNOWN", False),
        ("none that is named", False),
        ("MIT-like", False),
        ("", False),
    ],
)
def test_a_kind_of_licence_is_allowed_if_each_part_of_it_is(said: str, allowed: bool) -> None:
    assert audit.is_allowed(said) is allowed


def test_all_that_is_installed_may_stay() -> None:
    pins = [pin for lock in PROJECT.glob("requirements*.txt") for pin in read_pins(lock)]
    lines, unread = audit.list_licences(pins)
    assert len(lines) > 100
    assert unread == []


def test_what_is_not_installed_is_said_to_be_left_out() -> None:
    assert audit.list_licences([Requirement("no-such-package==1")]) == (
        ["(1 more are for another machine, and not installed here)"],
        [],
    )


def answering(folder: Path, monkeypatch: pytest.MonkeyPatch, script: str) -> None:
    """Put a program in the place of pip-audit."""
    (folder / "pip_audit.py").write_text(script, "utf-8")
    monkeypatch.setenv("PYTHONPATH", str(folder))


KNOWN = """
import json, sys
pins = [line.strip().partition("==") for line in open(sys.argv[sys.argv.index("-r") + 1])]
vulns = {"two": [{"id": "CVE-1"}, {"id": "CVE-0"}]}
found = [{"name": name, "version": version, "vulns": vulns.get(name, [])} for name, _, version in pins]
print(json.dumps({"dependencies": found}))
sys.exit(1)
"""
NOT_FOUND = f"print({json.dumps({'dependencies': [{'name': 'one', 'skip_reason': 'not found'}]})!r})"


def test_what_is_known_to_be_vulnerable_is_listed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    answering(tmp_path, monkeypatch, KNOWN)
    first = "Asked about 3 packages, 3 were known, 1 are vulnerable."
    assert audit.list_vulnerabilities(PINS) == [first, "two: CVE-0, CVE-1"]


@pytest.mark.parametrize("script", [NOT_FOUND, "raise SystemExit(1)", "print('no JSON')", "print('[]')", "print('{}')"])
def test_without_an_answer_nothing_is_said_to_be_safe(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, script: str
) -> None:
    answering(tmp_path, monkeypatch, script)
    said, *versions = audit.list_vulnerabilities(PINS)
    assert said.startswith("NOT AUDITED")
    assert versions == ["one==1.0", "two==1.0", "three==1.0"]
