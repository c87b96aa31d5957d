"""RTF files: the text in its character sets, and nothing of what is no text."""

from __future__ import annotations

import re
import time
from collections.abc import Callable

import pytest

from agent.attachments.document import Document
from agent.attachments.refusals import Refused

Read = Callable[..., Document]
MIXED = (
    r"{\fonttbl{\f0\fnil\fcharset0 Arial;}{\f1\fnil\fcharset134 SimSun{\*\falt \'cb\'ce\'cc\'e5};}"
    r"{\f2\fcharset204 Arial Cyr;}"
    r"{\f3\fcharset128 MS Mincho;}{\f4\fcharset2 Symbol;}{\f5\fcharset2 Wingdings;}{\f6\fcharset136 MingLiU;}"
    r"{\f7\cpg1253 Greek;}{\f8\fcharset238 Arial CE;}{\f9\fcharset177 Arial;}{\f10\fcharset129 Batang;}}"
)


def rtf(inside: str, page: int = 1252, more: str = "") -> bytes:
    return f"{{\\rtf1\\ansi\\ansicpg{page}\\deff0{more}\\pard {inside}}}".encode("latin-1")


def escaped(text: str, charset: str) -> str:
    return "".join(f"\\'{byte:02x}" if byte > 127 or byte in b"\\{}" else chr(byte) for byte in text.encode(charset))


def raw(text: str, charset: str) -> str:
    return text.encode(charset).decode("latin-1")


IN_SETS = [
    ("合同金额12300元", 936, "gbk"),
    ("采购合同：甲方（公司）", 936, "gbk"),
    ("合約金額功許蓋", 950, "big5"),
    ("表示ソ十能", 932, "cp932"),
    ("계약 금액", 949, "cp949"),
    ("Привет, мир", 1251, "cp1251"),
    ("Zażółć gęślą jaźń", 1250, "cp1250"),
    ("Ελληνικά", 1253, "cp1253"),
    ("İstanbul’da", 1254, "cp1254"),
    ("שלום", 1255, "cp1255"),
    ("مرحبا", 1256, "cp1256"),
    ("café “€5”", 1252, "cp1252"),
    ("สวัสดี", 874, "cp874"),
    ("编码 é", 65001, "utf-8"),
    ("㐀汉字", 54936, "gb18030"),
    ("表示ソ", 10001, "cp932"),
    ("合約金額", 10002, "big5"),
    ("계약 금액", 10003, "cp949"),
    ("Ελληνικά", 10006, "mac_greek"),
    ("合同金额", 10008, "gb2312"),
    ("žluť", 10029, "mac_latin2"),
    ("Привет, мир", 20866, "koi8_r"),
    ("Привіт, її", 21866, "koi8_u"),
    ("Zażółć gęślą jaźń", 28592, "iso8859_2"),
    ("Договор", 28595, "iso8859_5"),
    ("契約書の表示", 51932, "euc_jp"),
    ("계약", 51949, "euc_kr"),
]


@pytest.mark.parametrize(("text", "page", "charset"), IN_SETS)
def test_bytes_are_text_in_the_set_that_the_file_states(read_bytes: Read, text: str, page: int, charset: str) -> None:
    assert read_bytes(rtf(escaped(text, charset), page)).parts[0].text == text
    capitals = re.sub(r"\\'..", lambda byte: byte[0].upper(), escaped(text, charset))
    assert read_bytes(rtf(capitals, page)).parts[0].text == text
    own = r"{\fonttbl{\f0\fnil Font;}{\f1\fnil\fcharset1 Other;}}"
    assert read_bytes(rtf(rf"\f0 {escaped(text, charset)}", page, own)).parts[0].text == text
    assert read_bytes(rtf(rf"\f1 {escaped(text, charset)}", page, own)).parts[0].text == text


