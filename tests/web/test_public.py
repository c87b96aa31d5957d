"""What lies in public/ and .chainlit/: a theme that can be read, a config of Chainlit, and no other host."""

from __future__ import annotations

import colorsys
import json
import re
import tomllib
from typing import Any

import pytest
from chainlit.config import FeaturesSettings, ProjectSettings, UISettings

from agent import PROJECT

PUBLIC = PROJECT / "public"
TRANSLATIONS = PROJECT / ".chainlit" / "translations"


def test_config_has_only_settings_that_chainlit_knows() -> None:
    config = tomllib.loads((PROJECT / ".chainlit" / "config.toml").read_text(encoding="utf-8"))

    assert set(config) == {"project", "features", "UI", "meta"}
    assert set(config["project"]) <= set(ProjectSettings.model_fields)
    assert set(config["features"]) <= set(FeaturesSettings.model_fields)
    assert set(config["UI"]) <= set(UISettings.model_fields)
    paths = [value for value in config["UI"].values() if str(value).startswith("/public/")]
    assert [path for path in paths if not (PROJECT / path.lstrip("/")).is_file()] == []


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
