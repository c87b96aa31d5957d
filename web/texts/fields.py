"""The texts of one language, each a field of `Texts`; chinese.py and english.py fill them.

A field whose text has {names} is filled with `str.format`; both languages use the same names.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from agent.errors import AgentError, DatabaseAway, EngineError, ModelError, SettingsError, StoreError
from tools.base import Failure, ToolResult
from web.texts.charsets import CHARSETS
from web.texts.languages import Language

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

    language: Language

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

    # A model's thoughts: as they come, once they have ended, and if their end was not seen.
    thinking: str
    thinking_for: str  # {duration}
    thought_for: str  # {duration}
    thoughts: str

    # A tool's step: how a call failed, as a part of its title, and as the sentence inside.
    failures: Mapping[Failure, str]
    failure_sentences: Mapping[Failure, str]
    tool_message: str  # {sentence} {message}

    # How a turn ended, if it did not simply end; and what holds it up.
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
    waiting_in_queue: str  # {place} {wait}
    waiting_for_earlier: str

    # What a turn took: a line, and what opens under it.
    one_token: str
    many_tokens: str  # {count}
    usage_first: str  # {first}
    usage_pace: str  # {rate}
    usage_detail_in: str  # {tokens} {cached}
    usage_detail_out: str  # {tokens}
    usage_detail_first: str  # {first}
    usage_detail_pace: str  # {rate}
    usage_detail_tools: str  # {tools}
    usage_detail_context: str  # {used} {window} {percent}
    clause_comma: str

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

    # Saved chats.
    again: str
    export_markdown: str
    export_json: str
    not_saved: str
    not_saved_yet: str
    no_room: str
    saved_at_last: str
    chat_unread: str
    import_title: str
    import_about: str
    import_button: str
    import_back: str
    import_busy: str
    import_too_large: str  # {limit}
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

    # Views of tool results.
    weather_humidity: str  # {humidity}
    weather_wind: str  # {wind}
    weather_wind_force: str  # {force}
    weather_sources: Mapping[str, str]
    series_range: str  # {name} {low} {low_at} {high} {high_at}

    # Answers that fit a JSON Schema.
    answer_schema: Setting
    schema_unheld: str  # {rules}
    answer_unchecked: str
    answer_unfit: str  # {misfit}
    answer_cut: str  # {max_tokens}
    picture_not_loaded: str
    table_cut: str  # {shown} {rows}

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
        """The sentence for a failed call: the tool's own, in this language as far as there is one."""
        sentence = self.failure_sentences[result.failure or "tool_error"]
        if self.language == "en":
            return result.for_user or sentence
        if result.chinese or result.failure != "tool_error":
            return result.chinese or sentence  # what else is said of such a call is for the model
        return self.tool_message.format(sentence=sentence, message=result.for_user)

    def explain(self, error: AgentError) -> str:
        """The sentence for an error: who only visits can change no setting, and need not know of a folder."""
        is_visitor = self.audience == "visitor"
        has_words = isinstance(error, DatabaseAway) or error.visitors != (str(error), error.chinese)
        if is_visitor and not has_words and isinstance(error, _FOR_OPERATORS):
            return self.model_unavailable
        return error.in_language(self.language, to_visitor=is_visitor)
