"""Errors of a remote engine, translated: what the client raises, and what a body says instead of an answer."""

from __future__ import annotations

import json
import logging
import ssl
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import httpx2
import openai

from agent.engine import remote_refusals
from agent.errors import AgentError, ContextFull

logger = logging.getLogger(__name__)


def read_body(data: str, base_url: str) -> Mapping[str, Any]:
    """A chunk, or a whole body. Raises what it says instead, and EngineError if it is no JSON object."""
    try:
        value = json.loads(data)
    except (ValueError, RecursionError):
        value = None
    if isinstance(value, Mapping) and value.get("error"):
        error = value["error"]
        code = error.get("code") if isinstance(error, Mapping) else None
        text = json.dumps(error, ensure_ascii=False)
        raise logged(remote_refusals.refused(base_url, code if isinstance(code, int) else None, text), text)
    if isinstance(value, Mapping):
        return value
    is_page = data.lstrip().startswith("<")
    raise logged(remote_refusals.web_page(base_url) if is_page else remote_refusals.unreadable(base_url), data)


@contextmanager
def translating_errors(base_url: str, has_begun: Callable[[], bool] = lambda: False) -> Iterator[None]:
    """Turn what the clients raise into errors with a next step; their own text goes to the log."""
    try:
        yield
    except (openai.OpenAIError, httpx2.HTTPError) as error:
        explained = _explained(error, base_url, has_begun=has_begun())
        raise logged(explained, f"{type(error).__name__}: {error}") from error


def logged(error: AgentError, raw: str) -> AgentError:
    """The error, of which the log has both our words for who runs the app and the server's own."""
    logger.log(logging.INFO if isinstance(error, ContextFull) else logging.ERROR, "%s It said: %.1000s", error, raw)
    return error


def _explained(error: Exception, base_url: str, *, has_begun: bool) -> AgentError:
    match error:
        case openai.APIStatusError():
            retry_after = error.response.headers.get("retry-after")
            return remote_refusals.refused(base_url, error.status_code, str(error), retry_after)
        case _ if _is_about_tls(error):
            return remote_refusals.untrusted(base_url)
        case _ if has_begun:
            return remote_refusals.broke_off(base_url)
        case openai.APITimeoutError(__cause__=httpx2.ConnectTimeout()):
            return remote_refusals.unreachable(base_url)
        case openai.APITimeoutError() | httpx2.TimeoutException():
            return remote_refusals.too_slow(base_url)
        case openai.APIConnectionError():
            return remote_refusals.unreachable(base_url)
        case httpx2.HTTPError():
            return remote_refusals.broke_off(base_url)
        case _:
            return remote_refusals.refused(base_url, None, str(error))


def _is_about_tls(error: BaseException | None) -> bool:
    while error is not None:
        if isinstance(error, ssl.SSLError) or "SSL" in str(error):
            return True
        error = error.__cause__ or error.__context__
    return False
