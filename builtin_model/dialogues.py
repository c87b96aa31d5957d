"""Dialogues to learn from: the turns of a chat, made from a seed. The same seed and index give the same dialogue."""

# ruff: noqa: E501 - tables of phrases

from __future__ import annotations

from dataclasses import dataclass, field
from random import Random
from typing import Any

from builtin_model import answers, frames, names, questions, results, smalltalk, sums, systems
from builtin_model.prompt import Message

Ask = tuple[str, str]  # (skill, the one argument)
WORD_LIMITS = (
    "Answer now without calling tools.", "Stop calling tools and answer now with what you have.", "No more tool calls. Answer from the results above.", "You have reached the limit of tool calls. Answer now in words.", "Answer now.", "请不要再调用工具，直接回答。", "已达到工具调用上限，请根据已有结果回答。", "现在请直接回答，不要再调用工具。",
)  # fmt: skip


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
    """The dialogue of this seed and index, of one to six turns, one in thirty with more, up to some 4,000 tokens."""
    rng = Random(f"{seed}/{index}")
    skills, schemas = systems.offered(rng)
    scene = Scene(rng, rng.choice(("zh", "en")), skills)
    system = systems.system(rng)
    if system is not None:
        scene.say("system", system)
    turns = rng.choice((1, 1, 2, 2, 3, 3, 4, 5, 6)) if rng.random() < 0.965 else rng.randint(8, 24)
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
    rng = scene.rng
    if scene.skill and rng.random() < 0.5:
        follow(scene)
        return
    kind = rng.random()
    if kind < 0.2:
        chat(scene)
        return
    if kind < 0.26:
        ask_which(scene)
        return
    if kind < 0.58:
        look_up(scene, "weather")
        return
    if kind < 0.78:
        look_up(scene, "time")
        return
    reckon(scene)
    return


def chat(scene: Scene) -> None:
    asked, said = smalltalk.exchange(scene.rng, scene.language)
    scene.say("user", asked)
    scene.say("assistant", said)


def ask_which(scene: Scene) -> None:
    """A question without a place: ask for it, and go on with the bare name."""
    rng, language = scene.rng, scene.language
    skill = rng.choice(("weather", "time"))
    scene.say("user", questions.fill(questions.NO_PLACE[skill, language], rng, language))
    if skill not in scene.skills:
        scene.say("assistant", answers.tool_is_off(skill, rng, language))
        return
    scene.say("assistant", answers.expand(answers.WHICH[skill, language], rng))
    if rng.random() < 0.8:
        city = names.place(rng, language)
        reply = (
            rng.choice(("<c>", "<c>", "<c>", "<c>的", "我在<c>", "<c>吧", "就<c>吧", "<c>。", "在<c>"))
            if language == "zh"
            else rng.choice(
                (
                    "<c>",
                    "<c>",
                    "<c>",
                    "in <c>",
                    "In <c>.",
                    "<c> please",
                    "<c>.",
                    "for <c>",
                    "I'm in <c>",
                    "let's say <c>",
                )
            )
        )
        settle(scene, reply.replace("<c>", city), [(skill, city)])


def look_up(scene: Scene, skill: str) -> None:
    rng, language = scene.rng, scene.language
    kind = rng.random()
    table: dict[tuple[str, str], tuple[str, ...]]
    if kind < 0.2:
        places = distinct(rng, language, rng.choice((2, 2, 2, 3, 3, 4)))
        table = {
            ("weather", "zh"): questions.WEATHER_MANY_ZH,
            ("weather", "en"): questions.WEATHER_MANY_EN,
            ("time", "zh"): questions.TIME_MANY_ZH,
            ("time", "en"): questions.TIME_MANY_EN,
        }
        text = questions.fill(table[skill, language], rng, language, l=questions.join_places(places, rng, language))
        settle(scene, text, [(skill, place) for place in places])
        return
    city = rng.choice(names.ZONES) if skill == "time" and rng.random() < 0.09 else names.place(rng, language)
    if kind < 0.26 and {"weather", "time"} <= scene.skills:
        both(scene, city)
        return
    if kind < 0.36:
        before = questions.expand(
            rng.choice(questions.BEFORE_ZH if language == "zh" else questions.BEFORE_EN), rng, x=city
        )
        text = before + questions.fill(questions.THERE[skill, language], rng, language)
        settle(scene, text, [(skill, city)])
        return
    table = {
        ("weather", "zh"): questions.WEATHER_ZH,
        ("weather", "en"): questions.WEATHER_EN,
        ("time", "zh"): questions.TIME_ZH,
        ("time", "en"): questions.TIME_EN,
    }
    text = questions.fill(table[skill, language], rng, language, c=city)
    if kind < 0.66:
        text = frames.question(rng, language, skill, city)
    elif kind > 0.97:
        text = smalltalk.noise(rng, language) + (" " if language == "en" else "") + text
    settle(scene, text, [(skill, city)])


