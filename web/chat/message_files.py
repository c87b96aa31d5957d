"""Files of a message: the model gets their text as far as there is room, the page is told what is left out."""

from __future__ import annotations

from pathlib import Path

import chainlit as cl
from chainlit.element import Element

from agent import PROJECT
from agent.attachments.budget import Count, Excerpt, fit
from agent.attachments.document import Document, page_ranges
from agent.attachments.message import compose
from agent.attachments.refusals import Refused
from agent.engine.protocol import Engine, estimate
from agent.history import Message
from web.chat import state
from web.chat.file_readers import FileReaders
from web.chat.unsaved import documents, waiting_files
from web.render import notices
from web.texts import Texts

TEMPLATE = PROJECT / "agent" / "prompts" / "attachments.md"


class MessageFiles:
    """Puts the text of a message's files before its own: `max_files` files, `max_tokens` tokens of them all."""

    def __init__(self, readers: FileReaders, max_files: int, max_tokens: int) -> None:
        self._readers = readers
        self._max_files = max_files
        self._max_tokens = max_tokens
        self._template = TEMPLATE.read_text(encoding="utf-8").strip()

    async def text_of(self, message: cl.Message, engine: Engine, texts: Texts) -> str:
        """The message's text with that of its files, as the model gets it; the page is told what is left out."""
        files, too_many = message.elements[: self._max_files], message.elements[self._max_files :]
        for file in message.elements:
            waiting_files.of(cl.context.session).pop(file.id, None)
        read = [document for file in files if (document := await self._document(file, texts))]
        excerpts = await fit(read, *self._room(engine))
        if too_many:
            names = texts.comma.join(file.name for file in too_many)
            await notices.send(texts.files_too_many.format(limit=self._max_files, names=names), icon="paperclip")
        for document in read:
            if remark := _how_read(document, texts):
                await notices.send(remark, icon="paperclip")
        for excerpt in excerpts:
            if excerpt.is_cut:
                await notices.send(_describe(excerpt, texts), icon="paperclip")
            if excerpt.unread:
                pages = texts.comma.join(page_ranges(excerpt.unread))
                told = texts.file_unread.format(name=excerpt.document.name, pages=pages)
                await notices.send(told, icon="paperclip")
        return compose(message.content, excerpts, self._template)

    async def _document(self, file: Element, texts: Texts) -> Document | None:
        """What was read of a file when it came; if that was in an earlier page, its saved copy is read.

        One that cannot be read any more is left out, and the page is told.
        """
        if read := documents.of(cl.context.session).get(file.id):
            return Document.from_json(read)
        try:
            return await self._readers.read(Path(file.path or ""), file.name, state.person())
        except Refused as refusal:
            await notices.send(f"{file.name}: {refusal.in_language(texts.language)}", icon="paperclip")
            return None

    def _room(self, engine: Engine) -> tuple[int, Count]:
        """How many tokens of files the engine's window has room for, and what counts them."""
        window = engine.window

        async def count(text: str) -> int:
            return estimate(text) if window is None else await engine.count([Message("user", text)], ())

        return self._max_tokens if window is None else min(self._max_tokens, window // 2), count


def _describe(excerpt: Excerpt, texts: Texts) -> str:
    """A line for the page: how far the model gets a file that is too long for it."""
    name, document = excerpt.document.name, excerpt.document
    if not excerpt.parts:
        return texts.file_left_out.format(name=name)
    if last := excerpt.parts[-1].page:
        return texts.file_cut_at_page.format(name=name, page=last, pages=document.pages)
    return texts.file_cut.format(name=name, characters=f"{excerpt.length:,}")


def _how_read(document: Document, texts: Texts) -> str:
    """A line for the page: what could not be read of a file, or which character set was guessed; '' if nothing."""
    name, told = document.name, list[str]()
    if document.has_gaps:
        told.append(texts.file_gaps.format(name=name))
    if document.charset:
        told.append(texts.file_charset.format(name=name, charset=texts.charset(document.charset)))
    if document.unreadable:
        told.append(texts.file_unreadable.format(name=name, count=f"{document.unreadable:,}"))
    return "\n".join(told)
