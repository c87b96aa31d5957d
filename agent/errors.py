"""The errors of this project.

    AgentError             its text may be shown to a person, in the page's language, and says the next step
    ├── SettingsError      a value in the environment or .env is wrong
    ├── ModelError         the model cannot be found, fetched or loaded
    │   └── ModelNotFound  there is no such model, or no copy of it can be reached
    ├── EngineError        the engine cannot answer: still broken, died, or refused the request
    │   └── OutOfMemory    the model does not fit into the memory that is free
    ├── StoreError         the database cannot be opened, or what is kept in it cannot be read
    │   └── DatabaseAway   just now; said to everybody
    ├── PeopleError        a person cannot be added, removed or let in
    ├── Busy               more questions wait than may
    └── ContextFull        the conversation does not fit into the model's window

A tool's own failure is `tools.base.ToolError`: it goes to the model, not to the person alone.
"""

from typing import Literal


class AgentError(Exception):
    """Something that a person can act on. `str` is the English text, for the log and the terminal.

    `visitors` is what others than who runs the app are told instead, in both languages: no address, no setting.
    """

    def __init__(self, english: str, chinese: str, *, visitors: tuple[str, str] | None = None) -> None:
        super().__init__(english)
        self.chinese = chinese
        self.visitors = visitors or (english, chinese)

    def in_language(self, language: Literal["zh", "en"], *, to_visitor: bool = False) -> str:
        """The text for the page; English if there is no Chinese."""
        english, chinese = self.visitors if to_visitor else (str(self), self.chinese)
        return chinese if chinese and language == "zh" else english


class SettingsError(AgentError):
    """A value in the environment or .env is wrong; names the key, the value and what is allowed.

    English alone if it ends the start, which is read in the terminal.
    """

    def __init__(self, english: str, chinese: str = "") -> None:
        super().__init__(english, chinese)


class ModelError(AgentError):
    """The model cannot be found, fetched or loaded."""


class ModelNotFound(ModelError):
    """There is no such model, or no copy of it can be reached."""


class EngineError(AgentError):
    """The engine cannot answer."""


class OutOfMemory(EngineError):
    """The model does not fit into the memory that is free."""


class StoreError(AgentError):
    """The database cannot be opened, or what is kept in it cannot be read."""


class DatabaseAway(StoreError):
    """The database cannot be read, or be asked, just now; its text is for everybody."""

    def __init__(
        self,
        english: str = "The database does not answer just now. Nothing is lost: try again in a minute.",
        chinese: str = "数据库暂时没有响应，内容没有丢失。请一分钟后再试。",
    ) -> None:
        super().__init__(english, chinese)


class PeopleError(AgentError):
    """A person cannot be added, removed or let in. English alone in the terminal."""

    def __init__(self, english: str, chinese: str = "") -> None:
        super().__init__(english, chinese)


class Busy(AgentError):
    """More questions wait than may; `seconds` is roughly how long those take."""

    def __init__(self, seconds: int) -> None:
        super().__init__(
            f"The model is busy: too many questions are waiting. Send this message again in about {seconds} s.",
            f"模型正忙，排队的问题太多了。请在大约 {seconds} 秒后重新发送这条消息。",
        )


class ContextFull(AgentError):
    """The conversation does not fit into the model's window."""

    def __init__(self) -> None:
        super().__init__(
            "This chat is longer than the model's window. Start a new chat, or shorten the message.",
            "这段对话太长，超出了模型能记住的范围。请新建对话，或者把消息写短一些。",
        )