def both(scene: Scene, city: str) -> None:
    """Two skills in one question."""
    rng, language = scene.rng, scene.language
    if rng.random() < 0.6 or "sum" not in scene.skills:
        text = questions.fill(questions.BOTH_ZH if language == "zh" else questions.BOTH_EN, rng, language, c=city)
        first = min(("天气", "weather", "冷不冷"), key=lambda word: text.find(word) if word in text else 999)
        second = min(("时间", "time", "几点"), key=lambda word: text.find(word) if word in text else 999)
        order = ["weather", "time"] if text.find(first) < text.find(second) else ["time", "weather"]
        settle(scene, text, [(skill, city) for skill in order])
        return
    skill = rng.choice(("weather", "time"))
    if language == "zh":
        one = rng.choice(
            ("<c>天气怎么样", "<c>的天气", "查一下<c>的天气")
            if skill == "weather"
            else ("<c>现在几点", "<c>的时间", "<c>几点了")
        )
        glue, end = rng.choice(("，还有", "，另外", "，", "；", "，顺便算一下")), rng.choice(("？", "", "。"))
    else:
        one = rng.choice(
            ("what's the weather in <c>", "weather in <c>", "how is the weather in <c>")
            if skill == "weather"
            else ("what time is it in <c>", "time in <c>", "the time in <c>")
        )
        glue, end = rng.choice((" and ", ", and ", ", also ", "? Also ", "; ")), rng.choice(("?", "", "."))
    total = sums.worded(rng, language)
    pairs = [(one.replace("<c>", city), (skill, city)), (total.question.rstrip("？?=＝ "), ("sum", total.expression))]
    if rng.random() < 0.3:
        pairs.reverse()
    settle(scene, pairs[0][0] + glue + pairs[1][0] + end, [ask for _, ask in pairs])


def reckon(scene: Scene) -> None:
    rng, language = scene.rng, scene.language
    total = sums.question(rng, language)
    if rng.random() < 0.09:
        other = sums.question(rng, language)
        glue = (
            rng.choice(("，", "和", "，还有", "；", "，再算"))
            if language == "zh"
            else rng.choice((" and ", ", ", "; ", ", and "))
        )
        text = total.question.rstrip("？?=＝ ") + glue + other.question
        settle(scene, text, [("sum", total.expression), ("sum", other.expression)])
        return
    text = total.question if total.is_bare else questions.punctuate(total.question, rng, language)
    settle(scene, text, [("sum", total.expression)], is_neutral=total.is_bare and not scene.messages[1:])


def follow(scene: Scene) -> None:
    """A question that leaves out what the last turn was about."""
    rng, language = scene.rng, scene.language
    if scene.skill == "sum":
        if not scene.last_result or not sums.can_continue(scene.last_result):
            reckon(scene)
            return
        total = sums.follow_up(rng, language, scene.last_result)
        settle(scene, questions.punctuate(total.question, rng, language), [("sum", total.expression)])
        return
    kind = rng.random()
    if kind < 0.35 and len(scene.asked_places) == 1:
        skill = "time" if scene.skill == "weather" else "weather"
        text = questions.fill(questions.SWITCH[skill, language], rng, language)
        settle(scene, text, [(skill, scene.asked_places[0])])
        return
    if kind < 0.43 and scene.asked_places:
        again = (
            rng.choice(("再查一次", "刷新一下", "再看一下", "重新查一下", "更新一下", "再来一次", "重试"))
            if language == "zh"
            else rng.choice(
                ("check again", "again please", "refresh", "try again", "update please", "once more", "retry")
            )
        )
        settle(
            scene,
            again + rng.choice(("", "", "！" if language == "zh" else ".")),
            [(scene.skill, place) for place in scene.asked_places],
        )
        return
    places = distinct(rng, language, rng.choice((1, 1, 1, 1, 1, 2, 3)))
    phrases = questions.AND_ZH if language == "zh" else questions.AND_EN
    text = questions.fill(phrases, rng, language, c=questions.join_places(places, rng, language))
    settle(scene, text, [(scene.skill, place) for place in places])


def distinct(rng: Random, language: str, count: int) -> list[str]:
    return list(dict.fromkeys(names.place(rng, language) for _ in range(count)))


def outcome(scene: Scene, ask: Ask, *, can_fail: bool = True) -> dict[str, Any]:
    skill, subject = ask
    if can_fail and scene.rng.random() < 0.1:
        return results.failure(scene.rng, skill, subject, systems.NAMES[skill])
    match skill:
        case "weather":
            return results.weather(scene.rng, subject)
        case "time":
            return results.time(scene.rng, subject)
    return results.calculation(scene.rng, subject)


def settle(scene: Scene, text: str, asks: list[Ask], *, is_neutral: bool = False) -> None:
    """The user's text, the calls that it asks for, their results and the answer; or that a tool is off."""
    rng, language = scene.rng, scene.language
    scene.say("user", text)
    on = [ask for ask in asks if ask[0] in scene.skills]
    off = list(dict.fromkeys(skill for skill, _ in asks if skill not in scene.skills))
    scene.skill, scene.asked_places = (
        asks[-1][0],
        list(dict.fromkeys(subject for skill, subject in asks if skill != "sum")),
    )
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
    said = answers.answer(
        [(skill, subject, value) for (skill, subject), value in zip(on, found, strict=True)], rng, language
    )
    if is_neutral and language == "zh" and "error" not in found[0]:
        said = said.replace("结果是", "").rstrip("。") if rng.random() < 0.5 else said
    if off:
        said += (" " if language == "en" else "") + answers.tool_is_off(off[0], rng, language)
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
