"""Measures the app on a GPU: start, one chat, many chats, what SIGKILL and the end leave. Prints one JSON object.

    python -m bench.gpu [MODEL]

MODEL is a folder or an id; without one, Qwen2.5-7B's shape with dummy weights (bench/shape.py). Needs `nvidia-smi`.
"""

from __future__ import annotations

import asyncio
import json
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import vllm

from bench import shape
from bench.client import Answer, Chat
from bench.launch import App

TOKENS_OUT = 256
QUESTION = "Tell me a long story about rivers, tea houses and clear talk. "


def gpu_used_mib() -> int:
    """The memory in use on the first GPU."""
    command = ["nvidia-smi", "--query-gpu=memory.used", "--format=csv,noheader,nounits"]
    return int(subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()[0])


def seconds_until_used(mib: int, timeout_s: float = 30) -> float:
    """Seconds until no more than `mib` is in use: the driver takes a moment to give a dead process's memory back."""
    started = time.perf_counter()
    while gpu_used_mib() > mib:
        if time.perf_counter() - started > timeout_s:
            raise TimeoutError(f"{gpu_used_mib()} MiB of GPU memory are still in use after {timeout_s:g} s")
        time.sleep(0.1)
    return time.perf_counter() - started


async def ask(chat: Chat, number: int) -> Answer:
    """A question that nobody has asked before."""
    return await chat.ask(f"({number}.{time.time_ns()}) {QUESTION * 20}")


async def one_after_another(url: str, times: int) -> list[Answer]:
    """A question in a new chat each, never two at once."""
    answers = []
    for number in range(times):
        chat = await Chat.open(url)
        answers.append(await ask(chat, number))
        await chat.close()
    return answers


def one_chat(answers: list[Answer]) -> dict[str, Any]:
    """Tokens a second while streaming, and the first token's time, of chats that had the engine to themselves."""
    rates = [(TOKENS_OUT - 1) / (answer.last_text_s - answer.first_text_s) for answer in answers if answer.first_text_s]
    firsts = [1000 * answer.first_text_s for answer in answers if answer.first_text_s]
    return {
        "tokens_a_second": round(statistics.median(rates), 1),
        "first_token_ms": round(statistics.median(firsts), 1),
        "first_token_ms_of_the_very_first": round(firsts[0], 1),
        "answers": len(answers),
    }


async def many_chats(url: str, count: int) -> dict[str, Any]:
    """A question each in `count` open chats, all at once."""
    chats = [await Chat.open(url) for _ in range(count)]
    started = time.perf_counter()
    answers = await asyncio.gather(*(ask(chat, number) for number, chat in enumerate(chats)))
    seconds = time.perf_counter() - started
    for chat in chats:
        await chat.close()
    firsts = sorted(answer.first_text_s or seconds for answer in answers)
    return {
        "chats": count,
        "tokens_a_second": round(count * TOKENS_OUT / seconds),
        "first_token_p50_s": round(firsts[count // 2], 3),
        "first_token_p95_s": round(firsts[int(count * 0.95)], 3),
        "broken": sum(not answer.text or bool(answer.errors) for answer in answers),
    }


def measure(model: str, environment: dict[str, str], data_dir: str) -> dict[str, Any]:
    """Start twice: the first ends by SIGKILL, the second has to clear up after it."""
    report: dict[str, Any] = {"vllm": vllm.__version__, "gpu_used_mib_before": gpu_used_mib()}
    limits = {"MAX_TOKENS": str(TOKENS_OUT), "MAX_RUNNING_TURNS": "256"}  # chats much shorter than the window
    environment = {"MODEL": model, "DATA_DIR": data_dir} | limits | environment
    first = App(log=Path(f"{data_dir}/app-1.log"), **environment)
    report["page_s"] = round(first.wait_for_page(), 1)
    report["ready_s_cold"] = round(first.wait_until_loaded(), 1)
    report["health"] = first.health()
    report["one_chat"] = one_chat(asyncio.run(one_after_another(first.url, 10)))
    report["many_chats"] = [asyncio.run(many_chats(first.url, count)) for count in (8, 64)]
    report["gpu_used_mib_running"] = gpu_used_mib()
    first.end(signal.SIGKILL)
    second = App(log=Path(f"{data_dir}/app-2.log"), **environment)
    report["ready_s_warm"] = round(second.wait_until_loaded(), 1)
    report["gpu_used_mib_after_sigkill_and_start"] = gpu_used_mib()
    report["end_s"] = round(second.end(signal.SIGTERM), 1)
    report["gpu_free_again_s"] = round(seconds_until_used(report["gpu_used_mib_before"] + 500), 1)
    return report


def main() -> None:
    folder = tempfile.mkdtemp(prefix="qingtan-bench-")  # kept: the logs are in it
    environment: dict[str, str] = {}
    model = sys.argv[1] if len(sys.argv) > 1 else f"{folder}/Qwen2.5-7B-Instruct"
    if len(sys.argv) == 1:
        shape.make(Path(model))
        environment["ENGINE_ARGS"] = '{"load_format": "dummy"}'
    print(json.dumps({"logs": folder} | measure(model, environment, folder), indent=1))


if __name__ == "__main__":
    main()
