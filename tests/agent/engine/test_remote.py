"""The remote engine over real HTTP: what is streamed, what is refused and how that is told, and what is freed."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import aclosing
from typing import Any

import pytest
from pydantic import SecretStr

from agent.engine.backend import Status
from agent.engine.protocol import Sampling, StreamPart, Usage
from agent.engine.remote import RemoteBackend
from agent.errors import ContextFull, EngineError
from agent.events import ReasoningDelta, TextDelta
from agent.history import Message
from tests.agent.engine.openai_server import HANG_UP, Body, OpenAIServer, Refusal, serve
from tests.languages import assert_says_the_same_in_chinese
from tools.base import ToolCall

MODEL = "Qwen/Qwen2.5-7B-Instruct"
LOADED = (MODEL, None)
NOWHERE = "http://127.0.0.1:9/v1"
QUESTION = (Message("system", "Be kind."), Message("user", "广州天气怎么样？"))
TOOL = {"type": "function", "function": {"name": "now", "description": "Tell.", "parameters": {"type": "object"}}}
MakeBackend = Callable[..., RemoteBackend]
TOO_LONG = Refusal(
    400,
    "This model's maximum context length is 4096 tokens. However, you requested 8192 output tokens and your prompt "
    "contains 31 input tokens, for a total of 8223 tokens. Please reduce the length of the input prompt or the number "
    "of requested output tokens. (parameter=max_tokens, value=8192)",
)


def chunk(delta: dict[str, Any] | None = None, finish_reason: str | None = None, **rest: Any) -> dict[str, Any]:
    choices = [{"index": 0, "delta": delta or {}, "finish_reason": finish_reason}]
    return {"id": "c", "object": "chat.completion.chunk", "created": 1, "model": MODEL, "choices": choices} | rest


def usage(prompt: int, cached: int, completion: int) -> dict[str, Any]:
    counts = {"prompt_tokens": prompt, "completion_tokens": completion, "total_tokens": prompt + completion}
    return chunk(choices=[], usage=counts | {"prompt_tokens_details": {"cached_tokens": cached}})


@pytest.fixture
async def server() -> AsyncIterator[OpenAIServer]:
    async with serve(OpenAIServer()) as server:
        yield server


@pytest.fixture
async def backend() -> AsyncIterator[MakeBackend]:
    backends: list[RemoteBackend] = []

    def make(url: str, model: str = "auto", key: str = "none") -> RemoteBackend:
        backends.append(RemoteBackend(url, SecretStr(key), model))
        return backends[-1]

    yield make
    for one in backends:
        await one.client.close()


async def ask(
    one: RemoteBackend, messages: Sequence[Message] = QUESTION, tools: Sequence[Any] = (), **sampling: Any
) -> list[StreamPart]:
    async with aclosing(one.engine(LOADED).stream(messages, tools, Sampling(**sampling))) as parts:
        return [part async for part in parts]


async def load(one: RemoteBackend) -> tuple[str, list[Status]]:
    reports: list[Status] = []
    model, _ = await one.load(reports.append)
    return model, reports


async def test_the_server_is_asked_for_an_answer_that_fits_the_schema(
    server: OpenAIServer, backend: MakeBackend
) -> None:
    schema = {"type": "array", "items": {"type": "string"}}
    server.answers = [[chunk({"content": "[]"}, "stop")]] * 2
    await ask(backend(server.url), answer_schema=schema)
    await ask(backend(server.url))
    assert [request.get("response_format") for request in server.requests] == [
        {"type": "json_schema", "json_schema": {"name": "answer", "schema": schema}},
        None,
    ]


async def test_an_answer_streams_and_ends_in_its_usage(server: OpenAIServer, backend: MakeBackend) -> None:
    server.answers = [
        [
            chunk({"role": "assistant", "content": ""}),
            chunk({"reasoning_content": "嗯"}),
            chunk({"content": "晴"}),
            chunk({"content": "天"}, "stop"),
            usage(30, 16, 2),
        ]
    ]
    assert await ask(backend(server.url)) == [ReasoningDelta("嗯"), TextDelta("晴"), TextDelta("天"), Usage(30, 16, 2)]


async def test_the_server_gets_the_chat_the_tools_the_sampling_and_the_key(
    server: OpenAIServer, backend: MakeBackend
) -> None:
    server.answers = [[chunk({"content": "ok"}, "stop")]] * 2
    await ask(backend(server.url, key="sesame"), tools=[TOOL], temperature=0.1, top_p=0.5, max_tokens=7)
    expected = {
        "model": MODEL,
        "messages": [{"role": "system", "content": "Be kind."}, {"role": "user", "content": "广州天气怎么样？"}],
        "tools": [TOOL],
        "stream": True,
        "stream_options": {"include_usage": True},
        "temperature": 0.1,
        "top_p": 0.5,
        "max_tokens": 7,
    }
    assert (server.requests, server.keys) == ([expected], ["bearer sesame"])
    await ask(backend(server.url))
    assert "tools" not in server.requests[1]  # servers refuse an empty list


async def test_a_tool_call_comes_whole(server: OpenAIServer, backend: MakeBackend) -> None:
    first = {"index": 0, "id": "c1", "type": "function", "function": {"name": "get_current_weather", "arguments": ""}}
    pieces = [{"index": 0, "function": {"arguments": piece}} for piece in ('{"city": ', '"北京"}')]
    deltas = [chunk({"tool_calls": [fragment]}) for fragment in (first, *pieces)]
    server.answers = [[*deltas, chunk(finish_reason="tool_calls"), usage(9, 0, 5)]]
    parts = await ask(backend(server.url), tools=[TOOL])
    assert parts == [ToolCall("c1", "get_current_weather", '{"city": "北京"}'), Usage(9, 0, 5)]


async def test_text_is_given_before_the_next_is_there(server: OpenAIServer, backend: MakeBackend) -> None:
    is_read = asyncio.Event()
    server.answers = [[chunk({"content": "one"}), is_read, chunk({"content": "two"}, "stop")]]
    async with aclosing(backend(server.url).engine(LOADED).stream(QUESTION, [], Sampling())) as parts:
        assert await anext(parts) == TextDelta("one")
        is_read.set()
        assert [part async for part in parts] == [TextDelta("two"), Usage()]


async def test_closing_the_stream_hangs_up(server: OpenAIServer, backend: MakeBackend) -> None:
    server.answers = [[chunk({"content": "one"}), asyncio.Event()]]
    parts = backend(server.url).engine(LOADED).stream(QUESTION, [], Sampling())
    assert await anext(parts) == TextDelta("one")
    await parts.aclose()
    await asyncio.wait_for(server.is_left.wait(), 5)


@pytest.mark.parametrize("first", [[], [chunk({"content": "one"})]])
async def test_cancelling_who_listens_hangs_up(server: OpenAIServer, backend: MakeBackend, first: list[Any]) -> None:
    server.answers = [[*first, asyncio.Event()]]
    task = asyncio.create_task(ask(backend(server.url)))
    await server.is_asked.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await asyncio.wait_for(server.is_left.wait(), 5)


async def test_one_backend_keeps_its_connection_from_turn_to_turn(server: OpenAIServer, backend: MakeBackend) -> None:
    server.answers = [[chunk({"content": "ok"}, "stop")]] * 3
    one = backend(server.url)
    await load(one)
    for _ in range(3):
        await ask(one)
    assert (len(server.requests), server.connections) == (3, 1)


async def test_a_max_tokens_beyond_the_window_is_left_to_the_server(server: OpenAIServer, backend: MakeBackend) -> None:
    server.answers = [TOO_LONG, [chunk({"content": "ok"}, "stop")]]
    assert await ask(backend(server.url), max_tokens=8192) == [TextDelta("ok"), Usage()]
    assert [request.get("max_tokens") for request in server.requests] == [8192, None]


async def test_a_chat_beyond_the_window_is_a_full_context(server: OpenAIServer, backend: MakeBackend) -> None:
    server.answers = [TOO_LONG, TOO_LONG]
    with pytest.raises(ContextFull, match="longer than the model's window"):
        await ask(backend(server.url))


async def test_a_server_that_counts_is_asked_for_the_window_and_for_what_a_prompt_has(
    server: OpenAIServer, backend: MakeBackend
) -> None:
    server.window = 4096
    one = backend(server.url)
    loaded = await one.load(lambda status: None)
    assert loaded == (MODEL, 4096)
    assert one.engine(loaded).window == 4096
    assert await one.engine(loaded).count(QUESTION, [TOOL]) == len("Be kind." + "广州天气怎么样？")
    messages = [{"role": "system", "content": "Be kind."}, {"role": "user", "content": "广州天气怎么样？"}]
    assert server.counted[-1] == {"model": MODEL, "messages": messages, "tools": [TOOL]}


async def test_a_server_that_states_no_window_has_none(server: OpenAIServer, backend: MakeBackend) -> None:
    assert await backend(server.url).load(lambda status: None) == (MODEL, None)


@pytest.mark.parametrize(("length", "is_answered"), [(3583, True), (3584, True), (3585, False)])
async def test_a_prompt_may_fill_the_window_but_for_the_answers_room(
    server: OpenAIServer, backend: MakeBackend, length: int, is_answered: bool
) -> None:
    server.window = 4096  # an eighth is kept free
    server.answers = [TOO_LONG, [chunk({"content": "ok"}, "stop")]]
    one, question = backend(server.url), [Message("user", "x" * length)]
    async with aclosing(one.engine((MODEL, 4096)).stream(question, [], Sampling())) as parts:
        if is_answered:
            assert [part async for part in parts] == [TextDelta("ok"), Usage()]
        else:
            with pytest.raises(ContextFull):
                await anext(parts)
    assert len(server.answers) == (0 if is_answered else 1)


GENERIC = "could not answer; the reason is in this server's log"
HTML = "<html><head><title>502 Bad Gateway</title></head><body><center>nginx</center></body></html>"
# What a server says, and what is said of it to who runs the app.
REFUSALS: list[tuple[Refusal | Body, str]] = [
    (
        Refusal(400, '"auto" tool choice requires --enable-auto-tool-choice and --tool-call-parser to be set'),
        "Start `vllm serve` with `--enable-auto-tool-choice --tool-call-parser hermes`",
    ),
    (Refusal(400, "tool_choice auto needs tool_call_parser to be set"), "with `--enable-auto-tool-choice"),
    (Refusal(500, "tools param requires --jinja flag"), "Start `llama-server` with `--jinja`"),
    (Refusal(400, "registry.ollama.ai/library/gemma:2b does not support tools"), "cannot call tools"),
    (Refusal(404, "No endpoints found that support tool use."), "cannot call tools"),
    (Refusal(400, "Function calling is not supported by this model"), "cannot call tools"),
    (Refusal(400, "tools are not supported with this model"), "cannot call tools"),
    (Refusal(400, "Function calling is not enabled for this model"), "cannot call tools"),
    (Refusal(400, "`tools` is not supported"), "cannot call tools"),
    (Refusal(400, "API key not valid. Please pass a valid API key."), "refuses the key"),
    (Refusal(403, "insufficient_quota"), "has used up what it may"),
    (Refusal(400, "Arrearage: make sure your account is in good standing"), "has used up what it may"),
    (Refusal(500, "model requires more system memory than is available"), "has broken down"),
    (Refusal(400, "As of transformers v4.44, you must provide a chat template"), "has no chat template"),
    (Refusal(400, "System role not supported"), "does not take a system prompt"),
    (Refusal(400, "Conversation roles must alternate user/assistant/user/assistant/..."), "does not take a system"),
    (Refusal(400, "response_format type json_schema is not supported"), "cannot hold answers to this JSON Schema"),
    (Refusal(400, "The provided JSON schema contains features not supported by xgrammar."), "cannot hold answers"),
    (Refusal(400, "Invalid grammar specification"), "cannot hold answers to this JSON Schema"),
    (Refusal(400, "Unrecognized request argument supplied: top_p"), "does not know a field"),
    (Refusal(422, "stream_options: Extra inputs are not permitted"), "does not know a field"),
    (Refusal(401, "Unauthorized"), "refuses the key. Set REMOTE_API_KEY in .env to the server's key."),
    (Refusal(403, "Forbidden"), "refuses the key. Set REMOTE_API_KEY in .env to the server's key."),
    (Refusal(402, "Insufficient credits"), "has used up what it may"),
    (Refusal(429, "You exceeded your current quota (insufficient_quota)"), "has used up what it may"),
    (Refusal(429, "Rate limit reached"), "has too many requests"),
    (Body("{}", 429, headers="retry-after: 17\r\n"), "is busy. Ask again in 17 s."),
    (Body(HTML, 503, "text/html", "retry-after: Fri, 31 Dec 2027 23:59:59 GMT\r\n"), "does not answer just now"),
    (Refusal(404, f"The model `{MODEL}` does not exist."), "does not serve this model any more"),
    (Refusal(404, "model 'x' not found, try pulling it first"), "does not serve this model any more"),
    (Refusal(400, "No models loaded. Please load a model in the developer page."), "does not serve this model"),
    (Refusal(404, "Not Found"), "There is no chat API at"),
    (Body(HTML, 404, "text/html"), "There is no chat API at"),
    (Refusal(405, "Method Not Allowed"), "There is no chat API at"),
    (Body(HTML, 413, "text/html"), "Raise the limit there (in nginx it is `client_max_body_size`)"),
    (Refusal(503, "Loading model"), "is still loading its model"),
    (Body("{}", 503), "does not answer just now"),
    (Body(HTML, 502, "text/html"), "What stands before the engine"),
    (Body("", 504, "text/plain"), "What stands before the engine"),
    (Refusal(500, "EngineCore encountered an issue."), "has broken down. Start it again"),
    (Refusal(500, "CUDA out of memory"), "has broken down. Start it again"),
    (Refusal(400, "bad"), GENERIC),
    (Refusal(500, "secret"), GENERIC),
    (Body("[]", 500), GENERIC),
    (Body(json.dumps({"error": "model is loading"})), "is still loading its model"),
    (Body(json.dumps({"error": {"message": "bad", "code": 400}})), GENERIC),
    (Body(HTML, 200, "text/html"), "answers with a web page. Correct REMOTE_BASE_URL in .env"),
    (Body(f"\n\n{HTML}", 200, "text/event-stream"), "answers with a web page"),
    (Body("{", 200), "cannot be read as an answer"),
    (Body("[1, 2]", 200), "cannot be read as an answer"),
]


@pytest.mark.parametrize(("refusal", "text"), REFUSALS, ids=lambda value: str(value)[:60])
async def test_a_refusal_is_told_with_the_next_step_and_to_visitors_without_address_or_settings(
    server: OpenAIServer,
    backend: MakeBackend,
    refusal: Refusal | Body,
    text: str,
    caplog: pytest.LogCaptureFixture,
) -> None:
    server.answers = [refusal]
    with pytest.raises(EngineError) as error:
        await ask(backend(server.url))
    assert text in str(error.value)
    assert server.url in str(error.value)
    assert_says_the_same_in_chinese(error.value)
    assert str(error.value) in caplog.text
    assert_is_for_visitors(error.value, server.url)


def assert_is_for_visitors(error: EngineError, url: str) -> None:
    """Both texts are sentences with a next step, and name nothing that is the operator's."""
    for language in ("en", "zh"):
        shown = error.in_language(language, to_visitor=True)
        assert re.search(r"Ask again|Tell whoever|Simplify|Send fewer" if language == "en" else "请", shown), shown
        assert not re.search(r"https?:|127\.0|\.env|[A-Z]{3,}_|--|vllm|nginx|log", shown), shown
        assert url not in shown


