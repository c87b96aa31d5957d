"""Pages of PDFs that cannot be read, or not whole: which ones, and that no blank page is among them."""

from __future__ import annotations

import zlib
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from agent.attachments.budget import Excerpt, fit
from agent.attachments.document import Document, Part, page_ranges
from agent.attachments.message import compose
from agent.attachments.pdf import read_pdf
from agent.attachments.refusals import Refused
from agent.attachments.sandbox import read_apart
from tests.agent.attachments.files import pdf
from tests.agent.attachments.pdf_files import PAGE_OF_PICTURE, PICTURE, drawn, pdf_of, stream
from web.texts import CHINESE, ENGLISH

pytestmark = pytest.mark.slow  # each file is read in a process of its own

LINES = [f"Line {number} of a page with text enough for a page." for number in range(20)]
TEXT = stream(drawn(*LINES))
PACKED = stream(drawn(*LINES), packed=True)
SCAN = stream(PAGE_OF_PICTURE)


def damaged(at: float, by: bytes = b"\xff" * 8) -> bytes:
    """A page's stream with other bytes in it, at a part of its length."""
    packed = zlib.compress(drawn(*LINES))
    place = int(len(packed) * at)
    broken = packed[:place] + by + packed[place + len(by) :]
    return b"<< /Length %d /Filter /FlateDecode >> stream\n%b\nendstream" % (len(broken), broken)


def cut(at: float) -> bytes:
    packed = zlib.compress(drawn(*LINES))
    rest = packed[: int(len(packed) * at)]
    return b"<< /Length %d /Filter /FlateDecode >> stream\n%b\nendstream" % (len(rest), rest)


packed = zlib.compress(drawn(*LINES))[:-4]
WITHOUT_CHECKSUM = b"<< /Length %d /Filter /FlateDecode >> stream\n%b\nendstream" % (len(packed), packed)
LETTERS_AS_LINES = stream(b"\n".join(b"%d 700 m %d 710 l %d 720 l S" % (x, x, x + 5) for x in range(50, 500, 10)))


@pytest.fixture
def read_one(tmp_path: Path) -> Callable[[bytes], Document]:
    def read(content: bytes, max_chars: int = 100_000) -> Document:
        path = tmp_path / "upload"
        path.write_bytes(content)
        return read_pdf(path, "file", max_chars)

    return read


@pytest.mark.parametrize(
    ("pages", "unread"),
    [
        ([TEXT, SCAN, SCAN, SCAN, TEXT], (2, 3, 4)),
        ([SCAN, TEXT], (1,)),
        ([TEXT, SCAN], (2,)),
        ([TEXT, stream(PICTURE)], (2,)),
        ([TEXT, LETTERS_AS_LINES], (2,)),
        ([TEXT, stream(PAGE_OF_PICTURE + b" " + drawn("Page 2 of 9"))], (2,)),
        ([TEXT, damaged(0.1), TEXT], (2,)),
        ([TEXT, damaged(0.5), TEXT], (2,)),
        ([TEXT, damaged(0.95), TEXT], (2,)),
        ([TEXT, damaged(0.999, b"\0"), TEXT], (2,)),
        ([TEXT, cut(0.5), TEXT], (2,)),
        ([TEXT, cut(0.9), TEXT], (2,)),
        ([TEXT, WITHOUT_CHECKSUM, TEXT], ()),
        ([TEXT, stream(b"", b"/Filter /FlateDecode"), TEXT], (2,)),
        ([TEXT, stream(b"no zlib", b"/Filter /FlateDecode"), TEXT], (2,)),
        ([TEXT, b"null", TEXT], (2,)),
        ([TEXT, stream(bytes(500)), TEXT], (2,)),
        ([TEXT, stream(b"garbage " * 50), TEXT], (2,)),
        ([TEXT, stream(bytes(range(128, 256))), TEXT], (2,)),
        ([TEXT, stream(drawn(*LINES)[:700]), TEXT], (2,)),
        ([TEXT, stream(zlib.compress(drawn(*LINES)), b"/Filter /UnknownDecode"), TEXT], (2,)),
        ([PACKED, TEXT, PACKED], ()),
        ([TEXT, None, TEXT], ()),
        ([TEXT, stream(b""), TEXT], ()),
        ([TEXT, stream(b"q Q"), TEXT], ()),
        ([TEXT, stream(b"BT /F 12 Tf 14.4 TL ET", packed=True), TEXT], ()),
        ([TEXT, stream(b"BT /F 12 Tf ( ) Tj ET"), TEXT], ()),
        ([TEXT, stream(b"1 1 1 rg 0 0 595 842 re f 0 g 50 50 500 700 re S"), TEXT], ()),
        ([TEXT, stream(PICTURE + b" " + drawn("A picture, with what it shows in words below it.")), TEXT], ()),
        ([TEXT, stream(b"q 50 0 0 50 500 780 cm BI /W 1 /H 1 /CS /G /BPC 8 ID \x80 EI Q " + drawn("Ann")), TEXT], ()),
        ([TEXT, stream(b"/P <</MCID 0>> BDC q 0.1 w 1 0 0 1 0 0 cm Q EMC % the end"), TEXT], ()),
    ],
)
def test_pages_that_could_not_be_read_are_told_from_blank_ones(
    read_one: Callable[[bytes], Document], pages: list[bytes | None], unread: tuple[int, ...]
) -> None:
    document = read_one(pdf_of(pages))
    assert (document.unread, document.is_whole) == (unread, not unread)
    assert document.parts[0].text.splitlines() == LINES or unread == (1,)
    assert document.pages == len(pages)


