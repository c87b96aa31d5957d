"""What was typed onto a PDF: values of forms, boxes that are ticked, notes; each once, beside its label."""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence

import pytest
from reportlab.pdfgen import canvas

from agent.attachments.document import Document
from agent.attachments.refusals import Refused
from tests.agent.attachments.pdf_files import HELVETICA, PAGE_OF_PICTURE, drawn, note, pdf_of, stream, widget

BESIDE = (120, 695, 300, 713)  # beside a label on the first line, at the left edge
BELOW = (50, 400, 300, 418)  # where nothing is drawn
BOX = (50, 395, 62, 407)
APPEARANCE = "/AP << /N << /Yes 4 0 R /Off 4 0 R >> >>"


def form(*annotations: bytes, lines: Sequence[str] = ("Surname:", "City:"), entries: bytes = b"/DA (/F 0 Tf)") -> bytes:
    """A form with these lines, 20 points apart; object 4 is an empty appearance."""
    empty = stream(b"", b"/Type /XObject /Subtype /Form /BBox [0 0 9 9]")
    content = [stream(drawn(*lines))] if lines else [stream(b"q Q")]
    return pdf_of(content, annotations=annotations, form=entries, more=[empty])


@pytest.mark.parametrize(
    ("annotation", "text"),
    [
        (note("FreeText", (300, 500, 400, 540), "/AP << /N 4 0 R >>"), "[note] VOID 2026"),
        (note("Stamp", (300, 500, 400, 540), "/Name /Draft /AP << /N 4 0 R >>"), "[note] VOID 2026"),
        (note("Stamp", (300, 500, 400, 540), "/Contents (PAID) /AP << /N 4 0 R >>"), "[note] PAID"),
        (note("Watermark", (300, 500, 400, 540), "/AP << /N 4 0 R >>"), "[note] VOID 2026"),
        (widget("Sig", BELOW, "/T (signature) /AP << /N 4 0 R >>"), "[note] VOID 2026"),
        (widget("Btn", BELOW, "/T (push) /Ff 65536 /AP << /N 4 0 R >>"), ""),
        (note("Link", (300, 500, 400, 540), "/AP << /N 4 0 R >>"), ""),
    ],
)
def test_what_an_annotation_shows_is_read_if_it_says_nothing_else(
    read_one: Callable[[bytes], Document], annotation: bytes, text: str
) -> None:
    words = b"BT /F 12 Tf 2 14 Td (VOID) Tj 0 -12 Td (2026) Tj ET"
    inner = stream(words, b"/Type /XObject /Subtype /Form /BBox [0 0 99 30] /Resources << /Font << /F 3 0 R >> >>")
    outer = stream(
        b"q /X Do Q",
        b"/Type /XObject /Subtype /Form /BBox [0 0 99 30] /Resources << /XObject << /X 5 0 R >> >>",
    )
    content = pdf_of([stream(drawn("Surname:"))], annotations=[annotation], form=b"/DA ()", more=[outer, inner])
    assert read_one(content).parts[0].text == f"Surname:\n{text}".strip()


