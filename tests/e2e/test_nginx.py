"""The app behind a real nginx with the files of deploy/nginx: what comes through, is ended, is not believed."""

from __future__ import annotations

import asyncio
import os
import re
import shutil
import socket
import ssl
import subprocess
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from agent.settings import Settings
from dev.app_process import PROJECT, App, free_port
from dev.chat_client import Chat
from tests.e2e.conftest import wait_until
from tests.e2e.storyteller import storyteller
from web.server.body_limit import FORM_BYTES
from web.store.transcripts import MAX_BYTES

FILES = PROJECT / "deploy" / "nginx"
NAME = "chat.example.com"
FILE_MB = Settings.model_fields["attachment_max_mb"].default
MAIN = """{user}
daemon off; pid nginx.pid; error_log error.log;
events {{ worker_connections 512; }}
http {{
    access_log off;
    client_body_temp_path body; proxy_temp_path proxy; fastcgi_temp_path f; uwsgi_temp_path u; scgi_temp_path s;
    include site.conf;
}}
"""
QUICK = {
    "client_header_timeout 10s": "client_header_timeout 1s",
    "client_body_timeout 10s": "client_body_timeout 1s",
    "qingtan_connections 500": "qingtan_connections 5",
}


def program() -> str:
    found = shutil.which("nginx", path=f"{os.environ['PATH']}:/usr/sbin:/usr/local/sbin")
    if found is None:
        pytest.skip("there is no nginx here; on Debian and Ubuntu: sudo apt install nginx")
    return found


@contextmanager
def nginx(folder: Path, site: str, ports: dict[str, int]) -> Iterator[None]:
    """nginx with that file of ours as its site; `ports` says which take the places of those that are in the files."""
    shutil.copytree(FILES, folder / "qingtan")
    (folder / "qingtan" / site).rename(folder / "site.conf")
    for file in (folder / "site.conf", *(folder / "qingtan").iterdir()):
        text = file.read_text("utf-8").replace("/etc/letsencrypt/live/chat.example.com", str(folder))
        for usual, quick in QUICK.items():
            text = text.replace(usual, quick)
        for usual_port, port in ports.items():
            text = re.sub(rf"(listen|server) (127\.0\.0\.1:)?{usual_port}\b", rf"\1 127.0.0.1:{port}", text)
        file.write_text(text, "utf-8")
    (folder / "nginx.conf").write_text(MAIN.format(user="user root;" if os.geteuid() == 0 else ""))
    command = [program(), "-p", str(folder), "-c", "nginx.conf", "-e", "error.log"]
    checked = subprocess.run([*command, "-t"], capture_output=True, text=True)
    assert checked.returncode == 0, checked.stderr
    assert "[warn]" not in checked.stderr
    running = subprocess.Popen(command)
    try:
        yield
    finally:
        running.terminate()
        running.wait(10)


class Heard:
    """An app of sorts, which answers everything and keeps the heads and lengths of what came."""

    def __init__(self) -> None:
        self.heads: list[str] = []
        self.bodies: list[int] = []
        self.free = asyncio.Event()  # to answer what asks for /wait

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).decode()
                self.heads.append(head.lower())
                length = re.search(r"content-length: (\d+)", head.lower())
                self.bodies.append(len(await reader.readexactly(int(length[1]) if length else 0)))
                if head.startswith("GET /wait"):
                    await self.free.wait()
                writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok")
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()


@pytest.fixture
async def heard() -> AsyncIterator[tuple[Heard, int]]:
    app = Heard()
    server = await asyncio.start_server(app.serve, "127.0.0.1", 0)
    yield app, server.sockets[0].getsockname()[1]
    app.free.set()
    server.close()


@pytest.fixture
async def plain(heard: tuple[Heard, int], tmp_path: Path) -> AsyncIterator[tuple[Heard, httpx.AsyncClient, int]]:
    """What is behind it, a client, and the port of the plain one."""
    app, behind = heard
    port = free_port()
    with nginx(tmp_path, "plain.conf", {"8000": behind, "8080": port}):
        await wait_until(lambda: listens(port))
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}") as client:
            yield app, client, port


def listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


Plain = tuple[Heard, httpx.AsyncClient, int]


async def test_a_page_loads_and_a_chat_streams_through_it(launch: Callable[..., App], tmp_path: Path) -> None:
    env = {"ENGINE": "remote", "MODEL": "auto", "DATA_DIR": str(tmp_path / "data")}
    port, folder = free_port(), tmp_path / "nginx"
    folder.mkdir()
    with storyteller() as model, launch(REMOTE_BASE_URL=model, **env) as app:
        app.wait_until_loaded()
        with nginx(folder, "plain.conf", {"8000": app.port, "8080": port}):
            url = f"http://127.0.0.1:{port}"
            await wait_until(lambda: listens(port))
            async with httpx.AsyncClient(base_url=url) as client:
                page = await client.get("/")
                assert (page.status_code, "<title>" in page.text, page.headers["server"]) == (200, True, "nginx")
            chat = await Chat.open(url, origin=url)
            await chat.start("讲一个故事")
            await chat.first_text()
            await asyncio.sleep(1)  # of a story that takes twenty
            await chat.stop()
            answer = await chat.ended()
            assert len(answer.frames_at_s) > 10  # as the words come, not in the end
            await chat.close()


FORGED = {
    "X-Forwarded-For": "203.0.113.9",
    "X-Forwarded-Proto": "gopher",
    "X-Forwarded-Host": "evil.example",
    "X-Real-IP": "203.0.113.9",
    "Forwarded": "for=203.0.113.9",
    "X-Forwarded-User": "anna",
    "X-Forwarded-Email": "anna@example.com",
    "X-Forwarded-Preferred-Username": "anna",
    "X-Auth-Request-User": "anna",
    "X-Auth-Request-Email": "anna@example.com",
    "X-Remote-User": "anna",
    "Remote-User": "anna",
    "X_Forwarded_User": "anna",  # some frameworks take it for the same
    "x-forwarded-USER": "anna",
}


@pytest.mark.parametrize("path", ["/", "/login", "/ws/socket.io/", "/project/file", "/import", "//login", "/%6Cogin"])
async def test_what_a_client_says_of_itself_does_not_arrive(plain: Plain, path: str) -> None:
    app, client, port = plain
    assert (await client.get(path, headers=FORGED)).status_code == 200
    (head,) = app.heads
    for lie in ("203.0.113.9", "gopher", "evil.example", "anna"):
        assert lie not in head
    said = dict(line.split(": ", 1) for line in head.splitlines()[1:] if line)
    assert said["x-forwarded-for"] == "127.0.0.1"
    assert said["x-forwarded-proto"] == "http"
    assert said["host"] == said["x-forwarded-host"] == f"127.0.0.1:{port}"


HALVES = (
    "GET / HTTP/1.1\r\nHost: x\r\nX-Half: ",
    "GET / HTT",
    "",
    "POST /project/thread HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n[",
)


async def test_what_is_sent_by_half_is_ended(plain: Plain) -> None:
    app, _, port = plain

    async def send(half: str) -> bytes:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(half.encode())
        answer = b""
        async with asyncio.timeout(5):
            with suppress(ConnectionResetError):
                answer = await reader.read()
        writer.close()
        return answer

    for answer in await asyncio.gather(*map(send, HALVES)):
        assert answer == b"" or b" 408 " in answer
    assert app.heads == []


async def test_an_address_has_so_many_connections_and_another_still_comes_in(plain: Plain) -> None:
    app, client, port = plain
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}") as greedy:
        waiting = [asyncio.create_task(greedy.get("/wait")) for _ in range(5)]
        await wait_until(lambda: len(app.heads) == 5)
        assert (await client.get("/")).status_code == 429
        other = httpx.AsyncHTTPTransport(local_address="127.0.0.2")
        async with httpx.AsyncClient(transport=other, base_url=f"http://127.0.0.1:{port}") as neighbour:
            assert (await neighbour.get("/")).status_code == 200
        app.free.set()
        assert {(await one).status_code for one in waiting} == {200}


