"""The numbers of Word's lists: they stand nowhere in the text, and a reader sees them."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from agent.attachments.document import Document
from agent.attachments.word_lists import numeral
from tests.agent.attachments.files import docx_of, paragraph, table

Read = Callable[..., Document]


def level(number: int, form: str, text: str, more: str = "") -> str:
    form = f'<w:numFmt w:val="{form}"/>{more}<w:lvlText w:val="{text}"/>'
    return f'<w:lvl w:ilvl="{number}"><w:start w:val="1"/>{form}</w:lvl>'


def item(text: str, number: int, depth: int = 0) -> str:
    return paragraph(text, properties=f'<w:numPr><w:ilvl w:val="{depth}"/><w:numId w:val="{number}"/></w:numPr>')


NO_GAP = '<w:suff w:val="nothing"/>'
LISTS = {
    "1": level(0, "decimal", "%1.") + level(1, "decimal", "%1.%2") + level(2, "lowerLetter", "%3)"),
    "2": level(0, "bullet", "\uf0b7") + level(1, "bullet", "o"),
    "3": level(0, "chineseCountingThousand", "第%1条")
    + level(1, "chineseCounting", "（%2）", '<w:suff w:val="nothing"/>'),
    "4": level(0, "upperRoman", "%1") + level(1, "decimal", "%1.%2", "<w:isLgl/>"),
    "5": level(0, "none", ""),
    "6": level(0, "decimal", "%1", '<w:pStyle w:val="1"/>') + level(1, "decimal", "%1.%2", '<w:pStyle w:val="2"/>'),
}
NUMBERING = (
    "".join(f'<w:abstractNum w:abstractNumId="{own}">{levels}</w:abstractNum>' for own, levels in LISTS.items())
    + "".join(f'<w:num w:numId="{own}"><w:abstractNumId w:val="{own}"/></w:num>' for own in LISTS)
    + '<w:num w:numId="11"><w:abstractNumId w:val="1"/><w:lvlOverride w:ilvl="0"><w:startOverride w:val="5"/>'
    "</w:lvlOverride></w:num>"
)
STYLES = "".join(
    f'<w:style w:type="paragraph" w:styleId="{own}"><w:name w:val="heading {own}"/>'
    '<w:pPr><w:numPr><w:numId w:val="6"/></w:numPr></w:pPr></w:style>'
    for own in "12"
)


@pytest.mark.parametrize(
    ("body", "text"),
    [
        (item("a", 1) + item("b", 1) + item("c", 1), "1. a\n2. b\n3. c"),
        (item("a", 1) + item("b", 1, 1) + item("c", 1, 1) + item("d", 1) + item("e", 1, 1),
         "1. a\n  1.1 b\n  1.2 c\n2. d\n  2.1 e"),
        (item("a", 1) + item("b", 1, 2) + item("c", 1, 2), "1. a\n    a) b\n    b) c"),
        (item("a", 1) + paragraph("between") + item("b", 1), "1. a\nbetween\n2. b"),
        (item("a", 2) + item("b", 2, 1) + item("c", 2), "- a\n  - b\n- c"),
        (item("总则", 3) + item("目的", 3, 1) + item("附则", 3), "第一条 总则\n  （一）目的\n第二条 附则"),
        (item("a", 4) + item("b", 4, 1), "I a\n  1.1 b"),
        (item("a", 5), "a"),
        (item("a", 1) + item("b", 11) + item("c", 11), "1. a\n5. b\n6. c"),
        (item("a", 99) + item("b", 0), "a\nb"),
        (item("", 1) + item("b", 1), "2. b"),
        (table([item("a", 1), item("b", 2)]), "| 1. a | - b |"),
        (paragraph("One", properties='<w:pStyle w:val="1"/>') + paragraph("Sub", properties='<w:pStyle w:val="2"/>'),
         "# 1 One\n## 1.1 Sub"),
    ],
)  # fmt: skip
def test_items_have_the_numbers_that_a_reader_sees(read_bytes: Read, body: str, text: str) -> None:
    assert read_bytes(docx_of(body, numbering=NUMBERING, styles=STYLES)).parts[0].text == text


@pytest.mark.parametrize(
    ("form", "numerals"),
    [
        ("decimal", {0: "0", 7: "7"}),
        ("decimalZero", {7: "07", 12: "12"}),
        ("lowerLetter", {1: "a", 26: "z", 27: "aa", 0: "0"}),
        ("upperLetter", {2: "B", 28: "BB"}),
        ("lowerRoman", {4: "iv", 1994: "mcmxciv", 0: "0", 4000: "4000"}),
        ("upperRoman", {9: "IX"}),
        ("chineseCounting", {1: "一", 10: "十", 15: "十五", 20: "二十", 21: "二十一", 100: "一百", 105: "一百零五"}),
        ("chineseCountingThousand", {110: "一百一十", 1000: "一千", 2026: "二千零二十六", 1001: "一千零一"}),
        ("japaneseCounting", {11: "十一"}),
        ("chineseLegalSimplified", {3: "叁", 10: "壹拾", 21: "贰拾壹"}),
        ("ideographDigital", {10: "一〇", 2026: "二〇二六"}),
        ("ideographTraditional", {1: "甲", 10: "癸", 11: "11"}),
        ("decimalEnclosedCircle", {1: "①", 20: "⑳", 21: "21"}),
        ("decimalFullWidth", {12: "１２"}),
        ("none", {3: ""}),
        ("someday", {3: "3"}),
    ],
)
def test_a_number_is_written_in_the_form_of_its_list(form: str, numerals: dict[int, str]) -> None:
    assert {count: numeral(count, form) for count in numerals} == numerals
