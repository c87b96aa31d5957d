"""Control words of RTF, and what they stand for (Rich Text Format 1.9.1)."""

from __future__ import annotations

# Control words and control symbols that stand for characters.
CHARACTERS = {
    "tab": "\t", "line": "\n", "lquote": "‘", "rquote": "’", "ldblquote": "“", "rdblquote": "”", "bullet": "•",
    "endash": "–", "emdash": "—", "enspace": "\u2002", "emspace": "\u2003", "qmspace": "\u2005", "zwj": "\u200d",
    "zwnj": "\u200c", "ltrmark": "\u200e", "rtlmark": "\u200f", "~": "\u00a0", "_": "-", "\t": "\t",
}  # fmt: skip
ENDS = frozenset(["par", "sect", "page", "column", "\n", "\r"])  # of a paragraph

# Groups whose text is no text of the document. So is a group that begins with \*, if it is not one of STARRED_TEXT.
NO_TEXT = frozenset(
    "author background bkmkend bkmkstart category colortbl comment company creatim datafield doccomm docvar falt "
    "fldinst file filetbl fontemb fontfile fonttbl formfield generator hlinkbase htmltag info keycode keywords "
    "latentstyles levelnumbers leveltext list listlevel listname listoverride listoverridetable listtable manager "
    "mmathPict nextfile nonesttables nonshppict objalias objclass objdata objname objsect objtime operator panose "
    "password pict pntxta pntxtb printim private propname revtbl revtim rsidtbl rxe shprslt sn staticval stylesheet "
    "subject sv tc template themedata title txe userprops xe ftnsep ftnsepc ftncn aftnsep aftnsepc aftncn".split()
)
STARRED_TEXT = frozenset("shpinst annotation moMath moMathPara footnote do ud".split())
# Groups that stand apart from the text around them, and how.
APART = {
    **dict.fromkeys(["header", "headerl", "headerr", "headerf"], "header"),
    **dict.fromkeys(["footer", "footerl", "footerr", "footerf"], "footer"),
    "footnote": "note",
    "annotation": "comment",
    "shptxt": "box",
    "dptxbxtext": "box",
}
# Parts of an equation, and what stands around each if all is on one line.
EQUATION = {"mnum": ("(", ")"), "mden": ("/(", ")"), "msup": ("^(", ")"), "msub": ("_(", ")"), "mdeg": ("√[", "]"),
            "mlim": ("_(", ")")}  # fmt: skip
