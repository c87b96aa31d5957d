"""A chat's client without a browser: Chainlit's socket.io protocol, as the page speaks it. For benchmarks and tests."""

from __future__ import annotations

import asyncio
import json
import time
import urllib.error
import urllib.request
import uuid
from dataclasses import dataclass, field
from typing import Any

import socketio

OPEN_TIMEOUT_S = 30.0


@dataclass
class Answer:
    """What one turn drew, with the seconds since the question was sent."""

    asked_at: float = 0.0  # by the host's monotonic clock
    text: str = ""
    first_text_s: float | None = None  # the first token of the last message that streamed
    last_text_s: float = 0.0
    end_s: float = 0.0
    frames_at_s: list[float] = field(default_factory=list)  # when each piece of text came
    tools: list[dict[str, Any]] = field(default_factory=list)  # each tool's step, as it was last drawn
    messages: list[str] = field(default_factory=list)  # every message of the assistant, in order
    errors: list[str] = field(default_factory=list)
    lines: list[str] = field(default_factory=list)  # what stays of our own lines, and is no error
    usage: dict[str, Any] | None = None  # the step that says what the turn took


class Chat:
    """One open chat. `await Chat.open(url)`, then `ask` as often as you like, then `close`."""

    def __init__(self, url: str, headers: dict[str, str]) -> None:
        self._url, self._headers = url, headers
        self.session_id = str(uuid.uuid4())
        self._socket = socketio.AsyncClient(reconnection=False, websocket_extra_options={"max_msg_size": 0})
        self._answer = Answer()
        self._ended = asyncio.Event()
        self._started = asyncio.Event()
        self._opened = asyncio.Event()
        self._is_taken = False  # whether the server has begun with the turn
        self._streams: dict[str, str] = {}
        self._lines: set[str] = set()
        self.badges: list[str] = []
        self.thread_id = ""
        self.resumed: dict[str, Any] = {}
        self.actions: list[dict[str, Any]] = []
        self.lines: list[str] = []  # ours: those that come and go, such as the model's progress, and those that stay
        for event in ("task_start", "task_end", "stream_start", "stream_token", "new_message", "update_message"):
            self._socket.on(event, getattr(self, f"_on_{event}"))
        self._socket.on("set_modes", self._on_modes)
        self._socket.on("first_interaction", self._on_first_interaction)
        self._socket.on("resume_thread", self._on_resume)
        self._socket.on("action", self._on_action)
        self._socket.on("reload", lambda *_: None)

    @classmethod
    async def open(
        cls,
        url: str,
        language: str = "en-US",
        origin: str | None = None,
        thread_id: str = "",
        *,
        has_badge: bool = True,
        cookie: str = "",
    ) -> Chat:
        """Connect as a browser in `language` would; `origin` is the site whose script does it.

        With `thread_id` a kept chat is opened again: `resumed` is what the page gets of it. `cookie` is that of whoever
        has logged in; an app where nobody has to gives one.
        An app that is not ours has no badge to wait for.
        """
        chat = cls(url, {"Accept-Language": language} | ({"Origin": origin} if origin else {}))
        chat._headers["Cookie"] = cookie or await asyncio.to_thread(log_in, url)
        chat.thread_id = thread_id
        await chat._connect()
        if has_badge:
            await asyncio.wait_for(chat._opened.wait(), OPEN_TIMEOUT_S)
        return chat

    async def _connect(self) -> None:
        auth = {"sessionId": self.session_id, "clientType": "webapp", "userEnv": "{}", "chatProfile": ""}
        auth["threadId"] = self.thread_id
        path, transports = "/ws/socket.io", ["websocket"]
        try:
            await self._socket.connect(
                self._url,
                socketio_path=path,
                transports=transports,
                auth=auth,
                headers=dict(self._headers),
                wait_timeout=OPEN_TIMEOUT_S,
            )
        except socketio.exceptions.ConnectionError:
            if self._socket.eio.http:
                await self._socket.eio.http.close()  # the library forgets it
            raise
        await self._socket.emit("connection_successful")

    async def ask(self, text: str, timeout_s: float = 120, message_id: str | None = None) -> Answer:
        """Send `text` and wait for the turn's end; with `message_id`, as an edit of that message."""
        await self.start(text, message_id)
        return await self.ended(timeout_s)

    async def start(self, text: str, message_id: str | None = None) -> str:
        """Send `text` without waiting; gives the message's id."""
        self._answer, self._streams, self._is_taken = Answer(), {}, False
        self._ended.clear()
        self._started.clear()
        name = message_id or str(uuid.uuid4())
        message = {"id": name, "name": "user", "type": "user_message", "output": text, "createdAt": _now()}
        self._answer.asked_at = time.perf_counter()
        event = "edit_message" if message_id else "client_message"
        await self._socket.emit(event, {"message": message, "fileReferences": []})
        return name

    async def first_text(self, timeout_s: float = 60) -> None:
        """Wait until text streams."""
        await asyncio.wait_for(self._started.wait(), timeout_s)

    async def ended(self, timeout_s: float = 60) -> Answer:
        """Wait for the end of the turn that `start` began."""
        await asyncio.wait_for(self._ended.wait(), timeout_s)
        return self._answer

    @property
    def is_calling(self) -> bool:
        """Whether the turn has called a tool."""
        return bool(self._answer.tools)

    async def stop(self) -> None:
        """Press Stop."""
        await self._socket.emit("stop")

    async def change_settings(self, values: dict[str, Any]) -> None:
        """Confirm the settings panel, and wait until the server has taken note."""
        self._is_taken = False
        self._ended.clear()
        await self._socket.emit("chat_settings_change", values)
        await asyncio.wait_for(self._ended.wait(), OPEN_TIMEOUT_S)

    async def press(self, **wanted: Any) -> None:
        """Press the newest button of ours that has these values."""
        action = next(one for one in reversed(self.actions) if wanted.items() <= one.items())
        await self.request("/project/action", {"action": action, "sessionId": self.session_id})

    async def request(self, path: str, body: Any = None, method: str = "") -> str:
        """Ask the app over HTTP as this chat's person; with `body`, as JSON, by POST. Raises HTTPError."""
        content = None if body is None else json.dumps(body).encode()
        headers = self._headers | ({"Content-Type": "application/json"} if content else {})
        request = urllib.request.Request(self._url + path, content, headers, method=method or None)

        def send() -> str:
            with urllib.request.urlopen(request, timeout=OPEN_TIMEOUT_S) as answer:
                return str(answer.read().decode())

        return await asyncio.to_thread(send)

    def text_of_last(self) -> str:
        """What the page shows of the message that streamed last."""
        return list(self._streams.values())[-1]

    async def upload(self, path: str, field: str, content: bytes) -> str:
        """Send a form with a file; gives where the app leads to then. Raises HTTPError."""
        edge = uuid.uuid4().hex
        head = f'--{edge}\r\nContent-Disposition: form-data; name="{field}"; filename="chat.json"\r\n\r\n'
        body = head.encode() + content + f"\r\n--{edge}--\r\n".encode()
        headers = self._headers | {"Content-Type": f"multipart/form-data; boundary={edge}"}
        request = urllib.request.Request(self._url + path, body, headers)

        def send() -> str:
            with urllib.request.urlopen(request, timeout=OPEN_TIMEOUT_S) as answer:
                return str(answer.url)

        return await asyncio.to_thread(send)

    def expect(self) -> None:
        """Wait for a turn that is about to begin without `start`, as a button's does."""
        self._answer, self._streams, self._is_taken = Answer(), {}, False
        self._ended.clear()
        self._started.clear()

    async def drop(self) -> None:
        """Lose the connection, as a phone does between two networks."""
        await self._socket.disconnect()

    async def come_back(self) -> bool:
        """Connect again as the same page; says whether the server shows that an answer still runs."""
        self._is_taken = False
        await self._connect()
        await asyncio.sleep(0.2)
        return self._is_taken

    async def close(self) -> None:
        """Close the tab."""
        await self._socket.disconnect()

    def _elapsed(self) -> float:
        return time.perf_counter() - self._answer.asked_at

    async def _on_task_start(self, _: Any) -> None:
        self._is_taken = True

    async def _on_task_end(self, _: Any) -> None:
        if self._is_taken:
            self._answer.end_s = self._elapsed()
            self._answer.messages.extend(text for text in self._streams.values() if text not in self._answer.messages)
            self._ended.set()

    async def _on_stream_start(self, step: dict[str, Any]) -> None:
        self._answer.first_text_s = self._elapsed()
        self._streams[step["id"]] = ""
        self._add(step["id"], step["output"])

    async def _on_stream_token(self, token: dict[str, Any]) -> None:
        self._add(token["id"], token["token"])

    def _add(self, message_id: str, text: str) -> None:
        self._streams[message_id] = self._streams.get(message_id, "") + text
        self._answer.text = self._streams[message_id]
        self._answer.last_text_s = self._elapsed()
        self._answer.frames_at_s.append(self._answer.last_text_s)
        self._started.set()

    async def _on_new_message(self, step: dict[str, Any]) -> None:
        self._draw(step)

    async def _on_update_message(self, step: dict[str, Any]) -> None:
        self._draw(step)

    def _draw(self, step: dict[str, Any]) -> None:
        match step["type"]:
            case "tool":
                drawn = [tool for tool in self._answer.tools if tool["id"] != step["id"]]
                self._answer.tools = [*drawn, step]
            case "run" if step["metadata"].get("icon") == "receipt-text":
                self._answer.usage = step
            case "run" if step["name"] not in ("on_message", "on_chat_start"):
                self.lines.append(step["name"])
                if step["metadata"].get("line") and step["id"] not in self._lines:  # an update is no new one
                    self._lines.add(step["id"])
                    (self._answer.errors if step["isError"] else self._answer.lines).append(step["name"])
            case "assistant_message" if step.get("streaming"):  # of a page that was opened in the middle of it
                self._streams[step["id"]] = step["output"]
            case "assistant_message" if step["id"] not in self._streams:
                (self._answer.errors if step.get("isError") else self._answer.messages).append(step["output"])

    async def _on_modes(self, modes: list[dict[str, Any]]) -> None:
        self.badges.append(modes[0]["options"][0]["name"])
        self._opened.set()

    async def _on_first_interaction(self, begun: dict[str, str]) -> None:
        self.thread_id = begun["thread_id"]

    async def _on_resume(self, thread: dict[str, Any]) -> None:
        self.resumed = thread

    async def _on_action(self, action: dict[str, Any]) -> None:
        self.actions.append(action)


def log_in(url: str) -> str:
    """The cookie of the person who uses the page where nobody has to log in; '' where the app has no such person."""
    request = urllib.request.Request(f"{url}/auth/header", method="POST")
    try:
        with urllib.request.urlopen(request, timeout=OPEN_TIMEOUT_S) as answer:
            cookies = answer.headers.get_all("Set-Cookie") or []
    except urllib.error.HTTPError as refusal:
        refusal.close()
        return ""
    return "; ".join(cookie.partition(";")[0] for cookie in cookies)


def _now() -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%S.000Z", time.gmtime())
