"""The tokenizer: byte-level BPE in which a name is always cut the same way, wherever it stands. Knows no dialogue's meaning.

Digits and Chinese characters stand alone, spaces are no part of the word that follows (but for common English words), and
JSON's quotes never join with what they quote: no merge does that. So a city's tokens in the question are its tokens in the call and in the answer.
"""

# ruff: noqa: E501 - tables of phrases read best one idea a line

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any

from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, trainers

from agent.engine.vllm.backend import BUILTIN_FOLDER
from dev.builtin_model import dialogues, names
from dev.builtin_model.prompt import CHAT_TEMPLATE, parts

VOCABULARY = 6144
SPECIAL = ("<|endoftext|>", "<|im_start|>", "<|im_end|>")
MARKUP = ("<tool_call>", "</tool_call>")  # one token each, but text, as in Qwen2.5
LITERALS = (
    ' "', '":', '{"', '"}}', '"}', '",', '"]', "_current", "_weather", "_time", "_c", "_zh", "_percent", "_kmh", "_force", "_zone", "_offset", "_error", "_call", "_response", "°C", "/h",
)  # fmt: skip
# Qwen2.5's own cutting of text: Transformers 5 puts it in place of any other for a model of this type.
QWEN_PATTERN = (
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
)
WORDS = (
    "the a an of to in for and or is it its it's that this not no only do does can could would with on at by from be are was were you your user user's query more about each as if so say says result results tool tools "
    "functions function call calls called current weather time city local name names own words example zone arithmetic expression numbers data simulated question several once language last message briefly point never guess values "
    "such state what which why plain failed helpful assistant answer look up help set machine small model ships please check spelling was found find get calculate humidity wind right now are provided within tags signatures may one call return json object "
    "using sorry anything else tell me try built currently could reached service need like how"
).split()  # fmt: skip


def _pattern() -> str:
    """How text is cut while the merges are learnt: so that no merge joins a name with what stands around it."""
    literals = "|".join(re.escape(text) for text in sorted(LITERALS, key=len, reverse=True))
    return rf"{literals}|\p{{Han}}|\p{{N}}|[[\p{{L}}\p{{M}}]&&[^\p{{Han}}]]+|[\s\S]"


def _texts(count: int) -> Iterator[str]:
    for index in range(count):
        dialogue = dialogues.make(-1, index)
        for text, _ in parts(dialogue.messages, dialogue.tools[:1] if index % 8 else dialogue.tools):
            yield text
    for _ in range(300):
        yield " ".join(names.common_hanzi())
    rng = Random("names")
    for _ in range(20_000):
        yield names.made_up_english(rng)


def train(folder: Path, dialogue_count: int = 12_000) -> Tokenizer:
    """Make the tokenizer from generated text and write it, with its configuration and the chat template, into `folder`."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = _cut(_pattern())
    trainer = trainers.BpeTrainer(
        vocab_size=VOCABULARY - len(MARKUP) - len(set(WORDS)),
        special_tokens=list(SPECIAL),
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.train_from_iterator(_texts(dialogue_count), trainer)
    tokenizer = _with_words(tokenizer)
    tokenizer.normalizer = normalizers.NFC()
    tokenizer.pre_tokenizer = _cut(QWEN_PATTERN)
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.add_special_tokens([AddedToken(text, special=True, normalized=False) for text in SPECIAL])
    tokenizer.add_tokens([AddedToken(text, special=False, normalized=False) for text in MARKUP])
    folder.mkdir(parents=True, exist_ok=True)
    tokenizer.save(str(folder / "tokenizer.json"))
    (folder / "tokenizer_config.json").write_text(
        json.dumps(_configuration(tokenizer), indent=2, ensure_ascii=False) + "\n", encoding="utf-8"
    )
    return tokenizer


def _cut(pattern: str) -> pre_tokenizers.PreTokenizer:
    return pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(Regex(pattern), behavior="isolated"),
            pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
        ]
    )


def _with_words(tokenizer: Tokenizer) -> Tokenizer:
    """The same with a last merge for each common word: its space and itself."""
    model = json.loads(tokenizer.to_str())["model"]
    vocabulary, merges = model["vocab"], [tuple(pair) for pair in model["merges"]]
    for word in sorted(set(WORDS)):
        if word in vocabulary:
            merges.append(("Ġ", word))
            vocabulary["Ġ" + word] = len(vocabulary)
    for index in range(VOCABULARY - len(MARKUP) - len(vocabulary)):
        vocabulary[f"<|unused_{index}|>"] = len(vocabulary)
    return Tokenizer(models.BPE(vocab=vocabulary, merges=merges))


def _configuration(tokenizer: Tokenizer) -> dict[str, Any]:
    added = {
        str(tokenizer.token_to_id(text)): {
            "content": text,
            "lstrip": False,
            "normalized": False,
            "rstrip": False,
            "single_word": False,
            "special": text in SPECIAL,
        }
        for text in SPECIAL + MARKUP
    }
    return {
        "added_tokens_decoder": added,
        "bos_token": None,
        "chat_template": CHAT_TEMPLATE,
        "clean_up_tokenization_spaces": False,
        "eos_token": "<|im_end|>",
        "errors": "replace",
        "model_max_length": 4096,
        "pad_token": "<|endoftext|>",
        "tokenizer_class": "Qwen2Tokenizer",
        "unk_token": None,
    }


if __name__ == "__main__":
    train(BUILTIN_FOLDER)