@pytest.mark.parametrize(
    ("inside", "text"),
    [
        (r"caf\'e9 \f1 " + escaped("合同", "gbk") + r"\f0  d\'e9j\'e0", "café 合同 déjà"),
        (r"\f2 " + escaped("Привет", "cp1251") + r" \f3 " + escaped("表", "cp932"), "Привет 表"),
        (r"{\f1 " + escaped("合", "gbk") + r"}\'e9", "合é"),
        (r"\loch\af0\hich\af0\dbch\f1 " + escaped("合同", "gbk"), "合同"),
        (r"\f6 " + escaped("功能", "big5"), "功能"),
        (r"\f7 " + escaped("Ελλ", "cp1253"), "Ελλ"),
        (r"\f8 " + escaped("žluť", "cp1250"), "žluť"),
        (r"\f9 " + escaped("שלום", "cp1255"), "שלום"),
        (r"\f10 " + escaped("안녕", "cp949"), "안녕"),
        (r"\f4 a\'b3\f0 a", "α≥a"),
        (r"\f4\u-3999 ?\f0 x", "αx"),
        (r"\f5\'fe\f0  yes", "☑ yes"),
        (r"\f1 " + escaped("合", "gbk") + r"\plain \'e9", "合é"),
        (r"\f99 plain", "plain"),
    ],
)
def test_each_font_has_its_character_set(read_bytes: Read, inside: str, text: str) -> None:
    assert read_bytes(rtf(inside, 1252, MIXED)).parts[0].text == text


@pytest.mark.parametrize(
    ("page", "written", "text"),
    [
        (936, escaped("合同金额", "gbk") + " 12300", "合同金额 12300"),
        (936, r"caf\'e9", "café"),
        (1251, escaped("Договор", "cp1251"), "Договор"),
        (1251, r"caf\'e9 d\'e9j\'e0 vu", "café déjà vu"),
        (932, escaped("契約書", "cp932"), "契約書"),
    ],
)
def test_a_western_font_is_western_unless_its_text_is_not(read_bytes: Read, page: int, written: str, text: str) -> None:
    assert read_bytes(rtf(rf"\f0 {written}", page, r"{\fonttbl{\f0\fcharset0 Arial;}}")).parts[0].text == text


def test_bytes_that_are_not_escaped_are_text_too(read_bytes: Read) -> None:
    assert read_bytes(rtf(raw("合同", "gbk"), 936)).parts[0].text == "合同"
    assert read_bytes(rtf(r"\'95\\" + r"\'8e\'a6", 932)).parts[0].text == "表示"  # the second byte of 表 is a backslash


