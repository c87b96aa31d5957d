"""Dialogues to learn from: the turns of a chat, made from a seed. The same seed and index give the same dialogue."""

# ruff: noqa: E501 - tables of phrases

from __future__ import annotations

from dataclasses import dataclass, field
from random import Random
from typing import Any

from dev.builtin_model import answers, names, questions, results, sentence_frames, smalltalk, sums, systems
from dev.builtin_model.prompt import Message
from dev.builtin_model.questions import Ask, Question

WORD_LIMITS = (
    "Answer now without calling tools.", "Stop calling tools and answer now with what you have.", "No more tool calls. Answer from the results above.", "You have reached the limit of tool calls. Answer now in words.", "Answer now.", "请不要再调用工具，直接回答。", "已达到工具调用上限，请根据已有结果回答。", "现在请直接回答，不要再调用工具。",
)  # fmt: skip

GLUES = {
    "zh": ("，还有", "，另外", "，", "；", "，顺便算一下", "？还有，", "。再帮我算下", "，再来个"),
    "en": (" and ", ", and ", ", also ", "? Also ", "; ", "? And ", ". Oh and ", ", plus "),
}
LIST_GLUES = {"zh": ("、", "，", "；", "，还有", "，再来"), "en": (", ", "; ", ", then ", ", and ")}
SUM_GLUES = {
    "zh": ("，", "和", "，还有", "；", "，再算", "，以及", "？还有", "，另外", "、"),
    "en": (" and ", ", ", "; ", ", and ", "? And ", " and also ", ", plus also ", " as well as "),
}
TWO_SUMS = {"zh": ("算两个：", "两道题：", "帮我算两个，"), "en": ("two sums: ", "two quick ones, ", "both of these: ")}
END = {"zh": ("。", "", "", "～", "！"), "en": (".", "", "", "!", "...")}
LISTINGS = {
    "zh": ("帮我查几样：", "几件事：", "一次问完：", "查三样：", "我要这些：", "麻烦一起查："),
    "en": ("a few things: ", "all at once: ", "I need: ", "tell me these: ", "in one go, ", "ok so: "),
}
SHORT = {
    ("weather", "zh"): ("<c>天气", "<c>的天气", "<c>冷不冷", "<c>气温", "<c>多少度", "<c>下雨没", "天气看<c>"),
    ("weather", "en"): (
        "weather in <c>",
        "<c> weather",
        "weather for <c>",
        "temperature in <c>",
        "is it raining in <c>",
    ),
    ("time", "zh"): ("<c>时间", "<c>几点", "<c>现在几点", "<c>的时间", "时间要<c>的", "<c>几点了"),
    ("time", "en"): ("time in <c>", "times for <c>", "the time in <c>", "what time it is in <c>", "<c> time"),
}


@dataclass
class Dialogue:
    """A chat and the tools that were offered in it."""

    messages: list[Message]
    tools: list[systems.Schema]


@dataclass
class Scene:
    """A chat while it is made: what was said, which skills have a tool, what the last turn was about."""

    rng: Random
    language: str
    skills: set[str]
    messages: list[Message] = field(default_factory=list)
    skill: str = ""
    asked_places: list[str] = field(default_factory=list)
    last_result: str = ""

    def say(self, role: str, content: str, *, learn: bool = True) -> None:
        self.messages.append({"role": role, "content": content} | ({} if learn else {"learn": False}))

    def call(self, asks: list[Ask], *, learn: bool = True) -> None:
        calls = [
            {
                "type": "function",
                "function": {"name": systems.NAMES[skill], "arguments": {systems.ARGUMENTS[skill]: subject}},
            }
            for skill, subject in asks
        ]
        self.messages.append(
            {"role": "assistant", "content": "", "tool_calls": calls} | ({} if learn else {"learn": False})
        )


