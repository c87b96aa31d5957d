"""A chat as Markdown that one would mail: words as they were written, a line for each tool, no machinery."""

from __future__ import annotations

import json
from typing import Any

import pytest

from agent.history import History
from tools.base import ToolCall, ToolResult
from web.render import tables, tool_results
from web.render.transcript_markdown import to_markdown
from web.texts import CHINESE, ENGLISH, Texts

WEATHER = {
    "city": "广州", "condition": "clear sky", "condition_zh": "晴", "temperature_c": 19.3, "humidity_percent": 60,
    "wind_kmh": 5.5, "source": "simulated", "note": "These values are made up.",
}  # fmt: skip
ROWS = [{"time": f"2026-11-2{day}", "n|m": day + 0.5} for day in range(4)]


def step(kind: str, output: str = "", name: str = "", **fields: Any) -> dict[str, Any]:
    """A step as it is kept; its id is its text."""
    made = {"id": output or name, "type": kind, "name": name, "output": output, "metadata": {}}
    return made | {"createdAt": "2026-11-22T10:00:00Z"} | fields


def tool(name: str, given: Any, result: Any, *, is_old: bool = False, **fields: Any) -> dict[str, Any]:
    """A tool's step; one of a version before has its name and its time as its title."""
    text = result if isinstance(result, str) else json.dumps(result, ensure_ascii=False, indent=4)
    title, metadata = (f"{name} · <0.1 s", {}) if is_old else (ENGLISH.tool_name(name), {"tool": name})
    return step("tool", text, title, metadata=metadata, input=json.dumps(given, ensure_ascii=False)) | fields


def chat(
    *steps: dict[str, Any], history: History | None = None, **thread: Any
) -> tuple[dict[str, Any], dict[str, Any]]:
    """A chat as Chainlit has it, and the model's side of it."""
    known = {"id": "t", "name": "Weather?", "createdAt": "2026-11-22T10:00:05Z", "elements": []}
    return known | thread | {"steps": list(steps)}, (history or History()).to_json()


def mail(*steps: dict[str, Any], texts: Texts = ENGLISH, **rest: Any) -> str:
    """The Markdown of one question with these steps, without its head and its question."""
    return to_markdown(*chat(step("user_message", "Q"), *steps, **rest), texts).partition("## Me\n\nQ\n\n")[2]


def test_a_chat_is_its_name_its_date_its_model_its_questions_its_answers_and_a_line_for_each_tool() -> None:
    texts = {"metadata": {"model": "Qwen2.5-7B-Instruct"}}
    history = History()
    history.add_user("Weather?", "Weather?")
    history.add_assistant("", [ToolCall("c", "get_current_weather", '{"city": "广州"}')])
    history.add_result(ToolResult("c", "{}", "{}"))
    history.add_assistant("It is **19.3 °C**, a*b_c.")
    card = tool_results.view(json.dumps(WEATHER), ENGLISH)
    assert card
    kept = chat(
        step("run", name="This is a small model", metadata={"line": True, "icon": "info"}),
        step("user_message", "Weather?"),
        step("run", name="on_message"),
        step("run", "Hm.", "Thought for 2 s", metadata={"icon": "brain"}),
        tool("get_current_weather", {"city": "广州"}, WEATHER),
        step("assistant_message", card.markdown),
        step("assistant_message", "It is **19.3 °C**, a*b_c.", **texts),
        step("run", "- In: 10\n- Out: 2", "12 tokens", metadata={"icon": "receipt-text"}),
        history=history,
    )
    assert to_markdown(*kept, ENGLISH) == (
        "# Weather?\n\n2026-11-22 10:00 UTC · Model: Qwen2.5-7B-Instruct\n\n"
        "## Me\n\nWeather?\n\n"
        "## Model\n\n"
        "🔧 Weather(city: 广州) → 19.3 °C, clear sky · humidity 60% · wind 5.5 km/h · simulated data\n\n"
        "It is **19.3 °C**, a*b_c.\n"
    )


@pytest.mark.parametrize("is_old", [False, True])
@pytest.mark.parametrize(
    ("texts", "name", "given", "result", "line"),
    [
        (CHINESE, "get_current_weather", {"city": "广州"}, WEATHER,
         "天气(city: 广州) → 19.3 °C，晴 · 湿度 60% · 风速 5.5 km/h · 模拟数据"),
        (ENGLISH, "get_current_weather", {"city": "a\nb"}, {"condition": "fog", "temperature_c": -3},
         "Weather(city: a b) → -3 °C, fog"),
        (ENGLISH, "calculate", {"expression": "3*4"}, {"expression": "3*4", "result": "12"},
         "Calculator(expression: 3*4) → 12"),
        (ENGLISH, "get_current_time", {"city": "Tokyo"},
         {"city": "Tokyo", "time_zone": "Asia/Tokyo", "date": "2026-11-22", "time": "19:00", "weekday": "Sunday",
          "weekday_zh": "星期日", "utc_offset": "+09:00"},
         "Time(city: Tokyo) → 2026-11-22 Sunday 19:00 (Asia/Tokyo)"),
        (ENGLISH, "roll_dice", {}, "a five", "Roll dice → a five"),
        (ENGLISH, "roll_dice", {"sides": 6, "on": ["a"]}, {"rolled": 5, "of": {"a": 1}},
         "Roll dice(sides: 6, on: …) → rolled: 5, of: …"),
        (CHINESE, "list_cities", {}, [1, 2, 3], "List cities → 3 行数据"),
        (ENGLISH, "list_cities", {}, [1], "List cities → 1 row of data"),
        (ENGLISH, "list_cities", {}, "", "List cities → —"),
        (ENGLISH, "read", {"path": "x" * 500}, "word " * 500, f"Read(path: {'x' * 153}…) → {('word ' * 40)[:159]}…"),
    ],
)  # fmt: skip
def test_a_tool_is_one_line(texts: Texts, name: str, given: Any, result: Any, line: str, is_old: bool) -> None:
    text = to_markdown(*chat(step("user_message", "Q"), tool(name, given, result, is_old=is_old)), texts)
    assert text.rsplit("\n\n", 1)[1] == f"🔧 {line}\n"