@pytest.mark.parametrize(
    "message",
    [
        "the request exceeds the available context size. try increasing the context size or enable context shift",
        "This model's maximum context length is 4096 tokens.",
        "The input (9000 tokens) is longer than the model's context length (4096 tokens).",
        "prompt is too long: 9000 tokens > 4096 maximum",
        "context_length_exceeded",
        "Input is too long for requested model.",
        "Input tokens exceed the configured limit of 272000 tokens.",
        "Please reduce the length of the messages or completion.",
        "The decoder prompt (length 9000) is longer than the maximum model length of 4096.",
        "`inputs` tokens + `max_new_tokens` must be <= 4096. Given: 9000 `inputs` tokens",
        "Range of input length should be [1, 30720]",
    ],
)
async def test_each_way_to_say_that_a_chat_is_too_long_is_a_full_context(
    server: OpenAIServer, backend: MakeBackend, message: str
) -> None:
    server.answers = [Refusal(400, message)] * 2
    with pytest.raises(ContextFull):
        await ask(backend(server.url))


async def test_a_server_that_does_not_know_max_tokens_is_asked_without(
    server: OpenAIServer, backend: MakeBackend
) -> None:
    refusal = Refusal(400, "Unsupported parameter: 'max_tokens' is not supported. Use 'max_completion_tokens'.")
    server.answers = [refusal, [chunk({"content": "ok"}, "stop")]]
    assert await ask(backend(server.url)) == [TextDelta("ok"), Usage()]


