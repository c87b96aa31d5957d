"""Characters of PDFs whose fonts say in many ways, or not at all, what their codes mean."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from agent.attachments.document import Document
from agent.attachments.refusals import Refused
from tests.agent.attachments.pdf_files import built, composite_font, drawn, drawn_codes, mapping, pdf_of, stream

CHINESE = "会议纪要：采购金额12300元，同比+19%"
TAIWAN = "會議紀要：採購金額12300元，較上季"
JAPANESE = "会議の議事録：金額12300円、カタカナ"
KOREAN = "회의록: 구매 금액 12300원"

# The CMaps that the standard lists, by their collection, with the codec that each is.
CMAPS = {
    ("GB1", CHINESE): {
        "GB-EUC": "gb2312",
        "GBpc-EUC": "gb2312",
        "GBK-EUC": "gbk",
        "GBKp-EUC": "gbk",
        "GBK2K": "gb18030",
        "UniGB-UCS2": "utf-16-be",
        "UniGB-UTF16": "utf-16-be",
        "UniGB-UTF32": "utf-32-be",
        "UniGB-UTF8": "utf-8",
    },
    ("CNS1", TAIWAN): {
        "B5pc": "big5",
        "HKscs-B5": "big5hkscs",
        "ETen-B5": "big5",
        "ETenms-B5": "big5",
        "UniCNS-UCS2": "utf-16-be",
        "UniCNS-UTF16": "utf-16-be",
        "UniCNS-UTF32": "utf-32-be",
        "UniCNS-UTF8": "utf-8",
    },
    ("Japan1", JAPANESE): {
        "90ms-RKSJ": "cp932",
        "90msp-RKSJ": "cp932",
        "Add-RKSJ": "shift_jis",
        "Ext-RKSJ": "shift_jis",
        "EUC": "euc_jp",
        "UniJIS-UCS2": "utf-16-be",
        "UniJIS-UCS2-HW": "utf-16-be",
        "UniJIS-UTF16": "utf-16-be",
        "UniJIS2004-UTF16": "utf-16-be",
        "UniJIS-UTF32": "utf-32-be",
        "UniJIS-UTF8": "utf-8",
    },
    ("Korea1", KOREAN): {
        "KSC-EUC": "euc_kr",
        "KSCms-UHC": "cp949",
        "KSCms-UHC-HW": "cp949",
        "UniKS-UCS2": "utf-16-be",
        "UniKS-UTF16": "utf-16-be",
        "UniKS-UTF32": "utf-32-be",
        "UniKS-UTF8": "utf-8",
    },
}
WRITTEN = [
    (f"{cmap}-{direction}", ordering, text.encode(codec), text)
    for (ordering, text), codecs in CMAPS.items()
    for cmap, codec in codecs.items()
    for direction in "HV"
] + [
    ("83pv-RKSJ-H", "Japan1", JAPANESE.encode("shift_jis"), JAPANESE),
    ("90pv-RKSJ-H", "Japan1", JAPANESE.encode("cp932"), JAPANESE),
    ("KSCpc-EUC-H", "Korea1", KOREAN.encode("euc_kr"), KOREAN),
    ("H", "Japan1", bytes(byte & 0x7F for byte in "会議の議事録".encode("euc_jp")), "会議の議事録"),
    ("V", "Japan1", bytes(byte & 0x7F for byte in "会議の議事録".encode("euc_jp")), "会議の議事録"),
    ("UniGB-UTF16-H", "GB1", "𠮷野家㐀".encode("utf-16-be"), "𠮷野家㐀"),
    ("HKscs-B5-H", "CNS1", "嘅啲冇嚟喺𠺪𠼰".encode("big5hkscs"), "嘅啲冇嚟喺𠺪𠼰"),
    ("Identity-H", "GB1", bytes.fromhex("0022 03ac"), "A啊"),
    ("Identity-V", "GB1", bytes.fromhex("0022 03ac"), "A啊"),
    ("Identity-H", "CNS1", bytes.fromhex("0022 0253 0254"), "A一乙"),
    ("Identity-H", "Japan1", bytes.fromhex("0022 034a 034b 0465"), "Aぁあ亜"),
    ("Identity-H", "Korea1", bytes.fromhex("0022 043e 043f"), "A가각"),
]


def text_of(document: Document) -> str:
    """The text without spaces: fonts that are not there have no widths to tell them by."""
    return "".join("".join(part.text for part in document.parts).split())


@pytest.mark.parametrize(("cmap", "ordering", "codes", "text"), WRITTEN, ids=lambda value: str(value)[:20])
def test_every_cmap_that_the_standard_lists_is_read_without_a_tounicode(
    read_one: Callable[[bytes], Document], cmap: str, ordering: str, codes: bytes, text: str
) -> None:
    document = read_one(pdf_of([stream(drawn_codes(codes))], font=composite_font(cmap, ordering)))
    assert text_of(document) == "".join(text.split())
    assert document.is_whole


@pytest.mark.parametrize(
    ("cmap", "ordering", "codes", "text"),
    [
        ("UniGB-UTF8-H", "GB1", CHINESE.encode(), CHINESE),
        ("UniCNS-UTF32-V", "CNS1", TAIWAN.encode("utf-32-be"), TAIWAN),
        ("HKscs-B5-H", "CNS1", "嘅啲冇".encode("big5hkscs"), "嘅啲冇"),
        ("ETHK-B5-H", "CNS1", "嘅啲冇".encode("big5hkscs"), "嘅啲冇"),
        ("90pv-RKSJ-V", "Japan1", JAPANESE.encode("cp932"), JAPANESE),
        ("78-EUC-H", "Japan1", JAPANESE.encode("euc_jp"), JAPANESE),
        ("KSCpc-EUC-V", "Korea1", KOREAN.encode("euc_kr"), KOREAN),
        ("KSC-Johab-H", "Korea1", KOREAN.encode("johab"), KOREAN),
    ],
)
def test_a_font_may_be_called_after_its_cmap(
    read_one: Callable[[bytes], Document], cmap: str, ordering: str, codes: bytes, text: str
) -> None:
    font = composite_font(cmap, ordering).replace(b"/SomeFont /Encoding", b"/SomeFont-%b /Encoding" % cmap.encode())
    assert b"/BaseFont /SomeFont-" in font
    assert text_of(read_one(pdf_of([stream(drawn_codes(codes))], font=font))) == "".join(text.split())


def test_a_tounicode_counts_more_than_the_cmap(read_one: Callable[[bytes], Document]) -> None:
    to_unicode = stream(mapping(("0041", "4F1A"), ("0042", "00660066 0069".replace(" ", ""))))
    font = composite_font("Identity-H", to_unicode=b"4 0 R")
    assert text_of(read_one(pdf_of([stream(drawn_codes(b"\0A\0B"))], font=font, more=[to_unicode]))) == "会ffi"


def test_a_tounicode_may_be_a_name(read_one: Callable[[bytes], Document]) -> None:
    font = composite_font("Identity-H", to_unicode=b"/Identity-H")
    assert text_of(read_one(pdf_of([stream(drawn_codes("名字 A".encode("utf-16-be")))], font=font))) == "名字A"


@pytest.mark.parametrize(
    ("mapped", "read"),
    [
        ("D835", "\ufffd"),
        ("DC00", "\ufffd"),
        ("DBFF", "\ufffd"),
        ("D835DC00", "𝐀"),
        ("D835DC00DC00", "𝐀\ufffd"),
        ("DC00D835", "\ufffd"),
        ("D8350041", "\ufffdA"),
        ("0000", ""),
        ("00000041", "A"),
        ("0007", "\ufffd"),
        ("FFFE", "\ufffd"),
        ("E123", "\ufffd"),
        ("F0B7", "•"),
        ("FFFD", "\ufffd"),
    ],
)
def test_what_is_no_character_is_marked_and_what_stands_beside_it_is_read(
    read_one: Callable[[bytes], Document], mapped: str, read: str
) -> None:
    font = composite_font("Identity-H", to_unicode=b"4 0 R")
    to_unicode = stream(mapping(("0041", mapped), ("0042", "0042"), ("0043", "0043")))
    text = text_of(read_one(pdf_of([stream(drawn_codes(b"\0B\0A\0C"))], font=font, more=[to_unicode])))
    assert text == f"B{read}C"
    assert text.encode() == text.encode("utf-8", "surrogatepass")


@pytest.mark.parametrize(
    "font",
    [
        composite_font("Identity-H"),
        composite_font("Identity-H", "Japan2"),
        composite_font("Unknown-H", "GB1"),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /ABCDEF+Own /Encoding << /Differences [1 /g1 /g2 /g3 /g4] >> >>",
        b"<< /Type /Font /Subtype /Type3 /FontBBox [0 0 9 9] /FontMatrix [.1 0 0 .1 0 0] /CharProcs << /own 4 0 R >>"
        b" /Encoding << /Differences [1 /own /own /own] >> /FirstChar 0 /LastChar 3 /Widths [9 9 9 9] >>",
    ],
    ids=["no map", "an unknown collection", "an unknown CMap", "own names", "Type 3"],
)
def test_a_font_without_a_map_to_text_is_refused_alone_and_marked_beside_others(
    read_one: Callable[[bytes], Document], font: bytes
) -> None:
    glyph = stream(b"9 0 0 0 9 9 d1 0 0 8 8 re f")
    codes = drawn_codes(b"\0\1\0\2\0\3" * 3)
    with pytest.raises(Refused) as refusal:
        read_one(pdf_of([stream(codes)], font=font, more=[glyph]))
    assert refusal.value.reason in ("no_characters", "scanned")
    others = b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>"
    resources = b"<< /Font << /F 3 0 R /G %b >> >>" % others
    content = stream(codes + b"\n" + drawn("Signed in Paris, 12 May", font="G", top=600))
    document = read_one(pdf_of([content], font=font, more=[glyph], resources=resources))
    assert document.parts[0].text.replace("\ufffd", "").strip() == "Signed in Paris, 12 May"
    assert (document.unread, document.is_whole) == ((1,), False)


def test_a_sign_or_two_without_a_map_are_no_alarm(read_one: Callable[[bytes], Document]) -> None:
    resources = b"<< /Font << /F 3 0 R /G 4 0 R >> >>"
    more = [b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>"]
    content = (
        drawn_codes(b"\x10\x22\x10\x23")
        + b"\n"
        + drawn("The rest of the page says what it has to say, and at length.", font="G", top=600)
    )
    document = read_one(pdf_of([stream(content)], font=composite_font("Identity-H"), more=more, resources=resources))
    assert document.parts[0].text == "\ufffd\nThe rest of the page says what it has to say, and at length."
    assert document.is_whole


def test_a_type_3_font_is_read_by_the_names_of_its_glyphs(read_one: Callable[[bytes], Document]) -> None:
    font = (
        b"<< /Type /Font /Subtype /Type3 /BaseFont /XYZABC+DejaVuSans /FontBBox [0 0 9 9] /FontMatrix [.1 0 0 .1 0 0]"
        b" /CharProcs << /R 4 0 R /eacute 4 0 R /Euro 4 0 R >> /Encoding << /Differences [1 /R /eacute 7 /Euro] >>"
        b" /FirstChar 0 /LastChar 7 /Widths [9 9 9 9 9 9 9 9] >>"
    )
    glyph = stream(b"9 0 0 0 9 9 d1 0 0 8 8 re f")
    assert text_of(read_one(pdf_of([stream(drawn_codes(b"\1\2\7"))], font=font, more=[glyph]))) == "Ré€"


def test_ligatures_and_hyphens_stay_what_they_stand_for(read_one: Callable[[bytes], Document]) -> None:
    font = b"<< /Type /Font /Subtype /Type1 /BaseFont /Own /Encoding << /Differences [102 /fi /ffi] >> >>"
    assert text_of(read_one(pdf_of([stream(drawn_codes(b"fg"))], font=font))) == "fiffi"
    lines = drawn("from 2019-", "2020 it was well-", "known")
    assert read_one(pdf_of([stream(lines)])).parts[0].text == "from 2019-\n2020 it was well-\nknown"


def test_words_from_right_to_left_have_their_letters_in_order(read_one: Callable[[bytes], Document]) -> None:
    shown = {"0041": "FEE3", "0042": "FEAE", "0043": "FEA3", "0044": "FE92", "0045": "FE8E"}  # the word for welcome
    font = composite_font("Identity-H", to_unicode=b"4 0 R")
    from_left = drawn_codes(b"\0E\0D\0C\0B\0A")
    document = read_one(pdf_of([stream(from_left)], font=font, more=[stream(mapping(*shown.items()))]))
    assert document.parts[0].text == "مرحبا"


@pytest.mark.parametrize("turned", [0, 90, 180, 270])
def test_the_lines_of_a_turned_page_are_in_their_order(read_one: Callable[[bytes], Document], turned: int) -> None:
    lines = ("The first line", "and the second", "and the third")
    upright = pdf_of([stream(drawn(*lines))], page_entries=b"/Rotate %d" % turned)
    assert read_one(upright).parts[0].text.splitlines() == list(lines)
    matrix = {0: b"1 0 0 1 0 0", 90: b"0 1 -1 0 842 0", 180: b"-1 0 0 -1 595 842", 270: b"0 -1 1 0 0 842"}[turned]
    turned_back = pdf_of([stream(b"q %b cm %b Q" % (matrix, drawn(*lines)))], page_entries=b"/Rotate %d" % turned)
    assert read_one(turned_back).parts[0].text.splitlines() == list(lines)


def test_a_page_that_refers_to_itself_is_read_once(read_one: Callable[[bytes], Document]) -> None:
    form = stream(b"/X Do " + drawn("once"), b"/Type /XObject /Subtype /Form /BBox [0 0 595 842] /Resources 5 0 R")
    resources = b"<< /Font << /F 3 0 R >> /XObject << /X 4 0 R >> >>"
    content = pdf_of([stream(b"/X Do")], more=[form, resources], resources=b"5 0 R")
    assert text_of(read_one(content)) == "once"


def test_what_is_no_pdf_inside_is_refused(read_one: Callable[[bytes], Document]) -> None:
    with pytest.raises(Refused):
        read_one(built([b"<< /Type /Catalog >>"]))


@pytest.mark.parametrize(
    ("mapped", "text"),
    [
        ("1 beginbfchar\n<41> <D835>\nendbfchar", "sum \ufffdB"),
        ("1 beginbfrange\n<41> <42> <D835>\nendbfrange", "sum \ufffd"),
        ("1 beginbfrange\n<41> <42> [<D835> <DC00>]\nendbfrange", "sum 𝐀"),
        ("1 beginbfrange\n<41> <42> [<DC00> <D835>]\nendbfrange", "sum \ufffd"),
        ("1 beginbfchar\n<41> <DFFF>\nendbfchar", "sum \ufffdB"),
        ("1 beginbfchar\n<41> <0061D835>\nendbfchar", "sum a\ufffdB"),
        ("1 beginbfchar\n<41> <0000>\nendbfchar", "sum B"),
        ("1 beginbfchar\n<41> <>\nendbfchar", "sum AB"),
    ],
)
def test_half_a_character_in_a_font_of_one_byte_is_marked(
    read_one: Callable[[bytes], Document], mapped: str, text: str
) -> None:
    to_unicode = stream(f"begincmap\n1 begincodespacerange\n<00> <FF>\nendcodespacerange\n{mapped}\nendcmap".encode())
    font = b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /ToUnicode 4 0 R >>"
    document = read_one(pdf_of([stream(drawn("sum AB"))], font=font, more=[to_unicode]))
    assert document.parts[0].text == text
    document.parts[0].text.encode()
