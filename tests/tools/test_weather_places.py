"""Which of the services' answers is the place that was asked for."""

from typing import Any

import pytest

from tests.tools.weather_server import KEY, Query, Service, answering, make
from tools.base import ToolError

Row = tuple[str, float, float, str, str, int]  # name, latitude, longitude, admin1, country, population


def rows(*found: Row) -> list[dict[str, Any]]:
    names = ("name", "latitude", "longitude", "admin1", "country", "population")
    return [{key: value for key, value in zip(names, row, strict=True) if value} for row in found]


US = "United States"
WORLD: dict[str, list[dict[str, Any]]] = {
    "北京": rows(
        ("北京", 29.35, 105.9, "重庆市", "中国", 0),
        ("北京", 30.72, 104.3, "四川", "中国", 0),
        ("北京市", 39.9075, 116.39723, "北京市", "中国", 18960744),
    ),
    "portland": rows(
        ("Portland", 45.52345, -122.67621, "Oregon", US, 652503),
        ("Portland", 43.65737, -70.2589, "Maine", US, 66881),
        ("Portland", 27.87725, -97.32388, "Texas", US, 16116),
    ),
    "chicago": rows(("Chicago", 41.85, -87.65, "Illinois", US, 2746388)),
    "rome": rows(
        ("Rome", 41.89193, 12.51133, "Latium", "Italy", 2318895),
        ("Rome", 34.25704, -85.16467, "Georgia", US, 36323),
        ("Rome", 43.21285, -75.45573, "New York", US, 32148),
    ),
    "paris": rows(
        ("Paris", 48.85341, 2.3488, "Île-de-France", "France", 2138551),
        ("Paris", 33.66094, -95.55551, "Texas", US, 24699),
        ("Paris", 44.25, -70.5, "Maine", US, 5183),
    ),
    "washington": rows(
        ("Washington", 47.5, -120.5, "Washington", US, 7000000),
        ("Washington", 38.89511, -77.03637, "District of Columbia", US, 689545),
        ("Washington", 37.13, -113.5, "Utah", US, 24299),
    ),
    "birmingham": rows(
        ("Birmingham", 52.48142, -1.89983, "England", "United Kingdom", 1144919),
        ("Birmingham", 33.52066, -86.80249, "Alabama", US, 212237),
    ),
    "london": rows(
        ("London", 51.50853, -0.12574, "England", "United Kingdom", 8961989),
        ("London", 42.98339, -81.23304, "Ontario", "Canada", 422324),
    ),
    "melbourne": rows(
        ("Melbourne", -37.814, 144.96332, "Victoria", "Australia", 5435590),
        ("Melbourne", 28.08363, -80.60811, "Florida", US, 84678),
    ),
    "perth": rows(
        ("Perth", -31.95224, 115.8614, "Western Australia", "Australia", 2384371),
        ("Perth", 56.39522, -3.43139, "Scotland", "United Kingdom", 47430),
    ),
    "纽约": rows(("纽约", 40.71427, -74.00597, "纽约州", "美国", 8804190), ("纽约", 10, 10, "某地", "中国", 0)),
    "巴黎": rows(
        ("巴黎", 48.85341, 2.3488, "法兰西岛", "法国", 2138551),
        ("巴黎", 33.66094, -95.5, "得克萨斯州", "美国", 24699),
    ),
    "深圳": rows(("深圳", 23.8, 120.5, "台湾", "台湾", 6700), ("深圳市", 22.54554, 114.0683, "广东", "中国", 17494398)),
    "朝阳": rows(("朝阳", 40.7, 105.0, "甘肃", "中国", 0), ("朝阳市", 41.57028, 120.45861, "辽宁", "中国", 410005)),
    "springfield": rows(
        ("Springfield", 37.21533, -93.29824, "Missouri", US, 169176),
        ("Springfield", 42.10148, -72.58981, "Massachusetts", US, 155929),
        ("Springfield", 39.80172, -89.64371, "Illinois", US, 114394),
    ),
    "tinyville": rows(("Tinyville", 33.1, -95.0, "Texas", US, 120), ("Tinyville", 44.0, -70.0, "Maine", US, 90)),
    "moscow": rows(
        ("Moscow", 55.75222, 37.61556, "Moscow", "Russia", 10381222),
        ("Moscow", 46.73, -117.0, "Idaho", US, 25435),
    ),
    "vienna": rows(("Vienna", 1.0, 1.0, "", "Austria", 1691468), ("Vienna", 38.9, -77.3, "Virginia", US, 16522)),
    "burlington": rows(("Burlington", 1.0, 1.0, "Vermont", "", 42417), ("Burlington", 2.0, 2.0, "Iowa", "", 25663)),
    "kansas city": rows(
        ("Kansas City", 39.09973, -94.57857, "Missouri", US, 508090),
        ("Kansas City", 39.11417, -94.62746, "Kansas", US, 156607),
    ),
    "华盛顿": rows(("华盛顿", 37.13, -113.5, "犹他州", "美国", 24299)),
    "tokyo": rows(("Tokyo", 35.6895, 139.69171, "Tokyo", "Japan", 9733276)),
    "toronto": rows(("Toronto", 43.70643, -79.39864, "Ontario", "Canada", 2794356)),
}  # fmt: skip
CURRENT = {"temperature_2m": 20.0, "relative_humidity_2m": 50, "weather_code": 0, "wind_speed_10m": 5.0}


