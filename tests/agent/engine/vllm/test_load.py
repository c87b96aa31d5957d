"""The module that loads vLLM, with the installed vLLM and without an engine: arguments, refusals, places."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from agent.errors import SettingsError

pytestmark = pytest.mark.slow  # importing vLLM takes 13 s


@pytest.fixture(scope="module")
def load() -> Any:
    import agent.engine.vllm.load

    return agent.engine.vllm.load


def parse(load: Any, arguments: dict[str, Any], tool_parser: str = "hermes", reasoning_parser: str = "") -> Any:
    return load._parse("/models/m", "m", arguments, tool_parser, reasoning_parser)


def test_arguments_reach_vllm_by_its_own_names(load: Any) -> None:
    args = parse(load, {"dtype": "float32", "max_model_len": 2048, "quantization": None, "max_num_seqs": 7})
    assert (args.model, args.served_model_name, args.dtype) == ("/models/m", ["m"], "float32")
    assert (args.max_model_len, args.quantization, args.max_num_seqs) == (2048, None, 7)
    assert (args.tool_call_parser, args.enable_auto_tool_choice) == ("hermes", True)


def test_switches_and_objects_are_passed_as_vllm_wants_them(load: Any) -> None:
    args = parse(load, {"enable_prefix_caching": False, "limit_mm_per_prompt": {"image": 2}})
    assert (args.enable_prefix_caching, args.limit_mm_per_prompt) == (False, {"image": 2})


@pytest.mark.parametrize(
    ("arguments", "named"),
    [({"no_such_thing": 64}, "no-such-thing"), ({"max_model_len": "long"}, "long"), ({"dtype": "int3"}, "int3")],
)
def test_an_argument_that_vllm_does_not_take_is_named(load: Any, arguments: dict[str, Any], named: str) -> None:
    with pytest.raises(SettingsError, match=named):
        parse(load, arguments)


def test_a_parser_that_vllm_does_not_have_is_refused_with_those_it_has(load: Any) -> None:
    with pytest.raises(SettingsError, match=r"TOOL_CALL_PARSER=homer .*hermes"):
        parse(load, {}, tool_parser="homer")
    with pytest.raises(SettingsError, match=r"REASONING_PARSER=homer .*qwen3"):
        parse(load, {}, reasoning_parser="homer")


def test_a_gpu_gives_more_tokens_to_a_piece_and_a_cpu_caches_fewer_unless_the_arguments_say_how_many(
    load: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "stream_interval" not in load._for_this_platform({})
    assert load._for_this_platform({})["block_size"] == 32
    assert load._for_this_platform({"block_size": 64})["block_size"] == 64
    monkeypatch.setattr(type(load.current_platform), "is_cpu", lambda _: False)
    assert load._for_this_platform({}) == {"stream_interval": 2}
    assert load._for_this_platform({"stream_interval": 1}) == {"stream_interval": 1}


def test_host_memory_that_is_not_there_is_not_taken(load: Any) -> None:
    assert load._without_memory_that_the_host_lacks(10**6) == {"kv_offloading_size": None}
    assert load._without_memory_that_the_host_lacks(None) == {}


@pytest.mark.parametrize(
    ("windows", "batch", "places"), [(62.4, 128, 62), (0.9, 128, 1), (500.0, 128, 128), (None, 128, 128)]
)
def test_as_many_chats_find_a_place_as_full_windows_fit_into_the_cache(
    load: Any, windows: float | None, batch: int, places: int
) -> None:
    cache, scheduler = SimpleNamespace(kv_cache_max_concurrency=windows), SimpleNamespace(max_num_seqs=batch)
    llm = SimpleNamespace(vllm_config=SimpleNamespace(cache_config=cache, scheduler_config=scheduler))
    assert load.Loaded(llm, None, "m", 4096, frozenset(), None).places == places
