"""Judges the model on the held-out prompts, in Transformers: right calls, faithful answers, nothing called that is off.

python -m builtin_model.evaluate [--weights DIR] [--sampled 3] [--failures]
"""

from __future__ import annotations

import argparse
import json
import re
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any

import torch
from transformers import AutoModelForCausalLM, AutoTokenizer

from builtin_model import results, systems
from builtin_model.held_out import CASES, Case
from builtin_model.prompt import Message

CALL = re.compile(r"<tool_call>\n(.*?)\n</tool_call>", re.S)
NUMBER = re.compile(r"-?\d+(?:\.\d+)?")
SKILLS = {name: skill for skill, name in systems.NAMES.items()}


@dataclass
class Run:
    """One case while it is run: its messages, where it is, what went wrong."""

    case: Case
    messages: list[Message]
    turn: int = 0
    is_answering: bool = False
    outcomes: list[tuple[str, str, dict[str, Any]]] = field(default_factory=list)
    faults: list[tuple[str, str]] = field(default_factory=list)
    checks: Counter[str] = field(default_factory=Counter)

    def schemas(self) -> list[systems.Schema]:
        return [systems.own_schemas()[skill] for skill in self.case.tools]


def start(case: Case) -> Run:
    text = systems.app_system().strip() if case.system == "app" else case.system
    run = Run(case, [] if text is None else [{"role": "system", "content": text}])
    run.messages.append({"role": "user", "content": case.turns[0][0]})
    return run


def read_calls(text: str) -> list[tuple[str, str]] | None:
    """The calls in an assistant's text as (skill, argument); None where one is broken or has another shape."""
    found = []
    for piece in CALL.findall(text):
        try:
            value = json.loads(piece)
            skill = SKILLS[value["name"]]
            (argument,) = value["arguments"].items()
        except (ValueError, KeyError, AttributeError):
            return None
        if argument[0] != systems.ARGUMENTS[skill]:
            return None
        found.append((skill, argument[1]))
    return found if "<tool_call>" not in CALL.sub("", text) else None


def same_calls(found: list[tuple[str, str]], expected: tuple[tuple[str, str], ...]) -> bool:
    def plain(call: tuple[str, str]) -> tuple[str, str]:
        return (call[0], re.sub(r"\s", "", call[1])) if call[0] == "sum" else call

    return [plain(call) for call in found] == [plain(call) for call in expected]


def unfaithful(answer: str, run: Run, is_chinese: bool) -> str:
    """What is wrong with an answer, by the results that it has to repeat; empty where nothing is."""
    known = " ".join(json.dumps(result, ensure_ascii=False) for _, _, result in run.outcomes)
    for skill, subject, result in run.outcomes:
        keys = {
            "weather": ("temperature_c", "humidity_percent", "wind_kmh"),
            "time": ("time", "date"),
            "sum": ("result",),
        }[skill]
        wanted = [str(result[key]) for key in keys if key in result] + [subject] * (skill != "sum")
        if skill == "weather":
            wanted.append(result["condition_zh" if is_chinese else "condition"])
        for text in wanted:
            if text not in answer:
                return f"{text!r} is missing"
        if result.get("source") == "simulated" and "模拟" not in answer and "imulated" not in answer:
            return "not called simulated"
    if not any(result.get("source") == "simulated" for _, _, result in run.outcomes) and (
        "模拟" in answer or "imulated" in answer
    ):
        return "called simulated"
    strange = (
        set(NUMBER.findall(answer))
        - set(NUMBER.findall(known))
        - {number.lstrip("-") for number in NUMBER.findall(known)}
    )
    if strange:
        return f"made up {strange}"
    if is_chinese != bool(re.search("[，。；：]", answer)):
        return "in the other language"
    return ""


def advance(run: Run, text: str) -> bool:
    """Judge what the model wrote and set up what comes next; False where the case is over."""
    asked, expected, words = run.case.turns[run.turn]
    if run.is_answering:
        run.checks["answer"] += 1
        is_chinese = bool(re.search("[呢吗么几天气咋冷热少乘除加减是多]", asked)) or (
            bool(re.search("[一-鿿]", asked)) and not re.search("[a-z]{3}", asked)
        )
        is_plain = not re.search("[A-Za-z一-鿿]", asked)
        if CALL.search(text):
            run.faults.append(("answer", f"{asked!r}: called again: {text!r}"))
        elif wrong := unfaithful(text, run, "。" in text if is_plain else is_chinese):
            run.faults.append(("answer", f"{asked!r}: {wrong}: {text!r}"))
        run.messages.append({"role": "assistant", "content": text})
    else:
        calls = read_calls(text)
        run.checks["call"] += 1
        if calls is None:
            run.faults.append(("broken", f"{asked!r}: {text!r}"))
            return False
        if any(skill not in run.case.tools for skill, _ in calls):
            run.faults.append(("not offered", f"{asked!r}: {text!r}"))
        if not same_calls(calls, expected) or (words and not any(word in text for word in words)):
            run.faults.append(("call", f"{asked!r}: {text!r}"))
            return False
        if calls:
            return _answer_calls(run, calls)
        run.messages.append({"role": "assistant", "content": text})
    run.is_answering = False
    run.turn += 1
    if run.turn == len(run.case.turns):
        return False
    run.messages.append({"role": "user", "content": run.case.turns[run.turn][0]})
    return True


