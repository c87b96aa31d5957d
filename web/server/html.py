"""The page's HTML and its About: no tag names another host, and each browser gets Chinese or English."""

from __future__ import annotations

import re
from functools import partial, wraps
from pathlib import Path
from typing import Any

from chainlit.config import ChainlitConfig

from web.server.chainlit_internals import original, replace
from web.texts import PAGE_TAGS, language_of

# Chainlit 2.12 links Google's font hosts and a CDN's KaTeX stylesheet, and names its own site in <meta> tags.
_OUTSIDE_TAG = re.compile(
    r"""\s*<(?:link|meta|script)\b[^>]*\b(?:href|src|content)=["'](?:https?:)?//[^>]*>(?:\s*</script>)?"""
)


def install(*, for_operator: bool) -> None:
    """Put this into Chainlit's server. May be called again. `for_operator` says that whoever comes runs this app."""
    make_html = original("chainlit.server.get_html_template")
    load_translation = original("chainlit.config.ChainlitConfig.load_translation")

    @wraps(make_html)
    def local_html(root_path: str) -> str:
        return without_outside_hosts(make_html(root_path))

    @wraps(load_translation)
    def translation_of_page(config: ChainlitConfig, language: str) -> dict[str, Any]:
        translation: dict[str, Any] = load_translation(config, page_language(language))
        return translation

    replace("chainlit.server.get_html_template", local_html)
    replace("chainlit.config.ChainlitConfig.load_translation", translation_of_page)
    replace("chainlit.server.get_markdown_str", partial(read_about, for_operator=for_operator))


def without_outside_hosts(html: str) -> str:
    """The same page without tags that name another host; web/server/headers.py forbids the browser to ask any."""
    return _OUTSIDE_TAG.sub("", html)


def page_language(language: str) -> str:
    """The page's language for a browser's tag: zh-CN or en-US."""
    return PAGE_TAGS[language_of(language)]


def read_about(root: str, language: str, *, for_operator: bool = True) -> str:
    """The text behind the page's "About", in the page's language; what is to be set in .env is told to who can."""
    name = "chainlit_zh-CN.md" if page_language(language) == "zh-CN" else "chainlit.md"
    paragraphs = Path(root, name).read_text(encoding="utf-8").split("\n\n")
    return "\n\n".join(one for one in paragraphs if for_operator or ".env" not in one)
