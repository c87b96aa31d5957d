"""A weather service on this host: speaks over real HTTP what a test tells it to."""

import json
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from pydantic import SecretStr

from tools.base import Tool
from tools.weather import WeatherUrls, weather_tool

Query = dict[str, str]
Answer = Callable[[Query], tuple[int, Any]]
NOW = datetime(2026, 11, 22, 14, 5, tzinfo=UTC)
KEY = SecretStr("a-secret-key")


@dataclass
class Service:
    """A weather service on this host: what it answers at each path, and what it was asked."""

    url: str
    answers: dict[str, Answer]
    asked: list[tuple[str, Query]] = field(default_factory=list)
    silence: threading.Event = field(default_factory=threading.Event)

    def paths(self) -> list[str]:
        return [path for path, _ in self.asked]


@pytest.fixture
def service(monkeypatch: pytest.MonkeyPatch) -> Iterator[Service]:
    monkeypatch.setenv("NO_PROXY", "*")

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            query = dict(parse_qsl(parts.query))
            made.asked.append((parts.path, query))
            status, body = made.answers[parts.path](query)
            content = body.encode() if isinstance(body, str) else json.dumps(body).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    made = Service(f"http://127.0.0.1:{server.server_port}", {})
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    with server:
        yield made
        made.silence.set()
        server.shutdown()
        thread.join()


def closing_server_port() -> int:
    """A port at which nothing listens."""
    with ThreadingHTTPServer(("127.0.0.1", 0), BaseHTTPRequestHandler) as server:
        return server.server_port


def urls_of(open_meteo: str, amap: str) -> WeatherUrls:
    return WeatherUrls(
        f"{open_meteo}/v1/search", f"{open_meteo}/v1/forecast", f"{amap}/geocode/geo", f"{amap}/weather/weatherInfo"
    )


def make(service: Service, provider: Any = "auto", key: SecretStr | None = None, **rest: Any) -> Tool:
    return weather_tool(provider, key, urls=urls_of(service.url, service.url), now=lambda: NOW, **rest)


def answering(status: int, body: Any) -> Answer:
    return lambda query: (status, body)
