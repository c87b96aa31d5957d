"""Dialogues cut into tokens and gathered into batches of one length each, by worker processes. Knows no network."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

import torch
from tokenizers import Tokenizer
from torch import Tensor
from torch.utils.data import DataLoader, IterableDataset, get_worker_info

from dev.builtin_model import dialogues
from dev.builtin_model.prompt import parts

LENGTHS = (256, 512, 768, 1024, 1536, 2048, 4096)


class Batches(IterableDataset[tuple[Tensor, Tensor]]):
    """Endless batches (ids, learn), each [tokens // length, length] for one of LENGTHS; the same for the same seed."""

    def __init__(self, tokenizer_file: Path, seed: int, tokens: int, first_index: int = 0) -> None:
        self.tokenizer_file = tokenizer_file
        self.seed = seed
        self.tokens = tokens
        self.first_index = first_index

    def __iter__(self) -> Iterator[tuple[Tensor, Tensor]]:
        torch.set_num_threads(1)
        worker = get_worker_info()
        index, stride = (self.first_index, 1) if worker is None else (self.first_index + worker.id, worker.num_workers)
        tokenizer = Tokenizer.from_file(str(self.tokenizer_file))
        encode = lru_cache(maxsize=20_000)(lambda text: tokenizer.encode(text).ids)
        rows: dict[int, list[tuple[list[int], list[bool]]]] = {length: [] for length in LENGTHS}
        while True:
            ids, learn = tokens_of(dialogues.make(self.seed, index), encode)
            index += stride
            length = next((length for length in LENGTHS if len(ids) <= length), None)
            if length is None or not any(learn):
                continue
            rows[length].append((ids, learn))
            if len(rows[length]) == self.tokens // length:
                yield stack(rows[length], length)
                rows[length] = []


def tokens_of(dialogue: dialogues.Dialogue, encode: object) -> tuple[list[int], list[bool]]:
    """Token ids of a dialogue, and which of them the model has to write."""
    ids: list[int] = []
    learn: list[bool] = []
    for text, is_learnt in parts(dialogue.messages, dialogue.tools):
        piece = encode(text)  # type: ignore[operator]
        ids += piece
        learn += [is_learnt] * len(piece)
    return ids, learn


def stack(rows: list[tuple[list[int], list[bool]]], length: int) -> tuple[Tensor, Tensor]:
    """Rows filled up at their end; causal attention never looks there."""
    ids = torch.tensor([row + [0] * (length - len(row)) for row, _ in rows], dtype=torch.int16)
    learn = torch.tensor([row + [False] * (length - len(row)) for _, row in rows], dtype=torch.bool)
    return ids, learn


def loader(batches: Batches, workers: int) -> DataLoader[tuple[Tensor, Tensor]]:
    options = {"prefetch_factor": 4} if workers else {}
    return DataLoader(batches, batch_size=None, num_workers=workers, pin_memory=torch.cuda.is_available(), **options)
