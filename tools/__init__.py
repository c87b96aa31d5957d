"""The tools that the model may call, and the registry of them. A new tool is one more entry in the tuple."""

from __future__ import annotations

from pydantic import SecretStr

from tools.calculator import calculate
from tools.clock import clock_tool
from tools.registry import Registry
from tools.weather import Provider, weather_tool


def build_registry(
    *,
    weather_provider: Provider = "auto",
    amap_api_key: SecretStr | None = None,
    timeout_s: float = 20,
    max_result_chars: int = 4000,
) -> Registry:
    """The registry of all tools. `timeout_s` bounds a call, `max_result_chars` what it adds to the prompt.

    Raises ValueError where `weather_provider` is amap and there is no key.
    """
    tools = (
        weather_tool(weather_provider, amap_api_key),
        clock_tool(),
        calculate,
    )
    return Registry(tools, timeout_s=timeout_s, max_result_chars=max_result_chars)
