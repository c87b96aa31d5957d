"""What hostile users send, cheap for who sends it. A process of its own, which gives way to others.

Each of them comes from an address of its own on the loopback network. Reads a job as JSON, and prints as JSON what came
of each attack.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
import uuid
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from time import perf_counter
from typing import Any

import aiohttp

PAUSE_S = 0.1  # between two of a kind
ANSWER_S = 10.0  # how long an answer is waited for
MIB = 2**20
BODY_BYTES = 100 * MIB
NESTED = b"[[[[[]]]]]," * (MIB // 11)  # a piece of a body, sent again and again
STEPS = (20_000, 4_000)  # of an import: far too many, and as many as a long chat has
CALLS = 300
LEVELS = 18
HALVES = 100
PASSWORDS = 100


def schema_bombs() -> list[str]:
    """JSON Schemas of a kilobyte or two that stand for a million parts."""

    def doubling(key: str, *, anchored: bool) -> str:
        def part(level: int) -> dict[str, Any]:
            lower = f"#a{level - 1}" if anchored else f"#/$defs/a{level - 1}"
            inner = {"allOf": [{key: lower}, {key: lower}]} if level else {"type": ["array", "string", "object"]}
            return inner | ({"$dynamicAnchor": f"a{level}"} if anchored else {})

        top = f"#a{LEVELS}" if anchored else f"#/$defs/a{LEVELS}"
        return json.dumps({"$defs": {f"a{level}": part(level) for level in range(LEVELS + 1)}, key: top})

    return [doubling("$ref", anchored=False), doubling("$dynamicRef", anchored=True)]


def imported(steps: int) -> bytes:
    """An export of a chat of many small steps."""
    step = '{{"id": "s{}", "type": "run", "name": "n", "output": "x", "createdAt": "2026-11-22T10:00:00Z"}}'
    listed = ",".join(step.format(number) for number in range(steps))
    chat = f'{{"name": "many", "steps": [{listed}], "history": {{"messages": [], "start": 0}}}}'
    return f'{{"format": "qingtan-chat", "version": 1, "chat": {chat}}}'.encode()


def heavy_pdf(pages: int = 2_000) -> bytes:
    """A small file with much to read: all of its pages draw the same, and there is hardly a word in it."""
    drawn = b"BT /F1 4 Tf 10 800 Td (word) Tj\n" + b"(     ) Tj 0 -1 Td\n" * 4_000 + b"ET"
    kids = b" ".join(b"%d 0 R" % (number + 5) for number in range(pages))
    parts = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Count %d /Kids [%b] /MediaBox [0 0 600 820] >>" % (pages, kids),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
        b"<< /Length %d >>\nstream\n%b\nendstream" % (len(drawn), drawn),
        *[b"<< /Type /Page /Parent 2 0 R /Contents 4 0 R /Resources << /Font << /F1 3 0 R >> >> >>"] * pages,
    ]
    whole, places = b"%PDF-1.4\n", []
    for number, part in enumerate(parts, 1):
        places.append(len(whole))
        whole += b"%d 0 obj\n%b\nendobj\n" % (number, part)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    end = b"xref\n0 %d\n0000000000 65535 f \n%btrailer << /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF"
    return whole + end % (len(parts) + 1, table, len(parts) + 1, len(whole))


@dataclass
class Attacker:
    """Somebody who means no good: with a login, or '' for a stranger's cookie."""

    host: str
    port: int
    cookie: str
    address: str  # that the connections come from
    told: Counter[str] = field(default_factory=Counter)  # what came back, and how often

    @property
    def headers(self) -> dict[str, str]:
        return {"Cookie": self.cookie} if self.cookie else {}

    def client(self) -> aiohttp.ClientSession:
        # The connector belongs to the session, which closes it.
        connector = aiohttp.TCPConnector(limit=0, local_addr=(self.address, 0))
        timeout = aiohttp.ClientTimeout(total=ANSWER_S)
        return aiohttp.ClientSession(
            f"http://{self.host}:{self.port}", connector=connector, headers=self.headers, timeout=timeout
        )

    @asynccontextmanager
    async def page(self, client: aiohttp.ClientSession, **said: str) -> AsyncIterator[Page]:
        """An open page; `said` is what it says of itself otherwise than usual."""
        async with client.ws_connect("/ws/socket.io/?EIO=4&transport=websocket", max_msg_size=0) as socket:
            page = Page(socket)
            reading = asyncio.create_task(page.read())
            auth = {"sessionId": page.session_id, "clientType": "webapp", "userEnv": "{}", "chatProfile": ""}
            await socket.send_str("40" + json.dumps(auth | {"threadId": ""} | said))
            await page.emit("connection_successful")
            try:
                async with asyncio.timeout(ANSWER_S):
                    await page.is_open.wait()
                yield page
            finally:
                reading.cancel()
                await asyncio.gather(reading, return_exceptions=True)

    async def send(self, head: bytes, body: bytes = b"", times: int = 0, then: bytes = b"") -> str:
        """The first line of what is answered, '' where nothing is. The body's piece is sent so many times."""
        reader, writer = await asyncio.open_connection(self.host, self.port, local_addr=(self.address, 0))
        answer = asyncio.create_task(reader.readline())
        try:
            writer.write(head)
            for _ in range(times):
                if answer.done():
                    break
                writer.write(body)
                await writer.drain()
            writer.write(then)
            return (await asyncio.wait_for(answer, ANSWER_S)).decode().strip()
        finally:
            answer.cancel()
            await asyncio.gather(answer, return_exceptions=True)
            writer.transport.abort()