def test_what_pages_share_is_whole_for_all_of_them(read_one: Callable[[bytes], Document]) -> None:
    letterhead = stream(b"q 1 0 0 1 0 0 cm Q", b"/Type /XObject /Subtype /Form /BBox [0 0 9 9]", packed=True)
    resources = b"<< /Font << /F 3 0 R >> /XObject << /X 4 0 R >> >>"
    content = pdf_of([PACKED] * 3, more=[letterhead], resources=resources)
    same = content.replace(b"/Contents 8 0 R", b"/Contents 6 0 R").replace(b"/Contents 10 0 R", b"/Contents 6 0 R")
    assert read_one(same).unread == ()


def test_a_page_that_is_not_there_costs_only_itself(read_one: Callable[[bytes], Document]) -> None:
    content = pdf_of([TEXT, TEXT, TEXT]).replace(b"6 0 obj << /Type /Page ", b"6 0 obj << /Type /Pagf ")
    content = content.replace(b"/Kids [4 0 R 6 0 R 8 0 R]", b"/Kids [4 0 R 99 0 R 8 0 R]")
    document = read_one(content)
    assert document.parts[-1].text.splitlines() == LINES
    assert document.is_whole is (document.pages == len(document.parts))


@pytest.mark.parametrize(
    ("pages", "reason"),
    [
        ([SCAN, SCAN], "scanned"),
        ([LETTERS_AS_LINES], "scanned"),
        ([None], "scanned"),
        ([damaged(0.1)], "broken"),
        ([b"null"], "broken"),
    ],
)
def test_a_file_of_which_no_page_can_be_read_is_refused(
    read_one: Callable[[bytes], Document], pages: list[bytes | None], reason: str
) -> None:
    with pytest.raises(Refused) as refusal:
        read_one(pdf_of(pages))
    assert refusal.value.reason == reason


@pytest.mark.parametrize("kept", [0.4, 0.6, 0.8, 0.95])
def test_a_file_that_was_cut_off_is_read_as_far_as_it_goes(read_one: Callable[[bytes], Document], kept: float) -> None:
    content = pdf_of([TEXT] * 9)
    document = read_one(content[: int(len(content) * kept)])
    assert document.parts[0].text.splitlines() == LINES
    assert {part.page for part in document.parts} | set(document.unread) == set(range(1, 10))
    assert not document.is_whole


@pytest.mark.parametrize("kept", [0.01, 0.1, 0.5, 0.9])
def test_a_file_that_was_cut_off_before_its_catalog_is_refused_in_words(
    read_one: Callable[[bytes], Document], kept: float
) -> None:
    content = pdf("one", "two", "three")
    with pytest.raises(Refused):
        read_one(content[: int(len(content) * min(kept, content.index(b"/Catalog") / len(content)))])


def test_wrong_places_in_the_table_are_mended(read_one: Callable[[bytes], Document]) -> None:
    content = pdf_of([TEXT, SCAN, TEXT])
    for broken in (
        content.replace(b"00000 n", b"00000 f"),
        content.replace(b"startxref\n", b"startxref\n9"),
        b"\n" * 500 + content,
    ):
        document = read_one(broken)
        assert ([part.page for part in document.parts], document.unread) == ([1, 3], (2,))


def test_only_pages_within_what_was_read_count(read_one: Callable[[bytes], Document]) -> None:
    content = pdf_of([TEXT, SCAN, TEXT, SCAN, TEXT])
    document = read_one(content, 1500)  # type: ignore[call-arg]
    assert ([part.page for part in document.parts], document.unread) == ([1, 3], (2,))