TABLE = r"\trowd\cellx1\cellx2\intbl a\cell b\par c\cell\row"
CASES = {
    "paragraphs": (r"one\par two\line three\par\par four", "one\ntwo\nthree\n\nfour"),
    "line ends of the file are none": ("one\r\n two", "one two"),
    "a backslash at a line's end": ("one\\\ntwo", "one\ntwo"),
    "characters": (r"\lquote a\rquote\ldblquote b\rdblquote\bullet\endash\emdash c\tab d", "‘a’“b”•–—c\td"),
    "symbols": (r"a\~b\_c\-d \{x\} \\", "a\u00a0b-cd {x} \\"),
    "unicode": (r"\u21512?\u21516?", "合同"),
    "unicode, negative": (r"\u-28767?", chr(0x10000 - 28767)),
    "unicode with bytes for others": (r"\uc2\u21512\'ba\'cf\u21516\'cd\'ac!", "合同!"),
    "unicode without anything for others": (r"\uc0\u21512\u21516 x", "合同x"),
    "unicode, its number of characters by group": (r"{\uc0\u21512}\u21516?x", "合同x"),
    "unicode with a word for others": (r"\u8211\endash x", "–x"),
    "unicode before the end of a paragraph": (r"\u21512\par x", "合\nx"),
    "unicode before the end of a group": (r"{\u21512}abc", "合abc"),
    "surrogates": (r"\u-10179?\u-8704?!", "😀!"),
    "surrogates, positive": (r"\uc0\u55357\u56832 !", "😀!"),
    "half a character": (r"a\u-10179?b", "a\ufffdb"),
    "beyond all characters": (r"a\u99999999?b", "a\ufffdb"),
    "a code beyond 16 bits": (r"\u128512?", "😀"),
    "information": (r"{\info{\title No}{\author No}}{\*\generator No;}text", "text"),
    "styles and colours": (r"{\colortbl;\red0;}{\stylesheet{\s1 Heading 1;}{\*\cs2 No;}}text", "text"),
    "a picture": (r"a{\pict\pngblip 89504e470d0a1a0a}b", "ab"),
    "binary": ("a{\\pict\\bin6 }{}{\\x}b", "ab"),
    "binary elsewhere": ("a\\bin3 }}}b", "ab"),
    "an object and its look": (r"a{\object{\*\objclass X}{\*\objdata 0105}{\result b}}c", "abc"),
    "an unknown group that may be left out": (r"a{\*\someday no {no}}b", "ab"),
    "an unknown group that may not": (r"a{\someday yes}b", "ayesb"),
    "a field": (r'{\field{\*\fldinst HYPERLINK "http://x"}{\fldrslt here}}', "here"),
    "a field in a field": (r"{\field{\*\fldinst A{\field{\*\fldinst B}{\fldrslt no}}}{\fldrslt yes}}", "yes"),
    "a ticked box": (r"{\field{\*\fldinst FORMCHECKBOX{\*\formfield{\fftype1\ffres1}}}{\fldrslt}} yes", "☒ yes"),
    "a box that is not ticked": (r"{\field{\*\fldinst{\*\formfield{\fftype1\ffres25\ffdefres0}}}}no", "☐no"),
    "hidden": (r"a{\v secret}b\v secret\v0 c", "abc"),
    "hidden until plain": (r"a\v no\plain b", "ab"),
    "deleted and inserted": (r"is {\deleted 100}{\revised 250} yuan", "is 250 yuan"),
    "moved": (r"{\mvf no }stays{\mvt  yes}", "stays yes"),
    "two ways": (r"{\upr{ansi}{\*\ud{\u21512?}}}x", "合x"),
    "bookmarks": (r"{\*\bkmkstart no}a{\*\bkmkend no}", "a"),
    "list text": (r"{\listtext\f0 1.\tab}one\par{\pntext 2.\tab}two", "1.\tone\n2.\ttwo"),
    "list tables": (r"{\*\listtable{\list{\listlevel{\leveltext \'02\'00.;}}}}a", "a"),
    "a table": (TABLE, "| a | b c |"),
    "a table between paragraphs": (rf"x\par {TABLE}\pard y\par", "x\n| a | b c |\ny"),
    "rows": (r"\intbl a\cell b\cell\row c\cell\cell\row", "| a | b |\n| c |  |"),
    "a row without end": (r"\intbl a\cell b\cell", "| a | b |"),
    "a table in a cell": (
        r"\intbl over \itap2 a\nestcell b\nestcell{\*\nesttableprops\trowd\nestrow}{\nonesttables\par}"
        r"c\nestcell{\*\nesttableprops\nestrow}\itap1\cell d\cell\row",
        "| over a / b; c | d |",
    ),
    "a heading": (r"{\pard\outlinelevel1 Sub\par}\pard text", "## Sub\ntext"),
    "a footnote": (
        r"price{\super\chftn{\footnote\pard \chftn  Without tax.}} is 5\par next",
        "price[^1] is 5\n[^1]: Without tax.\nnext",
    ),
    "a comment": (r"price{\*\atnid A}{\*\atnauthor Anna}{\*\annotation really?}\par", "price[^c1]\n[^c1]: really?"),
    "headers and footers": (
        r"{\header CONFIDENTIAL\par}{\headerf CONFIDENTIAL}{\footer Acme}body",
        "[header] CONFIDENTIAL\nbody\n[footer] Acme",
    ),
    "a text box": (
        r"a{\shp{\*\shpinst{\sp{\sn no}{\sv 1}}{\shptxt boxed\par}}{\shprslt{\*\do{\dptxbxtext boxed}}}} b\par c",
        "a b\nboxed\nc",
    ),
    "an old text box": (r"a{\*\do\dobxpage{\dptxbx{\dptxbxtext boxed\par}}}b", "ab\nboxed"),
    "an equation": (
        r"{\mmath{\*\moMath{\mf{\mfPr no}{\mnum{\mr a}}{\mden{\mr b}}}{\msSup{\me{\mr x}}{\msup{\mr 2}}}}}",
        "(a)/(b)x^(2)",
    ),
    "an equation and its picture": (r"{\mmath{\*\moMath{\mr x=1}}{\mmathPict{\pict 00}}}", "x=1"),
    "a tab and a control character": ("a\tb\x01c", "a\tbc"),
    "numbers with a sign and without a space": (r"\fs-24a\b0b\i1 c", "abc"),
    "words that touch": (r"\b\i\ul bold", "bold"),
    "escapes that are none": (r"a\'zzb", "azzb"),
}


