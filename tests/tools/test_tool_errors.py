"""A tool's error is read by a person too: each has its text in both languages."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.tools.weather_server import KEY, Service, answering, make
from tools.base import ToolError
from tools.calculator import calculate
from tools.clock import clock_tool

TOOLS = Path(__file__).parents[2] / "tools"
CHINESE = re.compile(r"[\u4e00-\u9fff]")


def raised() -> Iterator[tuple[str, list[ast.expr]]]:
    """(place, arguments) of each error that the tools make."""
    for path in sorted(TOOLS.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and ast.unparse(node.func) in ("ToolError", "Refused"):
                yield f"{path.name}:{node.lineno}", node.args


def test_no_error_lacks_its_chinese_text() -> None:
    found = dict(raised())
    assert len(found) > 30
    lacking = [place for place, given in found.items() if not is_in_both(given)]
    assert lacking == []


def is_in_both(given: list[ast.expr]) -> bool:
    if any(isinstance(one, ast.Starred) for one in given):  # both texts of another error
        return True
    return len(given) == 2 and CHINESE.search(ast.unparse(given[1])) is not None


@pytest.mark.parametrize(
    ("expression", "message"),
    [
        ("3#5", "读不懂“#5”。"),
        ("½", "读不懂“½”。请用 / 或数字来写。"),
        ("3 5", "算式从“5”开始读不懂。请检查它前后的运算符。"),
        ("(3", "缺少右括号。"),
        ("3万万", "“3万万”可以有几种读法，或者不是一个数。请用阿拉伯数字来写，例如 35000。"),
    ],
)
def test_the_calculators_words(expression: str, message: str) -> None:
    with pytest.raises(ToolError) as error:
        calculate.function(expression)
    assert error.value.chinese.startswith(message)


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("", "请写出城市或时区，例如东京或 Asia/Tokyo。"),
        ("UTC+25", "与 UTC 的时差最多 14 小时。请改正时差。"),
        ("北就", "没有找到名为“北就”的城市或时区。相近的名称有：北京、台北、新北。"),
        ("qqqqqqqq", "没有找到名为“qqqqqqqq”的城市或时区。请检查写法，或换成同一时区里较大的城市。"),
        ("美国", "美国 有多个时区。请写出其中的一个城市。"),
        ("IST", "IST 可以指多个时区："),
    ],
)
def test_the_clocks_words(name: str, message: str) -> None:
    with pytest.raises(ToolError) as error:
        clock_tool().function(name)
    assert error.value.chinese.startswith(message)


@pytest.mark.parametrize(
    ("city", "answer", "message"),
    [
        ("", {}, "请写出城市，例如广州或多伦多。"),
        ("Fooo", {"generationtime_ms": 1}, "没有找到名为“Fooo”的城市。请检查写法。"),
        ("Texas", {"generationtime_ms": 1}, "“Texas”范围太大，没有统一的天气。请写出其中的一个城市，例如 Houston, San"),
        ("Fooo", {"results": 5}, "天气服务对“Fooo”的回答无法读取。请换成附近较大的城市，或稍后再试。"),
        ("Fooo", {"error": True, "reason": "busy"}, "Open-Meteo 拒绝了这次请求（busy）。请稍后再试。"),
    ],
)
async def test_the_weathers_words(service: Service, city: str, answer: Any, message: str) -> None:
    service.answers["/v1/search"] = answering(200, answer)
    with pytest.raises(ToolError) as error:
        await make(service).function(city)
    assert error.value.chinese.startswith(message)


async def test_amaps_words(service: Service) -> None:
    service.answers["/geocode/geo"] = answering(200, {"status": "0", "info": "INVALID_USER_KEY", "infocode": "10001"})
    with pytest.raises(ToolError) as error:
        await make(service, "amap", KEY).function("广州")
    assert error.value.chinese == "高德不接受这个密钥（INVALID_USER_KEY 10001）。请检查 AMAP_API_KEY。"
