"""What a person reads of us in the page, in Chinese and English. Knows neither the page nor the model.

Who runs the app and who only visits it are told different things: `texts`. Errors bring both of their languages along:
agent/errors.py.

A field whose text has {names} is filled with `str.format`; both languages use the same names.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Literal

from agent.errors import AgentError, DatabaseAway, EngineError, ModelError, SettingsError, StoreError
from tools.base import Failure, ToolResult

_FOR_OPERATORS = (SettingsError, ModelError, StoreError, EngineError)  # they name settings, folders and addresses
_WORDS_OF_A_NAME = re.compile(r"[_\-.\s]+|(?<=[a-z0-9])(?=[A-Z])")


@dataclass(frozen=True)
class Setting:
    """One control of the settings panel."""

    label: str
    description: str


@dataclass(frozen=True)
class Texts:
    """The texts of one language."""

    language: Literal["zh", "en"]

    # What the model does before it can answer, or once it died. Sizes and times come from `size` and `Texts.duration`.
    model_resolving: str  # {model}
    model_downloading: str  # {model} {percent} {done} {total} {speed} {remaining}
    model_loading: str  # {model}
    model_warming: str  # {model}
    model_ready: str  # {model}
    model_restarting: str  # {model}
    model_failed: str  # {model} {reason}
    model_unavailable: str
    answer_when_ready: str

    # Which model runs: a short name for the picker under the input, and a line that explains it.
    model_title: str
    builtin_name: str
    builtin_about: str
    local_about: str  # {model}
    remote_about: str  # {model} {url}
    badge_downloading: str  # {name} {percent}
    badge_loading: str  # {name}
    badge_restarting: str  # {name}
    badge_failed: str  # {name}

    # A model's thoughts: as they come, once they have ended, and where their end was not seen.
    thinking: str
    thinking_for: str  # {duration}
    thought_for: str  # {duration}
    thoughts: str

    # A tool's step: how a call failed, as a part of its title, and as the sentence inside.
    failures: Mapping[Failure, str]
    failure_sentences: Mapping[Failure, str]
    tool_message: str  # {sentence} {message}

    # How a turn ended, where it did not simply end; and what holds it up.
    ended_stopped: str
    ended_round_limit: str  # {limit}
    ended_length: str  # {max_tokens}
    ended_window: str
    ended_empty: str
    ended_broken: str
    ended_error: str
    ended_cut: str
    history_shortened: str
    ended_time_limit: str  # {limit}
    not_answered: str
    waiting_for_earlier: str
    waiting_in_line: str  # {place} {wait}

    # What a turn took: a line, and what opens under it.
    one_token: str
    many_tokens: str  # {count}
    receipt_first: str  # {first}
    receipt_pace: str  # {rate}
    receipt_detail_in: str  # {tokens} {cached}
    receipt_detail_out: str  # {tokens}
    receipt_detail_first: str  # {first}
    receipt_detail_pace: str  # {rate}
    receipt_detail_tools: str  # {tools}
    receipt_detail_context: str  # {used} {window} {percent}
    receipt_comma: str

    # Attached files. Why one is refused: agent/attachments/refusals.py.
    comma: str
    files_too_many: str  # {limit} {names}
    file_cut: str  # {name} {characters}
    file_cut_at_page: str  # {name} {page} {pages}
    file_left_out: str  # {name}
    file_limit_about: str
    file_unread: str  # {name} {pages}
    file_gaps: str  # {name}
    file_charset: str  # {name} {charset}
    file_unreadable: str  # {name} {count}
    set_of: str  # {language} {set}

    # Kept chats.
    again: str
    export_markdown: str
    export_json: str
    not_kept: str
    not_kept_yet: str
    no_room: str
    kept_at_last: str
    chat_unread: str
    import_title: str
    import_about: str
    import_button: str
    import_back: str
    import_too_large: str  # {limit}
    import_busy: str
    export_person: str
    export_model: str
    export_model_name: str  # {model}
    export_row: str
    export_rows: str  # {rows}
    nothing_here: str
    nothing_here_about: str

    # What a demo link asks somebody who is there already.
    guest_instead: str
    guest_instead_about: str  # {name}
    guest_instead_button: str
    guest_instead_back: str

    # The settings panel.
    temperature: Setting
    top_p: Setting
    max_tokens: Setting
    system_prompt: Setting
    tools: Setting
    tool_names: Mapping[str, str]
    settings_saved: str
    settings_refused: str  # {label} {value} {allowed}

    # Tools' results that are drawn.
    weather_humidity: str  # {humidity}
    weather_wind: str  # {wind}
    weather_wind_force: str  # {force}
    weather_sources: Mapping[str, str]
    series_range: str  # {name} {low} {low_at} {high} {high_at}

    # Answers that fit a JSON Schema.
    answer_schema: Setting
    schema_unheld: str  # {rules}
    answer_unfit: str  # {misfit}
    answer_unchecked: str
    answer_cut: str  # {max_tokens}
    table_cut: str  # {shown} {rows}
    picture_not_loaded: str

    seconds: str  # {seconds}
    minutes: str  # {minutes} {seconds}

    audience: Literal["operator", "visitor"] = "operator"

    def duration(self, seconds: float) -> str:
        """0.04 -> '<0.1 s', 0.42 -> '0.4 s', 75 -> '1 min 15 s', in this language."""
        if seconds < 0.05:
            return self.seconds.format(seconds="<0.1")
        if seconds < 10:
            return self.seconds.format(seconds=f"{seconds:.1f}")
        if round(seconds) < 60:
            return self.seconds.format(seconds=round(seconds))
        minutes, rest = divmod(round(seconds), 60)
        return self.minutes.format(minutes=minutes, seconds=rest)

    def charset(self, codec: str) -> str:
        """'cp1253' -> 'Greek (windows-1253)'; 'utf-8+gb18030' -> 'UTF-8, Chinese (GB18030)'. Python's names."""
        return self.comma.join(map(self._charset, codec.split("+")))

    def _charset(self, codec: str) -> str:
        for english, chinese, sets in CHARSETS:
            if codec in sets:
                return self.set_of.format(language=chinese if self.language == "zh" else english, set=sets[codec])
        return codec.upper().removesuffix("-LE").removesuffix("-BE")

    def whole_seconds(self, seconds: float) -> str:
        """0.2 -> '1 s', 12.4 -> '12 s', 75 -> '1 min 15 s', in this language: for what is counted while it goes on."""
        whole = max(1, round(seconds))
        return self.seconds.format(seconds=whole) if whole < 60 else self.duration(whole)

    def tokens(self, count: int) -> str:
        """1 -> '1 token', 1234 -> '1,234 tokens', in this language."""
        return self.one_token if count == 1 else self.many_tokens.format(count=f"{count:,}")

    def tool_name(self, name: str) -> str:
        """The tool's title; one without a text here gets its own name in words: get_stock_price -> Get stock price."""
        readable = " ".join(part for part in _WORDS_OF_A_NAME.split(name) if part)
        return self.tool_names.get(name) or readable[:1].upper() + readable[1:] or name

    def why_failed(self, result: ToolResult) -> str:
        """What is told of a failed call: the tool's own sentence, in this language as far as there is one."""
        sentence = self.failure_sentences[result.failure or "tool_error"]
        if self.language == "en":
            return result.for_user or sentence
        if result.chinese or result.failure != "tool_error":
            return result.chinese or sentence  # what else is said of such a call is for the model
        return self.tool_message.format(sentence=sentence, message=result.for_user)

    def explain(self, error: AgentError) -> str:
        """What is told of an error: who only visits can change no setting, and need not know of a folder."""
        is_visitor = self.audience == "visitor"
        has_words = isinstance(error, DatabaseAway) or error.visitors != (str(error), error.chinese)
        if is_visitor and not has_words and isinstance(error, _FOR_OPERATORS):
            return self.model_unavailable
        return error.in_language(self.language, to_visitor=is_visitor)