@pytest.mark.parametrize(("inside", "text"), [pytest.param(*case, id=name) for name, case in CASES.items()])
def test_what_a_reader_sees_is_read(read_bytes: Read, inside: str, text: str) -> None:
    document = read_bytes(rtf(inside))
    assert (document.parts[0].text, document.is_whole) == (text, True)


@pytest.mark.parametrize("before", [b"", b"\xef\xbb\xbf", b"\r\n ", b"\0"])
@pytest.mark.parametrize("after", [b"", b"\r\n", b"\0", b"\x1a", b"}"])
def test_what_stands_around_the_file_does_not_matter(read_bytes: Read, before: bytes, after: bytes) -> None:
    document = read_bytes(before + rtf("text") + after)
    assert (document.parts[0].text, document.is_whole) == ("text", True)


@pytest.mark.parametrize(
    ("content", "kept"),
    [
        (rtf(r"one\par two")[:-1], "one\ntwo"),
        (rtf(r"one {\b two")[:-1], "one two"),
        (rtf(r"one \'ba")[:-3], "one"),
        (rtf("one}two"), "one"),
        (rtf("one {\\pict\\bin999 xx}"), "one"),
        (rtf("a")[:-1] + b"\\", "a"),
    ],
)
def test_a_damaged_file_is_read_as_far_as_it_goes_and_says_so(read_bytes: Read, content: bytes, kept: str) -> None:
    document = read_bytes(content)
    told, _, text = document.parts[0].text.partition("\n")
    assert "damaged" in told
    assert (text, document.is_whole) == (kept, False)
    assert (document.kind, document.has_gaps, document.is_cut) == ("RTF", True, False)


@pytest.mark.parametrize(
    ("content", "reason"),
    [(rtf(r"{\pict 00}\par"), "empty"), (rb"{\rtf", "broken"), (rb"{\rtf1 {\fonttbl", "broken")],
)
def test_a_file_without_text_is_refused(read_bytes: Read, content: bytes, reason: str) -> None:
    with pytest.raises(Refused) as refusal:
        read_bytes(content)
    assert refusal.value.reason == reason


def test_a_long_file_is_read_as_far_as_it_can_be_used(read_bytes: Read) -> None:
    document = read_bytes(rtf(r"0123456789\par " * 1000), max_chars=100)
    assert (document.length, document.is_whole) == (100, False)
    assert (document.is_cut, document.has_gaps) == (True, False)


def test_a_deep_file_and_a_large_picture_take_no_time(read_bytes: Read) -> None:
    began = time.process_time()
    assert read_bytes(rtf("{\\b " * 100_000 + "deep" + "}" * 100_000)).parts[0].text == "deep"
    assert read_bytes(rtf("a{\\pict " + ("89" * 64 + "\n") * 100_000 + "}b")).parts[0].text == "ab"
    assert time.process_time() - began < 6


def test_a_hundred_pages_take_a_second_or_two(read_bytes: Read) -> None:
    began = time.process_time()
    page = (escaped("合同金额以人民币计算", "gbk") + " ") * 60 + r"\par "
    document = read_bytes(rtf(page * 100, 936), max_chars=1_000_000)
    assert (document.length, document.is_whole) == (100 * 60 * 11 + 98, True)
    assert time.process_time() - began < 6