CALL = {"id": "c1", "type": "function", "function": {"name": "now", "arguments": "{}"}}
WHOLE = {"choices": [{"index": 0, "message": {"role": "assistant", "content": "晴"}, "finish_reason": "stop"}]}
WITH_CALL = {"choices": [{"message": {"content": None, "tool_calls": [CALL]}, "finish_reason": "tool_calls"}]}
COUNTS = {"prompt_tokens": 3, "completion_tokens": 1}


@pytest.mark.parametrize("kind", ["application/json", "text/event-stream", "text/plain; charset=utf-8"])
@pytest.mark.parametrize(
    ("body", "parts"),
    [
        (WHOLE | {"usage": COUNTS}, [TextDelta("晴"), Usage(3, 0, 1)]),
        ({"choices": [{"message": {"content": "晴"}}]}, [TextDelta("晴"), Usage()]),
        (
            {"choices": [{"message": {"content": "晴"}, "finish_reason": "length"}]},
            [TextDelta("晴"), Usage(is_cut=True)],
        ),
        (WITH_CALL, [ToolCall("c1", "now", "{}"), Usage()]),
        ({"choices": []}, [Usage(is_broken=True)]),
        ({"detail": "?"}, [Usage(is_broken=True)]),
    ],
)
async def test_a_whole_answer_is_read_if_a_stream_was_asked_for(
    server: OpenAIServer, backend: MakeBackend, body: Any, parts: list[StreamPart], kind: str
) -> None:
    server.answers = [Body(json.dumps(body, indent=1), kind=kind)]
    assert await ask(backend(server.url)) == parts


