"""When two spellings are one name, and how a text comes apart into names. Knows no places."""

from __future__ import annotations

import re
import unicodedata
from functools import cache

import opencc

CHINESE = re.compile(r"[\u4e00-\u9fff]")
LONGEST = 100  # characters; no place has a longer name
SEPARATORS = re.compile(
    r"[,，、;；/|()（）]|(?<=[\u4e00-\u9fff])\s*[-–—>]+\s*(?=[\u4e00-\u9fff])"
    r"|(?<=[\u4e00-\u9fff])\s*(?=[A-Za-z])|(?<=[A-Za-z.])\s*(?=[\u4e00-\u9fff])"  # 美国New York
)
WORD = re.compile(r"[^\W_]+")
APOSTROPHE = re.compile("['’`ʻ‘]")
LONE_LETTERS = re.compile(r"\b([a-z]) (?=[a-z]\b)")  # d c -> dc
SHORT_WORDS = {"saint": "st", "sainte": "ste", "mount": "mt", "fort": "ft"}
PEOPLES = (
    "朝鲜族 土家族 苗族 藏族 彝族 羌族 布依族 侗族 壮族 傣族 白族 景颇族 傈僳族 哈尼族 回族 蒙古族 蒙古 哈萨克族 "
    "哈萨克 柯尔克孜 维吾尔 满族 畲族 瑶族 黎族 仫佬族 毛南族 佤族 拉祜族 纳西族 普米族 怒族 独龙族 水族 仡佬族 土族 "
    "撒拉族 东乡族 保安族 裕固族 锡伯 塔吉克 鄂温克族 达斡尔族 布朗族 各族"
).split()
AUTONOMOUS = re.compile(rf"(.{{2,}}?)(?:{'|'.join(PEOPLES)})+")  # 延边朝鲜族自治州
ENDINGS = (
    "特别行政区 自治区 自治州 自治县 自治旗 地区 新区 林区 矿区 特区 省 市 区 县 州 盟 旗 邦"
).split()  # the longer one first


def fold(name: str) -> str:
    """São_Paulo -> sao paulo, St. John's -> st johns, 廣東 深圳 -> 广东深圳: without case, accents, punctuation."""
    text = name[:LONGEST]
    if not text.isascii():
        text = unicodedata.normalize("NFKC", text)
        if CHINESE.search(text):
            return simplify("".join(WORD.findall(text.casefold())))
        text = unicodedata.normalize("NFKD", text.casefold())
        text = "".join(character for character in text if not unicodedata.combining(character))
    words = WORD.findall(APOSTROPHE.sub("", text.casefold()))
    folded = " ".join(SHORT_WORDS.get(word, word) for word in words)
    return LONE_LETTERS.sub(r"\1", folded) if min(map(len, words), default=0) == 1 else folded


def parts(text: str) -> list[str]:
    """What stands between commas, brackets and other marks, folded."""
    text = unicodedata.normalize("NFKC", text[:LONGEST])
    return [part for part in map(fold, SEPARATORS.split(text)) if part]


def simplify(text: str) -> str:
    """臺北 -> 台北. GB 2312, a character set, has no characters that are traditional only."""
    if text.encode("gb2312", "ignore").decode("gb2312") == text:
        return text
    simple: str = _converter().convert(text)
    return simple


@cache
def _converter() -> opencc.OpenCC:
    return opencc.OpenCC("t2s")


def stem(name: str) -> str:
    """广东省 -> 广东, 延边朝鲜族自治州 -> 延边; a stem has two characters at least, so that 赵县 stays."""
    ending = next((ending for ending in ENDINGS if name.endswith(ending) and len(name) > len(ending) + 1), "")
    short = name.removesuffix(ending)
    peoples = AUTONOMOUS.fullmatch(short) if ending.startswith("自治") else None
    return peoples[1] if peoples else short
