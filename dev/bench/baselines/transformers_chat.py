"""Hugging Face Transformers' `generate` with the app's prompt, tools and sampling, a batch of chats at once.

    python -m dev.bench.baselines.transformers_chat FOLDER TOKENS QUESTION SIZE ...

Prints one JSON object for each size. A folder without weights, as dev/bench/shape.py makes it, gets random ones.
"""

from __future__ import annotations

import json
import statistics
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from transformers import AutoConfig, AutoModelForCausalLM, AutoTokenizer

from agent.engine.protocol import Sampling
from dev.engines import SYSTEM, tools

ROUNDS = 2
EMPTY_FILE_BYTES = 100


def load(folder: Path) -> tuple[Any, Any]:
    """The tokenizer and the model, in bf16 on the GPU if there is one."""
    device = "cuda" if torch.cuda.is_available() else "cpu"
    tokenizer = AutoTokenizer.from_pretrained(folder, padding_side="left")
    tokenizer.pad_token = tokenizer.pad_token or tokenizer.eos_token
    if (folder / "model.safetensors").stat().st_size > EMPTY_FILE_BYTES:
        model = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.bfloat16).to(device)
    else:
        with torch.device(device):
            model = AutoModelForCausalLM.from_config(AutoConfig.from_pretrained(folder), dtype=torch.bfloat16)
    return tokenizer, model.eval()


def seconds_of(tokenizer: Any, model: Any, size: int, tokens: int, question: str) -> float:
    """How long `size` answers of `tokens` tokens take together."""
    chats = [
        [
            {"role": "system", "content": SYSTEM},
            {"role": "user", "content": question.replace("{fresh}", str(time.time_ns()))},
        ]
        for _ in range(size)
    ]
    texts = [
        tokenizer.apply_chat_template(chat, tools=tools(), tokenize=False, add_generation_prompt=True) for chat in chats
    ]
    started = time.perf_counter()
    inputs = tokenizer(texts, return_tensors="pt", padding=True, return_token_type_ids=False).to(model.device)
    sampling = {"do_sample": True, "temperature": Sampling.temperature, "top_p": Sampling.top_p, "top_k": 0}
    with torch.inference_mode():
        answers = model.generate(**inputs, **sampling, min_new_tokens=tokens, max_new_tokens=tokens)
    assert answers.shape == (size, inputs["input_ids"].shape[1] + tokens), answers.shape
    tokenizer.batch_decode(answers)
    return time.perf_counter() - started


def main(folder: Path, tokens: int, question: str, sizes: Sequence[int]) -> None:
    tokenizer, model = load(folder)
    seconds_of(tokenizer, model, 1, 8, question)  # warms up
    for size in sizes:
        seconds = statistics.median(seconds_of(tokenizer, model, size, tokens, question) for _ in range(ROUNDS))
        report = {
            "chats": size,
            "tokens_per_s": round(size * tokens / seconds, 1),
            "first_text_ms": {"p50": round(1000 * seconds)},
        }
        print(json.dumps(report), flush=True)


if __name__ == "__main__":
    model_folder, length, asked, *counts = sys.argv[1:]
    main(Path(model_folder), int(length), asked, [int(count) for count in counts])
