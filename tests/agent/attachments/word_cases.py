"""What a Word file's body holds, and the text that is read of it: cases by their names."""

from __future__ import annotations

from tests.agent.attachments.files import paragraph, row, run, table


def inserted(inside: str) -> str:
    return f'<w:ins w:id="1" w:author="Anna">{inside if inside[:1] == "<" else run(inside)}</w:ins>'


def deleted(text: str) -> str:
    return f'<w:del w:id="2"><w:r><w:delText xml:space="preserve">{text}</w:delText></w:r></w:del>'


def moved_from(text: str) -> str:
    return f"<w:moveFrom w:id='3'>{run(text)}</w:moveFrom>"


def moved_to(text: str) -> str:
    return f"<w:moveTo w:id='4'>{run(text)}</w:moveTo>"


def ended(kind: str) -> str:
    """The properties of a paragraph whose end was deleted (`del`), moved away (`moveFrom`) or inserted (`ins`)."""
    return f'<w:rPr><w:{kind} w:id="5"/></w:rPr>'


def control(inside: str, properties: str = "") -> str:
    return f"<w:sdt><w:sdtPr>{properties}</w:sdtPr><w:sdtContent>{inside}</w:sdtContent></w:sdt>"


def wrapped(kind: str, inside: str) -> str:
    return f"<w:{kind}><w:{kind}Pr/>{inside}</w:{kind}>"


def mark(kind: str, form: str = "") -> str:
    return f'<w:r><w:fldChar w:fldCharType="{kind}"><w:ffData>{form}</w:ffData></w:fldChar></w:r>'


def instruction(text: str) -> str:
    return f'<w:r><w:instrText xml:space="preserve">{text}</w:instrText></w:r>'


def complex_field(instructions: str, result: str) -> str:
    return mark("begin") + instructions + mark("separate") + result + mark("end")


def drawn_by(instructions: str, result: str = "") -> str:
    """A field that shows what its instruction says, or a result."""
    return complex_field(instruction(instructions), run(result) if result else "")


def box(inside: str) -> str:
    return (
        "<w:r><w:drawing><wp:inline><wp:docPr id='1' name='Box'/><a:graphic><a:graphicData><wps:wsp><wps:txbx>"
        f"<w:txbxContent>{inside}</w:txbxContent></wps:txbx></wps:wsp></a:graphicData></a:graphic></wp:inline>"
        "</w:drawing></w:r>"
    )


def old_box(inside: str) -> str:
    shape = f"<v:shape><v:textbox><w:txbxContent>{inside}</w:txbxContent></v:textbox></v:shape>"
    return f"<w:r><w:pict>{shape}</w:pict></w:r>"


def either(choice: str, fallback: str) -> str:
    """The same in two ways, for new programs and for old ones."""
    first = f'<mc:Choice Requires="wps">{choice}</mc:Choice>' if choice else ""
    return f"<mc:AlternateContent>{first}<mc:Fallback>{fallback}</mc:Fallback></mc:AlternateContent>"


def ruby(annotation: str, base: str) -> str:
    return f"<w:r><w:ruby><w:rubyPr/><w:rt>{run(annotation)}</w:rt><w:rubyBase>{run(base)}</w:rubyBase></w:ruby></w:r>"


def equation(text: str) -> str:
    return f"<m:oMath><m:r><m:t>{text}</m:t></m:r></m:oMath>"


def in_run(item: str) -> str:
    return f"<w:r>{item}</w:r>"


READING = r'EQ \* jc2 \* "Font:宋体" \* hps10 \o\ad(\s\up 9(hàn),汉)'
TICKED, BY_DEFAULT = "<w:checked/>", '<w:default w:val="1"/>'
NOT_TICKED = f'{BY_DEFAULT}<w:checked w:val="0"/>'
CHOICES = '<w:ddList><w:result w:val="1"/><w:listEntry w:val="red"/><w:listEntry w:val="green"/></w:ddList>'
DRAWN = "<a:p><a:r><a:t>drawn</a:t></a:r><a:br/><a:r><a:t>text</a:t></a:r></a:p>"


def tick_box(state: str) -> str:
    return mark("begin", f"<w:checkBox>{state}</w:checkBox>") + instruction("FORMCHECKBOX") + mark("end")