def search(query: Query) -> tuple[int, Any]:
    found = WORLD.get(query["name"].casefold(), [])
    return 200, {"generationtime_ms": 0.5} | ({"results": found} if found else {})


@pytest.fixture
def service(service: Service) -> Service:
    service.answers = {"/v1/search": search, "/v1/forecast": lambda query: (200, {"current": CURRENT})}
    return service


def asked_at(service: Service) -> tuple[float, float]:
    path, query = service.asked[-1]
    assert path == "/v1/forecast"
    return round(float(query["latitude"]), 1), round(float(query["longitude"]), 1)


@pytest.mark.parametrize(
    ("city", "place", "at"),
    [
        ("北京", "北京市, 中国", (39.9, 116.4)),
        ("北京市", "北京市, 中国", (39.9, 116.4)),
        ("中国北京", "北京市, 中国", (39.9, 116.4)),
        ("Portland, Maine", "Portland, Maine, United States", (43.7, -70.3)),
        ("Portland, ME", "Portland, Maine, United States", (43.7, -70.3)),
        ("portland, me, usa", "Portland, Maine, United States", (43.7, -70.3)),
        ("Portland Maine", "Portland, Maine, United States", (43.7, -70.3)),
        ("Portland (Maine)", "Portland, Maine, United States", (43.7, -70.3)),
        ("Portland, Oregon", "Portland, Oregon, United States", (45.5, -122.7)),
        ("Portland OR", "Portland, Oregon, United States", (45.5, -122.7)),
        ("Portland, TX", "Portland, Texas, United States", (27.9, -97.3)),
        ("Chicago, IL", "Chicago, Illinois, United States", (41.9, -87.7)),
        ("Chicago, Ill.", "Chicago, Illinois, United States", (41.9, -87.7)),
        ("Rome, NY", "Rome, New York, United States", (43.2, -75.5)),
        ("Rome, Georgia", "Rome, Georgia, United States", (34.3, -85.2)),
        ("Rome, Italy", "Rome, Latium, Italy", (41.9, 12.5)),
        ("Paris, Texas", "Paris, Texas, United States", (33.7, -95.6)),
        ("Paris, TX, USA", "Paris, Texas, United States", (33.7, -95.6)),
        ("Paris, ME", "Paris, Maine, United States", (44.2, -70.5)),
        ("Paris, France", "Paris, Île-de-France, France", (48.9, 2.3)),
        ("Washington, D.C.", "Washington, District of Columbia, United States", (38.9, -77.0)),
        ("Washington DC", "Washington, District of Columbia, United States", (38.9, -77.0)),
        ("Washington, UT", "Washington, Utah, United States", (37.1, -113.5)),
        ("Birmingham, AL", "Birmingham, Alabama, United States", (33.5, -86.8)),
        ("Birmingham, UK", "Birmingham, England, United Kingdom", (52.5, -1.9)),
        ("Birmingham, England", "Birmingham, England, United Kingdom", (52.5, -1.9)),
        ("London, Ontario", "London, Ontario, Canada", (43.0, -81.2)),
        ("London, ON, Canada", "London, Ontario, Canada", (43.0, -81.2)),
        ("Melbourne Australia", "Melbourne, Victoria, Australia", (-37.8, 145.0)),
        ("Melbourne, FL", "Melbourne, Florida, United States", (28.1, -80.6)),
        ("Perth, Scotland", "Perth, Scotland, United Kingdom", (56.4, -3.4)),
        ("Perth, WA", "Perth, Western Australia, Australia", (-32.0, 115.9)),
        ("Moscow, Idaho", "Moscow, Idaho, United States", (46.7, -117.0)),
        ("Moscow, Russia", "Moscow, Russia", (55.8, 37.6)),
        ("美国纽约", "纽约, 纽约州, 美国", (40.7, -74.0)),
        ("法国巴黎", "巴黎, 法兰西岛, 法国", (48.9, 2.3)),
        ("美国德克萨斯州巴黎", "巴黎, 得克萨斯州, 美国", (33.7, -95.5)),
        ("广东深圳", "深圳市, 广东, 中国", (22.5, 114.1)),
        ("廣東省深圳市", "深圳市, 广东, 中国", (22.5, 114.1)),
        ("深圳，广东", "深圳市, 广东, 中国", (22.5, 114.1)),
        ("辽宁朝阳", "朝阳市, 辽宁, 中国", (41.6, 120.5)),
        ("Vienna, Austria", "Vienna, Austria", (1.0, 1.0)),
        ("Vienna, VA", "Vienna, Virginia, United States", (38.9, -77.3)),
        ("Burlington, Iowa", "Burlington, Iowa", (2.0, 2.0)),
        ("Kansas City, KS", "Kansas City, Kansas, United States", (39.1, -94.6)),
        ("Kansas City, Missouri", "Kansas City, Missouri, United States", (39.1, -94.6)),
        ("华盛顿", "Washington, District of Columbia, United States", (38.9, -77.0)),
        ("东京都", "Tokyo, Japan", (35.7, 139.7)),
        ("横滨", "Yokohama, Kanagawa, Japan", (35.4, 139.7)),
        ("延边", "延吉市, 延边朝鲜族自治州, 吉林省, 中国", (42.9, 129.5)),
        ("Portland, Victoria", "Portland, Victoria, Australia", (-38.3, 141.6)),
        ("Tinyville, Texas", "Tinyville, Texas, United States", (33.1, -95.0)),
        ("Tinyville, Maine", "Tinyville, Maine, United States", (44.0, -70.0)),
    ],
)  # fmt: skip
async def test_the_place_that_lies_where_the_name_says_is_chosen(
    service: Service, city: str, place: str, at: tuple[float, float]
) -> None:
    weather = await make(service).function(city)
    assert (weather["place"], asked_at(service), weather["source"]) == (place, at, "open-meteo")
    assert weather["city"] == city