@dataclass
class Page:
    """A page's socket, read only as far as its owner cares."""

    socket: aiohttp.ClientWebSocketResponse
    session_id: str = field(default_factory=lambda: str(uuid.uuid4()))
    is_open: asyncio.Event = field(default_factory=asyncio.Event)
    is_answered: asyncio.Event = field(default_factory=asyncio.Event)

    async def read(self) -> None:
        async for frame in self.socket:
            if frame.data == "2":
                await self.socket.send_str("3")
            elif frame.data.startswith('42["task_end"'):
                self.is_answered.set()
            elif frame.data.startswith(('42["set_modes"', '42["resume_thread"')):
                self.is_open.set()

    async def emit(self, event: str, *data: Any) -> None:
        await self.socket.send_str("42" + json.dumps([event, *data]))

    async def ask(self, text: str) -> None:
        """Ask, and wait for the end of the answer for a while."""
        self.is_answered.clear()
        step = {"id": str(uuid.uuid4()), "name": "user", "type": "user_message", "output": text}
        message = step | {"createdAt": "2026-11-29T10:00:00Z"}
        await self.emit("client_message", {"message": message, "fileReferences": []})
        async with asyncio.timeout(ANSWER_S):
            await self.is_answered.wait()


Attack = Callable[[Attacker], Awaitable[None]]


async def schemas(one: Attacker) -> None:
    """Answers that are to fit schemas that unfold to a million parts."""
    settings = {"temperature": 0.2, "top_p": 1, "max_tokens": 100, "system_prompt": "x"}
    async with one.client() as client, one.page(client, chatProfile="structured") as page:
        for bomb in schema_bombs():
            await page.emit("chat_settings_change", settings | {"answer_schema": bomb})
            await page.ask("json")
            one.told["answered"] += 1


async def imports(one: Attacker) -> None:
    """Chats of many small steps, opened again and again."""
    for count in STEPS:
        async with one.client() as client:
            form = aiohttp.FormData()
            form.add_field("chat", _IMPORTS[count], filename="chat.json")
            async with client.post("/import", data=form, allow_redirects=False) as answer:
                one.told[f"{count} steps: {answer.status}"] += 1
                thread = answer.headers.get("Location", "").rpartition("/")[2]
            for _ in range(5 if thread else 0):
                async with one.page(client, threadId=thread) as page:
                    for _ in range(10):
                        await page.emit("connection_successful")
                    one.told["opened"] += 1


