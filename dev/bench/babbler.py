"""Makes models of the built-in one's shape with random weights: one that begins a call, one that only talks.

    python -m dev.bench.babbler FOLDER

The first says <tool_call> after the prompt's end, and ends after </tool_call>: two rows of its last layer are aimed at
that. What stands between is chance, so that only the engine can make a call of it; quotation marks are likely, so that
it ends. The second never calls and never ends.
"""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import torch
from transformers import AutoConfig, AutoTokenizer, Qwen2ForCausalLM

from agent.engine.vllm.backend import BUILTIN_FOLDER

PROMPT_END = "\n"  # of <|im_start|>assistant
AIM = 0.06  # of a row that is aimed: a score of 20 or so after its token, where all others together come to 9
ALWAYS = 4.0  # what every token has in the first place of its vector, so that a row can ask for it
QUOTES = 0.8  # how much more a token with a quotation mark is asked for: one in a few dozen
NEVER = 20.0


def make(folder: Path, *, calls: bool = True, seed: int = 0) -> None:
    """Write the model and the built-in one's tokenizer into `folder`."""
    torch.manual_seed(seed)
    config = AutoConfig.from_pretrained(BUILTIN_FOLDER, tie_word_embeddings=False)
    model = Qwen2ForCausalLM(config)
    tokenizer = AutoTokenizer.from_pretrained(BUILTIN_FOLDER)
    with torch.no_grad():
        words, scores = model.get_input_embeddings().weight, model.get_output_embeddings().weight
        words.normal_()  # large beside what the layers add, so that an aimed row knows its token again
        words[:, 0] = ALWAYS
        scores[[index for token, index in tokenizer.get_vocab().items() if '"' in token], 0] += QUOTES
        for after, token in ((PROMPT_END, "<tool_call>"), ("</tool_call>", tokenizer.eos_token)):
            (before,) = tokenizer.encode(after, add_special_tokens=False)
            row = scores[tokenizer.convert_tokens_to_ids(token)]
            row[:] = AIM * words[before]
            row[0] -= 0 if calls else NEVER
        if not calls:
            scores[tokenizer.convert_tokens_to_ids("<|endoftext|>"), 0] -= NEVER  # the other token that ends an answer
    model.to(torch.bfloat16).save_pretrained(folder)
    for name in ("tokenizer.json", "tokenizer_config.json", "generation_config.json"):
        shutil.copy(BUILTIN_FOLDER / name, folder)


if __name__ == "__main__":
    make(Path(sys.argv[1]))
