"""The documents name what is there: links, files, commands, settings and figures, the same in both languages."""

from __future__ import annotations

import os
import re
from pathlib import Path
from urllib.parse import unquote

import pytest
from chainlit.oauth_providers import GenericOAuthProvider, GithubOAuthProvider

from agent.engine.weights.resolve import AUTO_NEEDS_BYTES
from agent.settings import Settings
from tests.test_arrows import ARROWS

ROOT = Path(__file__).parent.parent
READMES = ("README.md", "README.zh-CN.md")
CHINESE = {  # page -> the same in Chinese
    "README.md": "README.zh-CN.md",
    **{f"docs/{file.name}": f"docs/zh-CN/{file.name}" for file in sorted(ROOT.glob("docs/zh-CN/*.md"))},
}
DOCS = (*READMES, "CONTRIBUTING.md", "CHANGELOG.md", "SECURITY.md", "dev/builtin_model/README.md", *(
    str(file.relative_to(ROOT)) for file in sorted(ROOT.glob("docs/**/*.md"))
))  # fmt: skip
PACKAGES = [
    str(file.parent.relative_to(ROOT))
    for top in ("agent", "tools", "web", "dev")
    for file in ROOT.glob(f"{top}/**/__init__.py")
]

# Qwen2.5's public config.json: hidden size, layers, heads, KV heads, size of a head, MLP, vocabulary, tied embeddings.
QWEN = {
    "0.5B": (896, 24, 14, 2, 64, 4864, 151936, True),
    "1.5B": (1536, 28, 12, 2, 128, 8960, 151936, True),
    "3B": (2048, 36, 16, 2, 128, 11008, 151936, True),
    "7B": (3584, 28, 28, 4, 128, 18944, 152064, False),
    "14B": (5120, 48, 40, 8, 128, 13824, 152064, False),
    "32B": (5120, 64, 40, 8, 128, 27648, 152064, False),
    "72B": (8192, 80, 64, 8, 128, 29568, 152064, False),
}
GIB = 2**30


def read(name: str) -> str:
    return (ROOT / name).read_text("utf-8")


def without_code(text: str) -> str:
    """The text with its code blocks taken out, of which `#` and `|` would look like headings and tables."""
    return re.sub(r"^```.*?^```", "", text, flags=re.MULTILINE | re.DOTALL)


def code(text: str) -> list[str]:
    """What is set as code: in blocks and in lines."""
    return re.findall(r"^```\w*\n(.*?)^```", text, re.MULTILINE | re.DOTALL) + re.findall(
        r"`([^`]+)`", without_code(text)
    )


def links(text: str) -> list[str]:
    return re.findall(r"\]\(([^)\s]+)\)", without_code(text))


def headings(text: str) -> list[tuple[int, str]]:
    """(level, words) of each heading."""
    found = re.findall(r"^(#+) (.+)$", without_code(text), re.MULTILINE)
    return [(len(marks), words) for marks, words in found]


