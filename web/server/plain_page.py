"""HTML of a small page of our own, in the look of public/import.css, which needs no script."""

from __future__ import annotations

import html

from starlette.responses import HTMLResponse

from web.texts import PAGE_TAGS, Language

POLICY = "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; frame-ancestors 'none'"


def plain_page(language: Language, title: str, content: str, back: str = "", status: int = 200) -> HTMLResponse:
    """The page; `content` is HTML, and `back` is the text of a link to the chat."""
    way_back = f'<p><a href="/">{html.escape(back)}</a></p>' if back else ""
    return HTMLResponse(
        f"""<!doctype html>
<html lang="{PAGE_TAGS[language]}">
<head>
<meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>{html.escape(title)} · 清谈 Qingtan</title>
<link rel="icon" href="/favicon"><link rel="stylesheet" href="/public/import.css">
</head>
<body><main>
<h1>{html.escape(title)}</h1>
{content}
{way_back}
</main></body>
</html>
""",
        status_code=status,
        headers={"Content-Security-Policy": POLICY},
    )
