"""The weather over real HTTP: local servers speak the services' documented shapes, errors and silences included."""

import asyncio
import logging
import time
from typing import Any

import pytest
from pydantic import SecretStr

from tests.tools.weather_server import KEY, NOW, Answer, Query, Service, answering, closing_server_port, make, urls_of
from tools.base import Tool, ToolError
from tools.weather import weather_tool


@pytest.fixture
def service(service: Service) -> Service:
    service.answers = dict(GOOD)
    return service


PLACES = {
    "广州": [
        {
            "name": "广州",
            "latitude": 23.1,
            "longitude": 113.3,
            "admin1": "广东",
            "country": "中国",
            "population": 16096724,
        }
    ],
    "toronto": [
        {"name": "Toronto", "latitude": 40.5, "longitude": -80.6, "admin1": "Ohio", "country": "United States"},
        {
            "name": "Toronto",
            "latitude": 43.7,
            "longitude": -79.4,
            "admin1": "Ontario",
            "country": "Canada",
            "population": 2794356,
        },
        {"name": "Torontoville", "latitude": 1, "longitude": 1, "population": 9999999},
    ],
}


def search(query: Query) -> tuple[int, Any]:
    found = PLACES.get(query["name"])
    return 200, {"generationtime_ms": 0.5} | ({"results": found} if found else {})


def forecast(query: Query) -> tuple[int, Any]:
    current = {
        "time": "2026-11-22T14:00",
        "interval": 900,
        "temperature_2m": 27.3 if query["latitude"] == "23.1" else -3.25,
        "relative_humidity_2m": 78,
        "weather_code": 2,
        "wind_speed_10m": 12.4,
    }
    return 200, {"latitude": 1, "longitude": 1, "utc_offset_seconds": 0, "timezone": "GMT", "current": current}


def amap_geocode(query: Query) -> tuple[int, Any]:
    found = {
        "formatted_address": f"广东省{query['address']}市",
        "province": "广东省",
        "city": "广州市",
        "district": [],
        "adcode": "440100",
        "location": "113.264385,23.129112",
        "level": "市" if query["address"] == "广州" else "兴趣点",
    }
    return 200, {"status": "1", "info": "OK", "infocode": "10000", "count": "1", "geocodes": [found]}


def amap_weather(query: Query) -> tuple[int, Any]:
    live = {
        "province": "广东",
        "city": "广州市",
        "adcode": query["city"],
        "weather": "多云",
        "temperature": "27",
        "winddirection": "南",
        "windpower": "≤3",
        "humidity": "78",
        "reporttime": "2026-11-22 21:30:12",
    }
    return 200, {"status": "1", "count": "1", "info": "OK", "infocode": "10000", "lives": [live]}


GOOD: dict[str, Answer] = {
    "/v1/search": search,
    "/v1/forecast": forecast,
    "/geocode/geo": amap_geocode,
    "/weather/weatherInfo": amap_weather,
}
OPEN_METEO = ["/v1/search", "/v1/forecast"]
AMAP = ["/geocode/geo", "/weather/weatherInfo"]

GUANGZHOU = {
    "city": "广州",
    "place": "广州, 广东, 中国",
    "condition": "partly cloudy",
    "condition_zh": "多云",
    "temperature_c": 27.3,
    "humidity_percent": 78,
    "wind_kmh": 12.4,
    "source": "open-meteo",
}
GUANGZHOU_BY_AMAP = {
    "city": "广州",
    "place": "广州市, 广东",
    "condition": "partly cloudy",
    "condition_zh": "多云",
    "temperature_c": 27,
    "humidity_percent": 78,
    "wind_force": "≤3",
    "source": "amap",
}


async def ask(tool: Tool, city: str = "广州") -> dict[str, Any]:
    weather: dict[str, Any] = await tool.function(city)
    return weather


def is_simulated(weather: dict[str, Any]) -> bool:
    """Whole and marked as what it is: the note is the last key."""
    assert list(weather) == [
        "city",
        "condition",
        "condition_zh",
        "temperature_c",
        "humidity_percent",
        "wind_kmh",
        "source",
        "note",
    ]
    marks = (weather["source"], weather["note"])
    return marks == ("simulated", "simulated data, no weather service could be reached")


async def test_open_meteo_is_asked_in_chinese_for_a_chinese_name(service: Service) -> None:
    assert await ask(make(service)) == GUANGZHOU
    assert service.asked == [
        ("/v1/search", {"name": "广州", "count": "5", "language": "zh", "format": "json"}),
        (
            "/v1/forecast",
            {
                "latitude": "23.1",
                "longitude": "113.3",
                "current": "temperature_2m,relative_humidity_2m,weather_code,wind_speed_10m",
            },
        ),
    ]