@pytest.mark.parametrize(
    ("annotation", "text"),
    [
        (widget("Tx", BESIDE, "/T (f1) /V (Example-Smith)"), "Surname: Example-Smith\nCity:"),
        (widget("Tx", (120, 675, 300, 693), "/T (f2) /V (Paris)"), "Surname:\nCity: Paris"),
        (widget("Tx", BELOW, "/T (Surname) /V (Example-Smith)"), "Surname:\nCity:\nSurname: Example-Smith"),
        (widget("Tx", BELOW, "/T (f1) /TU (Your surname) /V (Smith)"), "Surname:\nCity:\nYour surname: Smith"),
        (widget("Tx", BELOW, "/T (Surname[0]) /V (Smith)"), "Surname:\nCity:\nSurname: Smith"),
        (widget("Tx", BELOW, "/V (Smith)"), "Surname:\nCity:\n[note] Smith"),
        (widget("Tx", BESIDE, "/T (f1) /V <FEFF4F1A8BAE7EAA8981>"), "Surname: 会议纪要\nCity:"),
        (widget("Tx", BESIDE, "/T (f1) /V <EFBBBFE4BC9A>"), "Surname: 会\nCity:"),
        (widget("Tx", BESIDE, "/T (f1) /V (M\\374ller)"), "Surname: Müller\nCity:"),
        (widget("Tx", BESIDE, "/T (f1) /V (two\\rlines) /Ff 4096"), "Surname: two\nlines\nCity:"),
        (widget("Tx", BESIDE, "/T (f1) /V <FEFFD8350041>"), "Surname: \ufffdA\nCity:"),
        (widget("Tx", BESIDE, "/T (f1) /V (a\\000b)"), "Surname: ab\nCity:"),
        (widget("Tx", BESIDE, "/T (f1) /V ()"), "Surname:\nCity:"),
        (widget("Tx", BESIDE, "/T (f1)"), "Surname:\nCity:"),
        (widget("Tx", BESIDE, "/T (f1) /V null /DV (default)"), "Surname:\nCity:"),
        (widget("Tx", BESIDE, "/T (f1) /V (secret) /Ff 8192"), "Surname:\nCity:"),
        (widget("Tx", BESIDE, "/T (f1) /V (hidden) /F 2"), "Surname:\nCity:"),
        (widget("Tx", BESIDE, "/T (f1) /V (unseen) /F 32"), "Surname:\nCity:"),
        (widget("Tx", BESIDE, "/T (f1) /V (printed) /F 4"), "Surname: printed\nCity:"),
        (widget("Ch", BESIDE, "/T (f1) /V (London)"), "Surname: London\nCity:"),
        (widget("Ch", BESIDE, "/T (f1) /V (l) /Opt [[(p) (Paris)] [(l) (London)]]"), "Surname: London\nCity:"),
        (widget("Ch", BESIDE, "/T (f1) /V [(a) (c)] /Opt [(a) (b) (c)]"), "Surname: a, c\nCity:"),
        (widget("Btn", BOX, f"/T (member) /V /Yes /AS /Yes {APPEARANCE}"), "Surname:\nCity:\n[x] member"),
        (widget("Btn", BOX, f"/T (member) /V /Off /AS /Off {APPEARANCE}"), "Surname:\nCity:\n[ ] member"),
        (widget("Btn", BOX, f"/T (member) {APPEARANCE}"), "Surname:\nCity:\n[ ] member"),
        (widget("Btn", BOX, f"/T (member) /V /Yes /AS /Off {APPEARANCE}"), "Surname:\nCity:\n[x] member"),
        (widget("Btn", BOX, "/T (member) /V /Yes"), "Surname:\nCity:\n[x] member"),
        (widget("Btn", BOX, "/T (sex) /Ff 32768 /V /Yes /AS /Yes " + APPEARANCE), "Surname:\nCity:\n[x] sex: Yes"),
        (widget("Btn", (30, 697, 42, 709), f"/T (f1) /AS /Yes {APPEARANCE}"), "[x] Surname:\nCity:"),
        (widget("Btn", (105, 697, 117, 709), f"/T (f1) /AS /Yes {APPEARANCE}"), "Surname: [x]\nCity:"),
        (widget("Btn", (305, 697, 317, 709), f"/T (f1) /AS /Yes {APPEARANCE}"), "Surname:\nCity:\n[x] f1"),
        (widget("Btn", BESIDE, "/T (push) /Ff 65536"), "Surname:\nCity:"),
        (widget("Sig", BESIDE, "/T (signature)"), "Surname:\nCity:"),
        (note("FreeText", (300, 500, 400, 540), "/Contents (NOT VALID)"), "Surname:\nCity:\n[note] NOT VALID"),
        (note("FreeText", (110, 695, 300, 713), "/Contents (Smith)"), "Surname: Smith\nCity:"),
        (note("FreeText", (300, 500, 400, 540), "/Contents <FEFF4F5C5E9F>"), "Surname:\nCity:\n[note] 作废"),
        (note("FreeText", (300, 500, 400, 540), "/Contents (gone) /F 2"), "Surname:\nCity:"),
        (note("Text", (110, 695, 130, 713), "/Contents (ask him)"), "Surname:\nCity:\n[note] ask him"),
        (note("Highlight", (50, 695, 90, 713), "/Contents (why?)"), "Surname:\nCity:\n[note] why?"),
        (note("Stamp", (300, 500, 400, 540), "/Contents (PAID) /Name /Draft"), "Surname:\nCity:\n[note] PAID"),
        (note("Stamp", (300, 500, 400, 540), "/Name /NotApproved"), "Surname:\nCity:\n[note] Not Approved"),
        (note("Stamp", (300, 500, 400, 540), "/Name /SBConfidential"), "Surname:\nCity:\n[note] Confidential"),
        (note("Link", (50, 695, 90, 713), "/Contents (a link)"), "Surname:\nCity:"),
        (note("Popup", (50, 695, 90, 713), "/Contents (ask him)"), "Surname:\nCity:"),
        (note("FreeText", (300, 500, 400, 540), "/Contents 7"), "Surname:\nCity:"),
        (b"<< /Subtype /Widget /FT /Tx /V (no place) /T (f1) >>", "Surname:\nCity:\nf1: no place"),
        (b"<< /Subtype /Widget /FT /Tx /V (bad place) /T (f1) /Rect [1 2] >>", "Surname:\nCity:"),
        (b"7", "Surname:\nCity:"),
        (b"null", "Surname:\nCity:"),
    ],
)
def test_what_was_typed_stands_beside_its_label_or_behind_the_page_with_its_name(
    read_one: Callable[[bytes], Document], annotation: bytes, text: str
) -> None:
    document = read_one(form(annotation))
    assert document.parts[0].text == text
    assert document.is_whole


