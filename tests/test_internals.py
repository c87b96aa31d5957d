"""Internals of other libraries: each is listed, is there, and is as it was when it was read. Imports no library."""

from __future__ import annotations

import ast
import hashlib
import sys
from collections.abc import Iterator
from functools import cache, wraps
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

import pytest

from agent.attachments import pdf_glyphs
from agent.engine.vllm.internals import INTERNALS as OF_VLLM
from agent.errors import SettingsError
from agent.internals import Internal, check, original, replace
from tests.test_arrows import OURS, modules, nodes
from web.server import chainlit_internals

INTERNALS = (*chainlit_internals.INTERNALS, *pdf_glyphs.INTERNALS, *OF_VLLM)
parse = cache(ast.parse)
NOT_THEIRS = {*OURS, *sys.stdlib_module_names}


def definition(target: str) -> str:
    """The source of what `target` names, with its decorators; of a name that a module imports, that at its origin."""
    file, names = _file(target)
    text = file.read_text(encoding="utf-8")
    if not names:
        return text
    body: list[ast.stmt] = parse(text).body
    for place, name in enumerate(names):
        found = next((one for one in _statements(body) if name in _defines(one)), None)
        if found is None:
            raise LookupError(f"{target} is not in {file.name}")
        if isinstance(found, ast.ImportFrom):
            return definition(".".join([_imported_from(found, target, name), *names[place + 1 :]]))
        body = getattr(found, "body", [])
    first = min([found.lineno, *(one.lineno for one in getattr(found, "decorator_list", []))])
    return "\n".join(text.splitlines()[first - 1 : found.end_lineno])


def digest(target: str) -> str:
    return hashlib.sha256(definition(target).encode()).hexdigest()[:12]


def _file(target: str) -> tuple[Path, list[str]]:
    """The file of the module that `target` begins with, and the names in it."""
    root, *names = target.split(".")
    spec = find_spec(root)
    if spec is None or spec.origin is None:
        raise LookupError(f"{root} is not installed")
    file = Path(spec.origin)
    while names and file.name == "__init__.py":
        inner = [file.with_name(f"{names[0]}.py"), file.parent / names[0] / "__init__.py"]
        if not (found := next((one for one in inner if one.is_file()), None)):
            break
        file, names = found, names[1:]
    return file, names


def _statements(body: list[ast.stmt]) -> Iterator[ast.stmt]:
    """Those of a module or a class, also under an `if` or a `try`; of a function those that set a member."""
    for one in body:
        yield one
        if isinstance(one, ast.If | ast.Try):
            yield from _statements([*one.body, *one.orelse])


def _defines(statement: ast.stmt) -> list[str]:
    match statement:
        case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
            return [statement.name]
        case ast.Assign():
            return [ast.unparse(one) for one in statement.targets]
        case ast.AnnAssign():
            return [ast.unparse(statement.target)]
        case ast.ImportFrom():
            return [one.asname or one.name for one in statement.names]
    return []


def _imported_from(statement: ast.ImportFrom, target: str, name: str) -> str:
    if statement.module is None or statement.level:
        raise LookupError(f"{target}: a relative import is not followed")
    original = next(one.name for one in statement.names if name in (one.asname, one.name))
    return f"{statement.module}.{original}"


def test_each_internal_is_as_it_was_when_it_was_read() -> None:
    changed = [
        f"{one.target}, read in {one.made_for}, is now {now}: {one.why}"
        for one in INTERNALS
        if (now := digest(one.at or one.target)) != one.source
    ]
    assert changed == [], "read these again, mend what relies on them, and write down the new version and source"


# Private by its name, and the only one that its library's types have for it.
PUBLIC = ("lxml.etree._Element",)


def test_nothing_is_set_or_private_that_is_not_listed() -> None:
    """What is set on an object, as on a page's session, is not seen by this."""
    listed = (*PUBLIC, *(one.target for one in INTERNALS))
    sources = modules()
    found = {
        (name, target)
        for name, source in sources.items()
        for target, is_set in reaches(source)
        if is_set or not any(f"{target}.".startswith(f"{one}.") for one in listed)
    }
    assert found == set(), "list it, and set it by `replace`"


def reaches(source: str) -> Iterator[tuple[str, bool]]:
    """What of other libraries a module sets (True), and what it uses of them that is private by its name (False)."""
    named = dict[str, str]()
    for node in nodes(source):
        match node:
            case ast.Import(names):
                named |= {one.asname or one.name.partition(".")[0]: one.name for one in names}
            case ast.ImportFrom(str(module), names):
                named |= {one.asname or one.name: f"{module}.{one.name}" for one in names}
    theirs = {name: target for name, target in named.items() if target.partition(".")[0] not in NOT_THEIRS}
    yield from ((target, False) for target in theirs.values() if is_private(target))
    for node in nodes(source):
        if isinstance(node, ast.Attribute):
            name, _, path = ast.unparse(node).partition(".")
            target = f"{theirs.get(name)}.{path}"
            if name in theirs and (not isinstance(node.ctx, ast.Load) or is_private(target)):
                yield target, not isinstance(node.ctx, ast.Load)


def is_private(target: str) -> bool:
    return any(part.startswith("_") and not part.startswith("__") for part in target.split("."))


def test_reaches_are_found() -> None:
    source = """
import chainlit
from chainlit import server as page, _hidden
from os import _exit
chainlit.data._layer
page.app.state = chainlit.message.name
del page.a.b
page._c.d()
"""
    assert set(reaches(source)) == {
        ("chainlit._hidden", False),
        ("chainlit.data._layer", False),
        ("chainlit.server.app.state", True),
        ("chainlit.server.a.b", True),
        ("chainlit.server._c", False),
        ("chainlit.server._c.d", False),
    }


def test_only_what_is_listed_and_there_is_replaced() -> None:
    there, gone = (Internal(f"email.policy.{name}", "for this test", "now", "") for name in ("HTTP", "FTP"))
    for target, why in ((gone.target, "not there"), ("email.policy.SMTP", "not listed")):
        with pytest.raises(LookupError, match=why):
            replace((there, gone), target, None)
    before = original(there.target)
    try:
        replace((there, gone), there.target, replaced := wraps(before)(lambda: None))
        assert (import_module("email.policy").HTTP, original(there.target)) == (replaced, before)
    finally:
        replace((there,), there.target, before)


def test_what_is_missing_is_named_with_what_it_is_for() -> None:
    check(INTERNALS[:0])
    missing = Internal("chainlit.server.get_page", "the page in Chinese", "chainlit 3.0", "")
    with pytest.raises(
        SettingsError, match=r"chainlit\.server\.get_page \(as in chainlit 3\.0\): the page in Chinese"
    ) as told:
        check((missing, Internal("email.policy.HTTP", "", "", "")))
    assert "email" not in str(told.value)
    assert "make setup" in str(told.value)
