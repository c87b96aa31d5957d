"""Makes a folder with Qwen2.5-7B-Instruct's exact shape and no weights, for vLLM's load_format=dummy.

    python -m dev.bench.shape FOLDER

The figures are those of the model's public config.json. The tokenizer has its size and Qwen2.5's prompt format: it is
the built-in model's, and every further token is a word of its own.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers

from agent.engine.vllm.backend import BUILTIN_FOLDER

SPECIAL = ("<|endoftext|>", "<|im_start|>", "<|im_end|>")
FIRST_SPECIAL = 151643
CONFIG = {
    "architectures": ["Qwen2ForCausalLM"],
    "model_type": "qwen2",
    "hidden_size": 3584,
    "intermediate_size": 18944,
    "num_hidden_layers": 28,
    "num_attention_heads": 28,
    "num_key_value_heads": 4,
    "vocab_size": 152064,
    "max_position_embeddings": 32768,
    "rope_theta": 1000000.0,
    "rms_norm_eps": 1e-06,
    "hidden_act": "silu",
    "tie_word_embeddings": False,
    "use_sliding_window": False,
    "torch_dtype": "bfloat16",
    "bos_token_id": FIRST_SPECIAL,
    "eos_token_id": FIRST_SPECIAL + 2,
}


def make(folder: Path) -> None:
    """Write config.json, tokenizer.json and tokenizer_config.json into `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "config.json").write_text(json.dumps(CONFIG, indent=1))
    small = json.loads((BUILTIN_FOLDER / "tokenizer.json").read_text())["model"]
    known = [word for word in small["vocab"] if word not in SPECIAL]
    words = known + [f"w{number}." for number in range(FIRST_SPECIAL - len(known))]
    merges = [tuple(merge) for merge in small["merges"]]
    tokenizer = Tokenizer(models.BPE({word: index for index, word in enumerate(words)}, merges))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.add_special_tokens([AddedToken(token, special=True) for token in SPECIAL])
    tokenizer.add_tokens([AddedToken(token, special=False) for token in ("<tool_call>", "</tool_call>")])
    tokenizer.save(str(folder / "tokenizer.json"))
    chat_format = json.loads((BUILTIN_FOLDER / "tokenizer_config.json").read_text())
    del chat_format["added_tokens_decoder"]
    (folder / "model.safetensors").write_bytes((2).to_bytes(8, "little") + b"{}")  # a file of weights that holds none
    (folder / "tokenizer_config.json").write_text(json.dumps(chat_format))


if __name__ == "__main__":
    make(Path(sys.argv[1]))
