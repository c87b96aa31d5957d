"""Questions about places, from the phrase files: filled, wrapped in politeness, misspelt. Knows no results.

Slots: <c> the place that is asked about; <l> several, joined; <a> <b> <d> several, apart; <x> a place that is only
mentioned, <p> a person; <w> a place whose weather is asked, <t> one whose time is, <wt> and <tw> one for both.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from random import Random

from dev.builtin_model import names
from dev.builtin_model.grammar import expand
from dev.builtin_model.phrases import read

Ask = tuple[str, str]  # (skill, the one argument)
SLOT = re.compile(r"<(wt|tw|[cxplabdwt])>")
TAGGED = ("compare", "correct", "follow_compare")  # files whose lines begin with what they are about, "hot: "
SKILLS = {"x": (), "p": (), "w": ("weather",), "t": ("time",), "wt": ("weather", "time"), "tw": ("time", "weather")}
HOMOPHONES = str.maketrans("天气怎样现在几点吗多少那边温时间今的", "添汽咋杨线再及店嘛哆勺哪便问实见金得")
TRADITIONAL = str.maketrans(
    "与气么样现点问吗时间帮这个边热会说谢还风温报请查晓给谁听湿适冻冷东头觉应该带伞风阳阴云雾结冰干燥级单双换让开关闭车飞机场订发给话过钟晚几号历区长广场门户里后",
    "與氣麼樣現點問嗎時間幫這個邊熱會說謝還風溫報請查曉給誰聽濕適凍冷東頭覺應該帶傘風陽陰雲霧結冰乾燥級單雙換讓開關閉車飛機場訂發給話過鐘晚幾號曆區長廣場門戶裡後",
)
LAST_EN = (
    *(" and ", " and ", " and ", " and ", " and ", ", and ", " & ", ", ", " or ", " vs ", " vs. ", " versus "),
    *(" as well as ", " plus ", " and also ", "/", " + "),
)
ENDS = "？?！!。.＝=…～"
SIGN_AT_END = {"zh": "[？|？|？|?|||||。|！|～| ?]", "en": "[?|?|?|?|||.|!| ?]"}
SIGNS = re.compile(r"[，。？！、；：,.?!;:~～]")


@dataclass(frozen=True)
class Question:
    """What a person types, and what it asks for: (skill or "", place) in the order of the text."""

    text: str
    asked: tuple[Ask, ...]
    tag: str = ""


def ask(rng: Random, language: str, name: str, *, place: str = "", is_wrapped: bool = True) -> Question:
    """A question from phrases/LANGUAGE/NAME.txt; `place` is what its <c> stands for, if not any place."""
    phrase = rng.choice(read(language, name))
    tag, phrase = phrase.split(": ", 1) if name in TAGGED else ("", phrase)
    text = expand(phrase, rng)
    text = _as_typed(wrap(text, rng, language) if is_wrapped else text, rng, language)
    question = _fill(text, rng, language, place, tag)
    kind = rng.random()
    if language == "zh" and kind < 0.05:
        return _everywhere(question, lambda text: text.translate(TRADITIONAL).translate(names.IN_TRADITIONAL))
    if language == "en" and kind < 0.02:
        return _everywhere(question, str.upper)
    return question


def _everywhere(question: Question, change: Callable[[str], str]) -> Question:
    """The question with its places typed in that way too."""
    asked = tuple((skill, change(place)) for skill, place in question.asked)
    return Question(change(question.text), asked, question.tag)


def _fill(text: str, rng: Random, language: str, place: str, tag: str) -> Question:
    values: dict[str, str] = {}
    asked: list[Ask] = []
    for slot in dict.fromkeys(SLOT.findall(text)):
        match slot:
            case "l":
                places = distinct(rng, language, rng.choice((2, 2, 2, 3, 3, 4)))
                values[slot] = join_places(places, rng, language)
                asked += [("", one) for one in places]
                continue
            case "p":
                values[slot] = names.person(rng, language)
            case "c" if place:
                values[slot] = place
            case _:
                values[slot] = distinct(rng, language, 1, but=values.values())[0]
        asked += [(skill, values[slot]) for skill in SKILLS.get(slot, ("",))]
    if language == "zh" and rng.random() < 0.03:
        text = SLOT.sub(r" \g<0> ", text).strip()
    return Question(SLOT.sub(lambda match: values[match[1]], text), tuple(dict.fromkeys(asked)), tag)


def wrap(text: str, rng: Random, language: str) -> str:
    """Words before and after a question, and the sign at its end."""
    before = expand(rng.choice(read(language, "open")), rng) if rng.random() < 0.3 else ""
    after = expand(rng.choice(read(language, "close")), rng) if rng.random() < 0.22 else ""
    if before and language == "en" and text[:1].isupper() and not re.match(r"I\b|[A-Z]{2}", text):
        text = text[0].lower() + text[1:]
    if after and after[0] in ENDS + "，,；":
        text = text.rstrip(ENDS)
    end = expand(SIGN_AT_END[language], rng) if (text + after)[-1:] not in ENDS else ""
    if after and (after[0] in ENDS + "，,；" or rng.random() < 0.3):
        text = before + text + after + end
    else:
        text = before + text + end + after
    return text[:1].upper() + text[1:] if language == "en" and rng.random() < 0.5 else text


def _as_typed(text: str, rng: Random, language: str) -> str:
    """The words around the slots, now and then with a typo, without signs, in lower case, in traditional characters."""
    kind = rng.random()
    pieces = SLOT.split(text)  # words, slot, words, slot, words
    if kind < 0.05:
        spoken = [SIGNS.sub("" if language == "zh" else " ", piece) for piece in pieces[::2]]
        pieces[::2] = spoken if language == "zh" else [re.sub(" +", " ", piece) for piece in spoken]
    elif language == "en" and kind < 0.17:
        pieces[::2] = [piece.lower() for piece in pieces[::2]]
    elif language == "en" and kind < 0.24:
        index = rng.randrange(0, len(pieces), 2)
        pieces[index] = misspell(pieces[index], rng)
    elif language == "zh" and kind < 0.09:
        index = rng.randrange(0, len(pieces), 2)
        spots = [spot for spot, char in enumerate(pieces[index]) if ord(char) in HOMOPHONES]
        if spots:
            spot = rng.choice(spots)
            piece = pieces[index]
            pieces[index] = piece[:spot] + piece[spot].translate(HOMOPHONES) + piece[spot + 1 :]
    elif kind > 0.94:
        index = rng.randrange(0, len(pieces), 2)
        pieces[index] = _with_a_strange_word(pieces[index], rng, language)
    elif language == "zh" and kind < 0.11:
        pieces[::2] = [piece.translate(TRADITIONAL) for piece in pieces[::2]]
    return "".join(f"<{piece}>" if index % 2 else piece for index, piece in enumerate(pieces)).strip()


def _with_a_strange_word(text: str, rng: Random, language: str) -> str:
    """The text with a word inside that no list has: it is no place for that."""
    if language == "en":
        words = text.split(" ")
        if len(words) < 3:  # it would touch a place
            return text
        words.insert(rng.randrange(1, len(words)), names.made_up_word(rng).lower())
        return " ".join(words)
    if len(text) < 4:
        return text
    spot = rng.randrange(1, len(text) - 2)
    return text[:spot] + "".join(rng.choices(names.common_hanzi(), k=rng.choice((1, 2, 2)))) + text[spot:]


def misspell(text: str, rng: Random) -> str:
    """One typo: a letter dropped, doubled or swapped, inside of a word."""
    spots = [
        spot for spot in range(1, len(text) - 1) if text[spot : spot + 2].isascii() and text[spot : spot + 2].isalpha()
    ]
    if not spots:
        return text
    spot, kind = rng.choice(spots), rng.random()
    if kind < 0.4:
        return text[:spot] + text[spot + 1 :]
    if kind < 0.7:
        return text[:spot] + text[spot + 1] + text[spot] + text[spot + 2 :]
    return text[: spot + 1] + text[spot:]


def distinct(rng: Random, language: str, count: int, but: Iterable[str] = ()) -> list[str]:
    """So many places, without one twice, and none of `but`."""
    places, known = list[str](), set(but)
    while len(places) < count:
        place = names.place(rng, language, is_alone=False)
        if place not in known:
            known.add(place)
            places.append(place)
    return places


def join_places(places: list[str], rng: Random, language: str) -> str:
    """ "北京、上海和广州", "Paris, Rome and Oslo"."""
    if language == "zh":
        comma = rng.choice(("、", "、", "，", " ", ",", "和", "跟"))
        last = rng.choice(("和", "和", "跟", "与", "、", "还有", "以及", " 和 ", "，", " ", "同", "加上", "外加", "及"))
    else:
        comma = rng.choice((", ", ", ", ", ", ", ", " and ", "/", "; ", ","))
        last = rng.choice(LAST_EN)
    return comma.join(places[:-1]) + last + places[-1]
