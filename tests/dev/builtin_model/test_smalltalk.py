"""Small talk for the training data: its files, and that every answer says what its kind must say."""

from __future__ import annotations

import re
from random import Random

import pytest

from dev.builtin_model import smalltalk
from dev.builtin_model.grammar import parse
from dev.builtin_model.phrases import read

MINIMUM = {
    "greet": 60, "thanks": 60, "bye": 60, "identity": 70, "ability": 70, "ack": 60, "praise": 50, "comfort": 60,
    "apology": 50, "how_are_you": 40, "decline": 500, "forecast": 90,
}  # fmt: skip
MUST_SAY = {
    ("greet", "zh"): "你好|早上好|下午好|晚上好",
    ("greet", "en"): "Hello|Hi|Good (morning|afternoon|evening)",
    ("thanks", "zh"): "不客气",
    ("thanks", "en"): "welcome",
    ("bye", "zh"): "再见|晚安",
    ("bye", "en"): "bye|See you|Good night",
    ("identity", "zh"): "清谈",
    ("identity", "en"): "Qingtan",
    ("ability", "zh"): "(?=.*天气)(?=.*时间)(?=.*算)",
    ("ability", "en"): "(?=.*weather)(?=.*time)(?=.*arithmetic)",
    ("ack", "zh"): "随时",
    ("ack", "en"): "ready when you are|let me know",
    ("praise", "zh"): "谢谢|高兴",
    ("praise", "en"): "Thank|glad",
    ("comfort", "zh"): "希望|抱抱",
    ("comfort", "en"): "sorry to hear|hope",
    ("apology", "zh"): "抱歉|对不起",
    ("apology", "en"): "[Ss]orry",
    ("how_are_you", "zh"): "你好",
    ("how_are_you", "en"): "Hello|Hi",
    ("decline", "zh"): r"MODEL=Qwen/Qwen2\.5-7B-Instruct",
    ("decline", "en"): r"MODEL=Qwen/Qwen2\.5-7B-Instruct",
    ("forecast", "zh"): r"(?=.*MODEL=Qwen/Qwen2\.5-7B-Instruct)(?=.*天气)(?=.*里昂)",
    ("forecast", "en"): r"(?=.*MODEL=Qwen/Qwen2\.5-7B-Instruct)(?=.*current weather)(?=.* in 里昂)",
}


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("kind", MINIMUM)
def test_phrases(kind: str, language: str) -> None:
    lines = read(language, f"talk/{kind}")
    assert len(set(lines)) == len(lines) >= MINIMUM[kind]
    for line in lines:
        parse(line)
        assert line.count("[") == line.count("]"), line
        assert not re.search("[<>]", re.sub("<[cpx]>", "", line)), line
        assert "|" not in re.sub(r"\[[^\[\]]*\]", "", line), line
        assert kind in ("decline", "forecast") or "<" not in line, line


@pytest.mark.parametrize(("kind", "language"), MUST_SAY)
def test_answers_say_the_words_of_their_kind(kind: str, language: str) -> None:
    rng = Random(1)
    for _ in range(100):
        asked = smalltalk.said_by_person(rng, language, kind)
        said = smalltalk.answer(rng, language, kind, asked, "里昂")
        assert re.search(MUST_SAY[kind, language], said), said
        assert not re.search(r"[<>\[\]|]|您", said), said


@pytest.mark.parametrize("language", ["zh", "en"])
def test_exchange_is_deterministic_and_fills_every_slot(language: str) -> None:
    first = [smalltalk.exchange(Random(seed), language) for seed in range(1000)]
    assert first == [smalltalk.exchange(Random(seed), language) for seed in range(1000)]
    assert not [pair for pair in first if re.search("<[a-z]+>", "".join(pair))]
    declined = sum("forecast" in said or "MODEL=" in said for _, said in first)
    assert 400 < declined < 600
    assert all(bool(re.search("[一-鿿]{4}", said)) == (language == "zh") for asked, said in first if asked.isascii())


def test_a_greeting_is_returned_in_kind() -> None:
    assert smalltalk.answer(Random(1), "en", "greet", "Good evening to you").startswith("Good evening")
    assert smalltalk.answer(Random(1), "zh", "bye", "我去睡了").startswith("晚安")
