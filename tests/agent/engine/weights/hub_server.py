"""Both hubs' download APIs on loopback, as far as the SDKs use them, with faults that a test can order."""

from __future__ import annotations

import contextlib
import hashlib
import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

MODEL = "someone/tiny"
COMMIT = "0123456789abcdef0123456789abcdef01234567"


@cache
def safetensors(count_bytes: int) -> bytes:
    """A whole file in the safetensors format, with one tensor of so many bytes."""
    tensor = {"weight": {"dtype": "U8", "shape": [count_bytes], "data_offsets": [0, count_bytes]}}
    header = json.dumps(tensor).encode()
    return len(header).to_bytes(8, "little") + header + (bytes(range(251)) * (count_bytes // 251 + 1))[:count_bytes]


def tiny_model() -> dict[str, bytes]:
    """What a model's repository holds, small; some of it is not for us."""
    shards = {"model-00001-of-00002.safetensors": 400_000, "model-00002-of-00002.safetensors": 300_000}
    return {
        "config.json": b'{"model_type": "qwen2"}',
        "tokenizer.json": b'{"version": "1.0"}',
        "tokenizer_config.json": b"{}",
        "README.md": b"# tiny",
        "model.safetensors.index.json": json.dumps(
            {"weight_map": {f"layer.{number}": name for number, name in enumerate(shards)}}
        ).encode(),
        **{name: safetensors(size) for name, size in shards.items()},
        "pytorch_model.bin": b"the same weights again",
        "original/consolidated.00.pth": b"and again",
        "tiny-q4.gguf": b"and again",
    }


def write_model(folder: Path, model: dict[str, bytes] | None = None) -> Path:
    """The model as a folder."""
    for name, content in (model or tiny_model()).items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)
    return folder


@dataclass
class ScriptedHub:
    """What the server serves, and how it fails."""

    files: dict[str, bytes] = field(default_factory=tiny_model)
    status: int = 200  # of every answer
    damaged: set[str] = field(default_factory=set)  # files whose last byte is changed on the way
    cut_at: dict[str, int] = field(default_factory=dict)  # file -> byte at which the connection is closed, once
    stall_at: dict[str, int] = field(default_factory=dict)  # file -> byte after which nothing comes any more
    listed_size: dict[str, int] = field(default_factory=dict)  # file -> a size that is not its own
    fetched: list[tuple[str, str | None]] = field(default_factory=list)  # (file, Range) of each download
    requests: list[str] = field(default_factory=list)
    released: threading.Event = field(default_factory=threading.Event)
    url: str = ""

    def size(self, name: str) -> int:
        return self.listed_size.get(name, len(self.files[name]))

    def sha256(self, name: str) -> str:
        return hashlib.sha256(self.files[name]).hexdigest()


@contextlib.contextmanager
def serve(hub: ScriptedHub) -> Iterator[ScriptedHub]:
    """The hub at `hub.url`, until the end of the block."""
    handler = type("Handler", (_Handler,), {"hub": hub})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    hub.url = f"http://127.0.0.1:{server.server_port}"
    try:
        yield hub
    finally:
        hub.released.set()
        server.shutdown()
        server.server_close()
        thread.join()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    hub: ScriptedHub

    def log_message(self, *_: Any) -> None:
        pass

    def do_HEAD(self) -> None:
        self.do_GET()

    def do_GET(self) -> None:
        self.hub.requests.append(f"{self.command} {self.path}")
        path, query = unquote(urlsplit(self.path).path), parse_qs(urlsplit(self.path).query)
        if self.hub.status != 200:
            self.answer(self.hub.status, {"Code": self.hub.status, "Message": "secret inner words"})
        elif path == f"/api/v1/models/{MODEL}/repo/files":
            self.answer(200, {"Code": 200, "Data": {"Files": [self.modelscope_entry(name) for name in self.hub.files]}})
        elif path == f"/api/v1/models/{MODEL}/repo":
            self.send_content(query["FilePath"][0])
        elif path in (f"/api/models/{MODEL}", f"/api/models/{MODEL}/revision/main"):
            self.answer(200, {"id": MODEL, "sha": COMMIT, "siblings": [self.sibling(name) for name in self.hub.files]})
        elif path == f"/api/models/{MODEL}/tree/{COMMIT}":
            self.answer(200, [self.tree_entry(name) for name in self.hub.files])
        elif path.startswith(f"/{MODEL}/resolve/"):
            self.send_content(path.split("/", 5)[5])
        elif path.startswith(("/api/models/", "/api/v1/models/")):
            self.answer(404, {"Code": 10010205001, "Message": "secret inner words"}, {"X-Error-Code": "RepoNotFound"})
        else:
            self.answer(404, {})

    def modelscope_entry(self, name: str) -> dict[str, Any]:
        return {"Path": name, "Type": "blob", "Size": self.hub.size(name), "Sha256": self.hub.sha256(name)}

    def lfs(self, name: str, key: str) -> dict[str, Any]:
        if not name.endswith((".safetensors", ".bin", ".pth", ".gguf")):
            return {}
        return {"lfs": {"size": self.hub.size(name), key: self.hub.sha256(name), "pointerSize": 130}}

    def sibling(self, name: str) -> dict[str, Any]:
        return {"rfilename": name, "size": self.hub.size(name), "blobId": "b", **self.lfs(name, "sha256")}

    def tree_entry(self, name: str) -> dict[str, Any]:
        return {"type": "file", "path": name, "size": self.hub.size(name), "oid": "b", **self.lfs(name, "oid")}

    def answer(self, status: int, body: Any, headers: dict[str, str] | None = None) -> None:
        content = json.dumps(body).encode()
        self.send_response(status)
        for key, value in {"Content-Type": "application/json", **(headers or {})}.items():
            self.send_header(key, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content)

    def send_content(self, name: str) -> None:
        content = self.hub.files[name]
        if name in self.hub.damaged:
            content = content[:-1] + bytes([content[-1] ^ 1])
        wanted = self.headers.get("Range")
        start = int(wanted.removeprefix("bytes=").split("-")[0]) if wanted else 0
        self.send_response(206 if wanted else 200)
        if wanted:
            self.send_header("Content-Range", f"bytes {start}-{len(content) - 1}/{len(content)}")
        self.send_header("Content-Length", str(len(content) - start))
        self.send_header("ETag", f'"{self.hub.sha256(name)}"')
        self.send_header("X-Repo-Commit", COMMIT)
        self.end_headers()
        if self.command == "HEAD":
            return
        self.hub.fetched.append((name, wanted))
        end = self.hub.cut_at.pop(name, None) or self.hub.stall_at.get(name, len(content))
        with contextlib.suppress(OSError):  # the other side may be gone
            self.wfile.write(content[start:end])
            self.wfile.flush()
            if name in self.hub.stall_at:
                self.hub.released.wait(30)
        self.close_connection = end < len(content)