async def test_wrong_passwords_come_slowly(plain: Plain) -> None:
    _, client, _ = plain
    said = [(await client.post("/login", data={"username": "anna"})).status_code for _ in range(30)]
    assert said[:20] == [200] * 20
    assert 429 in said[20:]


@pytest.mark.parametrize(
    ("path", "fits", "size"),
    [
        ("/project/file", True, FILE_MB * 1_000_000 + FORM_BYTES),
        ("/project/file", False, 27_000_000),
        ("/import", True, MAX_BYTES + FORM_BYTES),
        ("/import", False, 14_000_000),
        ("/project/thread", True, 1_000_000),
        ("/project/thread", False, 3_000_000),
        ("/login", False, 3_000_000),
        ("/ws/socket.io/", False, 3_000_000),
        ("/project/../login", False, 3_000_000),
    ],
)
async def test_a_body_is_as_large_as_the_app_takes_it(plain: Plain, path: str, fits: bool, size: int) -> None:
    app, client, _ = plain

    async def body() -> AsyncIterator[bytes]:
        yield b"x" * size

    whole = await client.post(path, content=b"x" * size)
    assert (whole.status_code, app.bodies) == ((200, [size]) if fits else (413, []))
    if not fits:  # one that does not say how long it is
        assert (await client.post(path, content=body())).status_code == 413
        assert app.bodies == []


def make_certificate(folder: Path) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, NAME)])
    now = datetime.now(UTC)
    made = x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number(), now, now + timedelta(1))
    names = x509.SubjectAlternativeName([x509.DNSName(NAME)])
    pem = made.add_extension(names, critical=False).sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)
    (folder / "fullchain.pem").write_bytes(pem)
    form = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    (folder / "privkey.pem").write_bytes(key.private_bytes(*form))


@asynccontextmanager
async def tls(heard: tuple[Heard, int], folder: Path) -> AsyncIterator[tuple[int, int]]:
    """The ports of the whole one, for http and https."""
    make_certificate(folder)
    http, https = free_port(), free_port()
    with nginx(folder, "qingtan.conf", {"8000": heard[1], "80": http, "443": https}):
        await wait_until(lambda: listens(https))
        yield http, https


async def test_with_tls_the_app_hears_of_it_and_other_names_get_nothing(
    heard: tuple[Heard, int], tmp_path: Path
) -> None:
    async with tls(heard, tmp_path) as (http, https):
        trust = ssl.create_default_context(cafile=str(tmp_path / "fullchain.pem"))
        async with httpx.AsyncClient(verify=trust) as client:
            told = {"Host": NAME}, {"sni_hostname": NAME}
            answer = await client.get(f"https://127.0.0.1:{https}/", headers=told[0], extensions=told[1])
            assert answer.status_code == 200
            assert "x-forwarded-proto: https" in heard[0].heads[0]
            led = await client.get(f"http://127.0.0.1:{http}/thread/1", headers=told[0])
            assert (led.status_code, led.headers["location"]) == (301, f"https://{NAME}/thread/1")
            with pytest.raises(httpx.RemoteProtocolError):  # also over a connection that was made for the right name
                await client.get(f"https://127.0.0.1:{https}/", headers={"Host": "evil.example"})
        async with httpx.AsyncClient(verify=trust) as client:
            evil = {"Host": "evil.example"}, {"sni_hostname": "evil.example"}
            with pytest.raises(httpx.RemoteProtocolError):
                await client.get(f"http://127.0.0.1:{http}/", headers=evil[0])
            with pytest.raises(httpx.ConnectError):
                await client.get(f"https://127.0.0.1:{https}/", headers=evil[0], extensions=evil[1])
    assert len(heard[0].heads) == 1
