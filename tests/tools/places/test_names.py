"""When two spellings are one name."""

import pytest

from tools.places.names import fold, parts, stem


@pytest.mark.parametrize(
    ("name", "folded"),
    [
        ("São_Paulo", "sao paulo"),
        ("SAO PAULO", "sao paulo"),
        ("St. John's", "st johns"),
        ("Saint Johns", "st johns"),
        ("D.C.", "dc"),
        ("U. S. A.", "usa"),
        ("İstanbul", "istanbul"),
        ("ＴＯＲＯＮＴＯ", "toronto"),
        ("Xi’an", "xian"),
        ("廣東 深圳", "广东深圳"),
        ("广东·深圳", "广东深圳"),
        ("臺北", "台北"),
        ("?!", ""),
        ("\ud83d", ""),
    ],
)
def test_case_accents_marks_and_traditional_characters_make_no_other_name(name: str, folded: str) -> None:
    assert fold(name) == folded


@pytest.mark.parametrize(
    ("name", "short"),
    [
        ("广东省", "广东"),
        ("深圳市", "深圳"),
        ("浦东新区", "浦东"),
        ("内蒙古自治区", "内蒙古"),
        ("广西壮族自治区", "广西"),
        ("新疆维吾尔自治区", "新疆"),
        ("宁夏回族自治区", "宁夏"),
        ("恩施土家族苗族自治州", "恩施"),
        ("黔东南苗族侗族自治州", "黔东南"),
        ("阿坝藏族羌族自治州", "阿坝"),
        ("香港特别行政区", "香港"),
        ("锡林郭勒盟", "锡林郭勒"),
        ("赵县", "赵县"),
        ("北京", "北京"),
        ("", ""),
    ],
)
def test_the_stem_of_a_division_has_no_ending(name: str, short: str) -> None:
    assert stem(name) == short


def test_a_text_comes_apart_at_its_marks() -> None:
    assert parts("Portland (Maine), U.S.A.") == ["portland", "maine", "usa"]
    assert parts("中国-广东，深圳") == ["中国", "广东", "深圳"]
    assert parts("Winston-Salem") == ["winston salem"]
    assert parts(" , ") == []
