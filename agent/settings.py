"""Settings: the environment and .env as one frozen value, and the only reader of both. .env.example has every key."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import (
    BeforeValidator,
    Field,
    NonNegativeInt,
    SecretStr,
    ValidationError,
    field_validator,
    model_validator,
)
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from agent.engine.protocol import Sampling
from agent.errors import SettingsError


def _read_pair(value: object) -> object:
    """'30, 6' -> ['30', '6']."""
    parts = value.split(",") if isinstance(value, str) else value
    if isinstance(parts, list) and len(parts) != 2:
        raise ValueError("write two numbers, a person's and a guest's, such as 30,6; 0 is no limit")
    return parts


# A person's limit, and a guest's; 0 is none.
Quota = Annotated[tuple[NonNegativeInt, NonNegativeInt], NoDecode, BeforeValidator(_read_pair)]


class Settings(BaseSettings):
    """What can be set. A key in the environment wins over the same key in .env; an empty value means the default."""

    model_config = SettingsConfigDict(env_file=".env", env_ignore_empty=True, extra="ignore", frozen=True)

    # Which model, and who runs it.
    engine: Literal["local", "remote"] = "local"
    model: str = "auto"
    model_source: Literal["modelscope", "huggingface"] = "modelscope"
    model_revision: str | None = None
    model_cache: Path | None = None
    model_endpoint: str | None = None
    modelscope_api_token: SecretStr | None = None
    hf_token: SecretStr | None = None
    cuda_visible_devices: str | None = None
    remote_base_url: str = "http://localhost:8001/v1"
    remote_api_key: SecretStr = SecretStr("none")

    # The engine, by vLLM's own names.
    dtype: Literal["auto", "bfloat16", "float16", "float32"] = "auto"
    tensor_parallel_size: int = Field(1, ge=1)
    gpu_memory_utilization: float = Field(0.9, gt=0, le=1)
    kv_offloading_size: float = Field(16, ge=0)
    enforce_eager: bool = False
    cpu_offload_gb: float = Field(0, ge=0)
    max_model_len: int | None = Field(None, ge=1024)  # instructions and tools take 600
    quantization: str | None = None
    tool_call_parser: str = "auto"
    reasoning_parser: str = "auto"
    constrain_tool_calls: bool = True
    engine_args: dict[str, Any] = {}

    # Sampling, and the limits of a turn.
    temperature: float = Field(0.45, ge=0, le=2)
    top_p: float = Field(0.9, ge=0.01, le=1)
    max_tokens: int = Field(8192, ge=1, le=1_000_000)
    max_rounds: int = Field(8, ge=1)
    turn_timeout_s: float = Field(600, gt=0)
    closed_tab_grace_s: float = Field(30, ge=0)
    system_prompt: str | None = None
    show_receipts: bool = True

    # The turn queue.
    max_running_turns: int | None = Field(None, ge=1)
    max_turns_per_person: int = Field(4, ge=1)
    max_waiting_turns: int = Field(200, ge=0)

    # What a person attaches.
    attachments_max: int = Field(10, ge=1)
    attachment_max_mb: int = Field(20, ge=1)
    attachment_max_tokens: int = Field(12_000, ge=100)

    # The tools.
    tool_timeout_s: float = Field(20, gt=0)
    tool_result_max_chars: int = Field(4000, ge=200)
    weather_provider: Literal["auto", "open-meteo", "amap", "simulated"] = "auto"
    amap_api_key: SecretStr | None = None

    # Who may use the page.
    auth: Literal["none", "password", "header", "oauth"] = "none"
    auth_header: str | None = None
    oauth_allowed: str | None = None
    allowed_hosts: str | None = None
    trusted_proxies: str | None = None
    max_connections_per_address: int = Field(500, ge=10)

    # How much one of them may use; with AUTH=none only what is kept is limited.
    quota_turns_a_minute: Quota = (30, 10)
    quota_tokens_a_day: Quota = (20_000_000, 500_000)
    quota_uploads_mb_a_day: Quota = (2000, 100)
    quota_kept_mb: Quota = (5000, 100)
    quota_chats: Quota = (5000, 100)
    quota_waiting_files: Quota = (100, 20)
    guest_chats_days: float = Field(7, ge=0)

    # Where this app keeps what it needs between starts; outside the folder that `-w` watches.
    data_dir: Path = Field(Path("~/.local/share/qingtan"), validate_default=True)
    database_url: SecretStr | None = None  # has a password in it

    @field_validator("data_dir", "model_cache")
    @classmethod
    def _expand_home(cls, path: Path | None) -> Path | None:
        return path and path.expanduser().absolute()

    @model_validator(mode="after")
    def _needs_amap_key(self) -> Settings:
        if self.weather_provider == "amap" and self.amap_api_key is None:
            raise ValueError("WEATHER_PROVIDER=amap needs AMAP_API_KEY; set it, or take auto")
        return self

    @property
    def has_visitors(self) -> bool:
        """Whether others use the page than who runs it: they are told neither addresses nor settings."""
        return self.auth != "none"

    def attachment_limits(self) -> tuple[int, int, int]:
        """Files a message, MB a file, and tokens of all of them together."""
        return self.attachments_max, self.attachment_max_mb, self.attachment_max_tokens

    def sampling(self) -> Sampling:
        """The sampling parameters that a chat starts with."""
        return Sampling(self.temperature, self.top_p, self.max_tokens)

    def engine_arguments(self) -> dict[str, Any]:
        """The engine's arguments by vLLM's names; ENGINE_ARGS wins."""
        names = (
            "dtype", "tensor_parallel_size", "gpu_memory_utilization", "kv_offloading_size", "enforce_eager",
            "cpu_offload_gb", "max_model_len", "quantization",
        )  # fmt: skip
        # None leaves an argument out: vLLM takes an offloading size of 0 for a mistake.
        return {name: getattr(self, name) or None for name in names} | self.engine_args


def read_settings() -> Settings:
    """The settings of this start. Raises SettingsError: a line a wrong value, with its key and what is allowed."""
    try:
        return Settings()
    except ValidationError as error:
        problems = [_problem_line(dict(problem)) for problem in error.errors(include_url=False)]
    except ValueError as error:  # pydantic-settings: a value that should be JSON is not
        problems = [f'ENGINE_ARGS is not a JSON object such as {{"max_num_seqs": 64}} ({error.__cause__ or error})']
    raise SettingsError("\n".join([*problems, "Correct this in .env or in the environment, and start again."]))


def _problem_line(problem: dict[str, Any]) -> str:
    """One of pydantic's errors: KEY=value: what is wrong."""
    if not problem["loc"]:
        return str(problem["msg"]).removeprefix("Value error, ")
    key = ".".join(str(part) for part in problem["loc"]).upper()
    return f"{key}={problem['input']!r}: {problem['msg'][0].lower()}{problem['msg'][1:]}"