async def test_of_places_of_one_name_the_largest_is_meant(service: Service) -> None:
    assert await ask(make(service), "Toronto") == GUANGZHOU | {
        "city": "Toronto",
        "place": "Toronto, Ontario, Canada",
        "temperature_c": -3.2,
    }
    assert service.asked[0][1]["language"] == "en"


@pytest.mark.parametrize("city", ["广州市", " 广州 ", "Toronto City", "ＴＯＲＯＮＴＯ"])
async def test_a_name_may_say_that_it_is_a_city(service: Service, city: str) -> None:
    weather = await ask(make(service), city)
    assert (weather["city"], weather["source"]) == (city.strip(), "open-meteo")


async def test_amap_is_asked_first_for_a_chinese_name_where_there_is_a_key(service: Service) -> None:
    assert await ask(make(service, key=KEY)) == GUANGZHOU_BY_AMAP
    assert service.asked == [
        ("/geocode/geo", {"address": "广州", "key": "a-secret-key"}),
        ("/weather/weatherInfo", {"city": "440100", "extensions": "base", "key": "a-secret-key"}),
    ]


async def test_open_meteo_is_asked_for_an_english_name_also_where_there_is_a_key(service: Service) -> None:
    assert (await ask(make(service, key=KEY), "Toronto"))["source"] == "open-meteo"
    assert service.paths() == OPEN_METEO


@pytest.mark.parametrize(
    "answer",
    [
        answering(200, {"status": "1", "info": "OK", "infocode": "10000", "count": "0", "geocodes": []}),
        answering(200, {"status": "0", "info": "ENGINE_RESPONSE_DATA_ERROR", "infocode": "30001"}),
        answering(200, {"status": "0", "info": "INVALID_USER_KEY", "infocode": "10001"}),
        answering(200, {"status": "0", "info": "DAILY_QUERY_OVER_LIMIT", "infocode": "10003"}),
        answering(500, "oops"),
        answering(200, "<html>"),
        answering(200, {"status": "1", "geocodes": {"not": "a list"}}),
    ],
)
async def test_auto_goes_on_to_open_meteo_where_amap_gives_no_weather(service: Service, answer: Answer) -> None:
    service.answers["/geocode/geo"] = answer
    assert await ask(make(service, key=KEY)) == GUANGZHOU
    assert service.paths() == ["/geocode/geo", *OPEN_METEO]


async def test_auto_goes_on_to_open_meteo_within_the_limit_where_amap_is_silent(service: Service) -> None:
    service.answers["/geocode/geo"] = lambda query: (service.silence.wait(), (200, {}))[1]
    started = time.perf_counter()
    assert await ask(make(service, key=KEY, limit_s=0.6)) == GUANGZHOU
    assert time.perf_counter() - started < 0.6


async def test_a_shop_that_is_named_like_a_foreign_city_is_not_the_city(service: Service) -> None:
    with pytest.raises(ToolError, match="No city named '多伦多' was found"):
        await ask(make(service, provider="amap", key=KEY), "多伦多")
    assert service.paths() == ["/geocode/geo"]


@pytest.mark.parametrize("lives", [[], [[]]])
async def test_a_place_without_weather_is_unknown(service: Service, lives: list[Any]) -> None:
    service.answers["/weather/weatherInfo"] = answering(200, {"status": "1", "infocode": "10000", "lives": lives})
    with pytest.raises(ToolError, match="No city named '广州' was found"):
        await ask(make(service, provider="amap", key=KEY))


@pytest.mark.parametrize(
    ("info", "code", "message"),
    [
        ("INVALID_USER_KEY", "10001", "高德 refused the key (INVALID_USER_KEY 10001). Check AMAP_API_KEY."),
        (
            "DAILY_QUERY_OVER_LIMIT",
            "10003",
            "高德 refused the request (DAILY_QUERY_OVER_LIMIT 10003). Try again later.",
        ),
    ],
)
async def test_a_refusal_by_the_chosen_service_is_told_and_not_simulated(
    service: Service, info: str, code: str, message: str
) -> None:
    service.answers["/geocode/geo"] = answering(200, {"status": "0", "info": info, "infocode": code})
    with pytest.raises(ToolError) as raised:
        await ask(make(service, provider="amap", key=KEY))
    assert str(raised.value) == message


async def test_a_wrong_key_is_logged_once(service: Service, caplog: pytest.LogCaptureFixture) -> None:
    service.answers["/geocode/geo"] = answering(200, {"status": "0", "info": "INVALID_USER_KEY", "infocode": "10001"})
    tool = make(service, key=KEY)
    await ask(tool, "广州")
    with pytest.raises(ToolError):
        await ask(tool, "沙洲")
    warnings = [record.getMessage() for record in caplog.records if record.name == "tools.weather"]
    assert warnings == ["高德 refused the key (INVALID_USER_KEY 10001). Check AMAP_API_KEY."]


