"""One request to a weather service: its JSON, or what went wrong with it. Knows no service's answers."""

from __future__ import annotations

import asyncio
import ssl
from dataclasses import dataclass
from functools import cache
from typing import Annotated, Any, TypeVar

import httpx
import pydantic
from pydantic import BeforeValidator

Answer = TypeVar("Answer", bound=pydantic.BaseModel)
Text = Annotated[str, BeforeValidator(lambda value: value if isinstance(value, str) else "")]  # 高德 writes [] for ""


@dataclass(frozen=True)
class WeatherUrls:
    """Where the services are. Their documentation: open-meteo.com/en/docs and lbs.amap.com/api/webservice."""

    geocoding: str = "https://geocoding-api.open-meteo.com/v1/search"
    forecast: str = "https://api.open-meteo.com/v1/forecast"
    amap_geocode: str = "https://restapi.amap.com/v3/geocode/geo"
    amap_weather: str = "https://restapi.amap.com/v3/weather/weatherInfo"


class Unreachable(Exception):
    """No answer of the service's own came."""


class OddAnswer(Exception):
    """The service answered, and the answer for this place is not of the documented shape."""


class UnknownCity(Exception):
    """The service answered that it knows no such city."""


class ServiceRefused(Exception):
    """The service answered that it will not serve us: key, quota, parameters. Says so in English and in Chinese."""

    def __init__(self, english: str, chinese: str) -> None:
        super().__init__(english, chinese)

    def __str__(self) -> str:
        return str(self.args[0])


@cache
def _ssl_context() -> ssl.SSLContext:
    """Made once: reading the certificates takes longer than the rest of a client."""
    return httpx.create_ssl_context()


async def open_client(limit_s: float) -> httpx.AsyncClient:
    """A client for one lookup. Raises Unreachable."""
    try:
        return httpx.AsyncClient(timeout=limit_s, verify=await asyncio.to_thread(_ssl_context))
    except (ImportError, ValueError, OSError) as error:  # what httpx raises for proxy settings that it cannot use
        raise Unreachable(f"the proxy or certificate settings cannot be used: {error}") from error


async def get(client: httpx.AsyncClient, url: str, query: dict[str, Any]) -> dict[str, Any]:
    """The JSON of an answer. Raises Unreachable, or ServiceRefused for Open-Meteo's {"error": true, "reason": ...}."""
    host = httpx.URL(url).host
    try:
        response = await client.get(url, params=query)
        body = response.json()
    except httpx.HTTPError as error:
        raise Unreachable(f"{host} did not answer ({type(error).__name__})") from None
    except (ValueError, RecursionError):
        raise Unreachable(f"{host} answered without JSON") from None
    if isinstance(body, dict) and body.get("error") is True:
        reason = str(body.get("reason"))[:200].rstrip(".")
        raise ServiceRefused(
            f"Open-Meteo refused the request: {reason}. Try again later.",
            f"Open-Meteo 拒绝了这次请求（{reason}）。请稍后再试。",
        )
    if response.status_code != 200 or not isinstance(body, dict):
        raise Unreachable(f"{host} answered with HTTP {response.status_code} and {type(body).__name__}")
    return body


def read(shape: type[Answer], body: Any) -> Answer:
    """The answer in its documented shape. Raises OddAnswer."""
    try:
        return shape.model_validate(body)
    except pydantic.ValidationError:
        raise OddAnswer(f"an answer was not of the documented shape ({shape.__name__})") from None


def readable(shape: type[Answer], items: Any) -> Any:
    """Those of a list that have the shape: one odd item does not cost the others. What is no list stays as it is."""
    if not isinstance(items, list):
        return items
    kept = []
    for item in items:
        try:
            kept.append(shape.model_validate(item))
        except pydantic.ValidationError:
            continue
    if items and not kept:
        raise ValueError("nothing in the list can be read")
    return kept
