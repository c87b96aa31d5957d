"""Table of known refusals of OpenAI's API: by what each is recognised, and what is said of it."""

from __future__ import annotations

from dataclasses import dataclass

InBothLanguages = tuple[str, str]  # English, Chinese

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
    visitors: InBothLanguages


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
