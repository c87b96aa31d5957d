"""The errors of this project.

    AgentError             its text may be shown to a person, and says the next step
    ├── SettingsError      a value in the environment or .env is wrong
    ├── ModelError         the model cannot be found, fetched or loaded
    │   └── ModelNotFound  there is no such model, or no copy of it can be reached
    ├── EngineError        the engine cannot answer: still broken, died, or refused the request
    │   └── OutOfMemory    the model does not fit into the memory that is free
    └── ContextFull        the conversation does not fit into the model's window

A tool's own failure is `tools.base.ToolError`: it goes to the model, not to the person alone.
"""


class AgentError(Exception):
    """Something that a person can act on."""


class SettingsError(AgentError):
    """A value in the environment or .env is wrong; names the key, the value and what is allowed."""


class ModelError(AgentError):
    """The model cannot be found, fetched or loaded."""


class ModelNotFound(ModelError):
    """There is no such model, or no copy of it can be reached."""


class EngineError(AgentError):
    """The engine cannot answer."""


class OutOfMemory(EngineError):
    """The model does not fit into the memory that is free."""


class ContextFull(AgentError):
    """The conversation does not fit into the model's window."""
