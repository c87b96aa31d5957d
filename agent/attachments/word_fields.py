"""Word's fields: what one shows that has no result in the file. Knows no paragraph."""

from __future__ import annotations

import re
from dataclasses import dataclass

from lxml import etree

from agent.attachments.office_package import attribute, child, is_on, name
from agent.attachments.symbols import shown

PAGE_NUMBER = re.compile(r"\s*(PAGE|NUMPAGES|SECTIONPAGES)\b", re.IGNORECASE)
SYMBOL = re.compile(r"\s*SYMBOL\s+(0x[0-9a-f]{1,4}|\d{1,5})(?:.*\\f\s+\"?([^\"]+)\"?)?", re.IGNORECASE)
BUTTON = re.compile(r"\s*MACROBUTTON\s+\S+\s+(.*)", re.IGNORECASE | re.DOTALL)
EQUATION = re.compile(r"\s*EQ\s+(.*)", re.IGNORECASE | re.DOTALL)
SWITCH = re.compile(r"\\\*\s*(?:\"[^\"]*\"|\S+)\s*")  # \\* and how it looks
OVER = re.compile(r"\\o(?:\\a[a-z])?\s*\((?:\\s\\up\s*\d*\s*)?\(?([^(),]*)\)?[,;，；]([^()]*)\)", re.IGNORECASE)
CIRCLES = "○〇◯"


@dataclass
class Field:
    """A field that has begun, `{ DATE }`: an instruction, and then mostly a result, which is what a reader sees."""

    instruction: str = ""
    is_instruction: bool = True
    is_page_number: bool = False
    content: str = ""  # of a form: whether a box is ticked, or which choice was made
    has_result: bool = False

    @property
    def shown(self) -> str:
        """What the field shows if it has no result."""
        if self.content:
            return self.content
        if found := SYMBOL.match(self.instruction):
            return _symbol(int(found[1], 0), (found[2] or "").strip())
        if found := BUTTON.match(self.instruction):
            return found[1].strip()
        if found := EQUATION.match(self.instruction):
            return OVER.sub(_over, SWITCH.sub("", found[1])).strip()
        return ""


def _symbol(code: int, font: str) -> str:
    letter = chr(code) if 0 < code < 0x10000 and not 0xD800 <= code < 0xE000 else ""
    return shown(letter, font) if font else letter


def _over(place: re.Match[str]) -> str:
    """Two texts one over the other: a number in a circle, or a base with its reading above."""
    above, base = place[1].strip(), place[2].strip()
    return f"({base})" if above and above in CIRCLES else base


def form_content(form: etree._Element | None) -> str:
    """What a form's field shows that is no text."""
    if (box := child(form, "w:checkBox")) is not None:
        state = child(box, "w:checked")
        return "☒" if is_on(state if state is not None else child(box, "w:default")) else "☐"
    if (choices := child(form, "w:ddList")) is not None:
        stated = (attribute(child(choices, one), "w:val") for one in ("w:result", "w:default"))
        chosen = next(filter(None, stated), "0")
        entries = [attribute(one, "w:val") for one in choices if name(one) == "w:listEntry"]
        return entries[int(chosen)] if chosen.isdecimal() and int(chosen) < len(entries) else ""
    return ""
