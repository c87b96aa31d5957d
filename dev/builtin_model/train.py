"""Trains the model from nothing on generated dialogues and writes a folder that Transformers and vLLM load.

    python -m dev.builtin_model.train --out DIR [--minutes 12] [--seed 1]

A second run with the same DIR goes on from its last checkpoint.
"""

from __future__ import annotations

import argparse
import json
import logging
import os
import time
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file
from torch import nn

from dev.builtin_model import tokenizer as tokenizer_module
from dev.builtin_model.batches import Batches, loader
from dev.builtin_model.network import Layer, Network, configuration

logger = logging.getLogger(__name__)
WARM_UP_STEPS = 100
STEADY_SHARE = 0.4
CHECKPOINT_S = 90.0


def main() -> None:
    options = _options()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    os.environ["TOKENIZERS_PARALLELISM"] = "false"
    train(options)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--out", type=Path, required=True, help="folder for the weights, the tokenizer and the checkpoint"
    )
    parser.add_argument(
        "--minutes", type=float, default=12.0, help="training time; the learning rate falls to 0 at its end"
    )
    parser.add_argument("--steps", type=int, default=0, help="stop after so many steps instead (for tests)")
    parser.add_argument("--seed", type=int, default=1, help="of the dialogues and the first weights")
    parser.add_argument("--tokens", type=int, default=131_072, help="tokens in a batch")
    parser.add_argument("--rate", type=float, default=2e-3, help="learning rate at its height")
    parser.add_argument(
        "--workers", type=int, default=max(1, (os.cpu_count() or 2) - 1), help="processes that make dialogues"
    )
    parser.add_argument("--start", type=Path, help="folder with weights to start from, instead of random ones")
    return parser.parse_args()


def train(options: argparse.Namespace) -> None:
    """Train for the given time, or number of steps, and write the folder."""
    device = "cuda" if torch.cuda.is_available() else "cpu"
    torch.set_float32_matmul_precision("high")
    torch.manual_seed(options.seed)
    tokenizer_file = options.out / "tokenizer.json"
    if not tokenizer_file.exists():
        tokenizer_module.train(options.out)
    network = Network(tokenizer_module.VOCABULARY).to(device)
    if options.start:
        load(network, options.start)
    optimizers = make_optimizers(network, options.rate)
    state = _resume(options.out, network, optimizers)
    if device == "cuda":
        torch._dynamo.config.recompile_limit = 64  # one graph a length, shared by all layers
        Layer.forward = torch.compile(Layer.forward, dynamic=False)  # type: ignore[method-assign]
    limit_s = options.minutes * 60
    batches = Batches(tokenizer_file, options.seed, options.tokens, first_index=state["step"] * 1000)
    started, saved, step, tokens = time.monotonic() - state["elapsed_s"], time.monotonic(), state["step"], 0
    begun = time.monotonic()
    losses: list[torch.Tensor] = []
    for ids, learn in loader(batches, options.workers):
        elapsed_s = time.monotonic() - started
        share = step / options.steps if options.steps else elapsed_s / limit_s
        if share >= 1:
            break
        set_rate(optimizers, options.rate * rate_share(step, share))
        with torch.autocast(device, dtype=torch.bfloat16, enabled=device == "cuda"):
            loss = network.loss(ids.to(device, non_blocking=True).long(), learn.to(device, non_blocking=True))
        loss.backward()
        nn.utils.clip_grad_norm_(network.parameters(), 1.0)
        for optimizer in optimizers:
            optimizer.step()
            optimizer.zero_grad(set_to_none=True)
        losses.append(loss.detach())
        step, tokens = step + 1, tokens + ids.numel()
        if step % 100 == 0 or step == options.steps:
            mean = torch.stack(losses).mean().item()
            speed = tokens / (time.monotonic() - begun)
            logger.info("step %d, %.0f s, loss %.4f, %.2f M tokens/s", step, elapsed_s, mean, speed / 1e6)
            losses, tokens, begun = [], 0, time.monotonic()
        if time.monotonic() - saved > CHECKPOINT_S:
            _checkpoint(options.out, network, optimizers, step, time.monotonic() - started)
            saved = time.monotonic()
    write(network, options.out)
    _checkpoint(options.out, network, optimizers, step, time.monotonic() - started)


def make_optimizers(network: Network, rate: float) -> list[torch.optim.Optimizer]:
    """Muon for the layers' matrices, AdamW for the embedding, biases and norms."""
    matrices = [value for value in network.layers.parameters() if value.ndim == 2]
    others = [value for value in network.parameters() if value.ndim < 2] + [network.embed_tokens.weight]
    return [
        torch.optim.Muon(matrices, lr=rate, weight_decay=0.05, adjust_lr_fn="match_rms_adamw"),
        torch.optim.AdamW(others, lr=rate, betas=(0.9, 0.95), weight_decay=0.0),
    ]


def rate_share(step: int, share: float) -> float:
    """Share of the highest learning rate: up over the first steps, steady, then down to 0 in a line."""
    return min(1.0, (step + 1) / WARM_UP_STEPS) * min(1.0, (1 - share) / (1 - STEADY_SHARE))


def set_rate(optimizers: list[torch.optim.Optimizer], rate: float) -> None:
    for optimizer in optimizers:
        for group in optimizer.param_groups:
            group["lr"] = rate


def load(network: Network, folder: Path) -> None:
    """Take the weights of a folder written by `write`."""
    weights = load_file(folder / "model.safetensors")
    network.load_state_dict({name.removeprefix("model."): value.float() for name, value in weights.items()})


def write(network: Network, folder: Path) -> None:
    """Write model.safetensors (bf16), config.json and generation_config.json."""
    weights = {
        f"model.{name}": value.detach().to("cpu", torch.bfloat16).contiguous()
        for name, value in network.state_dict().items()
    }
    save_file(weights, folder / "model.safetensors", metadata={"format": "pt"})
    pad, end = (tokenizer_module.SPECIAL.index(text) for text in ("<|endoftext|>", "<|im_end|>"))
    config = configuration(network.embed_tokens.num_embeddings, pad, end)
    generation = {"do_sample": True, "eos_token_id": [end, pad], "pad_token_id": pad, "temperature": 0.45, "top_p": 0.9}
    for name, value in (("config.json", config), ("generation_config.json", generation)):
        (folder / name).write_text(json.dumps(value, indent=2) + "\n", encoding="utf-8")


def _checkpoint(
    folder: Path, network: Network, optimizers: list[torch.optim.Optimizer], step: int, elapsed_s: float
) -> None:
    state = {
        "network": network.state_dict(),
        "optimizers": [optimizer.state_dict() for optimizer in optimizers],
        "step": step,
        "elapsed_s": elapsed_s,
    }
    torch.save(state, folder / "checkpoint.new")
    (folder / "checkpoint.new").replace(folder / "checkpoint.pt")
    write(network, folder)


def _resume(folder: Path, network: Network, optimizers: list[torch.optim.Optimizer]) -> dict[str, float]:
    if not (folder / "checkpoint.pt").exists():
        return {"step": 0, "elapsed_s": 0.0}
    state = torch.load(folder / "checkpoint.pt", weights_only=True)
    network.load_state_dict(state["network"])
    for optimizer, saved in zip(optimizers, state["optimizers"], strict=True):
        optimizer.load_state_dict(saved)
    return {"step": state["step"], "elapsed_s": state["elapsed_s"]}


if __name__ == "__main__":
    main()
