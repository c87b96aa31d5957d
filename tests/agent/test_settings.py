"""Settings: the defaults, what is refused and how, and .env.example beside them."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from agent.engine.protocol import Sampling
from agent.errors import SettingsError
from agent.settings import Settings, read_settings

EXAMPLE = Path(__file__).parents[2] / ".env.example"


@pytest.fixture(autouse=True)
def no_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    for key in Settings.model_fields:
        monkeypatch.delenv(key.upper(), raising=False)


def test_nothing_needs_to_be_set() -> None:
    settings = read_settings()
    assert (settings.model, settings.model_source, settings.weather_provider) == ("auto", "modelscope", "auto")
    assert settings.sampling() == Sampling(temperature=0.45, top_p=0.9, max_tokens=8192)
    assert settings.data_dir.is_absolute()


@pytest.mark.parametrize(
    ("key", "value", "allowed"),
    [
        ("TEMPERATURE", "hot", "valid number"),
        ("TOP_P", "3", "less than or equal to 1"),
        ("GPU_MEMORY_UTILIZATION", "90", "less than or equal to 1"),
        ("DTYPE", "int3", "'auto', 'bfloat16', 'float16' or 'float32'"),
        ("MODEL_SOURCE", "ftp", "'modelscope' or 'huggingface'"),
        ("WEATHER_PROVIDER", "moon", "'auto', 'open-meteo', 'amap' or 'simulated'"),
        ("MAX_ROUNDS", "0", "greater than or equal to 1"),
        ("ENFORCE_EAGER", "perhaps", "valid boolean"),
        ("QUOTA_CHATS", "100", "write two numbers, a person's and a guest's, such as 30,6"),
        ("QUOTA_KEPT_MB", "1,2,3", "write two numbers"),
        ("GUEST_CHATS_DAYS", "-1", "greater than or equal to 0"),
    ],
)
def test_a_wrong_value_is_refused_with_its_key_its_value_and_what_is_allowed(
    monkeypatch: pytest.MonkeyPatch, key: str, value: str, allowed: str
) -> None:
    monkeypatch.setenv(key, value)
    with pytest.raises(SettingsError) as refusal:
        read_settings()
    first, last = str(refusal.value).splitlines()
    assert first.startswith(f"{key}={value!r}: ")
    assert allowed in first
    assert "start again" in last


def test_engine_args_must_be_json(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ENGINE_ARGS", "--max-num-seqs 64")
    with pytest.raises(SettingsError, match="ENGINE_ARGS is not a JSON object"):
        read_settings()


def test_amap_needs_its_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WEATHER_PROVIDER", "amap")
    with pytest.raises(SettingsError, match="AMAP_API_KEY"):
        read_settings()


def test_engine_args_win_over_the_named_ones(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ENGINE_ARGS", '{"max_num_seqs": 64, "dtype": "float16"}')
    arguments = read_settings().engine_arguments()
    assert (arguments["max_num_seqs"], arguments["dtype"], arguments["tensor_parallel_size"]) == (64, "float16", 1)


def test_an_empty_value_means_the_default(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TEMPERATURE", "")
    assert read_settings().temperature == 0.45


def test_env_example_explains_every_key_and_holds_the_defaults() -> None:
    lines = EXAMPLE.read_text(encoding="utf-8").splitlines()
    values = dict(match.groups() for line in lines if (match := re.fullmatch(r"#?([A-Z][A-Z0-9_]*)=(.*)", line)))
    ours = {key for key in values if not key.startswith("CHAINLIT_")} - {"HEADLESS", "ACCELERATOR"}  # read by `make`
    assert ours == {key.upper() for key in Settings.model_fields}
    from_example = Settings(_env_file=EXAMPLE)
    assert from_example == Settings(_env_file=None)
    for index, line in enumerate(lines):
        if re.match(r"#?[A-Z][A-Z0-9_]*=", line):
            assert lines[index - 1].startswith("# "), f"{line} has no line of explanation above it"


def test_a_size_of_zero_is_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KV_OFFLOADING_SIZE", "0")
    assert read_settings().engine_arguments()["kv_offloading_size"] is None


@pytest.mark.parametrize(
    ("value", "pair"),
    [("7,3", (7, 3)), (" 7 , 3 ", (7, 3)), ("0,0", (0, 0)), ("1_000,5", (1000, 5)), ("", (5000, 100))],
)
def test_a_quota_is_a_persons_number_and_a_guests(
    monkeypatch: pytest.MonkeyPatch, value: str, pair: tuple[int, int]
) -> None:
    monkeypatch.setenv("QUOTA_CHATS", value)
    assert read_settings().quota_chats == pair


@pytest.mark.parametrize("value", ["7;3", "7,-3", "many,few", "7,", "1.5,2"])
def test_a_quota_that_is_none_is_refused_with_its_key(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    monkeypatch.setenv("QUOTA_CHATS", value)
    with pytest.raises(SettingsError, match="QUOTA_CHATS"):
        read_settings()