def test_the_values_need_no_appearances(read_one: Callable[[bytes], Document]) -> None:
    content = form(widget("Tx", BESIDE, "/T (f1) /V (Smith)"), entries=b"/NeedAppearances true")
    assert read_one(content).parts[0].text == "Surname: Smith\nCity:"


def test_what_is_drawn_anyway_is_there_once(read_one: Callable[[bytes], Document]) -> None:
    typed = widget("Tx", (100, 695, 300, 713), "/T (f1) /V (Example-Smith)")
    flat = drawn("Surname:", "City:") + b"\n" + drawn("Example-Smith", left=104)
    assert "".join(read_one(pdf_of([stream(flat)], annotations=[typed])).parts[0].text).count("Smith") == 1


def test_several_fields_on_a_line_come_in_their_order(read_one: Callable[[bytes], Document]) -> None:
    first = widget("Tx", (120, 695, 200, 713), "/T (f1) /V (Ann)")
    second = widget("Tx", (210, 695, 300, 715), "/T (f2) /V (Smith)")
    below = widget("Tx", (120, 675, 300, 693), "/T (f3) /V (Paris)")
    assert read_one(form(below, second, first)).parts[0].text == "Surname: Ann Smith\nCity: Paris"


def test_a_form_that_has_no_text_but_what_was_typed_is_read(read_one: Callable[[bytes], Document]) -> None:
    assert read_one(form(widget("Tx", BELOW, "/T (name) /V (Ann)"), lines=())).parts[0].text == "name: Ann"


def test_a_field_and_its_parts_share_what_the_field_says(read_one: Callable[[bytes], Document]) -> None:
    field = b"<< /FT /Tx /T (Surname) /V (Smith) /Kids [5 0 R] >>"
    part = b"<< /Type /Annot /Subtype /Widget /Parent 4 0 R /Rect [50 400 300 418] >>"
    content = pdf_of([stream(drawn("A form"))], more=[field, part], page_entries=b"/Annots [5 0 R]")
    assert read_one(content).parts[0].text == "A form\nSurname: Smith"