@pytest.mark.parametrize(
    ("city", "place", "at"),
    [
        ("Naples, FL", "Naples, Florida, US", (26.1, -81.8)),
        ("Bar Harbor, ME", "Bar Harbor, Maine, US", (44.4, -68.2)),
        ("Portland, Victoria, Australia", "Portland, Victoria, Australia", (-38.3, 141.6)),
        ("海淀", "北京市, 中国", (39.9, 116.4)),  # the nearest that GeoNames has
        ("北京海淀", "北京市, 中国", (39.9, 116.4)),
        ("上海市浦东新区", "浦东新区, 上海市, 中国", (31.2, 121.5)),
        ("韩国首尔", "Seoul, South Korea", (37.6, 127.0)),
    ],
)
async def test_a_place_that_the_geocoder_does_not_have_is_asked_for_by_our_coordinates(
    service: Service, city: str, place: str, at: tuple[float, float]
) -> None:
    weather = await make(service).function(city)
    assert (weather["place"], asked_at(service)) == (place, at)


@pytest.mark.parametrize(
    ("city", "place", "also"),
    [
        ("Portland", "Portland, Oregon, United States", "Portland, Maine, United States"),
        (
            "Springfield",
            "Springfield, Missouri, United States",
            "Springfield, Massachusetts, United States; Springfield, Illinois, United States",
        ),
        ("Washington", "Washington, District of Columbia, United States", None),
        ("Toronto", "Toronto, Ontario, Canada", None),
        ("Springfield, IL", "Springfield, Illinois, United States", None),
    ],
)
async def test_other_places_that_are_as_likely_are_named(
    service: Service, city: str, place: str, also: str | None
) -> None:
    weather = await make(service).function(city)
    assert (weather["place"], weather.get("also")) == (place, also)


@pytest.mark.parametrize("city", ["Nowhereville, Texas", "Nowhereville, ME", "Fooo, Fooo"])
async def test_a_town_that_nobody_knows_is_an_error(service: Service, city: str) -> None:
    with pytest.raises(ToolError, match=f"No city named '{city}' was found"):
        await make(service).function(city)


async def test_a_state_has_no_one_weather(service: Service) -> None:
    with pytest.raises(ToolError) as raised:
        await make(service).function("Texas")
    assert str(raised.value) == (
        "'Texas' is large and has no one weather. Name a city in it, for example Houston, San Antonio, Dallas."
    )