async def test_a_stream_is_read_however_it_is_labelled_and_parted(server: OpenAIServer, backend: MakeBackend) -> None:
    first, last = json.dumps(chunk({"content": "a\u2028\x85"}), ensure_ascii=False), json.dumps(chunk({}, "stop"))
    text = f": ping\r\n\r\nevent: message\r\nid: 1\r\ndata:{first}\r\n\r\nretry: 5\ndata: {last}\ndata: [DONE]"
    server.answers = [Body(text, kind="text/plain")]
    assert await ask(backend(server.url)) == [TextDelta("a\u2028\x85"), Usage()]


@pytest.mark.parametrize("odd", ["not json", '"hello"', "[]", "5", "null", '{"choices"', "<html>"])
async def test_a_chunk_that_cannot_be_read_is_told_and_what_came_before_it_stays(
    server: OpenAIServer, backend: MakeBackend, odd: str
) -> None:
    server.answers = [[chunk({"content": "one"}), odd]]
    parts = backend(server.url).engine(LOADED).stream(QUESTION, [], Sampling())
    assert await anext(parts) == TextDelta("one")
    with pytest.raises(EngineError, match=r"cannot be read as an answer|web page") as error:
        await anext(parts)
    assert_says_the_same_in_chinese(error.value)
    assert_is_for_visitors(error.value, server.url)


