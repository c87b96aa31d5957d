"""Refusals of servers that speak OpenAI's API, as errors: for who runs them, and for visitors.

The servers: vLLM, SGLang, llama.cpp, Ollama, LM Studio, and what stands before them. Knows no client.
"""

from __future__ import annotations

import re

from agent.engine.remote_refusal_kinds import AWAY, BROKE_OFF, BUSY, FAILED, KINDS, LENGTH, STARTING
from agent.errors import AgentError, ContextFull, EngineError


def refused(url: str, status: int | None, message: str, retry_after: str | None = None) -> AgentError:
    """A refusal as an error with a next step. `retry_after` is HTTP's header; it counts if it gives seconds."""
    text = message.lower()
    tools_are_meant = any(re.search(kind.pattern, text) for kind in KINDS[:3])
    if status in (None, 400, 413, 422, 500) and not tools_are_meant and is_about_length(text):
        return ContextFull()
    for kind in KINDS:
        if (not kind.statuses or status in kind.statuses) and re.search(kind.pattern, text):
            if kind.visitors in (BUSY, STARTING) and retry_after and retry_after.isdecimal():
                return _in_seconds(url, int(retry_after))
            return EngineError(kind.english.format(url=url), kind.chinese.format(url=url), visitors=kind.visitors)
    return EngineError(
        f"The engine at {url} could not answer; the reason is in this server's log.",
        f"{url} 上的引擎没能回答，原因见本服务器的日志。",
        visitors=FAILED,
    )


def is_about_length(message: str) -> bool:
    """Whether a refusal says that the prompt, or the answer that it should keep room for, is too long."""
    return bool(re.search(LENGTH, message.lower()) or "max_tokens" in message)


def _in_seconds(url: str, seconds: int) -> EngineError:
    return EngineError(
        f"{url} is busy. Ask again in {seconds} s.",
        f"{url} 正忙，请过 {seconds} 秒再问。",
        visitors=(f"The model is busy. Ask again in {seconds} s.", f"模型正忙，请过 {seconds} 秒再问。"),
    )


def unreachable(url: str) -> EngineError:
    """Nothing answers there."""
    return EngineError(
        f"{url} cannot be reached. Start that server, or correct REMOTE_BASE_URL in .env, and then start "
        "this app again.",
        f"连不上 {url}。请启动该服务，或者在 .env 里改正 REMOTE_BASE_URL，然后重新启动本应用。",
        visitors=AWAY,
    )


def untrusted(url: str) -> EngineError:
    """TLS could not be agreed upon."""
    return EngineError(
        f"{url} cannot be reached safely: its certificate is not trusted, or it speaks no TLS. Correct REMOTE_BASE_URL "
        "in .env (`http` or `https`, and the host's name in the certificate), or give the server a trusted one.",
        f"无法与 {url} 建立安全连接：它的证书不受信任，或者它不支持 TLS。请在 .env 里改正 REMOTE_BASE_URL"
        "（用 `http` 还是 `https`，主机名是否与证书一致），或者换一个受信任的证书。",
        visitors=AWAY,
    )


def too_slow(url: str) -> EngineError:
    """It was reached, and said nothing for too long."""
    return EngineError(
        f"{url} took too long to answer. Ask again; if that goes on, see whether it has too much to do.",
        f"{url} 太久没有应答。请再问一次；如果总是这样，请看看它是否太忙。",
        visitors=BUSY,
    )


def broke_off(url: str) -> EngineError:
    """The connection was lost while the answer came."""
    return EngineError(
        f"The connection to {url} broke, and the answer with it. Ask again; if that goes on, see that server's log.",
        f"与 {url} 的连接中断了，回答没有写完。请再问一次；如果总是这样，请看该服务的日志。",
        visitors=BROKE_OFF,
    )


def unreadable(url: str) -> EngineError:
    """What came is no answer of this API."""
    return EngineError(
        f"What {url} sent cannot be read as an answer; it is in this server's log. Ask again, or see whether "
        "REMOTE_BASE_URL in .env leads to an OpenAI API.",
        f"{url} 发来的内容无法当作回答来读，内容见本服务器的日志。请再问一次，或者看看 .env 里的 REMOTE_BASE_URL "
        "是不是 OpenAI 接口的地址。",
        visitors=FAILED,
    )


def web_page(url: str) -> EngineError:
    """A page for a browser came in the place of an answer."""
    return EngineError(
        f"{url} answers with a web page. Correct REMOTE_BASE_URL in .env: it mostly ends in `/v1`. Then start this app "
        "again.",
        f"{url} 返回的是网页。请在 .env 里改正 REMOTE_BASE_URL（一般以 `/v1` 结尾），然后重新启动本应用。",
        visitors=AWAY,
    )
