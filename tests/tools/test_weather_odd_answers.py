"""One odd answer is one city's error in words: no weather is made up for it, and everybody else is answered."""

from typing import Any

import pytest

from tests.tools.weather_server import KEY, Answer, Query, Service, answering, make
from tools.base import ToolError

GOOD_CURRENT = {"temperature_2m": 21.5, "relative_humidity_2m": 60, "weather_code": 0, "wind_speed_10m": 9.0}
GOOD_LIVE = {
    "province": "广东", "city": "广州市", "adcode": "440100", "weather": "多云", "temperature": "27",
    "winddirection": "南", "windpower": "≤3", "humidity": "78",
}  # fmt: skip
CODES = {"广州": "440100", "武汉": "420100"}
ODD, GOOD = "武汉", "广州"
OPEN_METEO = ["/v1/search", "/v1/forecast"]
AMAP = ["/geocode/geo", "/weather/weatherInfo"]


def search(query: Query) -> tuple[int, Any]:
    latitude = {"武汉": 30.6, "wuhan": 30.6}.get(query["name"], 23.1)
    found = {"name": query["name"], "latitude": latitude, "longitude": 114.0, "population": 9_000_000}
    return 200, {"generationtime_ms": 0.5, "results": [found]}


def amap_geocode(query: Query) -> tuple[int, Any]:
    name = query["address"]
    found = {"formatted_address": f"{name}市", "adcode": CODES[name], "level": "市"}
    return 200, {"status": "1", "info": "OK", "infocode": "10000", "geocodes": [found]}


@pytest.fixture
def service(service: Service) -> Service:
    service.answers = {
        "/v1/search": search,
        "/v1/forecast": lambda query: (200, {"current": GOOD_CURRENT}),
        "/geocode/geo": amap_geocode,
        "/weather/weatherInfo": lambda query: (200, {"status": "1", "infocode": "10000", "lives": [GOOD_LIVE]}),
    }
    return service


def odd_at_one_place(odd: Any) -> Answer:
    def answer(query: Query) -> tuple[int, Any]:
        return 200, odd if query["latitude"] == "30.6" else {"current": GOOD_CURRENT}

    return answer


def current(**changed: Any) -> dict[str, Any]:
    return {"current": GOOD_CURRENT | changed}


NAN = '{"current": {"temperature_2m": NaN, "relative_humidity_2m": 1, "weather_code": 1, "wind_speed_10m": 1}}'


@pytest.mark.parametrize(
    "odd",
    [
        {"current": dict.fromkeys(GOOD_CURRENT)},
        current(temperature_2m=None),
        current(relative_humidity_2m=None),
        current(weather_code=None),
        current(wind_speed_10m=None),
        current(temperature_2m="warm"),
        current(temperature_2m=[21.5]),
        current(temperature_2m=True),
        current(temperature_2m=1e300),
        current(temperature_2m=-9999),
        current(relative_humidity_2m=-1),
        current(relative_humidity_2m=250),
        current(weather_code=[]),
        current(weather_code=10**30),
        current(wind_speed_10m={}),
        NAN,
        NAN.replace("NaN", "Infinity"),
        {"current": {}},
        {"current": []},
        {"current": None},
        {},
        {"latitude": 30.6, "current_units": {}},
    ],
)
async def test_an_odd_forecast_for_one_place_is_its_error_and_nobody_elses(service: Service, odd: Any) -> None:
    service.answers["/v1/forecast"] = odd_at_one_place(odd)
    tool = make(service)
    with pytest.raises(ToolError) as raised:
        await tool.function(ODD)
    assert str(raised.value) == (
        "The weather service's answer for '武汉' could not be read. Name a larger city nearby, or try again later."
    )
    assert (await tool.function(GOOD))["temperature_c"] == 21.5
    with pytest.raises(ToolError):  # it is asked again, not remembered
        await tool.function(ODD)
    assert service.paths() == OPEN_METEO * 3


@pytest.mark.parametrize(
    "results",
    [
        [{"name": "武汉"}],
        [{"name": "武汉", "latitude": None, "longitude": None}],
        [{"name": "武汉", "latitude": "north", "longitude": 1}],
        [{"name": "武汉", "latitude": 300, "longitude": 1}],
        [None],
        [[]],
        {"name": "武汉"},
        "武汉",
    ],
)
async def test_an_odd_list_of_places_is_an_error_in_words(service: Service, results: Any) -> None:
    service.answers["/v1/search"] = lambda query: (
        (200, {"generationtime_ms": 1, "results": results}) if query["name"] == ODD else search(query)
    )
    tool = make(service)
    with pytest.raises(ToolError, match="could not be read"):
        await tool.function(ODD)
    assert (await tool.function(GOOD))["source"] == "open-meteo"