@pytest.mark.parametrize(
    ("answer", "usage"),
    [
        ([chunk({"content": "half"})], Usage(is_broken=True)),
        ([chunk({"content": "half"}), usage(3, 0, 1)], Usage(3, 0, 1, is_broken=True)),
        ([chunk({"content": "half"}, "abort")], Usage(is_broken=True)),
        ([chunk({"content": "whole"}, "stop")], Usage()),
        ([chunk({"content": "whole"}, "content_filter")], Usage()),
        ([chunk({"content": "cut"}, "length")], Usage(is_cut=True)),
    ],
)
async def test_an_answer_without_its_end_is_broken(
    server: OpenAIServer, backend: MakeBackend, answer: list[Any], usage: Usage
) -> None:
    server.answers = [answer]
    assert (await ask(backend(server.url)))[-1] == usage


@pytest.mark.parametrize("url", [NOWHERE, "localhost:9/v1", "http://host.invalid/v1"])
async def test_a_server_that_is_not_there_is_told_with_the_next_step(url: str, backend: MakeBackend) -> None:
    text = f"{url} cannot be reached. Start that server, or correct REMOTE_BASE_URL in .env, and then start this app"
    text += " again."
    with pytest.raises(EngineError) as error:
        await load(backend(url))
    assert str(error.value) == text
    assert_says_the_same_in_chinese(error.value)
    with pytest.raises(EngineError) as error:
        await ask(backend(url))
    assert str(error.value) == text
    assert_says_the_same_in_chinese(error.value)


async def test_a_connection_that_breaks_in_an_answer_is_told(server: OpenAIServer, backend: MakeBackend) -> None:
    server.answers = [[chunk({"content": "one"}), HANG_UP]]
    parts = backend(server.url).engine(LOADED).stream(QUESTION, [], Sampling())
    assert await anext(parts) == TextDelta("one")
    with pytest.raises(EngineError) as error:
        await anext(parts)
    assert str(error.value).startswith(f"The connection to {server.url} broke, and the answer with it. Ask again")
    assert_says_the_same_in_chinese(error.value)
    assert_is_for_visitors(error.value, server.url)


