"""Chainlit's real server with a login of ours before it, inside of this process: no browser, no engine, no port."""

from __future__ import annotations

import asyncio
import json
import shutil
import uuid
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

import httpx
from chainlit import server
from chainlit.session import WebsocketSession
from sqlalchemy import URL, insert

from tests.web.auth.test_guests import soon
from tests.web.auth.test_passwords import QUICK
from web.auth.guests import Guests, LinkLimits
from web.auth.login import Login
from web.auth.passwords import Passwords
from web.auth.validity import confirmed_s
from web.quotas.limits import Limits as QuotaLimits
from web.quotas.quotas import Quotas
from web.store.data_layer import DataLayer
from web.store.database import Database, connect
from web.store.tables import passwords, time_text

PASSWORD = "correct horse"
HASH = QUICK.hash(PASSWORD)
LIMITS = LinkLimits(turns=9, tokens=999, guests=9)


class Browser:
    """Cookies, and a page that speaks socket.io over the polling transport."""

    def __init__(self, address: str = "127.0.0.1", **headers: str) -> None:
        transport = httpx.ASGITransport(server.app, client=(address, 50_000))
        self.http = httpx.AsyncClient(transport=transport, base_url="http://localhost", headers=headers)
        self.session_id = str(uuid.uuid4())
        self.said: list[Any] = []
        self.sid = ""
        self.closed = asyncio.Event()
        self._reading: asyncio.Task[None] | None = None

    async def log_in(self, name: str, password: str = PASSWORD) -> int:
        return (await self.http.post("/login", data={"username": name, "password": password})).status_code

    async def name(self) -> str | None:
        """Who is logged in."""
        given = await self.http.get("/user")
        return given.json()["identifier"] if given.status_code == 200 else None

    async def open(self) -> bool:
        """Open the page's connection; whether it was taken."""
        said = {"sessionId": self.session_id, "clientType": "webapp", "userEnv": "{}", "chatProfile": ""}
        is_taken = (await self.connect(said)).startswith("40")
        self._reading = asyncio.create_task(self._read()) if is_taken else None
        return is_taken

    async def connect(self, said: Mapping[str, Any]) -> str:
        """Connect, and say this; what is answered, '' if nobody listens."""
        given = await self.http.get(self._path())
        if given.status_code != 200:
            return ""
        self.sid = json.loads(given.text[1:])["sid"]
        if not await self._post(f"40{json.dumps(said)}"):
            return ""
        return (await self.http.get(self._path())).text

    async def emit(self, event: str, *data: Any) -> bool:
        """Send an event; whether the connection still took it."""
        return await self._post(f"42{json.dumps([event, *data])}")

    @property
    def session(self) -> WebsocketSession:
        return WebsocketSession.get_by_id(self.session_id)

    async def end(self) -> None:
        if self._reading:
            self._reading.cancel()
        await self.http.aclose()

    def _path(self) -> str:
        return f"/ws/socket.io/?EIO=4&transport=polling{f'&sid={self.sid}' if self.sid else ''}"

    async def _post(self, packet: str) -> bool:
        return (await self.http.post(self._path(), content=packet)).status_code == 200

    async def _read(self) -> None:
        while True:
            given = await self.http.get(self._path())
            packets = given.text.split("\x1e") if given.status_code == 200 else ["1"]
            self.said += [json.loads(one[2:]) for one in packets if one.startswith("42")]
            if "1" in packets or any(one.startswith("41") for one in packets):
                self.closed.set()
                return

    def read(self) -> str:
        """All that came over the connection."""
        return json.dumps(self.said, ensure_ascii=False)


class House:
    """The app's login, its database, and whoever comes."""

    def __init__(self, folder: Path, migrated: Path) -> None:
        """`migrated` is the file of an empty database, to be copied into the folder."""
        self.folder = folder
        self.database: Database = connect(URL.create("sqlite", database=str(shutil.copy(migrated, folder))))
        nothing: Any = None
        self.layer = DataLayer(self.database, nothing, nothing)
        self.passwords, self.guests = Passwords(self.database, QUICK), Guests(self.database)
        self.handled: list[str] = []  # the ids of the connections whose events came through
        self.came: list[Browser] = []

    def let_in_by(self, auth: Any, quotas: Quotas | None = None, **settings: Any) -> Login:
        given = {"header": None, "allowed": None, "hosts": None, "connections": 200} | settings
        quotas = quotas or Quotas(self.database, QuotaLimits(), QuotaLimits())
        self.login = Login(auth, self.database, quotas, **given)
        self.login.install(self.folder, self.layer)
        self.login.by_password.passwords._nobody = HASH
        return self.login

    def browser(self, address: str = "127.0.0.1", **headers: str) -> Browser:
        self.came.append(Browser(address, **headers))
        return self.came[-1]

    async def add(self, *names: str) -> None:
        """Let them log in by `PASSWORD`, whose hash here takes no time."""
        rows = [{"name": name, "hash": HASH, "changed_at": time_text()} for name in names]
        await self.database.write(lambda connection: connection.execute(insert(passwords).values(rows)))

    async def link(self) -> str:
        """The path of a new demo link."""
        return f"/guest/{await self.guests.make_link(soon(), LIMITS)}"

    async def note(self, sid: str, *_: Any) -> None:
        self.handled.append(sid)

    async def has_passed(self, browser: Browser, event: str = "noted") -> bool:
        """Whether an event of this page is handled."""
        before = len(self.handled)
        await browser.emit(event)
        if working := [one for one in asyncio.all_tasks() if "_handle_event_internal" in repr(one.get_coro())]:
            await asyncio.wait(working)
        return len(self.handled) > before

    def forget_answers(self, *browsers: Browser) -> None:
        """As if a second had passed since it was asked whether these logins hold."""
        for one in browsers:
            confirmed_s.set(one.session, confirmed_s.of(one.session) - 1.1)


async def close(house: House, browsers: Collection[Browser]) -> None:
    for one in browsers:
        await one.end()
    await house.database.close()
