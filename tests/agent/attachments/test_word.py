"""Word files: what a reader sees is read, in its place and once; what is deleted, hidden or an instruction is not."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest

from agent.attachments.document import Document
from agent.attachments.refusals import Refused
from tests.agent.attachments.files import docx_of, paragraph, run, table
from tests.agent.attachments.word_cases import CASES, complex_field, instruction

Read = Callable[..., Document]


@pytest.mark.parametrize(
    ("body", "text"),
    [pytest.param(*case, id=name) for name, case in CASES.items()],
)
def test_what_a_reader_sees_is_read(read_bytes: Read, body: str, text: str) -> None:
    document = read_bytes(docx_of(body))
    assert ("\n".join(part.text for part in document.parts), document.is_whole) == (text, True)


STYLES = """
<w:style w:type="paragraph" w:default="1" w:styleId="a"><w:name w:val="Normal"/></w:style>
<w:style w:type="paragraph" w:styleId="1"><w:name w:val="heading 1"/><w:basedOn w:val="a"/></w:style>
<w:style w:type="paragraph" w:styleId="2"><w:name w:val="标题 2"/></w:style>
<w:style w:type="paragraph" w:styleId="3"><w:name w:val="Überschrift 3"/></w:style>
<w:style w:type="paragraph" w:styleId="own"><w:name w:val="Chapter"/><w:pPr><w:outlineLvl w:val="1"/></w:pPr></w:style>
<w:style w:type="paragraph" w:styleId="based"><w:name w:val="Mine"/><w:basedOn w:val="own"/></w:style>
<w:style w:type="paragraph" w:styleId="toc"><w:name w:val="TOC Heading"/><w:basedOn w:val="1"/>
  <w:pPr><w:outlineLvl w:val="9"/></w:pPr></w:style>
