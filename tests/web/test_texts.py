"""What a person sees: the texts of both languages, the theme, the config, and a page that names no other host."""

from __future__ import annotations

import ast
import colorsys
import json
import re
import string
import tomllib
from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any, get_args

import pytest
from chainlit import server
from chainlit.config import ChainlitConfig, FeaturesSettings, ProjectSettings, UISettings
from chainlit.context import ChainlitContext, context_var
from chainlit.message import ErrorMessage
from chainlit.session import HTTPSession

from agent.attachments.refusals import Refused
from agent.errors import (
    Busy,
    ContextFull,
    EngineError,
    ModelNotFound,
    OutOfMemory,
    PeopleError,
    SettingsError,
    StoreError,
)
from tools.base import Failure
from web.server import html, patches
from web.texts import CHINESE, ENGLISH, Texts, language_of, size, texts

ROOT = Path(__file__).parents[2]
PUBLIC = ROOT / "public"
TRANSLATIONS = ROOT / ".chainlit" / "translations"


def leaves(value: Any, path: str = "") -> Iterator[tuple[str, str]]:
    """Every string inside dataclasses, mappings and tuples, with the path to it."""
    if isinstance(value, str):
        yield path, value
    elif is_dataclass(value):
        for field in fields(value):
            yield from leaves(getattr(value, field.name), f"{path}.{field.name}")
    elif isinstance(value, dict):
        for key, item in value.items():
            yield from leaves(item, f"{path}.{key}")
    else:
        for index, item in enumerate(value):
            yield from leaves(item, f"{path}.{index}")


def names(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


def test_both_languages_say_the_same_things_with_the_same_names() -> None:
    chinese, english = dict(leaves(CHINESE)), dict(leaves(ENGLISH))

    assert chinese.keys() == english.keys()
    assert {key: names(text) for key, text in chinese.items()} == {key: names(text) for key, text in english.items()}
    assert [key for key, text in (chinese | english).items() if not text.strip()] == []


@pytest.mark.parametrize("name", ["chinese", "english"])
def test_a_file_of_texts_has_the_order_of_the_fields(name: str) -> None:
    tree = ast.parse((ROOT / f"web/texts/{name}.py").read_text("utf-8"))
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call) and ast.unparse(node.func) == "Texts"]
    given = [[keyword.arg for keyword in call.keywords] for call in calls]
    assert given == [[field.name for field in fields(Texts) if field.name != "audience"]]


@pytest.mark.parametrize(
    ("tag", "language"),
    [
        ("zh", "zh"),
        ("zh-CN", "zh"),
        ("ZH-tw", "zh"),
        ("zh-CN,en;q=0.8", "zh"),
        ("en-US", "en"),
        ("en,zh", "en"),
        ("", "en"),
    ],
)
def test_language_follows_the_browsers_tag(tag: str, language: str) -> None:
    assert language_of(tag) == texts(tag).language == texts(tag, for_operator=False).language == language


@pytest.mark.parametrize("language", [CHINESE, ENGLISH], ids=["zh", "en"])
def test_every_failure_has_a_text(language: Any) -> None:
    assert set(language.failures) == set(language.failure_sentences) == set(get_args(Failure))


@pytest.mark.parametrize(
    ("seconds", "chinese", "english"),
    [
        (0.42, "0.4 秒", "0.4 s"),
        (12.6, "13 秒", "13 s"),
        (59.7, "1 分 0 秒", "1 min 0 s"),
        (75, "1 分 15 秒", "1 min 15 s"),
    ],
)
def test_duration(seconds: float, chinese: str, english: str) -> None:
    assert (CHINESE.duration(seconds), ENGLISH.duration(seconds)) == (chinese, english)


@pytest.mark.parametrize(
    ("count_bytes", "text"), [(0, "0 B"), (999.6, "1 kB"), (84e6, "84 MB"), (999.9e6, "1.0 GB"), (15.23e9, "15.2 GB")]
)
def test_size(count_bytes: float, text: str) -> None:
    assert size(count_bytes) == text