def test_a_field_that_is_its_own_parent_ends(read_one: Callable[[bytes], Document]) -> None:
    field = b"<< /Subtype /Widget /FT /Tx /T (Surname) /Parent 4 0 R /Rect [50 400 300 418] >>"
    content = pdf_of([stream(drawn("A form"))], more=[field], page_entries=b"/Annots [4 0 R]")
    assert read_one(content).parts[0].text == "A form"


@pytest.mark.parametrize("turned", [90, 180, 270])
def test_a_label_is_found_on_a_turned_page(read_one: Callable[[bytes], Document], turned: int) -> None:
    matrix, place = {
        90: (b"0 1 -1 0 842 0", (129, 120, 147, 300)),
        180: (b"-1 0 0 -1 595 842", (295, 129, 475, 147)),
        270: (b"0 -1 1 0 0 842", (695, 542, 713, 722)),
    }[turned]
    content = stream(b"q %b cm %b Q" % (matrix, drawn("Surname:", "City:")))
    typed = widget("Tx", place, "/T (f1) /V (Smith)")
    pdf = pdf_of([content], annotations=[typed], page_entries=b"/Rotate %d" % turned)
    assert read_one(pdf).parts[0].text == "Surname: Smith\nCity:"


def test_a_form_that_a_library_writes_is_read(read_one: Callable[[bytes], Document]) -> None:
    file = io.BytesIO()
    page = canvas.Canvas(file)
    for text, y in (("Surname:", 750), ("City:", 720), ("I agree", 690), ("Yes", 660), ("No", 630)):
        page.drawString(50 if y > 700 else 80, y, text)
    page.acroForm.textfield(name="surname", x=120, y=745, width=150, height=18, value="Example-Smith")
    options = [("Paris", "p"), ("London", "l")]
    page.acroForm.choice(name="city", x=120, y=715, width=150, height=18, options=options, value="l")
    page.acroForm.checkbox(name="agree", x=55, y=687, size=14, checked=True)
    page.acroForm.radio(name="well", value="yes", x=55, y=657, size=14, selected=False)
    page.acroForm.radio(name="well", value="no", x=55, y=627, size=14, selected=True)
    page.save()
    text = "Surname: Example-Smith\nCity: London\n[x] I agree\n[ ] Yes\n[x] No"
    assert read_one(file.getvalue()).parts[0].text == text


@pytest.mark.parametrize("entries", [b"/Fields [] /XFA 4 0 R", b"/Fields [5 0 R] /XFA [(template) 4 0 R]"])
def test_a_form_that_only_adobe_shows_is_refused_in_words(
    read_one: Callable[[bytes], Document], entries: bytes
) -> None:
    catalog = b"/AcroForm << %b >> %b" % (entries, b"/NeedsRendering true" if b"5 0 R" in entries else b"")
    page = stream(drawn("Please wait... If this message is not eventually replaced,"))
    more = [stream(b"<xdp/>"), widget("Tx", BELOW, "/T (f1)")]
    with pytest.raises(Refused) as refusal:
        read_one(pdf_of([page], more=more, catalog=catalog))
    assert refusal.value.reason == "xfa"


def test_a_form_of_both_kinds_is_read(read_one: Callable[[bytes], Document]) -> None:
    typed = widget("Tx", BESIDE, "/T (form1[0].Surname[0]) /V (Smith)")
    assert read_one(form(typed, entries=b"/XFA 4 0 R")).parts[0].text == "Surname: Smith\nCity:"


def test_a_note_on_a_scanned_page_is_read_and_the_page_is_told(read_one: Callable[[bytes], Document]) -> None:
    typed = note("FreeText", (300, 500, 400, 540), "/Contents (NOT VALID)")
    document = read_one(pdf_of([stream(PAGE_OF_PICTURE)], annotations=[typed], font=HELVETICA))
    assert document.parts[0].text == "[note] NOT VALID"
    assert document.unread == (1,)