async def test_an_excerpt_has_the_unread_pages_of_its_part() -> None:
    parts = tuple(Part(page, "x" * 100) for page in (1, 3, 6))
    document = Document("a.pdf", "PDF", parts, 8, False, (2, 4, 5, 7, 8))
    (whole,) = await fit([document], 1000, letters)
    assert (whole.unread, whole.is_cut, whole.is_whole) == ((2, 4, 5, 7, 8), False, False)
    (cut_off,) = await fit([document], 150, letters)
    assert (cut_off.unread, cut_off.is_cut, cut_off.is_whole) == ((2,), True, False)
    (too_long,) = await fit([replace(document, is_cut=True)], 1000, letters)
    assert (too_long.unread, too_long.is_cut) == ((2, 4, 5), True)
    (nothing,) = await fit([document], 0, letters)
    assert (nothing.unread, nothing.is_cut) == ((), True)


async def letters(text: str) -> int:
    return len(text)


def test_the_model_reads_which_pages_are_missing() -> None:
    document = Document("a.pdf", "PDF", (Part(1, "one"), Part(5, "five")), 5, False, (2, 3, 4))
    composed = compose("Sum up.", [Excerpt(document, document.parts)], "{files}\n{message}")
    assert composed == (
        "File 1: a.pdf (PDF, 5 pages)\n"
        "Pages 2-4 could not be read, or only in part; say so where it matters.\n"
        "~~~\n[page 1]\none\n[page 5]\nfive\n~~~\nSum up."
    )


@pytest.mark.parametrize("texts", [ENGLISH, CHINESE])
def test_the_person_reads_which_pages_are_missing(texts: object) -> None:
    said = texts.file_unread.format(name="a.pdf", pages="2-4, 7")  # type: ignore[attr-defined]
    assert "a.pdf" in said
    assert "2-4, 7" in said


@pytest.mark.parametrize("texts", [ENGLISH, CHINESE])
def test_the_person_reads_that_a_file_without_pages_has_gaps(texts: object) -> None:
    assert "a.rtf" in texts.file_gaps.format(name="a.rtf")  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("pages", "ranges"),
    [
        ([], []),
        ([7], ["7"]),
        ([1, 2], ["1-2"]),
        ([2, 3, 4, 7], ["2-4", "7"]),
        ([9, 1, 2], ["1-2", "9"]),
        (range(1, 500, 2), [*map(str, range(1, 40, 2)), "…"]),
    ],
)
def test_pages_are_named_in_short(pages: list[int], ranges: list[str]) -> None:
    assert page_ranges(pages) == ranges


def test_what_the_version_before_kept_is_still_read() -> None:
    value = {"name": "a", "kind": "PDF", "parts": [{"page": 1, "text": "x"}], "pages": 1, "is_whole": True}
    assert Document.from_json(value) == Document("a", "PDF", (Part(1, "x"),), 1)


async def test_the_process_that_reads_tells_the_pages_too(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(pdf_of([TEXT, SCAN, damaged(0.1), TEXT]))
    document = await read_apart(tmp_path / "a", "a.pdf", 100_000)
    assert ([part.page for part in document.parts], document.unread, document.is_whole) == ([1, 4], (2, 3), False)


@pytest.mark.parametrize(
    "content",
    [
        pdf_of([TEXT] * 2).replace(b"/Count 2", b"/Count 999999999"),
        pdf_of([TEXT] * 2).replace(b"/Count 2", b"/Count -1"),
        pdf_of([TEXT] * 2).replace(b"/Kids [4 0 R 6 0 R]", b"/Kids [4 0 R 2 0 R 6 0 R]"),
        pdf_of([TEXT, TEXT], annotations=[b"[" * 5000 + b"]" * 5000]),
        pdf_of([TEXT, TEXT], page_entries=b"/Annots 4 0 R", more=[b"4 0 R"]),
        pdf_of([stream(b"q " * 100_000 + drawn(*LINES)), TEXT]),
    ],
    ids=["many pages", "fewer than none", "a tree in a ring", "deep annotations", "a reference to itself", "deep"],
)
def test_a_file_that_was_made_to_do_harm_is_read_or_refused(
    read_one: Callable[[bytes], Document], content: bytes
) -> None:
    document = read_one(content)
    assert [part.text.splitlines() for part in document.parts] == [LINES, LINES]


async def test_a_file_that_unpacks_to_more_than_the_memory_is_refused(tmp_path: Path) -> None:
    forms = [
        stream(
            b"/X Do " * 10,
            b"/Type /XObject /Subtype /Form /BBox [0 0 9 9] /Resources << /XObject << /X %d 0 R >> >>" % (5 + number),
        )
        for number in range(12)
    ]
    resources = b"<< /Font << /F 3 0 R >> /XObject << /X 4 0 R >> >>"
    (tmp_path / "a").write_bytes(pdf_of([stream(b"/X Do")], more=forms, resources=resources))
    with pytest.raises(Refused) as refusal:
        await read_apart(tmp_path / "a", "a.pdf", 1000, memory_bytes=2**28, timeout_s=10)
    assert refusal.value.reason == "too_heavy"