def test_tool_without_a_text_keeps_its_name() -> None:
    assert (ENGLISH.tool_name("calculate"), ENGLISH.tool_name("roll_dice")) == ("Calculator", "Roll dice")


@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_visitor_is_told_of_no_setting_address_or_file(language: str) -> None:
    told = dict(leaves(texts(language, for_operator=False)))
    secret = re.compile(r"\.env|[A-Z]{2,}_[A-Z]|\bMODEL\b|https?:|\{url\}|\{reason\}")
    assert [key for key, text in told.items() if secret.search(text)] == []
    operator = dict(leaves(texts(language)))
    assert {key for key in told if told[key] != operator[key]} == {
        ".audience", ".builtin_about", ".local_about", ".remote_about", ".model_failed", ".file_limit_about",
    }  # fmt: skip


@pytest.mark.parametrize("tag", ["zh-CN", "en-US"])
def test_what_is_to_be_set_stands_in_the_about_of_the_operator_alone(tag: str) -> None:
    operator, visitor = (html.read_about(str(ROOT), tag, for_operator=yes) for yes in (True, False))
    assert (".env" in operator, ".env" in visitor) == (True, False)
    assert visitor.count("####") == operator.count("####")


OPERATORS = [
    SettingsError("Set MODEL.", "请设置 MODEL。"),
    ModelNotFound("There is no folder /srv/model.", "没有文件夹 /srv/model。"),
    OutOfMemory("Lower GPU_MEMORY_UTILIZATION.", "请调低 GPU_MEMORY_UTILIZATION。"),
    EngineError("http://10.0.0.7 did not answer.", "http://10.0.0.7 没有回应。"),
    StoreError("Check DATABASE_URL.", "请检查 DATABASE_URL。"),
]


@pytest.mark.parametrize("language", ["zh", "en"])
def test_what_only_the_operator_can_mend_is_told_to_the_operator_alone(language: Any) -> None:
    visitor, operator = texts(language, for_operator=False), texts(language)
    for error in OPERATORS:
        assert operator.explain(error) == error.in_language(language)
        assert visitor.explain(error) == visitor.model_unavailable
    own_words = EngineError("http://10.0.0.7 is full.", "满了。", visitors=("The model is busy.", "模型正忙。"))
    assert operator.explain(own_words) == own_words.in_language(language)
    assert visitor.explain(own_words) == own_words.visitors[language == "zh"]
    for error in (ContextFull(), Busy(7), PeopleError("This demo is over.", "演示结束了。"), Refused("empty")):
        assert visitor.explain(error) == error.in_language(language)


def test_config_has_only_settings_that_chainlit_knows() -> None:
    config = tomllib.loads((ROOT / ".chainlit" / "config.toml").read_text(encoding="utf-8"))

    assert set(config) == {"project", "features", "UI", "meta"}
    assert set(config["project"]) <= set(ProjectSettings.model_fields)
    assert set(config["features"]) <= set(FeaturesSettings.model_fields)
    assert set(config["UI"]) <= set(UISettings.model_fields)
    paths = [value for value in config["UI"].values() if str(value).startswith("/public/")]
    assert [path for path in paths if not (ROOT / path.lstrip("/")).is_file()] == []


def test_translations_have_the_same_keys() -> None:
    def keys(value: Any, path: str = "") -> set[str]:
        if not isinstance(value, dict):
            return {path}
        return {key for name, item in value.items() for key in keys(item, f"{path}.{name}")}

    chinese, english = (json.loads((TRANSLATIONS / f"{tag}.json").read_text("utf-8")) for tag in ("zh-CN", "en-US"))
    assert keys(chinese) == keys(english)


