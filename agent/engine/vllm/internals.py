"""What of vLLM we use beyond its promises: it is built for a server of its own. See agent/internals.py."""

from __future__ import annotations

from agent.internals import listed

INTERNALS = listed(
    "vllm 0.32.0",
    (
        "vllm.entrypoints.launchers.api_server.app_state.init_app_state",
        "a3959d2978b6",
        "its OpenAI layer over an engine of ours, without its server",
    ),
    (
        "vllm.entrypoints.launchers.cli_args.make_arg_parser",
        "9d7349edf6bf",
        "the engine's arguments by their names, as its own server reads them",
    ),
    (
        "vllm.utils.argparse_utils.FlexibleArgumentParser.parse_args",
        "b1fde6e08b28",
        "an argument that is refused is told, and ends no process",
    ),
    (
        "vllm.entrypoints.openai.chat_completion.protocol.ChatCompletionRequest.build_tok_params",
        "70f6727236f9",
        "how long a prompt may be",
    ),
    (
        "vllm.entrypoints.openai.chat_completion.serving.OpenAIServingChat.render_chat_request",
        "a6153d33c7f6",
        "the tokens of a prompt, by its own rendering",
    ),
    (
        "vllm.entrypoints.openai.chat_completion.serving.OpenAIServingChat.create_chat_completion",
        "890e574e78e8",
        "an answer as a stream of events, without HTTP",
    ),
    (
        "vllm.tool_parsers.abstract_tool_parser.ToolParser.get_structural_tag",
        "95c335d9495b",
        "what holds calls to their tools",
    ),
    (
        "vllm.tool_parsers.abstract_tool_parser.ToolParser.default_tool_strict_level",
        "b7cda8922c8f",
        "a grammar that is not ours holds no calls",
    ),
    ("vllm.v1.engine.async_llm.AsyncLLM.errored", "9409df387fd1", "whether the engine has died"),
    ("vllm.v1.engine.async_llm.AsyncLLM.shutdown", "7effbd6696c2", "the end of the engine, within a time"),
    (
        "vllm.v1.engine.async_llm.AsyncLLM._run_output_handler",
        "1067ac97bcd6",
        "the task whose end nobody would hear of",
    ),
    (
        "vllm.v1.engine.output_processor.OutputProcessor.get_num_unfinished_requests",
        "19a117056b01",
        "how many requests the engine has",
    ),
    (
        "vllm.v1.engine.output_processor.OutputProcessor.propagate_error",
        "e87f30817f94",
        "those that still wait are told of the end",
    ),
    ("vllm.config.cache.CacheConfig.kv_cache_max_concurrency", "35ebf26dfe2d", "how many full windows fit at once"),
    ("vllm.envs.VLLM_LOGGING_CONFIG_PATH", "863d4ed4f6e3", "its log, in every process, goes to a file of ours"),
)