def anchor(heading: str) -> str:
    """The name by which a heading is linked to, as GitHub makes it."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


def anchors(file: Path) -> list[str]:
    return [anchor(words) for _, words in headings(file.read_text("utf-8"))]


def rows(text: str) -> list[list[str]]:
    """The cells of each row of each table."""
    lines = [line for line in without_code(text).splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]


def tree(text: str) -> dict[str, str]:
    """path -> comment of each line of the README's file tree."""
    block = next(block for block in code(text) if block.startswith("├── "))
    folders: list[str] = []
    found = {}
    for line in block.splitlines():
        indent, name, comment = re.fullmatch(r"((?:│   |    )*)[├└]── (\S+)(?:\s+# (.+))?", line).groups()  # type: ignore[union-attr]
        folders = [*folders[: len(indent) // 4], name]
        found["".join(folders)] = comment or ""
    return found


@pytest.mark.parametrize("name", DOCS)
def test_every_relative_link_leads_somewhere(name: str) -> None:
    lost = []
    for link in links(read(name)):
        if link.startswith(("http://", "https://")):
            continue
        path, _, part = unquote(link).partition("#")
        target = (ROOT / name).parent / path if path else ROOT / name
        if not target.exists() or (part and part not in anchors(target)):
            lost.append(link)
    assert lost == []


@pytest.mark.parametrize("name", DOCS)
def test_every_file_that_is_named_is_there(name: str) -> None:
    folders = r"agent|tools|web|dev|tests|public|docs|deploy|\.chainlit|\.ci"
    ours = re.compile(rf"(?:{folders})/[\w./-]+")
    named = {path for piece in code(read(name)) for path in ours.findall(piece)}
    to_be_made = {path for path in named if path.startswith(".ci/out") or "dice" in path}
    places = (ROOT, (ROOT / name).parent)
    assert {path for path in named - to_be_made if not any((place / path).exists() for place in places)} == set()


@pytest.mark.parametrize("name", ["CONTRIBUTING.md", *(name for name in DOCS if re.fullmatch(r"docs/[\w.-]+", name))])
def test_every_module_that_is_named_without_its_folder_is_there(name: str) -> None:
    ours = {"app.py", *(file.name for top in ("agent", "tools", "web", "dev") for file in ROOT.glob(f"{top}/**/*.py"))}
    named = {piece for piece in code(read(name)) if re.fullmatch(r"\w+\.py", piece)}
    assert named - ours - {"utils.py"} == set()  # which CONTRIBUTING.md says there is not


@pytest.mark.parametrize("name", DOCS)
def test_every_command_is_one_that_there_is(name: str) -> None:
    pieces = "\n".join(code(read(name)))
    targets = set(re.findall(r"^([a-z-]+):", read("Makefile"), re.MULTILINE))
    assert set(re.findall(r"\bmake ([a-z][a-z-]*)", pieces)) - targets == set()
    modules = {module for module in re.findall(r"python -m ([a-z_.]+)", pieces) if module != "pytest"}
    paths = {module: ROOT.joinpath(*module.split(".")) for module in modules}
    lost = {
        module
        for module, path in paths.items()
        if not path.with_suffix(".py").exists() and not (path / "__main__.py").exists()
    }
    assert lost == set()


@pytest.mark.parametrize("name", DOCS)
def test_every_setting_that_is_named_exists(name: str) -> None:
    known = {field.upper() for field in Settings.model_fields}
    known |= set(re.findall(r"^#?([A-Z_]+)=", read(".env.example"), re.MULTILINE))  # Chainlit's own too
    known |= {"ACCELERATOR", "PYTHON", "UPGRADE", "UV_DEFAULT_INDEX", "TMPDIR"}  # of set-up: Makefile, dev/setup/
    known |= {"OMP_NUM_THREADS", "ATTACKS"}  # of OpenMP, and of tests/e2e/test_hostile.py
    known |= {"CHAINLIT_URL", *GithubOAuthProvider.env, *GenericOAuthProvider.env}  # of Chainlit, for OAuth
    known |= {"OAUTH_GENERIC_NAME", "OAUTH_GENERIC_USER_IDENTIFIER"}  # which it lists nowhere
    pieces = code(read(name))
    named = {key for piece in pieces for key in re.findall(r"(?<![\w./-])([A-Z][A-Z_]+)=", piece)}
    named |= {piece for piece in pieces if re.fullmatch(r"[A-Z]+(?:_[A-Z]+)+", piece)}
    assert named - known == set()


@pytest.mark.parametrize("name", READMES)
def test_the_file_tree_is_the_real_one(name: str) -> None:
    listed = tree(read(name))
    assert {path for path in listed if not (ROOT / path).exists()} == set()
    shown = {package for package in PACKAGES if not package.startswith("dev/") or package.count("/") == 1}
    hidden = {"web/store/migrations", "web/store/migrations/versions"}
    assert {path.rstrip("/") for path in listed if (ROOT / path / "__init__.py").exists()} == shown - hidden
    assert {path for path, comment in listed.items() if not comment} == set()


def destination(page: str, link: str) -> tuple[str, int | None]:
    """(file, number of its heading) that a link of a page leads to; the same for both languages."""
    path, _, part = unquote(link).partition("#")
    target = Path(os.path.normpath(ROOT / Path(page).parent / path)) if path else ROOT / page
    english = {chinese: name for name, chinese in CHINESE.items()}
    english["docs/screenshot-zh.png"] = "docs/screenshot-en.png"
    name = str(target.relative_to(ROOT))
    return english.get(name, name), anchors(target).index(part) if part else None


@pytest.mark.parametrize("page", CHINESE)
def test_both_languages_have_the_same_sections_tables_and_links(page: str) -> None:
    def shape(name: str) -> tuple[object, ...]:
        text = read(name)
        outside = {link for link in links(text) if link.startswith(("http://", "https://"))}
        return (
            [level for level, _ in headings(text)],
            [len(row) for row in rows(text)],
            outside,
            {destination(name, link) for link in links(text) if link not in outside},
            re.findall(r"^```(\w+)$", text, re.MULTILINE),
        )

    assert shape(CHINESE[page]) == shape(page)


@pytest.mark.parametrize("page", CHINESE)
def test_both_languages_have_the_same_commands(page: str) -> None:
    def commands(name: str) -> list[str]:
        blocks = re.findall(r"^```(?:bash|python|json|nginx)\n(.*?)^```", read(name), re.MULTILINE | re.DOTALL)
        lines = [line.split(" #")[0].split("  ")[0] for block in blocks for line in block.splitlines()]
        return [re.sub(r"<[^>]+>", "<>", line) for line in lines]

    assert commands(CHINESE[page]) == commands(page)


@pytest.mark.parametrize("name", READMES)
def test_a_readme_is_short(name: str) -> None:
    assert len(read(name).splitlines()) <= 150


@pytest.mark.parametrize(("name", "count"), [("gpu.md", 8), ("deploy.md", 5)])
@pytest.mark.parametrize(("folder", "empty"), [("docs", "empty"), ("docs/zh-CN", "空")])
def test_defaults_are_those_of_the_example(folder: str, empty: str, name: str, count: int) -> None:
    example = dict(re.findall(r"^#?([A-Z_]+)=(.*)$", read(".env.example"), re.MULTILINE))
    table = rows(read(f"{folder}/{name}"))
    stated = {row[0].strip("`"): row[1] for row in table if re.fullmatch(r"`[A-Z_]+`", row[0])}
    assert len(stated) == count
    assert stated == {key: f"`{example[key]}`" if example[key] else empty for key in stated}


def memory_table(name: str) -> dict[str, list[str]]:
    return {row[0]: row[1:] for row in rows(read(name)) if row[0] in QWEN}


def numbers(cells: list[str]) -> list[float]:
    """Parameters in 10^9, weights in bf16 and AWQ in GiB, KV cache of a token in KiB and of a chat in GiB."""
    return [float(cell.split()[0]) for cell in cells[:5]]


def test_the_memory_table_is_the_same_in_both_languages() -> None:
    assert memory_table("docs/zh-CN/gpu.md") == memory_table("docs/gpu.md")


@pytest.mark.slow
def test_the_memory_table_counts_what_the_models_hold() -> None:
    """Each model is made from its config, without memory for its weights, and its own tensors are counted."""
    torch, transformers = pytest.importorskip("torch"), pytest.importorskip("transformers")
    table = memory_table("docs/gpu.md")
    assert list(table) == list(QWEN)
    for size, (hidden, layers, heads, kv_heads, head, mlp, vocabulary, tied) in QWEN.items():
        config = transformers.Qwen2Config(
            hidden_size=hidden, num_hidden_layers=layers, num_attention_heads=heads, num_key_value_heads=kv_heads,
            intermediate_size=mlp, vocab_size=vocabulary, tie_word_embeddings=tied, dtype="bfloat16",
        )  # fmt: skip
        with torch.device("meta"):
            model = transformers.AutoModelForCausalLM.from_config(config, dtype=torch.bfloat16)
            cache = transformers.DynamicCache()
            model(torch.zeros((1, 1), dtype=torch.long), past_key_values=cache, use_cache=True)
        tensors = list(model.parameters())
        packed = [one for name, one in model.named_parameters() if name.endswith("proj.weight")]
        packed_bytes = sum(one.numel() for one in packed) * (4 + 20 / 128) / 8
        rest_bytes = sum(one.nbytes for one in tensors) - sum(one.nbytes for one in packed)
        token_bytes = sum(layer.keys.nbytes + layer.values.nbytes for layer in cache.layers)
        assert head * heads == hidden
        assert numbers(table[size]) == [
            round(sum(one.numel() for one in tensors) / 1e9, 2),
            round(sum(one.nbytes for one in tensors) / GIB, 1),
            round((packed_bytes + rest_bytes) / GIB, 1),
            token_bytes / 1024,
            token_bytes * 32768 / GIB,
        ]


def test_the_cards_hold_the_weights_and_a_chat_and_the_next_smaller_do_not() -> None:
    """Room is 90 % of a card, of which 5 % are spare; each card holds its share, and 2 GiB more."""
    usual = [(1, 6), (1, 8), (1, 12), (1, 24), (1, 48), (1, 80), (2, 48), (4, 48), (8, 48)]
    for cells in memory_table("docs/gpu.md").values():
        _, bf16, awq, _, chat = numbers(cells)
        for card, weights in zip(cells[5:], (bf16, awq), strict=True):
            *count, gb = map(int, re.findall(r"\d+", card))
            place = usual.index((count[0] if count else 1, gb))
            holds = [(weights + chat) / cards + 2 <= 0.9 * 0.95 * each for cards, each in usual[: place + 1]]
            assert (holds[-1], any(holds[:-1])) == (True, False)


def test_auto_takes_the_7b_if_there_is_room_for_what_the_table_says() -> None:
    _, bf16, _, _, chat = numbers(memory_table("docs/gpu.md")["7B"])
    assert 0 <= AUTO_NEEDS_BYTES / GIB - (bf16 + chat + 2) < 0.1


def test_the_architecture_names_every_room() -> None:
    described = {row[0].strip("`").rstrip("/") for row in rows(read("docs/architecture.md"))}
    rooms = {"/".join(package.split("/")[:2]) for package in PACKAGES if not package.startswith(("dev", "tools"))}
    assert rooms - {"web"} - described == set()


def test_the_architecture_has_the_arrows_that_are_tested() -> None:
    text = read("docs/architecture.md")
    table = text[text.index("## The arrows") : text.index("## Rules")]
    stated = [tuple(" ".join(re.findall(r"`([^`]+)`", cell)) for cell in row) for row in rows(table)[2:]]
    assert stated == list(ARROWS)


def test_every_decision_has_its_three_parts_and_its_number() -> None:
    files = sorted((ROOT / "docs" / "decisions").glob("*.md"))
    numbers = [int(file.name[:4]) for file in files]
    assert len(set(numbers)) == len(numbers)
    for number, file in zip(numbers, files, strict=True):
        (_, title), *parts = headings(file.read_text("utf-8"))
        assert title.startswith(f"{number}. ")
        assert parts == [(2, "Context"), (2, "Choice"), (2, "Consequence")]