def luminance(colour: str) -> float:
    """WCAG 2's relative luminance of a colour written "hue saturation% lightness%"."""
    hue, saturation, lightness = (float(part.rstrip("%")) for part in colour.split())
    channels = colorsys.hls_to_rgb(hue / 360, lightness / 100, saturation / 100)
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize("variant", ["light", "dark"])
@pytest.mark.parametrize(
    ("text", "behind"),
    [
        *((f"{part}foreground", part.rstrip("-") or "background") for part in ("", "card-", "popover-", "primary-")),
        *((f"{part}-foreground", part) for part in ("secondary", "accent", "destructive")),
        *(("muted-foreground", behind) for behind in ("background", "card", "accent")),
        *(("primary", behind) for behind in ("background", "card", "accent")),
        ("destructive", "background"),
        ("sidebar-foreground", "sidebar-background"),
    ],
)
def test_theme_can_be_read(variant: str, text: str, behind: str) -> None:
    colours = json.loads((PUBLIC / "theme.json").read_text("utf-8"))["variables"][variant]
    light, dark = sorted((luminance(colours[f"--{text}"]), luminance(colours[f"--{behind}"])), reverse=True)

    assert (light + 0.05) / (dark + 0.05) >= 4.5  # WCAG 2 AA, text of any size


def test_nothing_in_public_is_fetched_from_another_host() -> None:
    assert json.loads((PUBLIC / "theme.json").read_text("utf-8"))["custom_fonts"] == []
    files = [path for path in PUBLIC.rglob("*") if path.suffix in {".css", ".js", ".json", ".svg", ".html"}]
    address = re.compile(r"(?:https?:)?//(?!www\.w3\.org/2000/svg)[\w-]+\.[\w.]+")
    assert {path.name: address.findall(path.read_text("utf-8")) for path in files} == {path.name: [] for path in files}


def test_every_font_and_sheet_that_a_stylesheet_names_is_here() -> None:
    missing = [
        (sheet.name, target)
        for sheet in PUBLIC.rglob("*.css")
        for target in re.findall(r"url\(['\"]?([^'\")]+)", sheet.read_text("utf-8"))
        if not target.startswith("data:") and not (sheet.parent / target).is_file()
    ]
    assert missing == []


async def no_page() -> None:
    """There is no page in which a turn could go on."""


@pytest.fixture
def prepared(monkeypatch: pytest.MonkeyPatch) -> None:
    """Chainlit as `page.prepare` leaves it, twice as after a hot reload; put back when the test ends."""
    monkeypatch.setattr(server, "get_html_template", server.get_html_template)
    monkeypatch.setattr(server, "get_markdown_str", server.get_markdown_str)
    monkeypatch.setattr(ChainlitConfig, "load_translation", ChainlitConfig.load_translation)
    others = dict.fromkeys(("follow", "cut", "begin", "lead_away", "show_settings"), no_page)
    for _ in range(2):
        patches.prepare(is_busy=lambda: False, shown=lambda step: step, for_operator=True, **others)


@pytest.mark.usefixtures("prepared")
def test_chainlits_page_names_no_other_host() -> None:
    html = server.get_html_template("/below")

    assert re.findall(r"https?://[^\s\"']+", html) == []
    assert "Content-Security-Policy" not in html  # it is a header of every answer: web/server/headers.py
    assert '<script type="module" crossorigin src="/below/assets/' in html


@pytest.mark.usefixtures("prepared")
@pytest.mark.parametrize(("language", "words"), [("zh-CN", CHINESE), ("en-US", ENGLISH)])
async def test_what_an_exception_says_is_never_shown(language: str, words: Texts) -> None:
    session: Any = HTTPSession(id="page", client_type="webapp")
    session.language = language
    context_var.set(ChainlitContext(session))
    for private in ("(sqlite3.OperationalError) SELECT", "/home/me/.env", "http://10.0.0.1:8000 refused"):
        assert ErrorMessage(content=private, author="Error").content == words.ended_error


@pytest.mark.usefixtures("prepared")
@pytest.mark.parametrize(("tag", "stop", "about"), [("zh-HK", "停止", "清谈"), ("fr", "Stop", "Qingtan")])
def test_every_browser_gets_one_of_two_languages(tag: str, stop: str, about: str) -> None:
    translation = server.config.load_translation(tag)

    assert translation["chat"]["input"]["actions"]["stop"] == stop
    assert server.get_markdown_str(str(ROOT), tag).startswith(f"**{about}**")
