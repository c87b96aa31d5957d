"""Dialogues to learn from: the turns of a chat, made from a seed. The same seed and index give the same dialogue."""

# ruff: noqa: E501 - tables of phrases

from __future__ import annotations

from dataclasses import dataclass, field
from random import Random
from typing import Any

from builtin_model import answers, frames, names, questions, results, smalltalk, sums, systems
from builtin_model.prompt import Message
from builtin_model.questions import Ask, Question

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
    if scene.skill and scene.rng.random() < 0.48:
        follow(scene)
        return
    scene.rng.choices(
        (chat, ask_which, look_up, look_up_several, look_up_both, correct, mention_first, reckon),
        (22, 5, 34, 9, 6, 4, 5, 19),
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
        city = names.place(rng, language)
        reply = (
            city
            if rng.random() < 0.25
            else questions.ask(rng, language, "reply_place", place=city, is_wrapped=False).text
        )
        settle(scene, reply, [(skill, city)])


def look_up(scene: Scene) -> None:
    """One place, one skill."""
    rng, language = scene.rng, scene.language
    skill = rng.choice(("weather", "weather", "weather", "time", "time"))
    city = rng.choice(names.ZONES) if skill == "time" and rng.random() < 0.07 else names.place(rng, language)
    if rng.random() < 0.15:
        text = frames.question(rng, language, skill, city)
    else:
        text = questions.ask(rng, language, skill, place=city).text
    if rng.random() < 0.02:
        text = smalltalk.noise(rng, language) + (" " if language == "en" else "") + text
    settle(scene, text, [(skill, city)])


def look_up_several(scene: Scene) -> None:
    """Two to four places, one skill; half of those about the weather with a comparison."""
    rng = scene.rng
    name = rng.choice(("weather_many", "time_many", "compare"))
    question = questions.ask(rng, scene.language, name)
    ask_as(scene, question, "time" if name == "time_many" else "weather", compare=question.tag)


def look_up_both(scene: Scene) -> None:
    """Two skills in one question: weather and time, or one of them and a sum."""
    rng, language = scene.rng, scene.language
    if rng.random() < 0.65:
        ask_as(scene, questions.ask(rng, language, "mixed"), "")
        return
    skill = rng.choice(("weather", "time"))
    place = questions.ask(rng, language, skill, is_wrapped=False)
    total = sums.worded(rng, language)
    pieces = [
        (place.text.rstrip("？?。."), [(skill, name) for _, name in place.asked]),
        (total.question.rstrip("？?=＝。. "), [("sum", total.expression)]),
    ]
    if rng.random() < 0.35:
        pieces.reverse()
    glue = rng.choice(
        ("，还有", "，另外", "，", "；", "，顺便算一下", "？还有，", "。再帮我算下", "，再来个")
        if language == "zh"
        else (" and ", ", and ", ", also ", "? Also ", "; ", "? And ", ". Oh and ", ", plus ")
    )
    settle(
        scene,
        questions.wrap(glue.join(text for text, _ in pieces), rng, language),
        [ask for _, asks in pieces for ask in asks],
    )


def correct(scene: Scene) -> None:
    """A question that the person corrects in the same message."""
    question = questions.ask(scene.rng, scene.language, "correct")
    ask_as(scene, question, question.tag)


def mention_first(scene: Scene) -> None:
    """A sentence that names the place, then a question that does not."""
    rng, language = scene.rng, scene.language
    skill = rng.choice(("weather", "time"))
    before = questions.ask(rng, language, "before", is_wrapped=False)
    after = questions.ask(rng, language, f"there_{skill}")
    gap = "" if language == "zh" or not before.text[-1:].strip() else " "
    settle(scene, before.text + gap + after.text, [(skill, place) for _, place in before.asked])


def ask_as(scene: Scene, question: Question, skill: str, *, compare: str = "") -> None:
    """Settle a question, each place of it by its own skill or else by `skill`."""
    settle(scene, question.text, [(own or skill, place) for own, place in question.asked], compare=compare)


def reckon(scene: Scene) -> None:
    rng, language = scene.rng, scene.language
    total = sums.question(rng, language)
    if rng.random() < 0.09:
        other = sums.question(rng, language)
        glue = rng.choice(
            ("，", "和", "，还有", "；", "，再算", "，以及", "？还有", "，另外", "、")
            if language == "zh"
            else (" and ", ", ", "; ", ", and ", "? And ", " and also ", ", plus also ", " as well as ")
        )
        text = total.question.rstrip("？?=＝。. ") + glue + other.question
        settle(scene, text, [("sum", total.expression), ("sum", other.expression)])
        return
    text = total.question if total.is_bare else questions.wrap(total.question, rng, language)
    settle(scene, text, [("sum", total.expression)])


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
        settle(scene, question.text, [("weather", place) for place in scene.asked_places], compare=question.tag)
        return
    ask_as(scene, questions.ask(rng, language, "follow_place"), scene.skill)


def outcome(scene: Scene, ask: Ask, found: list[dict[str, Any]]) -> dict[str, Any]:
    """A result, or a failure, of one call; `found` are those before it, near which a reading may be."""
    skill, subject = ask
    if scene.rng.random() < 0.1:
        return results.failure(scene.rng, skill, subject, systems.NAMES[skill])
    match skill:
        case "weather":
            return results.weather(scene.rng, subject, near=found[-1] if found else None)
        case "time":
            return results.time(scene.rng, subject)
    return results.calculation(scene.rng, subject)


def settle(scene: Scene, text: str, asks: list[Ask], *, compare: str = "") -> None:
    """The user's text, the calls that it asks for, their results and the answer; or that a tool is off."""
    rng, language = scene.rng, scene.language
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
    found: list[dict[str, Any]] = []
    for ask in on:
        found.append(outcome(scene, ask, found if compare else []))
        scene.say("tool", results.dump(found[-1]))
    if kind < 0.055:
        found = repeat(scene, on, found)
    elif kind < 0.085:
        scene.say(rng.choice(("user", "system")), rng.choice(WORD_LIMITS))
    said = answers.answer([(*ask, value) for ask, value in zip(on, found, strict=True)], rng, language, compare)
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