def texts(language: str, *, for_operator: bool = True) -> Texts:
    """The texts for a browser's language tag: Chinese where it begins with zh, else English.

    Whoever runs the app is told which setting to change; a visitor, who cannot, is told what else to do.
    """
    words = CHINESE if language.lower().startswith("zh") else ENGLISH
    return words if for_operator else _VISITORS[words.language]


def size(count_bytes: float) -> str:
    """15_231_000_000 -> '15.2 GB'; the same in both languages."""
    for unit in ("B", "kB", "MB"):
        if count_bytes < 999.5:
            return f"{count_bytes:.0f} {unit}"
        count_bytes /= 1000
    return f"{count_bytes:.1f} GB"


# Whose writing a character set is for, in English and Chinese, and what the sets are called, by Python's names.
CHARSETS: tuple[tuple[str, str, Mapping[str, str]], ...] = (
    ("Chinese", "中文", {"gb18030": "GB18030", "hz": "HZ"}),
    ("traditional Chinese", "繁体中文", {"big5hkscs": "Big5"}),
    ("Japanese", "日文", {"cp932": "Shift_JIS", "euc_jp": "EUC-JP"}),
    ("Korean", "韩文", {"cp949": "EUC-KR"}),
    (
        "Western European",
        "西欧文字",
        {"cp1252": "windows-1252", "iso8859-15": "ISO-8859-15", "mac-roman": "Mac OS Roman"}
        | {"cp437": "IBM437", "cp850": "IBM850"},
    ),
    ("Central European", "中欧文字", {"cp1250": "windows-1250", "iso8859-2": "ISO-8859-2", "cp852": "IBM852"}),
    (
        "Cyrillic",
        "西里尔文",
        {"cp1251": "windows-1251", "koi8-r": "KOI8-R", "koi8-u": "KOI8-U", "cp866": "IBM866"}
        | {"iso8859-5": "ISO-8859-5", "mac-cyrillic": "Mac OS Cyrillic"},
    ),
    ("Greek", "希腊文", {"cp1253": "windows-1253", "iso8859-7": "ISO-8859-7"}),
    ("Turkish", "土耳其文", {"cp1254": "windows-1254"}),
    ("Hebrew", "希伯来文", {"cp1255": "windows-1255", "iso8859-8": "ISO-8859-8"}),
    ("Arabic", "阿拉伯文", {"cp1256": "windows-1256", "iso8859-6": "ISO-8859-6"}),
    ("Baltic", "波罗的海文字", {"cp1257": "windows-1257", "iso8859-13": "ISO-8859-13"}),
    ("Vietnamese", "越南文", {"cp1258": "windows-1258"}),
    ("Thai", "泰文", {"cp874": "windows-874"}),
)