def make(seed: int, index: int) -> Dialogue:
    """The dialogue of this seed and index, of one to seven turns, one in 20 with more, up to some 4,000 tokens."""
    rng = Random(f"{seed}/{index}")
    skills, schemas = systems.offered(rng)
    scene = Scene(rng, rng.choice(("zh", "en")), skills)
    system = systems.system(rng)
    if system is not None:
        scene.say("system", system)
    turns = rng.choice((1, 2, 2, 3, 3, 4, 5, 6, 7)) if rng.random() < 0.95 else rng.randint(8, 24)
    may_switch = rng.random() < 0.35
    cut = rng.randrange(turns) if rng.random() < 0.04 else -1
    for turn in range(turns):
        if may_switch and rng.random() < 0.4:
            scene.language = "en" if scene.language == "zh" else "zh"
        if turn == cut:
            skills, schemas = switch_tools(scene)
        take_turn(scene)
    if rng.random() < 0.03 and scene.messages[-2]["role"] == "tool":
        forget(scene.messages[:-1])
        schemas = []
    return Dialogue(scene.messages, schemas)


def switch_tools(scene: Scene) -> tuple[set[str], list[systems.Schema]]:
    """The person changes which tools may be used: what was said before is context only."""
    forget(scene.messages)
    scene.skills, schemas = systems.offered(scene.rng)
    return scene.skills, schemas


def forget(messages: list[Message]) -> None:
    """Leave these messages out of what is learnt: they do not follow from the tools that stand in the prompt."""
    for message in messages:
        if message["role"] == "assistant":
            message["learn"] = False


def take_turn(scene: Scene) -> None:
    if scene.skill and scene.rng.random() < 0.48:
        follow(scene)
        return
    scene.rng.choices(
        (chat, ask_which, look_up, look_up_several, compare, look_up_both, correct, mention_first, reckon),
        (30, 5, 28, 9, 9, 8, 4, 6, 22),
    )[0](scene)


def chat(scene: Scene) -> None:
    asked, said = smalltalk.exchange(scene.rng, scene.language)
    scene.say("user", asked)
    scene.say("assistant", said)


def ask_which(scene: Scene) -> None:
    """A question without a place: ask for it, and go on with the bare name."""
    rng, language = scene.rng, scene.language
    skill = rng.choice(("weather", "time"))
    scene.say("user", questions.ask(rng, language, f"no_place_{skill}").text)
    if skill not in scene.skills:
        scene.say("assistant", answers.tool_is_off(skill, rng, language))
        return
    scene.say("assistant", answers.which(skill, rng, language))
    if rng.random() < 0.8:
        if rng.random() < 0.25:
            city = names.place(rng, language)
            settle(scene, city, [(skill, city)])
        else:
            ask_as(scene, questions.ask(rng, language, "reply_place", is_wrapped=False), skill)


def look_up(scene: Scene) -> None:
    """One place, one skill."""
    rng, language = scene.rng, scene.language
    skill = rng.choice(("weather", "weather", "weather", "time", "time"))
    city = rng.choice(names.ZONES) if skill == "time" and rng.random() < 0.07 else names.place(rng, language)
    if rng.random() < 0.15:
        settle(scene, sentence_frames.question(rng, language, skill, city), [(skill, city)])
    else:
        ask_as(scene, questions.ask(rng, language, skill, place=city), skill)


def look_up_several(scene: Scene) -> None:
    """Two to four places, one skill."""
    skill = scene.rng.choice(("weather", "time"))
    ask_as(scene, questions.ask(scene.rng, scene.language, f"{skill}_many"), skill)


def compare(scene: Scene) -> None:
    """Which of two to four places is the warmest, the driest ...: the answer gives the readings, and leaves it to them."""
    question = questions.ask(scene.rng, scene.language, "compare")
    ask_as(scene, question, "weather")


def look_up_both(scene: Scene) -> None:
    """Several things in one question: weather and time, one of them and a sum, or two or three short asks in a row."""
    rng, language = scene.rng, scene.language
    kind = rng.random()
    if kind < 0.5:
        ask_as(scene, questions.ask(rng, language, "mixed"), "")
        return
    if kind < 0.75:
        skill = rng.choice(("weather", "time"))
        place = questions.ask(rng, language, skill, is_wrapped=False)
        total = sums.worded(rng, language)
        pieces = [
            (place.text, [(skill, name) for _, name in place.asked]),
            (total.question, [("sum", total.expression)]),
        ]
        rng.shuffle(pieces)
        glue = rng.choice(GLUES[language])
    else:
        pieces = [short_ask(scene) for _ in range(rng.choice((2, 3, 3)))]
        glue = rng.choice(LIST_GLUES[language])
    text = glue.join(text.rstrip("？?。.=＝ ") for text, _ in pieces)
    if kind >= 0.75 and rng.random() < 0.5:
        text = rng.choice(LISTINGS[language]) + text
    settle(scene, questions.wrap(text, rng, language), [ask for _, asks in pieces for ask in asks])


