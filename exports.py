"""The buttons under the last answer, and the addresses for exports, imports and kept files: each for its owner only."""

from __future__ import annotations

import asyncio
import html
from collections.abc import Awaitable, Callable, Sequence
from typing import Any
from urllib.parse import quote

import chainlit as cl
from chainlit.auth import get_token_from_cookies
from chainlit.step import StepDict
from chainlit.user import PersistedUser
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

import chats
import page
from agent.texts import Texts, texts
from keeping import Keeper
from store import histories, owners
from store.transcripts import MAX_BYTES, Headings, NotATranscript, Transcript, from_json, to_json, to_markdown

AGAIN, EXPORT = "again", "export"
_SHOWN = ("image/png", "image/jpeg", "image/gif", "image/webp", "audio/", "video/", "application/pdf", "text/plain")
_SAFE = {"X-Content-Type-Options": "nosniff", "Content-Security-Policy": "sandbox; default-src 'none'"}


Identify = Callable[[str | None], Awaitable[PersistedUser | None]]


def prepare(keeper: Keeper, identify: Identify) -> None:
    """Answer at the addresses, and to the buttons. May be called again, as every hot reload does.

    `identify` gives the user by the cookie's token.
    """

    async def serve_file(request: Request) -> Response:
        thread_id, element_id = request.path_params["thread_id"], request.path_params["element_id"]
        await _author(request, keeper, identify, thread_id)
        element = await keeper.layer.get_element(thread_id, element_id)
        if element is None or not (path := keeper.files.path(f"{thread_id}/{element_id}")).exists():
            raise HTTPException(404)
        kind = element.get("mime") or "application/octet-stream"
        how = "inline" if kind.startswith(_SHOWN) else "attachment"
        return FileResponse(
            path, media_type=kind, headers=_SAFE, filename=element["name"], content_disposition_type=how
        )

    async def export(request: Request) -> Response:
        thread_id, kind = request.path_params["thread_id"], request.path_params["kind"]
        await _author(request, keeper, identify, thread_id)
        transcript = await _transcript(keeper, thread_id)
        words = _words(request)
        match kind:
            case "json":
                content = await asyncio.to_thread(lambda: to_json(transcript).encode())
                return _download(content, transcript, "json", "application/json")
            case "md":
                content = await asyncio.to_thread(lambda: to_markdown(transcript, _headings(words)).encode())
                return _download(content, transcript, "md", "text/markdown")
        raise HTTPException(404)

    async def show_import(request: Request) -> Response:
        await _person(request, identify)
        return _import_page(_words(request))

    async def take_import(request: Request) -> Response:
        user = await _person(request, identify)
        if request.headers.get("Sec-Fetch-Site", "same-origin") not in ("same-origin", "none"):
            raise HTTPException(403)
        words = _words(request)
        if int(request.headers.get("Content-Length", 0)) > MAX_BYTES:
            return _import_page(words, words.import_refused)
        async with request.form(max_files=1, max_part_size=MAX_BYTES) as form:
            upload = form.get("chat")
            content = b"" if upload is None or isinstance(upload, str) else await upload.read(MAX_BYTES)
        try:
            transcript = await asyncio.to_thread(from_json, content)
            thread_id = await keeper.add(transcript, user.id)
        except NotATranscript:
            return _import_page(words, words.import_refused)
        return RedirectResponse(f"/thread/{thread_id}", status_code=303)

    async def serve_text(request: Request) -> Response:
        """What the model wrote of one message, which the page has in another form, for its Copy button."""
        thread_id = request.path_params["thread_id"]
        await _author(request, keeper, identify, thread_id)
        text = await keeper.layer.output_of(thread_id, request.path_params["step_id"])
        if text is None:
            raise HTTPException(404)
        return Response(text, media_type="text/plain; charset=utf-8", headers=_SAFE)

    page.put_first(Route("/kept/{thread_id}/{element_id}", serve_file))
    page.put_first(Route("/chats/{thread_id}/export.{kind}", export))
    page.put_first(Route("/chats/{thread_id}/steps/{step_id}", serve_text))
    page.put_first(Route("/import", show_import))
    page.put_first(Route("/import", take_import, methods=["POST"]))

    @cl.action_callback(AGAIN)
    async def _again(action: cl.Action) -> None:
        """Answer the last question once more, as if it had been edited without a change."""
        session = cl.context.session
        asked = [message for message in cl.chat_context.get() if message.type == "user_message"]
        if asked and not chats.is_busy():
            for step_id in await keeper.cut(asked[-1].id):
                await cl.context.emitter.delete_step({"id": step_id})
            edit = {"message": {"id": asked[-1].id, "output": asked[-1].content}}
            session.current_task = asyncio.create_task(page.edit_message(session.socket_id, edit))

    @cl.action_callback(EXPORT)
    async def _export(action: cl.Action) -> None:
        kind = "json" if action.payload.get("kind") == "json" else "md"
        await cl.send_window_message({"download": f"/chats/{cl.context.session.thread_id}/export.{kind}"})