def cell_with(properties: str, text: str) -> str:
    return f"<w:tcPr>{properties}</w:tcPr>{paragraph(text)}"


HALF = "<m:f><m:num><m:r><m:t>a</m:t></m:r></m:num><m:den><m:r><m:t>2b</m:t></m:r></m:den></m:f>"
TICKED_CONTROL = control(run("☒"), '<w14:checkbox><w14:checked w14:val="1"/></w14:checkbox>')
HINT = control(run("Click here to enter text."), "<w:showingPlcHdr/>")
IN_TWO_WAYS = in_run(either(box(paragraph("boxed")), old_box(paragraph("boxed"))))

CASES = {
    # tracked changes
    "inserted, deleted": (
        paragraph("The price is ", deleted("100"), inserted("250"), " yuan."),
        "The price is 250 yuan.",
    ),
    "inserted paragraph": (
        paragraph("a") + paragraph(inserted("all new"), properties=ended("ins")) + paragraph("b"),
        "a\nall new\nb",
    ),
    "moved text": (paragraph(moved_from("x"), "stays") + paragraph(moved_to("x")), "stays\nx"),
    "moved paragraph": (paragraph(moved_from("x"), properties=ended("moveFrom")) + paragraph("b"), "b"),
    "deleted paragraph": (paragraph("a") + paragraph(deleted("x"), properties=ended("del")) + paragraph("b"), "a\nb"),
    "deleted end": (paragraph("one ", properties=ended("del")) + paragraph("two"), "one two"),
    "deleted ends": (paragraph("1", properties=ended("del")) * 2 + paragraph("3"), "113"),
    "deleted end before a table": (paragraph("a", properties=ended("del")) + table(["b"]), "a\n| b |"),
    "deleted end of all": (paragraph("a") + paragraph("b", properties=ended("del")), "a\nb"),
    "inserted link": (paragraph(inserted(f"<w:hyperlink r:id='x'>{run('link')}</w:hyperlink>")), "link"),
    "deleted in inserted": (paragraph(inserted(run("kept") + deleted("lost"))), "kept"),
    "changed rows": (
        f"<w:tbl>{row('in', properties='<w:ins/>')}{row('out', properties='<w:del/>')}</w:tbl>",
        "| in |",
    ),
    "changed cells": (table([cell_with("<w:cellIns/>", "in"), "a", cell_with("<w:cellDel/>", "out")]), "| in | a |"),
    "changed look": (paragraph(run("bold", "<w:rPrChange><w:rPr><w:vanish/></w:rPr></w:rPrChange>")), "bold"),
    "inserted equation": (paragraph(inserted(equation("x=1"))), "x=1"),
    "deletion around a paragraph": (f"<w:del>{paragraph('x')}</w:del>{paragraph('b')}", "b"),
    "insertion around a paragraph": (f"<w:ins>{paragraph('a')}</w:ins>{paragraph('b')}", "a\nb"),
    # wrappers
    "control around a paragraph": (control(paragraph("Contents")), "Contents"),
    "control around runs": (paragraph("Customer: ", control(run("Acme")), " (2026)"), "Customer: Acme (2026)"),
    "control around a table": (control(table(["a", "b"])), "| a | b |"),
    "control around a row": (f"<w:tbl>{control(row('a'))}</w:tbl>", "| a |"),
    "control around a cell": (f"<w:tbl><w:tr>{control('<w:tc>' + paragraph('a') + '</w:tc>')}</w:tr></w:tbl>", "| a |"),
    "control in a cell": (table([control(paragraph("a")), "b"]), "| a | b |"),
    "controls in controls": (control(control(paragraph(control(control(run("deep")))))), "deep"),
    "repeated control": (control(control(paragraph("1")) + control(paragraph("2"))), "1\n2"),
    "control with loose runs": (paragraph("a") + control(run("b") + run("c")) + paragraph("d"), "a\nbc\nd"),
    "hint of a control": (paragraph("Name: ", HINT, "!"), "Name: !"),
    "hint that was replaced": (paragraph(control(run("Anna"), '<w:showingPlcHdr w:val="0"/>')), "Anna"),
    "ticked control": (paragraph(TICKED_CONTROL, " yes"), "☒ yes"),
    "custom XML around text": (paragraph(wrapped("customXml", run("inside"))), "inside"),
    "custom XML around a paragraph": (wrapped("customXml", paragraph("inside")), "inside"),
    "custom XML around a row": (f"<w:tbl>{wrapped('customXml', row('a'))}</w:tbl>", "| a |"),
    "smart tag": (paragraph("name: ", wrapped("smartTag", run("Paris"))), "name: Paris"),
    "smart tags": (paragraph(wrapped("smartTag", wrapped("smartTag", run("Rome")))), "Rome"),
    "directions": (paragraph(f"<w:dir w:val='rtl'>{run('a')}</w:dir>", f"<w:bdo>{run('b')}</w:bdo>"), "ab"),
    "unknown wrapper": (paragraph(wrapped("newWrapper", run("kept"))), "kept"),
    "link": (paragraph("see ", f"<w:hyperlink r:id='rId9'>{run('here')}</w:hyperlink>"), "see here"),
    # fields
    "simple field": (paragraph("total: ", f"<w:fldSimple w:instr='=SUM'>{run('4,711')}</w:fldSimple>"), "total: 4,711"),
    "complex field": (paragraph("on ", complex_field(instruction(" DATE "), run("1 May"))), "on 1 May"),
    "field in a result": (
        paragraph(complex_field(instruction("A"), run("x ") + complex_field(instruction("B"), run("y")) + run(" z"))),
        "x y z",
    ),
    "field in an instruction": (
        paragraph(complex_field(instruction("IF ") + complex_field(instruction("N"), run("7")), run("big"))),
        "big",
    ),
    "instruction as text": (paragraph(complex_field(run(" PAGE "), run("3"))), "3"),
    "field without result": (paragraph("a", mark("begin"), instruction("XE x"), mark("end"), "b"), "ab"),
    "field over paragraphs": (
        paragraph(mark("begin"), instruction("TOC"), mark("separate"), "1 One") + paragraph("2 Two", mark("end")),
        "1 One\n2 Two",
    ),
    "field without end": (paragraph(mark("begin"), "kept") + paragraph("too"), "kept\ntoo"),
    "field without beginning": (paragraph(mark("separate"), "kept", mark("end")), "kept"),
    "field with deleted end": (paragraph(mark("begin"), f"<w:del>{mark('end')}</w:del>", "kept"), "kept"),
    "form, ticked": (paragraph(tick_box(TICKED), " yes"), "☒ yes"),
    "form, ticked by default": (paragraph(tick_box(BY_DEFAULT)), "☒"),
    "form, not ticked": (paragraph(tick_box(NOT_TICKED)), "☐"),
    "form, choice": (paragraph(mark("begin", CHOICES), mark("end")), "green"),
    "form, text": (paragraph(mark("begin", "<w:textInput/>"), mark("separate"), "typed", mark("end")), "typed"),
    "field of a symbol": (paragraph("a ", drawn_by('SYMBOL 179 \\f "Symbol" \\s 12'), " b"), "a ≥ b"),
    "field of a reading": (paragraph("读", drawn_by(READING)), "读汉"),
    "field of a circle": (paragraph(drawn_by(r"EQ \o\ac(○,3)"), " three"), "(3) three"),
    "field of a fraction": (paragraph("x = ", drawn_by(r"EQ \f(1,2)")), r"x = \f(1,2)"),
    "field of a button": (
        paragraph(mark("begin"), instruction("MACROBUTTON M ("), drawn_by("SEQ", "3"), instruction(")"), mark("end")),
        "(3)",
    ),
    # tables
    "table in a cell": (
        table(["outer", paragraph("over") + table(["inner a", "inner b"], ["c", "d"]) + paragraph("under")]),
        "| outer | over inner a / inner b; c / d under |",
    ),
    "tables in tables": (table(["1", table(["2", table(["3", "4"])])]), "| 1 | 2 / 3 / 4 |"),
    "frame around text": (table([paragraph("one") + paragraph("two") + table(["a", "b"])]), "one\ntwo\n| a | b |"),
    "cell over columns": (table(["a", "b"], [cell_with('<w:gridSpan w:val="2"/>', "x")]), "| a | b |\n| x |  |"),
    "cell over rows": (
        table([cell_with('<w:vMerge w:val="restart"/>', "x"), "1"], [cell_with("<w:vMerge/>", ""), "2"]),
        "| x | 1 |\n|  | 2 |",
    ),
    "columns left out": ("<w:tbl>" + row("b", properties='<w:gridBefore w:val="1"/>') + "</w:tbl>", "|  | b |"),
    "span beyond reason": (table([cell_with('<w:gridSpan w:val="999999999"/>', "x")]), "| x |" + "  |" * 62),
    "lines in a cell": (table([paragraph("a") + paragraph("b"), "c"]), "| a b | c |"),
    "box in a cell": (table([paragraph("a", box(paragraph("boxed"))), "c"]), "| a boxed | c |"),
    # text boxes
    "box in two ways": (paragraph("before ", IN_TWO_WAYS, "after"), "before after\nboxed"),
    "alternative runs": (paragraph(either(box(paragraph("new")), old_box(paragraph("old")))), "new"),
    "alternative paragraphs": (either(paragraph("new"), paragraph("old")), "new"),
    "alternative without text": (paragraph("a", either("<w:r/>", old_box(paragraph("old")))), "a\nold"),
    "alternative with one branch": (paragraph(either("", old_box(paragraph("old")))), "old"),
    "alternatives in alternatives": (paragraph(either(box(paragraph(IN_TWO_WAYS)), run("outer"))), "boxed"),
    "old box": (paragraph("a", old_box(paragraph("b") + paragraph("c"))), "a\nb\nc"),
    "table in a box": (paragraph(box(table(["a", "b"]))), "| a | b |"),
    "heading in a box": (paragraph(box(paragraph("Top", properties='<w:outlineLvl w:val="0"/>'))), "# Top"),
    "two boxes": (paragraph(box(paragraph("1")), "text", box(paragraph("2"))), "text\n1\n2"),
    "WordArt": (paragraph(in_run("<w:pict><v:shape><v:textpath string='DRAFT'/></v:shape></w:pict>")), "DRAFT"),
    "text of a drawing": (paragraph(in_run(f"<w:drawing>{DRAWN}</w:drawing>")), "drawn\ntext"),
    # characters
    "tabs and line ends": (paragraph("a", *map(in_run, ["<w:tab/>", "<w:br/>", "<w:cr/>"]), "b"), "a\t\n\nb"),
    "hyphens": (paragraph("e", in_run("<w:noBreakHyphen/>"), "ma", in_run("<w:softHyphen/>"), "il"), "e-mail"),
    "symbol": (paragraph(in_run("<w:sym w:font='Symbol' w:char='F061'/>"), " = 1"), "α = 1"),
    "ticked symbol": (paragraph(in_run("<w:sym w:font='Wingdings' w:char='F0FE'/>"), " yes"), "☑ yes"),
    "symbol of a usual font": (paragraph(in_run("<w:sym w:font='Arial' w:char='20AC'/>")), "€"),
    "unknown symbol": (paragraph(in_run("<w:sym w:font='Logos' w:char='F041'/>")), "\ufffd"),
    "damaged symbol": (paragraph("a", in_run("<w:sym w:font='Symbol' w:char='oops'/>")), "a"),
    "letters of a symbol font": (paragraph(run("\uf0b3 3", "<w:rFonts w:ascii='Symbol'/>")), "≥ 3"),
    "private letters": (paragraph("\uf0b3"), "\uf0b3"),
    "ruby": (paragraph("读 ", ruby("hàn", "汉"), ruby("zì", "字")), "读 汉字"),
    "rare characters": (paragraph("😀 𠮷"), "😀 𠮷"),
    "equation": (paragraph("so ", f"<m:oMath>{HALF}</m:oMath>"), "so a/(2b)"),
    "equations": (paragraph(f"<m:oMathPara>{equation('x=1')}{equation('y=2')}</m:oMathPara>"), "x=1\ny=2"),
    "hidden": (paragraph("seen", run("secret", "<w:vanish/>"), run("!", "<w:vanish w:val='false'/>")), "seen!"),
    "comments in XML": (paragraph("<w:r><w:t>a<!-- no -->b</w:t></w:r><?x y?>"), "ab"),
}  # fmt: skip