ADDRESSES = {
    "海淀": [("北京市海淀区", "110108", "区县")],
    "浦东": [("上海市浦东新区", "310115", "区县")],
    "浦东区": [("上海市浦东新区", "310115", "区县")],
    "浦东新区": [("上海市浦东新区", "310115", "区县")],
    "朝阳": [("北京市朝阳区", "110105", "区县")],
    "朝阳市": [("北京市朝阳区", "110105", "区县"), ("辽宁省朝阳市", "211300", "市")],
    "辽宁朝阳": [("北京市朝阳区", "110105", "区县"), ("辽宁省朝阳市", "211300", "市")],
    "内蒙": [("内蒙古自治区", "150000", "省")],
    "内蒙古": [("内蒙古自治区", "150000", "省")],
    "苏州工业园区": [("江苏省苏州市苏州工业园区", "320571", "开发区")],
    "江苏苏州工业园区": [("江苏省苏州市苏州工业园区", "320571", "开发区")],
    "广东深圳": [("广东省深圳市", "440300", "市")],
    "广东省深圳": [("广东省深圳市", "440300", "市")],
    "廣東深圳": [("广东省深圳市", "440300", "市")],
    "广东·深圳": [("广东省深圳市", "440300", "市")],
    "广东省 深圳": [("广东省深圳市", "440300", "市")],
    "四川成都": [("四川省成都市", "510100", "市")],
    "北京海淀": [("北京市海淀区", "110108", "区县")],
    "北京市海淀区": [("北京市海淀区", "110108", "区县")],
    "中国北京": [("北京市", "110000", "省")],
    "中国广东深圳": [("广东省深圳市", "440300", "市")],
    "深圳南山": [("广东省深圳市南山区", "440305", "区县")],
    "广东省深圳市南山区": [("广东省深圳市南山区", "440305", "区县")],
    "天河区": [("广东省广州市天河区", "440106", "区县")],
    "新疆": [("新疆维吾尔自治区", "650000", "省")],
    "新疆喀什": [("新疆维吾尔自治区喀什地区", "653100", "市")],
    "西藏拉萨": [("西藏自治区拉萨市", "540100", "市")],
    "湖北恩施": [("湖北省恩施土家族苗族自治州", "422800", "市")],
    "香港": [("香港特别行政区", "810000", "省")],
    "香港特别行政区": [("香港特别行政区", "810000", "省")],
    "深圳，广东": [("广东省深圳市", "440300", "市")],
}  # fmt: skip
RIGHT = {"朝阳市": "211300", "辽宁朝阳": "211300"}


@pytest.mark.parametrize("name", ADDRESSES)
async def test_amaps_address_is_known_again_in_whatever_words_it_was_asked_for(service: Service, name: str) -> None:
    found = [{"formatted_address": address, "adcode": code, "level": level} for address, code, level in ADDRESSES[name]]
    live = {"province": "某省", "city": "某市", "weather": "晴", "temperature": "9", "humidity": "30", "windpower": "4"}
    service.answers = {
        "/geocode/geo": answering(200, {"status": "1", "infocode": "10000", "geocodes": found}),
        "/weather/weatherInfo": answering(200, {"status": "1", "infocode": "10000", "lives": [live]}),
    }
    assert (await make(service, "amap", KEY).function(name))["source"] == "amap"
    assert service.asked[1][1]["city"] == RIGHT.get(name, ADDRESSES[name][0][1])


@pytest.mark.parametrize(
    ("name", "address", "level"),
    [
        ("多伦多", "北京市朝阳区多伦多花园", "兴趣点"),
        ("多伦多", "内蒙古自治区锡林郭勒盟多伦县", "区县"),
        ("广东深圳", "广东省广州市", "市"),
        ("北京海淀", "上海市浦东新区", "区县"),
        ("法国巴黎", "江苏省南京市", "市"),
        ("南山", "江苏省南京市江宁区", "区县"),
        ("四川广州", "广东省广州市", "市"),
    ],
)
async def test_another_address_is_not_the_place(service: Service, name: str, address: str, level: str) -> None:
    found = {"formatted_address": address, "adcode": "100000", "level": level}
    service.answers["/geocode/geo"] = answering(200, {"status": "1", "infocode": "10000", "geocodes": [found]})
    with pytest.raises(ToolError, match="No city named"):
        await make(service, "amap", KEY).function(name)


async def test_amap_is_not_asked_for_a_place_that_is_said_to_be_abroad(service: Service) -> None:
    assert (await make(service, "auto", KEY).function("美国纽约"))["place"] == "纽约, 纽约州, 美国"
    assert service.paths() == ["/v1/search", "/v1/forecast"]


async def test_what_else_a_district_can_be_is_told(service: Service) -> None:
    found = {"formatted_address": "北京市朝阳区", "adcode": "110105", "level": "区县"}
    live = {
        "province": "北京",
        "city": "朝阳区",
        "weather": "晴",
        "temperature": "9",
        "humidity": "30",
        "windpower": "4",
    }
    service.answers = {
        "/geocode/geo": answering(200, {"status": "1", "infocode": "10000", "geocodes": [found]}),
        "/weather/weatherInfo": answering(200, {"status": "1", "infocode": "10000", "lives": [live]}),
    }
    weather = await make(service, "auto", KEY).function("朝阳")
    assert weather["place"] == "朝阳区, 北京"
    assert weather["also"].startswith("朝阳市, 辽宁省")
