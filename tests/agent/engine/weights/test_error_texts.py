"""Why there is no model is told in both languages, and both name the same things."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, get_args

import pytest

from agent.engine.weights.download_failure import download_error
from agent.engine.weights.hub import Source
from agent.engine.weights.resolve import locate, resolve
from agent.errors import ModelError
from tests.agent.engine.weights.hub_server import safetensors, write_model
from tests.languages import assert_says_the_same_in_chinese

SHARD = "model-00002-of-00002.safetensors"


@pytest.mark.parametrize("source", get_args(Source))
@pytest.mark.parametrize(
    ("kind", "figures"),
    [
        ("unknown", {}),
        ("forbidden", {}),
        ("unreachable", {}),
        ("unreachable", {"done": 6_400_000_000, "total": 15_231_000_000}),
        ("disk_full", {"at": "/cache"}),
        ("disk_full", {"at": "/cache", "needed": 15_231_000_000, "free": 2_000_000_000}),
        ("damaged", {}),
        ("damaged", {"file": SHARD}),
        ("not_loadable", {"lacks": "config.json"}),
        ("other", {}),
    ],
)
def test_why_a_download_failed_is_told_in_both_languages(kind: str, figures: Mapping[str, Any], source: Source) -> None:
    error = download_error(kind, figures, model="Qwen/Qwen2.5-7B-Instruct", source=source, by_hand=Path("/models/Qwen"))
    assert_says_the_same_in_chinese(error)


def test_a_name_that_means_nothing_is_told_in_both_languages() -> None:
    with pytest.raises(ModelError) as error:
        resolve("qwen", builtin_folder=Path("weights"))
    assert_says_the_same_in_chinese(error.value)


@pytest.mark.parametrize("gone", ["config.json", "*.safetensors", "model*", SHARD, "tokenizer.json"])
def test_what_a_folder_lacks_is_told_in_both_languages(tmp_path: Path, gone: str) -> None:
    folder = write_model(tmp_path / "o" / "m")
    (folder / "pytorch_model.bin").unlink()
    for path in folder.glob(gone):
        path.unlink()
    for model in (folder, "o/m"):
        with pytest.raises(ModelError) as error:
            locate(model, models_folder=tmp_path)
        assert_says_the_same_in_chinese(error.value)


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        (SHARD, safetensors(300_000)[:-1], f"缺少：{SHARD} 的剩余部分。"),
        ("config.json.incomplete", b"", "缺少：config.json 的剩余部分。"),
        ("model.safetensors.index.json", b"{", "缺少：可读的权重清单（*.index.json）。"),
        (".qingtan.json", b'{"bytes": {"config.json": 123456}}', "缺少：正确的 config.json（应为 123,456 字节）。"),
    ],
)
def test_what_is_not_whole_is_told_in_both_languages(tmp_path: Path, name: str, content: bytes, said: str) -> None:
    folder = write_model(tmp_path / "mine")
    (folder / name).write_bytes(content)
    with pytest.raises(ModelError) as error:
        locate(folder, models_folder=tmp_path)
    assert_says_the_same_in_chinese(error.value)
    assert said in error.value.in_language("zh")


@pytest.mark.parametrize("name", ["none", "model.gguf"])
def test_a_folder_that_is_none_is_told_in_both_languages(tmp_path: Path, name: str) -> None:
    with pytest.raises(ModelError) as error:
        locate(tmp_path / name, models_folder=tmp_path)
    assert_says_the_same_in_chinese(error.value)