CHINESE = Texts(
    language="zh",
    model_resolving="正在查找模型{model}…",
    model_downloading="正在下载{model}：{percent}%（{done} / {total}，{speed}/s，约剩 {remaining}）",
    model_loading="正在加载{model}…",
    model_warming="正在预热{model}，马上就好…",
    model_ready="{model}已就绪。",
    model_restarting="{model}意外停止，正在重新启动…",
    model_failed="{model}没能启动：{reason}",
    model_unavailable="模型暂时不能回答。请过一会儿再问；原因记在服务器日志里，管理这个页面的人可以看到。",
    answer_when_ready="问题已收到，模型就绪后马上回答。",
    model_title="模型",
    builtin_name="内置小模型",
    builtin_about=(
        "当前是项目自带的小模型，没有 GPU 也能运行，但只会查天气、查时间和做算术。想要完整的对话能力，"
        "请在有 GPU 的机器上，在 .env 里设置 MODEL=Qwen/Qwen2.5-7B-Instruct，然后重新启动。"
    ),
    local_about="{model}，由本机的 vLLM 运行。对话内容不会离开这台主机。",
    remote_about="{model}，由 {url} 上的推理服务运行。对话内容会发送到那里。",
    badge_downloading="下载中 {percent}% · {name}",
    badge_loading="加载中 · {name}",
    badge_restarting="重新启动中 · {name}",
    badge_failed="未能启动 · {name}",
    thinking="思考中…",
    thinking_for="思考中… {duration}",
    thought_for="思考了 {duration}",
    thoughts="思考过程",
    failures={
        "unknown_tool": "没有这个工具",
        "invalid_json": "参数不是有效的 JSON",
        "invalid_arguments": "参数不符合要求",
        "tool_error": "没有得到结果",
        "timeout": "超时",
        "internal_error": "工具内部出错",
        "refused": "重复调用，已拒绝",
        "stopped": "已停止",
    },
    failure_sentences={
        "unknown_tool": "模型想用的工具在这段对话里不存在。它会看到有哪些工具。",
        "invalid_json": "模型写的参数读不出来。它会看到哪里不对，可以重写。",
        "invalid_arguments": "模型写的参数不符合这个工具的要求。它会看到哪里不对，可以重写。",
        "tool_error": "这个工具没有给出结果。可以换个说法再问。",
        "timeout": "这个工具太久没有回应。可以过一会儿再问。",
        "internal_error": "这个工具自己出了错，不是问题的缘故；详情已记入日志。",
        "refused": "同样的调用已经有过结果，没有再做一遍。",
        "stopped": "在有结果之前就停止了。",
    },
    tool_message="{sentence}\n工具的原话：{message}",
    ended_stopped="已停止。",
    ended_round_limit="已达到一次提问最多 {limit} 轮工具调用的上限，以上是根据已有结果给出的回答。",
    ended_length="回答达到 {max_tokens} 个 token 的上限，到此为止。可以在设置里调大“最大长度”，或者发送“继续”。",
    ended_window="这段对话已占满模型能记住的范围，回答到此为止。可以发送“继续”，较早的几轮会让出位置。",
    ended_empty="模型什么也没有说。可以让它重新回答，或者换个说法再问。",
    ended_broken="回答中途断了，没有写完。可以让它重新回答，或者发送“继续”。",
    ended_error="服务器出了点问题，详情已记入日志。请再问一次。",
    ended_cut="服务在这里中断过，上面的回答没有写完。可以让它重新回答，或者直接往下聊。",
    history_shortened="对话变长了：较早的几轮已不在模型能看到的范围内。",
    ended_time_limit="回答用时达到 {limit}的上限，到此为止。可以发送“继续”，或者把问题拆小再问。",
    not_answered="这个问题还没有得到回答。",
    waiting_in_line="正在排队，排在第 {place} 位，大约 {wait}后开始回答。点“停止”可以离开队伍。",
    waiting_for_earlier="上一条消息还没有回答完，随后就回答这一条…",
    one_token="1 个 token",
    many_tokens="{count} 个 token",
    receipt_first="{first}后开始",
    receipt_pace="每秒 {rate} 个",
    receipt_detail_in="输入：{tokens}，其中 {cached} 个来自缓存",
    receipt_detail_out="输出：{tokens}",
    receipt_detail_first="首个 token：{first}后",
    receipt_detail_pace="速度：每秒 {rate} 个 token",
    receipt_detail_tools="工具：{tools}",
    receipt_detail_context="已用上下文：{window} 个 token 中的 {used} 个（{percent}%）",
    receipt_comma="，",
    comma="、",
    files_too_many="一条消息最多带 {limit} 个文件，这些没有读取：{names}。请在下一条消息里发送。",
    file_cut="“{name}”太长，模型只能看到开头的 {characters} 个字符。",
    file_cut_at_page="“{name}”太长，模型只能看到前 {page} 页（共 {pages} 页）。",
    file_left_out="附件总共太长，模型看不到“{name}”的内容。请单独发送它。",
    file_limit_about="这个上限是 .env 里的 ATTACHMENT_MAX_MB。",
    file_unread="“{name}”的这些页没有读到文字，或者没有读全：{pages}。它们是图片、已损坏，或者字体里没有文字信息。请先做文字识别（OCR）再上传。",
    file_gaps="“{name}”没有读全：有些内容已损坏，或者不支持读取。请在原来的软件里重新保存，或者另存为 PDF 再上传。",
    file_charset="“{name}”按{charset}编码读取。如果内容不对，请另存为 UTF-8 后重新发送。",
    file_unreadable="“{name}”中有 {count} 个字符无法读取，模型看到的是“�”。如果有影响，请另存为 UTF-8 后重新发送。",
    set_of="{language}（{set}）",
    again="重新回答",
    export_markdown="导出为 Markdown",
    export_json="导出为 JSON，可以再导入",
    not_kept="刚才的内容没能保存。请用回答下方的按钮下载这段对话，或者复制要留下的部分。",
    not_kept_yet="这段对话还没有保存：数据库暂时没有响应，恢复后会自动保存。在此之前，可以用回答下方的按钮下载。",
    no_room="服务器磁盘已满，这里的图表或文件暂时放不下。",
    kept_at_last="这段对话已经保存。",
    chat_unread="暂时无法从数据库读取这段对话，内容没有丢失。请稍后再试。",
    import_title="导入对话",
    import_about="选择从这里导出的 JSON 文件。它会成为你的一段新对话，可以接着聊。",
    import_button="导入",
    import_back="返回",
    import_busy="你的其他文件还在导入。请等它们结束后再试。",
    import_too_large="这个文件超过了 {limit}。请选择用“导出为 JSON”得到的文件。",
    export_person="我",
    export_model="模型",
    export_model_name="模型：{model}",
    export_row="1 行数据",
    export_rows="{rows} 行数据",
    nothing_here="这里没有内容",
    nothing_here_about="这个地址没有你可以看的对话或文件：它可能已被删除，或者属于别人。",
    guest_instead="以来宾身份参加演示？",
    guest_instead_about="现在登录的是 {name}。如果以来宾身份继续，这次登录会结束，它打开的页面会关闭。",
    guest_instead_button="以来宾身份继续",
    guest_instead_back="保持现在的登录",
    temperature=Setting("温度", "越低越稳定，越高越多样。0 表示每次都选最可能的词。"),
    top_p=Setting("Top P", "只在累计概率达到这个值的候选词里选择。1 表示不限制。"),
    max_tokens=Setting("最大长度", "一次回答最多生成多少个 token。"),
    system_prompt=Setting("系统提示词", "写给模型的固定说明，本次对话的每次回答都会遵守。"),
    tools=Setting("可用工具", "模型在本次对话中可以调用的工具。"),
    tool_names={"get_current_weather": "天气", "get_current_time": "时间", "calculate": "计算"},
    settings_saved="设置已保存，从下一条消息起生效。",
    settings_refused="“{label}”不能设为 {value}，允许的范围是 {allowed}。",
    weather_humidity="湿度 {humidity}%",
    weather_wind="风速 {wind} km/h",
    weather_wind_force="风力 {force} 级",
    weather_sources={"open-meteo": "Open-Meteo", "amap": "高德", "simulated": "模拟数据"},
    series_range="{name}：最低 {low}（{low_at}），最高 {high}（{high_at}）",
    answer_schema=Setting("回答的 JSON Schema", "每次回答都是一个符合它的 JSON 值。"),
    schema_unheld="生成回答时不强制这些规则：{rules}。写完后会检查，不符合时会提示。",
    answer_unchecked="没能检查这个回答是否符合 Schema：检查耗时过长。请简化 Schema，或者少问一些。",
    answer_unfit="这个回答有一处不符合 Schema：{misfit}。引擎没有约束这条规则，请再问一次。",
    answer_cut="回答达到 {max_tokens} 个 token 的上限，JSON 不完整。请在设置里调大“最大长度”，或者少问一些。",
    picture_not_loaded="外部图片，未加载",
    table_cut="这里显示前 {shown} 行，共 {rows} 行；全部都在下面的文件里。",
    seconds="{seconds} 秒",
    minutes="{minutes} 分 {seconds} 秒",
)