async def test_a_server_that_speaks_no_tls_is_told(server: OpenAIServer, backend: MakeBackend) -> None:
    url = server.url.replace("http:", "https:")
    for asked in (load, ask):
        with pytest.raises(EngineError, match="its certificate is not trusted, or it speaks no TLS") as error:
            await asked(backend(url))
        assert_says_the_same_in_chinese(error.value)
        assert_is_for_visitors(error.value, url)


@pytest.mark.parametrize(
    ("error", "text"),
    [
        ({"message": "EngineCore encountered an issue.", "code": 500}, "has broken down. Start it again"),
        ({"message": "bad", "type": "InternalServerError", "code": "x"}, GENERIC),
        ("overloaded", GENERIC),
        (["?"], GENERIC),
        ({"message": "Rate limit", "code": 429}, "has too many requests"),
    ],
)
async def test_an_error_in_an_answer_is_told(server: OpenAIServer, backend: MakeBackend, error: Any, text: str) -> None:
    server.answers = [[chunk({"content": "one"}), {"error": error}]]
    with pytest.raises(EngineError) as raised:
        await ask(backend(server.url))
    assert text in str(raised.value)
    assert_is_for_visitors(raised.value, server.url)


@pytest.mark.parametrize("wanted", ["auto", "builtin", "first"])
async def test_without_a_name_the_first_model_is_taken(server: OpenAIServer, backend: MakeBackend, wanted: str) -> None:
    server.models = ("first", "second")
    model, reports = await load(backend(server.url, wanted))
    assert (model, reports) == ("first", [Status("resolving", server.url), Status("loading", "first")])


async def test_a_model_that_the_server_has_is_taken(server: OpenAIServer, backend: MakeBackend) -> None:
    server.models = ("first", "second")
    assert (await load(backend(server.url, "second")))[0] == "second"


@pytest.mark.parametrize(
    ("models", "wanted", "text"),
    [
        (("a", "b"), "c", "{url} does not serve 'c', but a, b. Set MODEL to one."),
        ((), "auto", "{url} serves no model. Start it with one."),
        (Body('{"object": "list", "data": null}'), "auto", "{url} serves no model. Start it with one."),
        (Body("{}"), "auto", "{url} serves no model. Start it with one."),
        (Refusal(401, "no"), "auto", "{url} refuses the key. Set REMOTE_API_KEY in .env to the server's key."),
    ],
)
async def test_a_model_that_the_server_lacks_is_told(
    server: OpenAIServer, backend: MakeBackend, models: Any, wanted: str, text: str
) -> None:
    server.models = models
    with pytest.raises(EngineError) as error:
        await load(backend(server.url, wanted))
    assert str(error.value) == text.format(url=server.url)
    assert_says_the_same_in_chinese(error.value)


@pytest.mark.parametrize(
    ("body", "text"),
    [
        (Body(HTML, kind="text/html"), "answers with a web page. Correct REMOTE_BASE_URL"),
        (Body("[]"), "cannot be read"),
        (Body('{"data": ["a"]}'), "cannot be read"),
        (Body(HTML, 404, "text/html"), "There is no chat API at"),
    ],
)
async def test_a_list_of_models_that_is_none_is_told(
    server: OpenAIServer, backend: MakeBackend, body: Body, text: str
) -> None:
    server.models = body
    with pytest.raises(EngineError) as error:
        await load(backend(server.url))
    assert text in str(error.value)
    assert_says_the_same_in_chinese(error.value)


async def test_a_proxy_in_the_environment_does_not_come_between_us_and_this_host(
    server: OpenAIServer, backend: MakeBackend, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
    server.answers = [[chunk({"content": "ok"}, "stop")]] * 2
    for url in (server.url, server.url.replace("127.0.0.1", "localhost")):
        one = backend(url)
        assert (await load(one))[0] == MODEL
        assert await ask(one) == [TextDelta("ok"), Usage()]


async def test_a_remote_server_is_not_ours_to_end(server: OpenAIServer, backend: MakeBackend) -> None:
    one = backend(server.url)
    one.unload(LOADED)
    assert (one.running(LOADED), one.is_dead(LOADED)) == (None, False)
    assert (await load(one))[0] == MODEL
