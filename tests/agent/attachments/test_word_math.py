"""Word's equations as lines of text."""

from __future__ import annotations

import pytest
from lxml import etree

from agent.attachments.word_math import linear
from tests.agent.attachments.files import DECLARED


def text(letters: str) -> str:
    return f"<m:r><m:t>{letters}</m:t></m:r>"


def of(kind: str, properties: str = "", **operands: str) -> str:
    """A structure with its operands: `e`, `num`, `sub` ..., each text or XML."""
    inside = "".join(
        f"<m:{name.rstrip('_')}>{one if one[:1] == '<' else text(one)}</m:{name.rstrip('_')}>"
        for name, one in operands.items()
    )
    return f"<m:{kind}><m:{kind}Pr>{properties}<m:ctrlPr/></m:{kind}Pr>{inside}</m:{kind}>"


def chosen(property_: str, value: str) -> str:
    return f'<m:{property_} m:val="{value}"/>'


ROOT = of("rad", chosen("degHide", "1"), deg="", e=of("sSup", e="b", sup="2") + text("-4ac"))
MATRIX = f"<m:m><m:mr><m:e>{text('1')}</m:e><m:e>{text('2')}</m:e></m:mr><m:mr><m:e>{text('3')}</m:e></m:mr></m:m>"


@pytest.mark.parametrize(
    ("equation", "line"),
    [
        (text("E=m") + of("sSup", e="c", sup="2"), "E=mc^2"),
        (of("sSup", e="x", sup="n+1"), "x^(n+1)"),
        (of("sSup", e="ab", sup="2"), "(ab)^2"),
        (of("sSub", e="x", sub="12"), "x_12"),
        (of("sSubSup", e="x", sub="i", sup="2"), "x_i^2"),
        (of("sPre", sub="6", sup="14", e="C"), "_6^14C"),
        (of("f", num="a", den="b"), "a/b"),
        (of("f", num="a+b", den="2c"), "(a+b)/(2c)"),
        (of("f", num="路程", den="时间"), "路程/时间"),
        (of("f", chosen("type", "noBar"), num="n", den="k"), "n¦k"),
        (text("x=") + of("f", num=text("-b±") + ROOT, den="2a"), "x=(-b±√(b^2-4ac))/(2a)"),
        (of("rad", deg="3", e="8"), "√[3](8)"),
        (of("nary", chosen("chr", "∑"), sub="i=1", sup="n", e=of("sSup", e="i", sup="2")), "∑_(i=1)^n i^2"),
        (of("nary", sub="0", sup="∞", e="f(x)dx"), "∫_0^∞ f(x)dx"),
        (of("nary", chosen("chr", "∏"), sub="k", sup="", e="k"), "∏_k k"),
        (of("d", e="a+b"), "(a+b)"),
        (of("d", chosen("begChr", "|") + chosen("endChr", "|"), e="x"), "|x|"),
        (of("d", chosen("begChr", "{") + chosen("endChr", ""), e=of("eqArr", e="x=1", e_="y=2")), "{x=1; y=2"),
        (of("d", chosen("sepChr", ","), e="a", e_="b"), "(a,b)"),
        (of("func", fName="sin", e="x"), "sin x"),
        (of("func", fName=of("sSub", e="log", sub="2"), e=of("d", e="n")), "(log)_2(n)"),
        (of("func", fName=of("limLow", e="lim", lim="x→0"), e="f"), "lim_(x→0) f"),
        (of("limUpp", e="=", lim="def"), "=^(def)"),
        (of("acc", chosen("chr", "\u0303"), e="x"), "x\u0303"),
        (of("acc", e="x"), "x\u0302"),
        (of("bar", e="x"), "x\u0305"),
        (of("groupChr", e="a+b"), "a+b"),
        (of("borderBox", e="a"), "a"),
        (of("box", e="a"), "a"),
        (of("phant", chosen("show", "0"), e="a") + text("b"), "b"),
        (MATRIX, "[1, 2; 3]"),
        ("<w:ins>" + text("new") + "</w:ins><w:del>" + text("old") + "</w:del>", "new"),
        (of("f", num="", den=""), "/"),
        ("", ""),
    ],
)
def test_an_equation_is_one_line(equation: str, line: str) -> None:
    assert linear(etree.fromstring(f"<m:oMath {DECLARED}>{equation}</m:oMath>")) == line