<w:style w:type="paragraph" w:styleId="round"><w:name w:val="x"/><w:basedOn w:val="trip"/></w:style>
<w:style w:type="paragraph" w:styleId="trip"><w:name w:val="y"/><w:basedOn w:val="round"/></w:style>
<w:style w:type="paragraph" w:styleId="t"><w:name w:val="Title"/></w:style>
<w:style w:type="paragraph" w:styleId="9"><w:name w:val="heading 9"/></w:style>
<w:style w:type="paragraph" w:styleId="ghost"><w:name w:val="Ghost"/><w:rPr><w:vanish/></w:rPr></w:style>
<w:style w:type="character" w:styleId="shy"><w:name w:val="Shy"/><w:rPr><w:vanish/></w:rPr></w:style>
"""


@pytest.mark.parametrize(
    ("properties", "text"),
    [
        ('<w:pStyle w:val="1"/>', "# Text"),
        ('<w:pStyle w:val="2"/>', "## Text"),
        ('<w:pStyle w:val="3"/>', "### Text"),
        ('<w:pStyle w:val="own"/>', "## Text"),
        ('<w:pStyle w:val="based"/>', "## Text"),
        ('<w:pStyle w:val="toc"/>', "Text"),
        ('<w:pStyle w:val="round"/>', "Text"),
        ('<w:pStyle w:val="t"/>', "# Text"),
        ('<w:pStyle w:val="9"/>', "###### Text"),
        ('<w:pStyle w:val="Heading2"/>', "## Text"),
        ('<w:pStyle w:val="missing"/>', "Text"),
        ('<w:outlineLvl w:val="2"/>', "### Text"),
        ('<w:pStyle w:val="1"/><w:outlineLvl w:val="9"/>', "Text"),
        ('<w:outlineLvl w:val="nonsense"/>', "Text"),
        ("", "Text"),
    ],
)
def test_headings_are_found_in_every_language_and_by_their_outline(
    read_bytes: Read, properties: str, text: str
) -> None:
    assert read_bytes(docx_of(paragraph("Text", properties=properties), styles=STYLES)).parts[0].text == text


def test_text_that_a_style_hides_is_left_out_unless_the_run_says_otherwise(read_bytes: Read) -> None:
    ghost = paragraph("hidden", run("shown", '<w:vanish w:val="0"/>'), properties='<w:pStyle w:val="ghost"/>')
    shy = paragraph("a", run("hidden", '<w:rStyle w:val="shy"/>'))
    assert read_bytes(docx_of(ghost + shy, styles=STYLES)).parts[0].text == "shown\na"


def test_notes_come_after_their_paragraph_and_endnotes_after_the_text(read_bytes: Read) -> None:
    def noted(text: str, kind: str, number: int) -> str:
        return paragraph(text, f'<w:r><w:{kind}Reference w:id="{number}"/></w:r>')

    body = (
        noted("The price is 100", "footnote", 7)
        + table([noted("in a table", "footnote", 2), "b"])
        + noted("at the end", "endnote", 2)
        + noted("too high", "comment", 0)
        + paragraph("last")
    )
    notes = {
        "footnotes": f'<w:footnote w:type="separator" w:id="-1">{paragraph("<w:r><w:separator/></w:r>")}</w:footnote>'
        f'<w:footnote w:id="2">{paragraph("Second.")}</w:footnote>'
        '<w:footnote w:id="7">'
        f"{paragraph('<w:r><w:footnoteRef/></w:r>', ' Without tax.')}{paragraph('More.')}</w:footnote>",
        "endnotes": f'<w:endnote w:id="2">{paragraph("A source.")}</w:endnote>',
        "comments": f'<w:comment w:id="0" w:author="Anna">{paragraph("Really?")}</w:comment>',
    }
    assert read_bytes(docx_of(body, **notes)).parts[0].text == (
        "The price is 100[^1]\n[^1]: Without tax.\nMore.\n"
        "| in a table[^2] | b |\n[^2]: Second.\n"
        "at the end[^e1]\n"
        "too high[^c1]\n[^c1]: (Anna) Really?\n"
        "last\n"
        "[^e1]: A source."
    )


def test_what_stands_on_every_page_is_there_once(read_bytes: Read) -> None:
    page_number = complex_field(instruction(" PAGE \\* MERGEFORMAT "), run("3"))
    sections = (
        '<w:sectPr><w:headerReference r:id="header1"/><w:headerReference r:id="header2"/>'
        '<w:footerReference r:id="footer1"/><w:footerReference r:id="footer2"/></w:sectPr>'
    )
    content = docx_of(
        paragraph("first", properties=sections) + paragraph("second") + sections,
        header1=paragraph("CONFIDENTIAL"),
        header2=paragraph("CONFIDENTIAL") + paragraph("Acme Ltd"),
        header3=paragraph("of no section"),
        footer1=paragraph(
            run("Page ") + page_number + run(" of ") + f"<w:fldSimple w:instr='NUMPAGES'>{run('9')}</w:fldSimple>"
        ),
        footer2=paragraph("- ", page_number, " -"),
    )
    assert read_bytes(content).parts[0].text == (
        "[header] CONFIDENTIAL\n[header] Acme Ltd\nfirst\nsecond\n[footer] Page # of #"
    )


def test_charts_and_diagrams_are_read_from_their_parts(read_bytes: Read) -> None:
    def points(*values: str) -> str:
        return "".join(f'<c:pt idx="{place}"><c:v>{value}</c:v></c:pt>' for place, value in enumerate(values))

    body = paragraph(
        "<w:r><w:drawing><c:chart r:id='chart1'/></w:drawing></w:r>",
        "<w:r><w:drawing><dgm:relIds r:dm='data1'/></w:drawing></w:r>",
    )
    chart = (
        f"<a:p><a:r><a:t>Sales</a:t></a:r></a:p><c:ser><c:tx><c:strCache>{points('2026')}</c:strCache></c:tx>"
        f"<c:cat><c:strCache>{points('Q1', 'Q2')}</c:strCache></c:cat>"
        f"<c:val><c:numCache>{points('12', '15')}</c:numCache></c:val></c:ser>"
    )
    diagram = "<dgm:pt><dgm:t><a:p><a:r><a:t>Step one</a:t></a:r></a:p></dgm:t></dgm:pt>"
    assert read_bytes(docx_of(body, chart1=chart, data1=diagram)).parts[0].text == "Sales\n2026: Q1 12, Q2 15\nStep one"


@pytest.mark.parametrize(
    ("body", "parts", "kept"),
    [
        (
            paragraph("a") + "<w:altChunk r:id='aFChunk1'/>",
            {"aFChunk1": ""},
            "a\n[an inserted document (XML): not read here]",
        ),
        (paragraph("a") + "<w:subDoc r:id='gone'/>", {}, "a\n[an inserted document (another file): not read here]"),
        (
            paragraph("a", "<w:r><w:object><o:OLEObject ProgID='Equation.3'/></w:object></w:r>"),
            {},
            "a[Equation.3: not read here]",
        ),
        (
            paragraph("a", "<w:r><w:footnoteReference w:id='5'/></w:r>"),
            {"footnotes": ""},
            "a[^1]\n[^1]: [damaged]",
        ),
        (paragraph("a", "<w:r><w:footnoteReference w:id='5'/></w:r>"), {}, "a[^1]\n[^1]: [damaged]"),
        (
            paragraph("a", "<w:r><w:endnoteReference w:id='5'/></w:r>"),
            {"endnotes": "<w:p>"},
            "a[^e1]\n[^e1]: [damaged]",
        ),
        (paragraph("a") + "<w:sectPr><w:headerReference r:id='header1'/></w:sectPr>", {"header1": "<w:p>"}, "a"),
        (paragraph("a"), {"numbering": "<w:p>"}, "a"),
        (paragraph("a"), {"styles": "<w:p>"}, "a"),
    ],
)
def test_what_is_damaged_or_not_read_is_told(read_bytes: Read, body: str, parts: dict[str, str], kept: str) -> None:
    document = read_bytes(docx_of(body, **parts))
    told, _, text = document.parts[0].text.partition("\n")
    assert "their text is missing" in told
    assert (text, document.is_whole) == (kept, False)
    assert (document.has_gaps, document.is_cut) == (True, False)


def test_a_file_may_be_both_damaged_and_cut(read_bytes: Read) -> None:
    document = read_bytes(docx_of(paragraph("0123456789") * 50, styles="<w:p>"), max_chars=100)
    assert (document.length, document.has_gaps, document.is_cut) == (100, True, True)


def test_a_long_file_is_read_as_far_as_it_can_be_used(read_bytes: Read) -> None:
    document = read_bytes(docx_of(paragraph("0123456789") * 50), max_chars=100)
    assert (document.length, document.is_whole) == (100, False)


NESTED = [
    ("<w:sdt><w:sdtContent>", "</w:sdtContent></w:sdt>"),
    ("<w:tbl><w:tr><w:tc>", "</w:tc></w:tr></w:tbl>"),
    ("<w:p><w:r><w:txbxContent>", "</w:txbxContent></w:r></w:p>"),
    ("<w:r>", "</w:r>"),
    ("<m:oMath><m:f><m:num>", "</m:num></m:f></m:oMath>"),
    ("<mc:AlternateContent><mc:Choice>", "</mc:Choice></mc:AlternateContent>"),
]


@pytest.mark.parametrize(("opening", "closing"), NESTED)
def test_a_deep_file_is_read(read_bytes: Read, opening: str, closing: str) -> None:
    assert "deep" in read_bytes(docx_of(opening * 60 + paragraph("deep") + closing * 60)).parts[0].text


@pytest.mark.parametrize("depth", [260, 10_000])
@pytest.mark.parametrize(("opening", "closing"), NESTED)
def test_a_file_that_is_deeper_than_any_real_one_is_refused(
    read_bytes: Read, opening: str, closing: str, depth: int
) -> None:
    with pytest.raises(Refused) as refusal:
        read_bytes(docx_of(opening * depth + paragraph("deep") + closing * depth))
    assert refusal.value.reason == "too_heavy"


def test_a_hundred_pages_take_a_second_or_two(read_bytes: Read) -> None:
    page = (
        paragraph("Some sixty letters of running text, as they stand in a report. " * 6) * 6
        + table(["a", "b", "c"]) * 3
    )
    content = docx_of(page * 100, styles=STYLES)
    began = time.process_time()
    document = read_bytes(content, max_chars=1_000_000)
    assert (document.length > 200_000, document.is_whole) == (True, True)
    assert time.process_time() - began < 4