@pytest.mark.parametrize("is_old", [False, True])
def test_a_call_that_failed_says_why_on_its_line(is_old: bool) -> None:
    failed = tool("calculate", {"expression": "1/0"}, "Division by zero\nhas no result.", isError=True, is_old=is_old)
    assert mail(failed) == "## Model\n\n🔧 Calculator(expression: 1/0) → Division by zero has no result.\n"


def test_a_call_that_was_stopped_says_so() -> None:
    stopped = tool("calculate", {}, "", isError=True) | {"name": "Calculator · stopped"}
    assert mail(stopped) == "## Model\n\n🔧 Calculator → stopped\n"


def test_arguments_that_are_no_json_stand_as_they_are() -> None:
    assert mail(tool("f", {}, "5") | {"input": '{"city": "北'}) == '## Model\n\n🔧 F({"city": "北) → 5\n'


@pytest.mark.parametrize("drawn_in", [CHINESE, ENGLISH], ids=["zh", "en"])
def test_cards_are_text_without_pictures_and_without_escapes(drawn_in: Texts) -> None:
    table = [{"city": "a.b", "n": 1.5}, {"city": "c|d", "n": 2}]
    for result in (WEATHER, ROWS, table):
        card = tool_results.view(json.dumps(result), drawn_in)
        assert card
        text = mail(tool("get_current_weather", {}, result), step("assistant_message", card.markdown))
        assert "public/weather" not in text
        assert "\\." not in text
        assert "\\-" not in text
    assert "| a.b | 1.5 |\n| c\\|d | 2 |" in text  # a bar that is no cell's end stays escaped


def test_a_card_of_a_version_that_drew_it_otherwise_leaves_no_picture() -> None:
    old = step("assistant_message", "![clear](/public/weather/sun.svg)**19\\.3 °C** 广州")
    assert "public" not in mail(tool("get_current_weather", {}, WEATHER, is_old=True), old)


@pytest.mark.parametrize(
    "answer",
    [
        "It is 19\\.3 and \\(x\\)",
        "# A heading\n\n> quoted\n\n| a |\n| - |\n| b\\|c |",
        "![a picture](https://example.com/a.png)",
        "```python\nprint('# no heading')\n```",
        '{"a": 1}',
        "  indented\n\n\ttabbed  \n",
        "$5 and $3, ~3~5~",
        "Stopped.",
    ],
)
def test_answers_are_exactly_what_the_model_wrote_whatever_the_page_made_of_them(answer: str) -> None:
    history = History()
    history.add_user("Q", "Q")
    history.add_assistant(answer)
    drawn = step("assistant_message", answer if answer == "Stopped." else f"drawn: {answer}")
    assert mail(drawn, history=history) == f"## Model\n\n{answer}\n"


def test_where_history_and_page_do_not_match_the_page_counts() -> None:
    history = History()
    history.add_user("Q", "another")
    history.add_assistant("Other words.")
    assert mail(step("assistant_message", "These."), history=history) == "## Model\n\nThese.\n"


def test_a_structured_answer_is_the_table_that_the_page_shows() -> None:
    answer = '[{"city": "St. Gallen", "n": 2.1}, {"city": "Rome", "n": 2.8}]'
    drawn = tables.structured_answer(answer, CHINESE)
    assert drawn
    history = History()
    history.add_user("Q", "Q")
    history.add_assistant(answer)
    text = mail(step("assistant_message", drawn.markdown), history=history)
    assert text == "## Model\n\n| city | n |\n| --- | ---: |\n| St. Gallen | 2.1 |\n| Rome | 2.8 |\n"


@pytest.mark.parametrize(("text", "end"), [("```python\nprint(1)", "```"), ("~~~~\na\n~~~\nb", "~~~~")])
def test_a_block_of_code_that_was_cut_does_not_swallow_what_follows(text: str, end: str) -> None:
    assert mail(step("assistant_message", text), step("run", name="Stopped.", metadata={"line": True})) == (
        f"## Model\n\n{text}\n{end}\n\n> Stopped.\n"
    )


@pytest.mark.parametrize(
    "line",
    [
        step("run", name="Stopped.", metadata={"line": True, "icon": "circle-stop"}),
        step("assistant_message", "Stopped."),
        step("assistant_message", "Stopped.", isError=True),
    ],
)
def test_our_own_lines_are_quiet_ones_also_those_of_versions_that_said_them_as_answers(line: dict[str, Any]) -> None:
    assert mail(step("assistant_message", "Once"), line) == "## Model\n\nOnce\n\n> Stopped.\n"


def test_files_stand_by_their_names_under_the_question_that_brought_them() -> None:
    files = [
        {"name": "plan\nB.pdf", "forId": "Q"},
        {"name": "a.txt", "forId": "Q"},
        {"name": "answer.csv", "forId": "A"},
    ]
    text = mail(step("assistant_message", "A"), elements=files)
    assert text == "📎 plan B.pdf, a.txt\n\n## Model\n\nA\n"


def test_an_empty_chat_and_one_without_name_or_date_are_mailed_too() -> None:
    assert to_markdown(*chat(name=None, createdAt=None), CHINESE) == "# —\n"
    builtin = step("assistant_message", "A", metadata={"model": "builtin"})
    assert "模型：内置小模型" in to_markdown(*chat(step("user_message", "Q"), builtin), CHINESE)
