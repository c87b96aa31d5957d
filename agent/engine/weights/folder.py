"""A model's folder on disk: whether all that an engine needs is in it, whole. Knows no hub and no engine."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

RECORD = ".qingtan.json"
"""Beside a fetched model: the size of each of its files, written once all of them had arrived and been checked."""

INDEXES = ("model.safetensors.index.json", "pytorch_model.bin.index.json")
TOKENIZERS = ("tokenizer.json", "vocab*", "*.model", "*.tiktoken", "tekken.json")
HALF = "*.incomplete"
"""What both hubs' SDKs call a file that is still arriving."""


@dataclass(frozen=True)
class Gap:
    """What is missing, in words that a sentence can go around: "... is missing", "缺少：..."."""

    english: str
    chinese: str


def missing(folder: Path) -> Gap | None:
    """What an engine would miss in this folder; None if it is whole."""
    if not (folder / "config.json").is_file():
        return _file("config.json")
    if half := next(folder.glob(HALF), None):
        return _rest(half.name.removesuffix(HALF[1:]))
    recorded = recorded_sizes(folder)
    for name, size in recorded.items():
        if not (folder / name).is_file():
            return _file(name)
        if (folder / name).stat().st_size != size:
            return Gap(f"the right {name} (it should have {size:,} bytes)", f"正确的 {name}（应为 {size:,} 字节）")
    return None if recorded else _missing_unrecorded(folder)


def recorded_sizes(folder: Path) -> Mapping[str, int]:
    """The sizes that were written when the folder was fetched and checked; empty if there is no record."""
    try:
        sizes: dict[str, int] = json.loads((folder / RECORD).read_text("utf-8"))["bytes"]
    except (OSError, ValueError, KeyError):
        return {}
    return sizes


def record_sizes(folder: Path, sizes: Mapping[str, int]) -> None:
    """Note that the folder holds these files, whole. A cache that cannot be written to goes without a note."""
    try:
        (folder / RECORD).write_text(json.dumps({"bytes": sizes}, indent=1), "utf-8")
    except PermissionError:
        return


def _file(name: str) -> Gap:
    return Gap(name, name)


def _rest(name: str) -> Gap:
    return Gap(f"the rest of {name}", f"{name} 的剩余部分")


def _missing_unrecorded(folder: Path) -> Gap | None:
    try:
        weights = list(_weights(folder))
    except (ValueError, KeyError):
        return Gap("a readable list of the weights (*.index.json)", "可读的权重清单（*.index.json）")
    if not weights:
        return Gap("the weights (*.safetensors or *.bin)", "权重（*.safetensors 或 *.bin）")
    for path in weights:
        if not path.is_file():
            return _file(path.name)
        if path.suffix == ".safetensors" and not _is_whole_safetensors(path):
            return _rest(path.name)
    if not any(next(folder.glob(pattern), None) for pattern in TOKENIZERS):
        return Gap("the tokenizer (tokenizer.json)", "分词器（tokenizer.json）")
    return None


def _weights(folder: Path) -> Iterator[Path]:
    for name in INDEXES:
        if (folder / name).is_file():
            shards: dict[str, str] = json.loads((folder / name).read_text("utf-8"))["weight_map"]
            yield from (folder / shard for shard in sorted(set(shards.values())))
            return
    for pattern in ("*.safetensors", "*.bin"):
        yield from sorted(folder.glob(pattern))


def _is_whole_safetensors(path: Path) -> bool:
    """The format begins with the header's length in 8 bytes and the header, whose offsets say where the file ends
    (github.com/huggingface/safetensors, "Format")."""
    size = path.stat().st_size
    with path.open("rb") as file:
        header_bytes = int.from_bytes(file.read(8), "little")
        if size < 8 + header_bytes:
            return False
        try:
            header = json.loads(file.read(header_bytes))
        except ValueError:
            return False
    ends = [tensor["data_offsets"][1] for name, tensor in header.items() if name != "__metadata__"]
    return size == 8 + header_bytes + max(ends, default=0)