def short_ask(scene: Scene) -> tuple[str, list[Ask]]:
    """A few words that ask for one thing: the time in two places, the weather in one, a sum."""
    rng, language = scene.rng, scene.language
    skill = rng.choice(("weather", "time", "sum"))
    if skill == "sum":
        total = sums.worded(rng, language)
        return total.question, [("sum", total.expression)]
    places = questions.distinct(rng, language, rng.choice((1, 1, 2)))
    joined = questions.join_places(places, rng, language) if len(places) > 1 else places[0]
    return rng.choice(SHORT[skill, language]).replace("<c>", joined), [(skill, place) for place in places]


def correct(scene: Scene) -> None:
    """A question that the person corrects in the same message."""
    question = questions.ask(scene.rng, scene.language, "correct")
    ask_as(scene, question, question.tag)


def mention_first(scene: Scene) -> None:
    """A sentence that names the place, then a question that does not: in the same message, or in the next one."""
    rng, language = scene.rng, scene.language
    skill = rng.choice(("weather", "time"))
    before = questions.ask(rng, language, "before", is_wrapped=False)
    if rng.random() < 0.35:
        told = before.text.rstrip(" ,，;；:：") + rng.choice(END[language])
        scene.say("user", told)
        scene.say("assistant", smalltalk.answer(rng, language, "ack", told))
        if rng.random() < 0.15:
            chat(scene)
        settle(
            scene, questions.ask(rng, language, f"there_{skill}").text, [(skill, place) for _, place in before.asked]
        )
        return
    after = questions.ask(rng, language, f"there_{skill}")
    gap = "" if language == "zh" or not before.text[-1:].strip() else " "
    settle(scene, before.text + gap + after.text, [(skill, place) for _, place in before.asked])


def ask_as(scene: Scene, question: Question, skill: str) -> None:
    """Settle a question, each place of it by its own skill or else by `skill`."""
    settle(scene, question.text, [(own or skill, place) for own, place in question.asked])


def reckon(scene: Scene) -> None:
    rng, language = scene.rng, scene.language
    kind = rng.random()
    if kind < 0.06:
        text, expressions = sums.two(rng, language)
        settle(scene, questions.wrap(text, rng, language), [("sum", expression) for expression in expressions])
        return
    total = sums.question(rng, language)
    if kind < 0.15:
        other = sums.question(rng, language)
        text = total.question.rstrip("？?=＝。. ") + rng.choice(SUM_GLUES[language]) + other.question
        if rng.random() < 0.3:
            text = rng.choice(TWO_SUMS[language]) + text
        settle(scene, text, [("sum", total.expression), ("sum", other.expression)])
        return
    text = total.question if total.is_bare else questions.wrap(total.question, rng, language)
    settle(scene, text, [("sum", total.expression)], is_bare=total.is_bare)


def follow(scene: Scene) -> None:
    """A question that leaves out what the last turn was about."""
    rng, language = scene.rng, scene.language
    if scene.skill == "sum":
        if not scene.last_result or not sums.can_continue(scene.last_result):
            reckon(scene)
            return
        total = sums.follow_up(rng, language, scene.last_result)
        settle(scene, questions.wrap(total.question, rng, language), [("sum", total.expression)])
        return
    kind = rng.random()
    if kind < 0.42 and len(scene.asked_places) == 1:
        other = "time" if scene.skill == "weather" else "weather"
        skill = other if scene.skill == "time" or rng.random() < 0.85 else "weather"
        settle(scene, questions.ask(rng, language, f"follow_{skill}").text, [(skill, scene.asked_places[0])])
        return
    if kind < 0.48 and scene.asked_places:
        text = questions.ask(rng, language, "again").text
        settle(scene, text, [(scene.skill, place) for place in scene.asked_places])
        return
    if kind < 0.6 and scene.skill == "weather" and len(scene.asked_places) > 1:
        question = questions.ask(rng, language, "follow_compare")
        settle(scene, question.text, [("weather", place) for place in scene.asked_places])
        return
    if kind < 0.66 and len(scene.asked_places) == 2:
        skill = rng.choice(("weather", "time"))
        settle(
            scene,
            questions.ask(rng, language, f"follow_both_{skill}").text,
            [(skill, place) for place in scene.asked_places],
        )
        return
    ask_as(scene, questions.ask(rng, language, "follow_place"), scene.skill)