@pytest.mark.parametrize(
    "beside",
    [
        {"name": "武汉"},
        None,
        {"name": "武汉", "latitude": 1, "longitude": 1, "population": "many"},
        {"name": "武汉", "latitude": 1, "longitude": 1, "population": None, "admin1": None, "country": []},
        {"name": "武汉", "latitude": 1, "longitude": 1, "population": float("inf")},
        {"name": "武汉", "latitude": 1, "longitude": 1, "population": -5},
        {"name": "武汉", "latitude": 1, "longitude": 1, "population": 10**30},
    ],
)
async def test_an_odd_place_in_the_list_costs_only_itself(service: Service, beside: Any) -> None:
    good = {"name": "武汉", "latitude": 23.1, "longitude": 114, "population": 9_000_000, "country": "中国"}
    service.answers["/v1/search"] = answering(200, {"generationtime_ms": 1, "results": [beside, good]})
    assert (await make(service).function(ODD))["place"] == "武汉, 中国"


def lives_at_one_place(lives: Any) -> Answer:
    def answer(query: Query) -> tuple[int, Any]:
        return 200, {"status": "1", "infocode": "10000", "lives": lives if query["city"] == "420100" else [GOOD_LIVE]}

    return answer


ODD_LIVES = [
    [GOOD_LIVE | {"temperature": []}],
    [GOOD_LIVE | {"temperature": ""}],
    [GOOD_LIVE | {"temperature": None}],
    [GOOD_LIVE | {"temperature": "9999"}],
    [GOOD_LIVE | {"humidity": []}],
    [GOOD_LIVE | {"humidity": "-3"}],
    [GOOD_LIVE | {"windpower": []}],
    [GOOD_LIVE | {"windpower": ""}],
    [GOOD_LIVE | {"weather": []}],
    [GOOD_LIVE | {"city": []}],
    [{"province": "湖北"}],
    ["sunny"],
    {"weather": "多云"},
    "多云",
]


@pytest.mark.parametrize("lives", ODD_LIVES)
async def test_odd_weather_of_amap_is_one_citys_error(service: Service, lives: Any) -> None:
    service.answers["/weather/weatherInfo"] = lives_at_one_place(lives)
    tool = make(service, "amap", KEY)
    with pytest.raises(ToolError, match="answer for '武汉' could not be read"):
        await tool.function(ODD)
    assert (await tool.function(GOOD))["source"] == "amap"


@pytest.mark.parametrize("lives", ODD_LIVES)
async def test_where_amap_is_odd_open_meteo_answers(service: Service, lives: Any) -> None:
    service.answers["/weather/weatherInfo"] = lives_at_one_place(lives)
    tool = make(service, "auto", KEY)
    assert (await tool.function(ODD))["source"] == "open-meteo"
    assert (await tool.function(GOOD))["source"] == "amap"
    assert service.paths() == [*AMAP, *OPEN_METEO, *AMAP]


@pytest.mark.parametrize("code", [[], "", None, "wuhan", 420100])
async def test_a_place_without_a_code_is_odd(service: Service, code: Any) -> None:
    found = {"formatted_address": "湖北省武汉市", "adcode": code, "level": "市"}
    service.answers["/geocode/geo"] = lambda query: (
        (200, {"status": "1", "infocode": "10000", "geocodes": [found]})
        if query["address"] == ODD
        else amap_geocode(query)
    )
    tool = make(service, "amap", KEY)
    with pytest.raises(ToolError, match="could not be read"):
        await tool.function(ODD)
    assert (await tool.function(GOOD))["source"] == "amap"


@pytest.mark.parametrize("beside", [{"adcode": []}, None, {"adcode": "420100", "level": [], "formatted_address": []}])
async def test_an_odd_code_beside_a_good_one_costs_only_itself(service: Service, beside: Any) -> None:
    good = {"formatted_address": "湖北省武汉市", "adcode": "420100", "level": "市"}
    service.answers["/geocode/geo"] = answering(200, {"status": "1", "infocode": "10000", "geocodes": [beside, good]})
    assert (await make(service, "amap", KEY).function(ODD))["source"] == "amap"
    assert service.asked[1][1]["city"] == "420100"


async def test_odd_from_one_and_silence_from_the_other_is_an_error_for_that_city(service: Service) -> None:
    service.answers["/weather/weatherInfo"] = lives_at_one_place([GOOD_LIVE | {"temperature": []}])
    service.answers["/v1/search"] = answering(502, "<html>")
    tool = make(service, "auto", KEY)
    with pytest.raises(ToolError, match="could not be read"):
        await tool.function(ODD)
    assert (await tool.function(GOOD))["source"] == "amap"


@pytest.mark.parametrize("body", ["<html>Bad Gateway</html>", "", "null", "[1, 2]"])
async def test_a_service_that_is_down_is_left_alone_and_the_other_one_goes_on(service: Service, body: str) -> None:
    service.answers["/v1/search"] = answering(502, body)
    tool = make(service, "auto", KEY)
    assert (await tool.function("Toronto"))["source"] == "simulated"
    assert (await tool.function(GOOD))["source"] == "amap"
    assert (await tool.function("Boston"))["source"] == "simulated"
    assert service.paths() == ["/v1/search", *AMAP]


async def test_while_amap_is_down_open_meteo_is_asked_at_once(service: Service) -> None:
    service.answers["/geocode/geo"] = answering(500, "oops")
    tool = make(service, "auto", KEY)
    assert [(await tool.function(city))["source"] for city in (GOOD, ODD)] == ["open-meteo", "open-meteo"]
    assert service.paths() == ["/geocode/geo", *OPEN_METEO, *OPEN_METEO]