def _answer_calls(run: Run, calls: list[tuple[str, str]]) -> bool:
    run.messages.append(
        {
            "role": "assistant",
            "content": "",
            "tool_calls": [
                {
                    "type": "function",
                    "function": {"name": systems.NAMES[skill], "arguments": {systems.ARGUMENTS[skill]: subject}},
                }
                for skill, subject in calls
            ],
        }
    )
    run.outcomes = []
    for skill, subject in calls:
        rng = Random(f"{run.case.group}{subject}")
        match skill:
            case "weather":
                result = results.weather(rng, subject)
            case "time":
                result = results.time(rng, subject)
            case _:
                result = {"expression": subject, "result": _value(subject)}
        run.outcomes.append((skill, subject, result))
        run.messages.append({"role": "tool", "content": results.dump(result)})
    run.is_answering = True
    return True


def _value(expression: str) -> str:
    seed = next(seed for seed in range(99) if Random(seed).random() >= 0.12)  # one with which no result is made up
    return str(results.calculation(Random(seed), expression)["result"])


def generate(model: Any, tokenizer: Any, runs: list[Run], sampled: bool) -> list[str]:
    """What the model writes next in each chat."""
    texts: list[str] = []
    for first in range(0, len(runs), 256):
        prompts = [
            tokenizer.apply_chat_template(
                run.messages, tools=run.schemas() or None, tokenize=False, add_generation_prompt=True
            )
            for run in runs[first : first + 256]
        ]
        inputs = tokenizer(prompts, return_tensors="pt", padding=True, padding_side="left").to(model.device)
        choice: dict[str, Any] = (
            {"do_sample": True, "temperature": 0.45, "top_p": 0.9, "top_k": 0}
            if sampled
            else {"do_sample": False, "temperature": None, "top_p": None, "top_k": None}
        )
        with torch.inference_mode():
            output = model.generate(
                inputs.input_ids, attention_mask=inputs.attention_mask, max_new_tokens=250, **choice
            )
        for row in output[:, inputs.input_ids.shape[1] :]:
            text = tokenizer.decode(row, skip_special_tokens=False)
            texts.append(text.split("<|im_end|>")[0])
    return texts


def judge(model: Any, tokenizer: Any, cases: tuple[Case, ...], sampled: bool) -> list[Run]:
    runs = [start(case) for case in cases]
    active = runs
    while active:
        texts = generate(model, tokenizer, active, sampled)
        active = [run for run, text in zip(active, texts, strict=True) if advance(run, text)]
    return runs


def table(runs: list[Run]) -> str:
    """A row a group: right calls (or right words without a call), and faithful answers."""
    lines = [f"{'group':14} {'calls':>9} {'answers':>9}"]
    for group in [*dict.fromkeys(run.case.group for run in runs), "all"]:
        chosen = [run for run in runs if group in ("all", run.case.group)]
        checks = sum((run.checks for run in chosen), Counter())
        faults = Counter(kind if kind == "answer" else "call" for run in chosen for kind, _ in run.faults)
        cells = [f"{checks[kind] - faults[kind]}/{checks[kind]}" for kind in ("call", "answer")]
        lines.append(f"{group:14} {cells[0]:>9} {cells[1]:>9}")
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--weights", type=Path, default=Path(__file__).parent / "weights")
    parser.add_argument(
        "--sampled", type=int, default=1, help="rounds at temperature 0.45, top_p 0.9, after the greedy one"
    )
    parser.add_argument("--every", type=int, default=1, help="judge only every n-th chat")
    parser.add_argument("--failures", action="store_true", help="print what went wrong")
    options = parser.parse_args()
    torch.manual_seed(0)
    device = "cuda" if torch.cuda.is_available() else "cpu"
    tokenizer = AutoTokenizer.from_pretrained(options.weights)
    model = AutoModelForCausalLM.from_pretrained(options.weights, dtype=torch.float32).to(device).eval()
    for sampled in (False, True) if options.sampled else (False,):
        cases = CASES[:: options.every] * (options.sampled if sampled else 1)
        runs = judge(model, tokenizer, cases, sampled)
        print(f"\n{'sampled at 0.45' if sampled else 'greedy'}, {len(cases)} chats")
        print(table(runs))
        if options.failures:
            for run in runs:
                for kind, text in run.faults:
                    print(f"  {run.case.group}, {kind}: {text}")


if __name__ == "__main__":
    main()
