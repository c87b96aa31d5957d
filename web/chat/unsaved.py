"""What a page has that is not saved: files not sent, settings of a chat not begun, writes that are late or lost."""

from __future__ import annotations

import asyncio
from typing import Any

from chainlit.chat_context import chat_contexts
from chainlit.session import BaseSession

from web.server.page_value import PageValue

documents = PageValue[dict[str, dict[str, Any]]]("documents", dict)  # what was read of each uploaded file, by its id
waiting_files = PageValue[dict[str, int]]("waiting_files", dict)  # of those not sent yet: their ids, and bytes
late_writes = PageValue[set[asyncio.Task[bool]]]("late_writes", set)
is_lost = PageValue[bool]("is_lost", bool)  # whether something of it could not be saved at all
has_own_settings = PageValue[bool]("has_own_settings", bool)
is_chat_deleted = PageValue[bool]("is_chat_deleted", bool)


def is_unsaved(page: BaseSession) -> bool:
    """Whether something of this page is in this process alone: it is late, or lost."""
    return is_lost.of(page) or bool(late_writes.of(page))


def is_nowhere_else(page: BaseSession) -> bool:
    """Whether the page would lack something if it were opened as its chat is saved."""
    shown = chat_contexts.get(page.id, [])
    sent = {element.chainlit_key for message in shown for element in getattr(message, "elements", None) or ()}
    has_files = any(name in page.files and name not in sent for name in documents.of(page))
    is_set = has_own_settings.of(page) and not page.has_first_interaction
    return has_files or is_set or is_unsaved(page) or is_chat_deleted.of(page)