async def bodies(one: Attacker) -> None:
    """Bodies of 100 MB."""
    for method, path in (("PUT", "/project/thread"), ("POST", "/project/threads"), ("POST", "/login")):
        head = f"{method} {path} HTTP/1.1\r\nHost: {one.host}:{one.port}\r\nContent-Type: application/json\r\n"
        head += f"Content-Length: {BODY_BYTES}\r\n" + (f"Cookie: {one.cookie}\r\n" if one.cookie else "")
        one.told[await one.send(f"{head}\r\n[".encode(), NESTED, BODY_BYTES // len(NESTED))] += 1


async def events(one: Attacker) -> None:
    """Floods of events, small and large."""
    named = ("connection_successful", "fetch_favorites", "nothing", "stop")
    flood = [f'42["{name}"]' for name in named] + ['42["window_message",{"typing":true}]']
    async with one.client() as client, one.page(client) as page:
        for number in range(5_000):
            await page.socket.send_str(flood[number % len(flood)])
        one.told["5,000 sent"] += 1
        await page.socket.send_str('42["window_message",[' + "[1],[2]," * MIB + "[3]]]")
        await page.emit("window_message", {"typing": True})
        one.told["8 MiB sent"] += 1


async def files(one: Attacker) -> None:
    """Eight PDFs at once, each with far more to read than it is long."""
    async with one.client() as client, one.page(client) as page:

        async def upload() -> None:
            form = aiohttp.FormData()
            form.add_field("file", _PDF, filename="heavy.pdf", content_type="application/pdf")
            async with client.post("/project/file", params={"session_id": page.session_id}, data=form) as answer:
                one.told[str(answer.status)] += 1

        await _all(one, [upload] * 8)


async def logins(one: Attacker) -> None:
    """A hundred wrong logins at once, each for another name."""
    async with one.client() as client:

        async def guess() -> None:
            wrong = {"username": f"guess-{uuid.uuid4().hex[:8]}", "password": "wrong horse"}
            async with client.post("/login", data=wrong) as answer:
                one.told[str(answer.status)] += 1

        await _all(one, [guess] * PASSWORDS)


async def halves(one: Attacker) -> None:
    """Requests of which only a half is sent: of the head, or of the body."""
    host = f"Host: {one.host}:{one.port}\r\n"
    beginnings = (
        f"GET / HTTP/1.1\r\n{host}X-Half: ",
        f"PUT /project/thread HTTP/1.1\r\n{host}Content-Type: application/json\r\nContent-Length: 100\r\n\r\n[",
    )

    async def half(number: int) -> None:
        one.told["begun"] += 1
        told = await one.send(beginnings[number % 2].encode())
        one.told[told or "ended"] += 1

    await _all(one, [lambda number=number: half(number) for number in range(HALVES)])  # type: ignore[misc]


async def calls(one: Attacker) -> None:
    """Answers with hundreds of calls of a tool."""
    async with one.client() as client, one.page(client) as page:
        await page.ask("hundreds")
        one.told["answered"] += 1


ATTACKS: dict[str, Attack] = {
    one.__name__: one for one in (schemas, imports, bodies, events, files, logins, halves, calls)
}
_IMPORTS: dict[int, bytes] = {}
_PDF = b""


async def _all(one: Attacker, tries: list[Callable[[], Awaitable[None]]]) -> None:
    async def noted(go: Callable[[], Awaitable[None]]) -> None:
        try:
            await go()
        except (aiohttp.ClientError, OSError, TimeoutError) as error:
            one.told[type(error).__name__] += 1

    await asyncio.gather(*map(noted, tries))


async def again_and_again(attack: Attack, one: Attacker, until_s: float) -> None:
    """Until the time is up; whatever the app does with it."""
    while (left_s := until_s - perf_counter()) > 0:
        try:
            async with asyncio.timeout(left_s):
                await attack(one)
        except (aiohttp.ClientError, OSError, TimeoutError, TypeError, AttributeError) as error:
            one.told[type(error).__name__] += 1  # a connection that is closed answers in any of these ways
        await asyncio.sleep(PAUSE_S)


def read_job() -> dict[str, Any]:
    """What is to be done: host, port, seconds, and attacks as {"attack": name, "cookie": ...}. Returns on "go"."""
    global _PDF
    job: dict[str, Any] = json.loads(sys.stdin.readline())
    _PDF = heavy_pdf()
    _IMPORTS.update({count: imported(count) for count in STEPS})
    print("ready", flush=True)  # noqa: T201
    assert sys.stdin.readline() == "go\n"
    return job


async def main(job: dict[str, Any]) -> dict[str, dict[str, int]]:
    """Do it; gives what came of each attack."""
    until_s = perf_counter() + job["seconds"]
    attackers = [
        Attacker(job["host"], job["port"], one["cookie"], f"127.0.0.{number + 2}")
        for number, one in enumerate(job["attacks"])
    ]
    ways = [ATTACKS[one["attack"]] for one in job["attacks"]]
    await asyncio.gather(*(again_and_again(way, one, until_s) for way, one in zip(ways, attackers, strict=True)))
    told: dict[str, Counter[str]] = {}
    for way, one in zip(ways, attackers, strict=True):
        told.setdefault(way.__name__, Counter()).update(one.told)
    return {name: dict(counts) for name, counts in told.items()}


if __name__ == "__main__":
    os.nice(19)
    print(json.dumps(asyncio.run(main(read_job()))))  # noqa: T201
