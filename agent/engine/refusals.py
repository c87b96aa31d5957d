"""What servers that speak OpenAI's API say when they cannot answer, in our words: for who runs them, and for visitors.

The servers: vLLM, SGLang, llama.cpp, Ollama, LM Studio, and what stands before them. Knows no client.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from agent.errors import AgentError, ContextFull, EngineError

Two = tuple[str, str]  # English, Chinese

BUSY = ("The model is busy. Ask again in a minute.", "模型正忙，请过一分钟再问。")
STARTING = ("The model is still starting. Ask again in a minute.", "模型还在启动，请过一分钟再问。")
AWAY = (
    "The model cannot be reached just now. Ask again later; if that does not help, tell whoever runs this page.",
    "现在连不上模型，请稍后再问；如果还是不行，请告诉这个页面的管理员。",
)
UNFIT = (
    "The model cannot answer the way this page asks it to. Tell whoever runs this page.",
    "按这个页面现在的设置，模型无法回答。请告诉这个页面的管理员。",
)
FAILED = (
    "The model could not answer. Ask again; if that does not help, tell whoever runs this page.",
    "模型没能回答，请再问一次；如果还是不行，请告诉这个页面的管理员。",
)
BROKE_OFF = (
    "The connection to the model broke, and the answer with it. Ask again.",
    "与模型的连接中断了，请再问一次。",
)
TOO_LARGE = (
    "This message is too large for the model's server. Send fewer or smaller files, or start a new chat.",
    "这条消息太大，超出了模型服务的上限。请少带一些附件，或者新建对话。",
)


REFUSED_KEY = (
    "{url} refuses the key. Set REMOTE_API_KEY in .env to the server's key.",
    "{url} 不接受这个密钥。请在 .env 里把 REMOTE_API_KEY 设为该服务的密钥。",
)


@dataclass(frozen=True)
class Refusal:
    """One kind: by what it is known, and what is said of it. `statuses` are of HTTP, none of them for any."""

    statuses: tuple[int, ...]
    pattern: str
    english: str
    chinese: str
    visitors: Two


LENGTH = (
    r"context.?length|context.?size|context window|maximum context|max_model_len|prompt is too long"
    r"|input (?:is too long|length)|tokens? .*exceeds? the (?:\w+ )?(?:limit|maximum)|reduce the length of the messages"
    r"|longer than the maximum model length|tokens.* must be <= \d"
)

# The first one that fits counts. {url}: the server's address.
KINDS = (
    Refusal(
        (),
        r"enable-auto-tool-choice|tool-call-parser|tool_call_parser",
        "{url} takes no tools as it was started. Start `vllm serve` with `--enable-auto-tool-choice "
        "--tool-call-parser hermes` (the parser is the model's), or switch the tools off in the chat's settings.",
        "{url} 启动时没有打开工具调用。请给 `vllm serve` 加上 `--enable-auto-tool-choice --tool-call-parser hermes`"
        "（解析器要与模型相配），或者在对话设置里关掉工具。",
        UNFIT,
    ),
    Refusal(
        (),
        r"--jinja",
        "{url} takes no tools as it was started. Start `llama-server` with `--jinja`, or switch the tools off in the "
        "chat's settings.",
        "{url} 启动时没有打开工具调用。请给 `llama-server` 加上 `--jinja`，或者在对话设置里关掉工具。",
        UNFIT,
    ),
    Refusal(
        (),
        r"(?:not|n't) support(?:ed)? (?:for )?(?:tool|function)"
        r"|(?:tool|function)s?[ \w`'\"]* (?:is|are) not (?:support|enabled)"
        r"|no endpoints.*tool use|tools? (?:param|parameter|use|choice)\w* .*not (?:supported|enabled)",
        "The model at {url} cannot call tools. Choose another by MODEL in .env, or switch the tools off in the chat's "
        "settings.",
        "{url} 上的模型不会调用工具。请在 .env 里用 MODEL 换一个模型，或者在对话设置里关掉工具。",
        UNFIT,
    ),
    Refusal(
        (400, 404, 422, 500, 501),
        r"response_format|json_schema|structured.?output|guided.?(?:json|decoding)|grammar",
        "{url} cannot hold answers to this JSON Schema. Simplify it in the chat's settings, or use another profile.",
        "{url} 无法按这个 JSON Schema 约束回答。请在对话设置里简化它，或者换一个模式。",
        (
            "The model cannot hold answers to this JSON Schema. Simplify it in the settings, or use another profile.",
            "模型无法按这个 JSON Schema 约束回答。请在设置里简化它，或者换一个模式。",
        ),
    ),
    Refusal(
        (400, 422),
        r"unknown (?:parameter|field|name|argument)|unrecognized|extra_forbidden|extra inputs|unexpected keyword"
        r"|unsupported (?:parameter|value)|not permitted",
        "{url} does not know a field that is sent to it; which, is in this server's log. Update that server.",
        "{url} 不认识发给它的一个字段，是哪一个见本服务器的日志。请更新该服务。",
        UNFIT,
    ),
    Refusal(
        (400, 402, 403, 429),
        r"quota|billing|credit|\bbalance\b|payment|arrearage|\b402\b",
        "The account at {url} has used up what it may. Top it up, or set REMOTE_BASE_URL in .env to another server.",
        "{url} 的账户额度已用完。请充值，或者在 .env 里把 REMOTE_BASE_URL 设为别的服务。",
        AWAY,
    ),
    Refusal(
        (400,),
        r"api.?key",
        REFUSED_KEY[0],
        REFUSED_KEY[1],
        AWAY,
    ),
    Refusal(
        (401, 403),
        "",
        REFUSED_KEY[0],
        REFUSED_KEY[1],
        AWAY,
    ),
    Refusal(
        (),
        r"chat.?template",
        "The model at {url} has no chat template. Choose a model that is made for chats (its name often ends in "
        "Instruct or Chat), or start the server with a template.",
        "{url} 上的模型没有对话模板。请换成用于对话的模型（名称里一般有 Instruct 或 Chat），或者启动该服务时指定模板。",
        UNFIT,
    ),
    Refusal(
        (),
        r"system role (?:is )?not supported|roles must alternate",
        "The model at {url} does not take a system prompt or tools' results. Choose another by MODEL in .env, or empty "
        "the system prompt and switch the tools off in the chat's settings.",
        "{url} 上的模型不接受系统提示词或工具的结果。请在 .env 里用 MODEL 换一个模型，或者在对话设置里清空系统提示词并"
        "关掉工具。",
        UNFIT,
    ),
    Refusal(
        (400, 404, 500, 503),
        r"no models? (?:are |is )?loaded|model (?:was |is |has been )?(?:unloaded|not loaded)|unknown model"
        r"|model.*(?:does not exist|not found)|model_not_found|invalid model|no such model|try pulling",
        "{url} does not serve this model any more. Start it there, or set MODEL in .env to one that is served, and "
        "then start this app again.",
        "{url} 上已经没有这个模型。请在那里启动它，或者在 .env 里把 MODEL 设为那里有的模型，然后重新启动本应用。",
        AWAY,
    ),
    Refusal(
        (404, 405),
        "",
        "There is no chat API at {url}. Correct REMOTE_BASE_URL in .env: it mostly ends in `/v1`. Then start this app "
        "again.",
        "{url} 上没有对话接口。请在 .env 里改正 REMOTE_BASE_URL（一般以 `/v1` 结尾），然后重新启动本应用。",
        AWAY,
    ),
    Refusal(
        (413,),
        "",
        "What was sent is too large for {url}. Raise the limit there (in nginx it is `client_max_body_size`), or send "
        "less.",
        "发给 {url} 的内容太大。请调高那里的上限（nginx 里是 `client_max_body_size`），或者少发一些。",
        TOO_LARGE,
    ),
    Refusal(
        (),
        r"loading model|model is (?:still )?(?:loading|starting)|still loading|is warming up|currently loading",
        "{url} is still loading its model. Ask again in a minute.",
        "{url} 还在加载模型，请过一分钟再问。",
        STARTING,
    ),
    Refusal(
        (429, 529),
        "",
        "{url} has too many requests. Ask again in a minute, or raise its limit.",
        "{url} 的请求太多。请过一分钟再问，或者调高那里的上限。",
        BUSY,
    ),
    Refusal(
        (503,),
        "",
        "{url} does not answer just now: it starts, or has too much to do. Ask again in a minute.",
        "{url} 现在没有应答：它还在启动，或者太忙。请过一分钟再问。",
        BUSY,
    ),
    Refusal(
        (502, 504, 408),
        "",
        "What stands before the engine at {url} gets no answer from it. See whether the engine runs, and ask again.",
        "{url} 前面的代理得不到引擎的应答。请看看引擎是否在运行，然后再问一次。",
        AWAY,
    ),
    Refusal(
        (),
        r"out of memory|enginedead|enginecore|engine (?:is dead|has died|process.*(?:exit|die))"
        r"|runner (?:process )?has (?:terminated|stopped)|more system memory|(?:unable|failed) to load model",
        "The engine at {url} has broken down. Start it again; why, is in its own log.",
        "{url} 上的引擎出了故障。请重新启动它，原因见它自己的日志。",
        AWAY,
    ),
)


def explain(url: str, status: int | None, message: str, retry_after: str | None = None) -> AgentError:
    """A refusal in words with a next step. `retry_after` is HTTP's header, where it gives seconds."""
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