ENGLISH = Texts(
    language="en",
    model_resolving="Looking for {model}…",
    model_downloading="Downloading {model}: {percent}% ({done} of {total}, {speed}/s, about {remaining} left)",
    model_loading="Loading {model}…",
    model_warming="Warming up {model}, almost there…",
    model_ready="{model} is ready.",
    model_restarting="{model} has stopped unexpectedly and is being started again…",
    model_failed="{model} could not start: {reason}",
    model_unavailable=(
        "The model cannot answer just now. Ask again in a while; whoever runs this page finds the reason in its log."
    ),
    answer_when_ready="Got it. Your question will be answered as soon as the model is ready.",
    model_title="Model",
    builtin_name="Built-in model",
    builtin_about=(
        "This is the small model that ships with the project. It needs no GPU, and knows only weather, time and "
        "arithmetic. For real conversation, set MODEL=Qwen/Qwen2.5-7B-Instruct in .env on a machine with a GPU, and "
        "start again."
    ),
    local_about="{model}, run by vLLM on this host. What you write stays here.",
    remote_about="{model}, run by the inference server at {url}. What you write is sent there.",
    badge_downloading="Downloading {percent}% · {name}",
    badge_loading="Loading · {name}",
    badge_restarting="Restarting · {name}",
    badge_failed="Could not start · {name}",
    thinking="Thinking…",
    thinking_for="Thinking… {duration}",
    thought_for="Thought for {duration}",
    thoughts="Thoughts",
    failures={
        "unknown_tool": "no such tool",
        "invalid_json": "arguments are not valid JSON",
        "invalid_arguments": "arguments do not fit",
        "tool_error": "no result",
        "timeout": "timed out",
        "internal_error": "error inside the tool",
        "refused": "repeated call refused",
        "stopped": "stopped",
    },
    failure_sentences={
        "unknown_tool": "The model asked for a tool that this chat does not have. It is told which there are.",
        "invalid_json": "The arguments that the model wrote cannot be read. It is told why, and can write them again.",
        "invalid_arguments": "The arguments that the model wrote do not fit the tool. It is told why.",
        "tool_error": "The tool found no result. Ask in other words.",
        "timeout": "The tool took too long to answer. Ask again in a while.",
        "internal_error": "The tool has a fault of its own, which is none of the question's; it was logged.",
        "refused": "The same call has had its result already, and was not made again.",
        "stopped": "It was stopped before there was a result.",
    },
    tool_message="{sentence}\nIn the tool's own words: {message}",
    ended_stopped="Stopped.",
    ended_round_limit="One question may take {limit} rounds of tool calls; the answer uses what was found in them.",
    ended_length='The answer hit its limit of tokens ({max_tokens}). Raise "Max tokens" in settings, or say "go on".',
    ended_window=(
        'This chat has filled the model\'s window, so the answer ends here. Say "go on": earlier turns then make room.'
    ),
    ended_empty="The model said nothing. Have it answered again, or ask in other words.",
    ended_broken='The answer broke off before its end. Have it answered again, or say "go on".',
    ended_error="Something went wrong on the server; it was logged. Ask again.",
    ended_cut="The server stopped here, so the answer above is not complete. Have it answered again, or go on.",
    history_shortened="This chat has grown long: the model no longer sees its earlier turns.",
    ended_time_limit='The answer reached its time limit of {limit}. Say "go on", or ask in smaller steps.',
    not_answered="This question has no answer yet.",
    waiting_in_line="In line, at place {place}: your turn comes in about {wait}. Stop leaves the line.",
    waiting_for_earlier="Your previous message is still being answered; this one is next…",
    one_token="1 token",
    many_tokens="{count} tokens",
    receipt_first="first after {first}",
    receipt_pace="{rate} tokens/s",
    receipt_detail_in="In: {tokens}, of which {cached} from the cache",
    receipt_detail_out="Out: {tokens}",
    receipt_detail_first="First token: after {first}",
    receipt_detail_pace="Speed: {rate} tokens/s",
    receipt_detail_tools="Tools: {tools}",
    receipt_detail_context="Context used: {used} of {window} tokens ({percent}%)",
    receipt_comma=", ",
    comma=", ",
    files_too_many="A message may have {limit} files. Not read: {names}. Send them with your next message.",
    file_cut="{name} is long: the model sees only its first {characters} characters.",
    file_cut_at_page="{name} is long: the model sees only its text up to page {page} of {pages}.",
    file_left_out="The files are too long together: the model sees nothing of {name}. Send it alone.",
    file_limit_about="ATTACHMENT_MAX_MB in .env sets that limit.",
    file_unread=(
        "These pages of {name} could not be read, or only in part: {pages}. They are pictures, are damaged, or do not "
        "say which characters they show. Run text recognition (OCR) over the file, and send that."
    ),
    file_gaps=(
        "Parts of {name} could not be read: they are damaged, or of a kind that is not read here. Save it again where "
        "it was made, or as PDF, and send that."
    ),
    file_charset="{name} was read as {charset}. If it looks wrong, save it as UTF-8 and send it again.",
    file_unreadable=(
        "Characters of {name} that could not be read: {count}. The model sees � in their place. If that matters, save "
        "the file as UTF-8 and send it again."
    ),
    set_of="{language} ({set})",
    again="Answer again",
    export_markdown="Export as Markdown",
    export_json="Export as JSON, which can be opened again",
    not_kept="What was shown just now could not be saved. Download this chat with the buttons under its answer, or "
    "copy what you need.",
    not_kept_yet="This chat is not saved yet: the database does not answer just now. It will be saved as soon as it "
    "does; until then, the buttons under the answer download it.",
    no_room="There is no room on the server's disk just now: what is above lacks its plot or its files.",
    kept_at_last="This chat is saved now.",
    chat_unread="This chat cannot be read from the database just now. Nothing of it is lost: try again soon.",
    import_title="Open an exported chat",
    import_about="Choose a JSON file that was exported here. It becomes a new chat of yours, and can be gone on with.",
    import_button="Open",
    import_back="Back",
    import_busy="Other files of yours are being imported. Wait until they are in, then try again.",
    import_too_large='This file is larger than {limit}. Choose one made by "Export as JSON".',
    export_person="Me",
    export_model="Model",
    export_model_name="Model: {model}",
    export_row="1 row of data",
    export_rows="{rows} rows of data",
    nothing_here="There is nothing here",
    nothing_here_about="No chat or file of yours has this address: it may have been deleted, or be somebody else's.",
    guest_instead="Join the demo as a guest?",
    guest_instead_about="{name} is logged in here. If you go on as a guest, that login ends, and its pages close.",
    guest_instead_button="Go on as a guest",
    guest_instead_back="Stay logged in as now",
    temperature=Setting("Temperature", "Lower is steadier, higher is more varied. 0 always takes the likeliest word."),
    top_p=Setting("Top P", "Choose only among the words that make up this share of the probability. 1 is no limit."),
    max_tokens=Setting("Max tokens", "How many tokens one answer may have."),
    system_prompt=Setting("System prompt", "Standing instructions that the model follows throughout this chat."),
    tools=Setting("Tools", "The tools that the model may call in this chat."),
    tool_names={"get_current_weather": "Weather", "get_current_time": "Time", "calculate": "Calculator"},
    settings_saved="Saved. The settings apply from your next message.",
    settings_refused='"{label}" cannot be {value}; it may be {allowed}.',
    weather_humidity="humidity {humidity}%",
    weather_wind="wind {wind} km/h",
    weather_wind_force="wind force {force}",
    weather_sources={"open-meteo": "Open-Meteo", "amap": "Amap", "simulated": "simulated data"},
    series_range="{name}: lowest {low} ({low_at}), highest {high} ({high_at})",
    answer_schema=Setting("JSON Schema of the answers", "Each answer is one JSON value that fits it."),
    schema_unheld=(
        "Not enforced while an answer is written: {rules}. A finished answer is checked, and you are told of a misfit."
    ),
    answer_unchecked="It takes too long to check whether this answer fits the schema. Simplify it, or ask for less.",
    answer_unfit="This answer does not fit the schema: {misfit}. The engine does not enforce that rule; ask again.",
    answer_cut='The answer hit its limit of tokens ({max_tokens}): its JSON is cut. Raise "Max tokens" or ask less.',
    picture_not_loaded="picture from elsewhere, not loaded",
    table_cut="These are the first {shown} of {rows} rows; the files below hold all of them.",
    seconds="{seconds} s",
    minutes="{minutes} min {seconds} s",
)

_VISITORS: Mapping[str, Texts] = {
    "zh": replace(
        CHINESE,
        audience="visitor",
        builtin_about="这是一个小模型，只会查天气、查时间和做算术。",
        local_about="{model}，由这个网站自己运行。",
        remote_about="{model}，由这个网站所用的推理服务运行。",
        model_failed="{model}没能启动。请过一会儿再来；管理这个页面的人可以在日志里看到原因。",
        file_limit_about="",
    ),
    "en": replace(
        ENGLISH,
        audience="visitor",
        builtin_about="This is a small model, which knows only weather, time and arithmetic.",
        local_about="{model}, run by this site itself.",
        remote_about="{model}, run by an inference server of this site.",
        model_failed=(
            "{model} could not start. Come back in a while; whoever runs this page finds the reason in its log."
        ),
        file_limit_about="",
    ),
}
