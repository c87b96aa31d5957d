"""A server on loopback that speaks OpenAI's API as `vllm serve` does, from a script. Sees who comes, and who goes."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

HANG_UP = object()
"""In a script: the connection breaks here."""


@dataclass(frozen=True)
class Refusal:
    """An answer other than 200, with the body that vLLM sends."""

    status: int
    message: str


@dataclass(frozen=True)
class Body:
    """An answer that is no stream, or none of this API."""

    text: str
    status: int = 200
    kind: str = "application/json"
    headers: str = ""


@dataclass
class OpenAIServer:
    """Answers each chat with the next of `answers`: chunks, events to wait for and HANG_UP, a Refusal or a Body."""

    answers: list[Sequence[Any] | Refusal | Body] = field(default_factory=list)
    models: Sequence[str] | Refusal | Body = ("Qwen/Qwen2.5-7B-Instruct",)
    window: int | None = None  # to be listed; with one it answers /tokenize: a token is a character of the messages
    counted: list[dict[str, Any]] = field(default_factory=list)
    requests: list[dict[str, Any]] = field(default_factory=list)
    keys: list[str] = field(default_factory=list)
    connections: int = 0
    is_asked: asyncio.Event = field(default_factory=asyncio.Event)
    is_left: asyncio.Event = field(default_factory=asyncio.Event)
    url: str = ""

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection, for as many requests as come over it."""
        self.connections += 1
        try:
            while head := await _read_head(reader):
                path, headers = head
                body = await reader.readexactly(int(headers.get("content-length", 0)))
                self.keys.append(headers.get("authorization", ""))
                if path == "/v1/models":
                    await self._list(writer)
                elif path == "/tokenize":
                    await self._count(writer, json.loads(body))
                else:
                    self.requests.append(json.loads(body))
                    self.is_asked.set()
                    await self._answer(reader, writer)
        except (ConnectionError, asyncio.IncompleteReadError):
            self.is_left.set()
        finally:
            writer.close()

    async def _list(self, writer: asyncio.StreamWriter) -> None:
        if isinstance(self.models, Refusal):
            return await refuse(writer, self.models)
        if isinstance(self.models, Body):
            return await write(writer, self.models)
        models = [{"id": name, "object": "model", "created": 1, "owned_by": "vllm"} for name in self.models]
        if self.window:
            models = [model | {"max_model_len": self.window} for model in models]
        return await write(writer, Body(json.dumps({"object": "list", "data": models})))

    async def _count(self, writer: asyncio.StreamWriter, asked: dict[str, Any]) -> None:
        if not self.window:
            return await refuse(writer, Refusal(404, "Not Found"))
        self.counted.append(asked)
        count = sum(len(message["content"]) for message in asked["messages"])
        return await write(writer, Body(json.dumps({"count": count, "max_model_len": self.window, "tokens": []})))

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        answer = self.answers.pop(0)
        if isinstance(answer, Refusal):
            return await refuse(writer, answer)
        if isinstance(answer, Body):
            return await write(writer, answer)
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n")
        for step in [*answer, "[DONE]"]:
            if step is HANG_UP:
                raise ConnectionError
            if isinstance(step, asyncio.Event):
                await self._wait(step, reader)
            else:
                line = f"data: {step if isinstance(step, str) else json.dumps(step)}\n\n".encode()
                writer.write(b"%x\r\n%b\r\n" % (len(line), line))
                await writer.drain()
        writer.write(b"0\r\n\r\n")
        return await writer.drain()

    async def _wait(self, event: asyncio.Event, reader: asyncio.StreamReader) -> None:
        """For the event, or for the other side to hang up."""
        waits = [asyncio.create_task(event.wait()), asyncio.create_task(reader.read(1))]
        done, others = await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        for other in others:
            other.cancel()
        await asyncio.gather(*others, return_exceptions=True)
        if waits[1] in done:
            raise ConnectionError


async def _read_head(reader: asyncio.StreamReader) -> tuple[str, dict[str, str]] | None:
    lines: list[str] = []
    while line := (await reader.readline()).decode().strip():
        lines.append(line)
    if not lines:
        return None
    headers = dict(line.lower().split(": ", 1) if ":" in line else ("", "") for line in lines[1:])
    return lines[0].split()[1], headers


async def refuse(writer: asyncio.StreamWriter, refusal: Refusal) -> None:
    error = {"message": refusal.message, "type": "BadRequestError", "param": None, "code": refusal.status}
    await write(writer, Body(json.dumps({"error": error}), refusal.status))


async def write(writer: asyncio.StreamWriter, body: Body) -> None:
    content = body.text.encode()
    head = f"HTTP/1.1 {body.status} So\r\ncontent-type: {body.kind}\r\n{body.headers}"
    head += f"content-length: {len(content)}\r\n\r\n"
    writer.write(head.encode() + content)
    await writer.drain()


@asynccontextmanager
async def serve(server: OpenAIServer) -> AsyncIterator[OpenAIServer]:
    """The server on a free port, until the context ends."""
    tasks: set[asyncio.Task[None]] = set()

    def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        tasks.add(asyncio.create_task(server.serve(reader, writer)))

    listener = await asyncio.start_server(accept, "127.0.0.1", 0)
    server.url = f"http://127.0.0.1:{listener.sockets[0].getsockname()[1]}/v1"
    try:
        yield server
    finally:
        listener.close()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
