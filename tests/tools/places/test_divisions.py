"""China's divisions: what the library of codes has to give, whatever its version."""

from tools.places.addresses import divisions_of, is_address_of
from tools.places.divisions import divisions_named, readings
from tools.places.place import city_of, of_division


def test_a_name_has_its_codes_as_amap_writes_them() -> None:
    codes = {
        name: [division.adcode for division in divisions_named(name)] for name in ("深圳", "北京市", "浦东", "广东省")
    }
    assert codes == {"深圳": ["440300"], "北京市": ["110000"], "浦东": ["310115"], "广东省": ["440000"]}


def test_all_provinces_of_the_mainland_and_a_county_each_are_there() -> None:
    provinces = (
        "北京 天津 河北 山西 内蒙古 辽宁 吉林 黑龙江 上海 江苏 浙江 安徽 福建 江西 山东 河南 湖北 湖南 广东 广西 海南 "
        "重庆 四川 贵州 云南 西藏 陕西 甘肃 青海 宁夏 新疆"
    ).split()
    assert len(provinces) == 31
    for name in provinces:
        province = divisions_named(name)[0]
        assert province.is_province
        assert province.region
    assert [chain[-1].adcode for chain in readings("河北赵县")] == ["130133"]


def test_a_province_has_no_seat_and_a_city_has() -> None:
    found = {name: city_of(divisions_named(name)[0]) for name in ("广东省", "北京市", "深圳市")}
    assert {name: city and city.name for name, city in found.items()} == {
        "广东省": None,
        "北京市": "Beijing",
        "深圳市": "Shenzhen",
    }


def test_a_prefecture_that_is_called_otherwise_has_the_seat_of_its_largest_city() -> None:
    seats = {name: of_division(divisions_named(name)[0]).seat for name in ("延边", "凉山州", "锡林郭勒盟", "大理州")}
    assert seats == {
        "延边": "延吉市, 延边朝鲜族自治州, 吉林省, 中国",
        "凉山州": "西昌市, 凉山彝族自治州, 四川省, 中国",
        "锡林郭勒盟": "锡林浩特市, 锡林郭勒盟, 内蒙古自治区, 中国",
        "大理州": "",
    }


def test_an_address_is_known_by_its_parts_in_their_order() -> None:
    assert is_address_of("广东省深圳市", "中国广东深圳")
    assert is_address_of("江苏省苏州市苏州工业园区", "江苏苏州工业园区")
    assert not is_address_of("广东省深圳市", "深圳广东")
    assert not is_address_of("北京市朝阳区", "朝阳市")
    assert not is_address_of("北京市朝阳区", "")
    assert [division.adcode for division in divisions_of("中国广东深圳")] == ["440300"]