async def offer(chat: chats.Chat, words: Texts, steps: Sequence[StepDict] = ()) -> None:
    """Put the buttons under the last answer, and take them from the one before.

    The last answer is that of the open page, or where one is just being opened that of `steps`.
    """
    for action in chat.offered:
        await action.remove()
    messages = [(message.type, message.id) for message in cl.chat_context.get()]
    answers = [name for kind, name in messages if kind == "assistant_message"]
    answers = answers or [step["id"] for step in steps if step["type"] == "assistant_message"]
    chat.offered = []
    if answers:
        chat.offered = [
            _button(AGAIN, words.again, "refresh-cw"),
            _button(EXPORT, words.export_markdown, "file-down", kind="md"),
            _button(EXPORT, words.export_json, "file-json", kind="json"),
        ]
        for action in chat.offered:
            await action.send(answers[-1])


def _button(name: str, text: str, icon: str, **payload: str) -> cl.Action:
    """A button that shows its icon, and its text as a tooltip; public/style.css hides the label, which is its name."""
    return cl.Action(name=name, payload=payload, label=text, tooltip=text, icon=icon)


async def _person(request: Request, identify: Identify) -> PersistedUser:
    """Who asks. Raises HTTPException (401) for nobody."""
    user = await identify(get_token_from_cookies(request.cookies))
    if user is None:
        raise HTTPException(401)
    return user


async def _author(request: Request, keeper: Keeper, identify: Identify, thread_id: str) -> None:
    """Raises HTTPException: 401 for nobody, 404 for anybody but the chat's author, as if there were no such chat."""
    user = await _person(request, identify)
    if await owners.of_thread(keeper.database, thread_id) != user.identifier:
        raise HTTPException(404)


async def _transcript(keeper: Keeper, thread_id: str) -> Transcript:
    thread: Any = await keeper.layer.get_thread(thread_id)
    kept = await histories.load(keeper.database, thread_id)
    return Transcript(thread, kept.history if kept else {"messages": [], "start": 0})


def _download(content: bytes, transcript: Transcript, ending: str, kind: str) -> Response:
    name = f"{transcript.thread['name'] or 'chat'}"[:60].replace("/", "-").replace("\\", "-")
    shown = f"attachment; filename=\"chat.{ending}\"; filename*=UTF-8''{quote(f'{name}.{ending}')}"
    return Response(content, media_type=f"{kind}; charset=utf-8", headers=_SAFE | {"Content-Disposition": shown})


def _headings(words: Texts) -> Headings:
    return Headings(words.export_person, words.export_model, words.export_tool, words.export_input, words.export_output)


def _words(request: Request) -> Texts:
    return texts(request.headers.get("Accept-Language", ""))


def _import_page(words: Texts, refusal: str = "") -> HTMLResponse:
    """A page of our own, of a form and nothing else. It needs no script."""
    language = "zh-CN" if words.language == "zh" else "en-US"
    told = f'<p class="refusal" role="alert">{html.escape(refusal)}</p>' if refusal else ""
    return HTMLResponse(
        f"""<!doctype html>
<html lang="{language}">
<head>
<meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>{words.import_title} · 清谈 Qingtan</title>
<link rel="icon" href="/favicon"><link rel="stylesheet" href="/public/import.css">
</head>
<body><main>
<h1>{words.import_title}</h1>
<p>{words.import_about}</p>{told}
<form method="post" enctype="multipart/form-data">
<input type="file" name="chat" accept="application/json,.json" required aria-label="{words.import_title}">
<button>{words.import_button}</button> <a href="/">{words.import_back}</a>
</form>
</main></body>
</html>
""",
        status_code=400 if refusal else 200,
        headers={"Content-Security-Policy": "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'"},
    )