def outcome(scene: Scene, ask: Ask) -> dict[str, Any]:
    """A result, or a failure, of one call."""
    skill, subject = ask
    if scene.rng.random() < 0.1:
        return results.failure(scene.rng, skill, subject, systems.NAMES[skill])
    match skill:
        case "weather":
            return results.weather(scene.rng, subject)
        case "time":
            return results.time(scene.rng, subject)
    return results.calculation(scene.rng, subject)


def settle(scene: Scene, text: str, asks: list[Ask], *, is_bare: bool = False) -> None:
    """The user's text, the calls that it asks for, their results and the answer; or that a tool is off.

    `is_bare` is for an expression alone, from which no language can be told: the answer then has none either.
    """
    rng, language = scene.rng, scene.language
    if not is_bare and rng.random() < 0.05:
        text = smalltalk.remark(rng, language) + text
    scene.say("user", text)
    on = [ask for ask in asks if ask[0] in scene.skills]
    off = list(dict.fromkeys(skill for skill, _ in asks if skill not in scene.skills))
    scene.skill = asks[-1][0]
    scene.asked_places = list(dict.fromkeys(subject for skill, subject in asks if skill != "sum"))
    scene.last_result = ""
    if not on:
        scene.say("assistant", answers.tool_is_off(off[0], rng, language))
        return
    kind = rng.random()
    if kind < 0.025:
        stop_at_calls(scene, on)
        return
    scene.call(on)
    found = [outcome(scene, ask) for ask in on]
    for value in found:
        scene.say("tool", results.dump(value))
    if kind < 0.055:
        found = repeat(scene, on, found)
    elif kind < 0.085:
        scene.say(rng.choice(("user", "system")), rng.choice(WORD_LIMITS))
    said = answers.answer([(*ask, value) for ask, value in zip(on, found, strict=True)], rng, language)
    if is_bare and "error" not in found[0]:
        said = said.rstrip("。.")
    if off:
        said += ("\n\n" if len(on) > 1 else " " if language == "en" else "") + answers.tool_is_off(
            off[0], rng, language
        )
    if rng.random() < 0.03:
        scene.say("assistant", said[: rng.randint(1, max(1, len(said) - 2))], learn=False)
    else:
        scene.say("assistant", said)
    if on[-1][0] == "sum" and len(on) == 1 and "result" in found[0]:
        scene.last_result = found[0]["result"]


def stop_at_calls(scene: Scene, asks: list[Ask]) -> None:
    """The person pressed Stop while the tools ran: no answer, and the chat goes on."""
    scene.call(asks)
    for _ in asks:
        text = scene.rng.choice(("The turn was stopped before this call had a result.",) * 3 + ("stopped",))
        scene.say("tool", results.dump({"error": "stopped", "message": text}))


def repeat(scene: Scene, asks: list[Ask], found: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The same calls made again and refused: the answer comes from the results that there are."""
    rng = scene.rng
    for _ in range(rng.randint(0, 2)):
        scene.call(asks, learn=False)
        for value in found:
            scene.say("tool", results.dump(value))
    scene.call(asks, learn=False)
    for skill, _ in asks:
        text = rng.choice(
            (f"{systems.NAMES[skill]} was called with these arguments before. Use the results above, and answer now.",)
            * 3
            + ("Same call, third time: refused.",)
        )
        scene.say("tool", results.dump({"error": "refused", "message": text}))
    return found
