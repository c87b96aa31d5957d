"""Small talk and everything that the model declines: what people say, and what it says then. Knows no tools."""

# ruff: noqa: E501 - tables of phrases read best one idea a line

from __future__ import annotations

from random import Random

from dev.builtin_model import names
from dev.builtin_model.grammar import expand
from dev.builtin_model.phrases import read

KINDS = (
    "greet", "thanks", "bye", "identity", "ability", "ack", "praise", "comfort", "apology", "how_are_you"
)  # fmt: skip

# A greeting or a farewell is returned in kind: the first word found in the message decides, "" if none is.
IN_KIND = {
    ("hello", "zh"): {"早": "早上好", "上午": "早上好", "下午": "下午好", "晚": "晚上好", "": "你好"},
    ("hello", "en"): {"mornin": "Good morning", "afternoon": "Good afternoon", "evening": "Good evening", "": "Hello"},
    ("bye", "zh"): {"安": "晚安", "睡": "晚安", "好梦": "晚安", "": "再见"},
    ("bye", "en"): {
        "night": "Good night",
        "sleep": "Good night",
        "bed": "Good night",
        "dreams": "Good night",
        "": "Goodbye",
    },
}
OPEN = {
    "zh": ("那", "你好，", "嗨，", "请问", "我想问下，", "话说，", "嗯，", "对了，", "不好意思，", "麻烦问下，"),
    "en": (
        "hi, ",
        "hey, ",
        "ok, ",
        "so, ",
        "well, ",
        "by the way, ",
        "quick question: ",
        "sorry, ",
        "hello! ",
        "one more thing: ",
    ),
}
ASKS = {"zh": ("？", "？", "", "?", "？？"), "en": ("?", "?", "?", "", "??")}
TELLS = {"zh": ("", "", "。", "！", "～"), "en": ("", "", ".", ".", "!")}
FILLER_ZH = "的 了 是 我 你 他 在 有 和 就 不 人 都 一 这 那 也 很 到 说 要 去 会 着 没有 看 好 自己 吗 怎么 什么 为什么 可以 能 想 做 给 把 被 让 用 从 对 但是 因为 所以 如果 虽然".split()
FILLER_EN = "the a of to in is that it for on with as was at be this have from or one had by word but not what all were we when your can said there use an each which she do how their if will up other about out many then them these so some her would make like him into time has look two more write go see number no way could people my than first water been call who oil its now find long down day did get come made may part".split()


def noise(rng: Random, language: str) -> str:
    """Words without a question in them: what no list of topics covers."""
    things = read(language, "talk/things")
    if language == "zh":
        words = [
            rng.choice(FILLER_ZH)
            if rng.random() < 0.5
            else "".join(rng.choices(names.common_hanzi(), k=rng.randint(1, 3)))
            if rng.random() < 0.6
            else rng.choice(things)
            for _ in range(rng.randint(2, 14))
        ]
        return "".join(words) + rng.choice(("？", "。", "", "吗", "呢", "！"))
    words = [
        rng.choice(FILLER_EN)
        if rng.random() < 0.6
        else names.made_up_word(rng).lower()
        if rng.random() < 0.5
        else rng.choice(things)
        for _ in range(rng.randint(2, 16))
    ]
    text = " ".join(words)
    return (text[0].upper() + text[1:] if rng.random() < 0.5 else text) + rng.choice(("?", ".", "", "", "!"))


def typed(text: str, rng: Random, language: str) -> str:
    """The text as people type it: with or without its mark at the end, its capitals, some words before."""
    if text[-1] in "?？":
        text = text[:-1] + rng.choice(ASKS[language])
    elif text[-1].isalnum() or text[-1] == ">":
        text += rng.choice(TELLS[language])
    if language == "en":
        case = rng.random()
        text = text[0].upper() + text[1:] if case < 0.55 else text.lower() if case < 0.7 else text
    return text


def said_by_person(rng: Random, language: str, kind: str) -> str:
    """What a person says, of this kind; <c> stands where a place is named."""
    text = expand(rng.choice(read(language, f"talk/{kind}")), rng)
    if kind in ("decline", "forecast") and rng.random() < 0.15:
        text = rng.choice(OPEN[language]) + text
    return typed(text, rng, language)


def off_topic(rng: Random, language: str) -> str:
    """Something that the model declines."""
    if rng.random() < 0.06:
        return noise(rng, language)
    text = said_by_person(rng, language, "decline")
    for slot in ("<c>", "<x>"):
        text = text.replace(slot, names.place(rng, language)) if slot in text else text
    return text.replace("<p>", names.person(rng, language))


def answer(rng: Random, language: str, kind: str, asked: str, place: str = "") -> str:
    """The model's words on what was asked."""
    said = [line.removeprefix(f"{kind}: ") for line in read(language, "talk/answers") if line.startswith(f"{kind}: ")]
    echo = {
        slot: next(reply for word, reply in IN_KIND[slot, language].items() if word in asked.lower())
        for slot in ("hello", "bye")
    }
    where = f" in {place}" if language == "en" and place else place
    return expand(rng.choice(said), rng, **echo, where=where)


def exchange(rng: Random, language: str) -> tuple[str, str]:
    """What a person says outside the three skills, and the answer."""
    chance = rng.random()
    if chance < 0.42:
        asked = off_topic(rng, language)
        return asked, answer(rng, language, "decline", asked)
    if chance < 0.52:
        asked, place = said_by_person(rng, language, "forecast"), names.place(rng, language)
        asked = asked.replace("<x>", names.place(rng, language)).replace("<p>", names.person(rng, language))
        said = answer(rng, language, "forecast", asked, place if "<c>" in asked else "")
        return asked.replace("<c>", place), said
    kind = rng.choice(KINDS)
    asked = said_by_person(rng, language, kind)
    return asked, answer(rng, language, kind, asked)


def remark(rng: Random, language: str) -> str:
    """A sentence before a question that has nothing to do with it: "I'm worn out. "."""
    text = expand(
        rng.choice(read(language, f"talk/{rng.choice(('comfort', 'greet', 'praise', 'ack', 'apology'))}")), rng
    )
    if text[-1].isalnum():
        text += rng.choice(("，", "。", "，", " ", "！") if language == "zh" else (". ", ", ", "! ", " - "))
    return text + (" " if language == "en" and text[-1] != " " else "")