async def test_the_key_is_in_no_log(service: Service, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    await ask(make(service, key=KEY))
    assert "key=***" in caplog.text
    assert "a-secret-key" not in caplog.text


async def test_a_city_that_the_service_does_not_know_is_an_error_and_not_simulated(service: Service) -> None:
    with pytest.raises(ToolError) as raised:
        await ask(make(service), "Fooo")
    assert str(raised.value) == "No city named 'Fooo' was found. Check the spelling."


async def test_open_meteos_reason_is_told(service: Service) -> None:
    reason = "Minutely API request limit exceeded. Please try again in one minute."
    service.answers["/v1/forecast"] = answering(429, {"error": True, "reason": reason})
    with pytest.raises(ToolError) as raised:
        await ask(make(service))
    assert str(raised.value) == f"Open-Meteo refused the request: {reason} Try again later."


@pytest.mark.parametrize(
    "answer",
    [
        answering(502, "<html>Bad Gateway</html>"),
        answering(200, "<html>Log in to this network</html>"),
        answering(200, "null"),
        answering(200, "[" * 100_000),
        answering(302, {}),
    ],
)
async def test_what_is_no_answer_of_the_service_is_simulated(service: Service, answer: Answer) -> None:
    service.answers["/v1/forecast"] = answer
    assert is_simulated(await ask(make(service)))


@pytest.mark.parametrize(("provider", "key"), [("auto", None), ("auto", KEY), ("open-meteo", None), ("amap", KEY)])
async def test_where_connections_are_refused_weather_is_simulated(
    monkeypatch: pytest.MonkeyPatch, provider: Any, key: SecretStr | None
) -> None:
    monkeypatch.setenv("NO_PROXY", "*")
    nowhere = f"http://127.0.0.1:{closing_server_port()}"
    tool = weather_tool(provider, key, urls=urls_of(nowhere, nowhere), now=lambda: NOW)
    assert is_simulated(await ask(tool))


async def test_an_unusable_proxy_setting_is_as_good_as_no_network(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("NO_PROXY")
    monkeypatch.setenv("ALL_PROXY", "gopher://127.0.0.1:1")
    assert is_simulated(await ask(make(service)))


async def test_silence_is_given_up_after_the_limit_and_not_waited_for_again_until_later(service: Service) -> None:
    service.answers["/v1/search"] = lambda query: (service.silence.wait(), (200, {}))[1]
    at = 0.0
    tool = make(service, limit_s=0.2, retry_s=30, clock=lambda: at)
    started = time.perf_counter()
    assert is_simulated(await ask(tool, "广州"))
    assert 0.2 <= time.perf_counter() - started < 1
    assert is_simulated(await ask(tool, "Toronto"))
    assert service.paths() == ["/v1/search"]
    service.answers = dict(GOOD)
    at = 31.0
    assert await ask(tool, "广州") == GUANGZHOU


async def test_an_answer_is_kept_for_ten_minutes_under_all_spellings(service: Service) -> None:
    at = 0.0
    tool = make(service, clock=lambda: at)
    assert [await ask(tool, "广州"), await ask(tool, "广州市")] == [GUANGZHOU, GUANGZHOU | {"city": "广州市"}]
    assert service.paths() == OPEN_METEO
    at = 601.0
    await ask(tool, "广州")
    assert service.paths() == OPEN_METEO * 2


async def test_questions_about_one_city_at_the_same_time_are_one_request(service: Service) -> None:
    tool = make(service)
    assert await asyncio.gather(*(ask(tool) for _ in range(5))) == [GUANGZHOU] * 5
    assert service.paths() == OPEN_METEO


async def test_simulated_weather_can_be_chosen_and_is_the_same_within_the_hour(service: Service) -> None:
    tool = make(service, provider="simulated")
    first, again, other = await ask(tool), await ask(tool, "广州市"), await ask(tool, "Toronto")
    assert first == again | {"city": "广州"} != other | {"city": "广州"}
    assert (first["source"], first["note"]) == ("simulated", "simulated data")
    assert service.asked == []


def test_amap_without_a_key_stops_the_start() -> None:
    with pytest.raises(ValueError, match="WEATHER_PROVIDER=amap needs AMAP_API_KEY"):
        weather_tool("amap")


async def test_no_name_is_asked_for_one(service: Service) -> None:
    with pytest.raises(ToolError, match="Name a city"):
        await ask(make(service), "  ")


def test_the_schema_is_the_contracts() -> None:
    assert weather_tool().schema == {
        "type": "function",
        "function": {
            "name": "get_current_weather",
            "description": "Get the current weather in a city.",
            "parameters": {
                "additionalProperties": False,
                "properties": {
                    "city": {
                        "description": "City name in the user's own words, for example 广州 or Toronto",
                        "type": "string",
                    }
                },
                "required": ["city"],
                "type": "object",
            },
        },
    }
