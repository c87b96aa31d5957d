"""Formulas: whether a text between dollars or brackets is one, and how the page's Markdown wants it."""

from __future__ import annotations

import re

_NAMES = frozenset(
    "sin cos tan cot sec csc arcsin arccos arctan sinh cosh tanh log ln lg exp lim max min sup inf arg det dim ker deg"
    " gcd lcm mod div rank span tr var cov std erf sgn sign softmax argmax argmin if for otherwise".split()
)
# The environments of KaTeX, and those of which it has a sister.
ENVIRONMENTS = (
    r"(?:(?:equation|align|flalign|alignat|gather|multline|eqnarray|displaymath|math|aligned|alignedat|gathered|split|CD"
    r"|(?:p|b|B|v|V|small)?matrix|d?r?cases|d?array|subarray)\*?)"
)
_TEX = re.compile(r"\\[A-Za-z]+|\\[,;!:{}|\\]|[\^_{}]")
_SPELLED = re.compile(r"\\(?:text|text[a-z]+|math[a-z]+|operatorname|mbox|label|tag|begin|end)\*?\{[^{}]*\}")
_COMMAND = re.compile(r"\\(?:[A-Za-z]+|.)")
_WORD = re.compile(r"[A-Za-z]{2,}")
_PROSE = re.compile(r"[A-Za-z]{2,}[,;:]?\s+[A-Za-z]{2,}[,;:]?\s+[A-Za-z]{2,}")
_SENTENCE = frozenset("and or to of is the an in on at per vs was with from by usd cny rmb eur".split())
_CHINESE = re.compile(r"[\u3000-\u303f\u3400-\u9fff\uff00-\uffef]")
_BETWEEN = re.compile(r"[-+*/:;,.=<>&(\[{~–—→⇒×÷·、，。；：]$")  # after which a formula does not end
# Of a regular expression, and not of TeX: commands, any character, a set, an alternative.
_PATTERN = re.compile(r"\\[dDwWs](?![A-Za-z])|(?<![\d.])\.[*+?]|\[\^|^[^|]*\w\\\|\w[^|]*$")
_ESCAPED = re.compile(r"\\[-.'\"/+<=]")
_INLINE_ENVIRONMENTS = re.compile(r"\\begin\{(?:\w*matrix|\w*cases|\w*array|aligned|gathered|alignedat|split)\}")
_DISPLAY_ENVIRONMENT = re.compile(r"(\\(?:begin|end)\{)(align|gather|equation)(at)?\*?\}")
_COMMAND_OR_POWER = re.compile(r"\\[A-Za-z]|\^")
_SHELL = re.compile(r"\{[A-Za-z_]\w*[^{}\\^]*\}[^\\^]*$")  # as in ${HOME}/bin
_PRIME = re.compile(r"(?<=[A-Za-z)])'+")
_FACTORIAL = re.compile(r"(?<=[A-Za-z\d)])!")
_SOMETHING = re.compile(r"[^\x00-\x7f]|[^\W_]|\\.")
_OPEN_SCRIPT = re.compile(r"(?<!\\)[_^]$")
_SCRIPT = re.compile(r"[_^](?:[\w+-]|\\[A-Za-z]+|\{[^{}]*\})")
_WORDS = re.compile(r"[A-Za-z]{2,}\s+[A-Za-z]{2,}|^\s*[A-Za-z]{4,}\s*$")
_NO_FORMULA = re.compile(r"[.…·\s]*|[\s\u3000-\u303f\u3400-\u9fff\uff00-\uff0f\uff1a-\uff1f]+")
_NUMBER = re.compile(r"[-+]?[\d.,]+%?")
_KEPT_PIPE = re.compile(r"\\\||\|")
_LABEL = re.compile(r"\\label\{[^{}]*\}")


def is_formula(text: str) -> bool:
    """Whether what stands between two dollars is meant as a formula, and not as a price or a shell's variable."""
    inner = _PRIME.sub("", text.strip())
    if not inner or _SHELL.match(inner) or not _is_whole(inner):
        return False
    if not _COMMAND_OR_POWER.search(inner) and (_BETWEEN.search(inner) or (inner[-1] == "|" and inner.count("|") % 2)):
        return False
    rest = _COMMAND.sub(" ", _SPELLED.sub(" ", inner))
    words = [word for word in _WORD.findall(rest) if word.lower() not in _NAMES]
    if _PROSE.search(rest):
        return False
    if _TEX.search(inner):
        return True
    if _CHINESE.search(inner):
        return "=" in inner and not _NUMBER.match(inner)
    if any(symbol in _FACTORIAL.sub("", inner) for symbol in "'\"#@?!"):
        return False
    if not _SENTENCE.isdisjoint(word.lower() for word in words):
        return False
    return all(len(word) <= 3 for word in words) and len(words) <= 2 and (len(words) < 2 or "=" in inner)


def may_become_formula(text: str) -> bool:
    """Whether a text after one dollar may still turn out to be a formula: no, once it reads as a sentence."""
    if text[:1].isspace() or text[:1].isdigit():
        return False
    return bool(_TEX.search(text)) or not _WORD.search(text)


def is_bracketed_formula(text: str) -> bool:
    r"""Whether what stands in \(…\) or \[…\] is a formula, and not words in brackets that were escaped."""
    inner = text.strip()
    if not inner:
        return False
    rest = _COMMAND.sub(" ", _SPELLED.sub(" ", inner))
    is_prose = _WORDS.search(rest) or _NO_FORMULA.fullmatch(rest) or inner.lower() in _SENTENCE
    return bool(_TEX.search(inner)) or (not is_prose and bool(rest.strip()))


def is_pattern(text: str) -> bool:
    r"""Whether it is a regular expression, whose groups may stand in \(…\)."""
    return _PATTERN.search(text) is not None


def is_escaped(text: str) -> bool:
    r"""Whether somebody escaped all punctuation in it, and so the brackets too: \. and \- are no commands of TeX."""
    return _ESCAPED.search(text) is not None


def is_script(text: str) -> bool:
    r"""Whether it hangs on a letter of the text: the 2 of H$_2$O, the degree of 25$^\circ$C."""
    return _SCRIPT.fullmatch(text) is not None


def are_named(content: str) -> bool:
    r"""Whether \(…\) is told of, as in "between \( and \)", and neither a formula nor brackets that were escaped."""
    return bool(re.fullmatch(r"[.…]+|\s.*\s", content)) and content.strip() != "" and not is_bracketed_formula(content)


def may_be_inline(environment: str) -> bool:
    r"""Whether \begin{…}…\end{…} may stand within a line; KaTeX takes the others in a block alone."""
    return _INLINE_ENVIRONMENTS.match(environment) is not None


def has_evidence(text: str) -> bool:
    r"""Whether it has what only a formula has: \[x\] among words may as well be a box that was ticked."""
    return re.search(r"[\\^_=+<>{}]", text) is not None


def has_command(text: str) -> bool:
    r"""Whether it has a command such as \alpha."""
    return re.search(r"\\[A-Za-z]", text) is not None


def inline(formula: str, in_cell: bool = False) -> str:
    """A formula within a line, between dollars; those that it has itself would end it."""
    inner = _DISPLAY_ENVIRONMENT.sub(_inline_sister, _tidied(" ".join(formula.split("\n")).strip()))
    inner = inner.replace(r"\$", "$").replace("$", r"\text{\textdollar}")
    if in_cell:
        inner = _KEPT_PIPE.sub(lambda pipe: r"\Vert " if pipe[0] == r"\|" else r"\vert ", inner).strip()
    return f"${inner}$"


def block(formula: str) -> list[str]:
    """A formula of its own: the lines of the page's block."""
    lines = [line for line in _tidied(formula).strip().split("\n") if line.strip()]
    return ["$$", *(line.replace("$$", "$") for line in lines), "$$"]


def _inline_sister(environment: re.Match[str]) -> str:
    """What may stand within a line for an environment that may not."""
    return "" if environment[2] == "equation" else f"{environment[1]}{environment[2]}ed{environment[3] or ''}}}"


def _is_whole(text: str) -> bool:
    """Whether it has something to show, and what it opens it closes again."""
    depth = 0
    for brace in re.findall(r"[{}]", _COMMAND.sub(" ", text)):
        depth += 1 if brace == "{" else -1
        if depth < 0:
            return False
    return depth == 0 and bool(_SOMETHING.search(text)) and not _OPEN_SCRIPT.search(text)


def _tidied(formula: str) -> str:
    """Without what KaTeX has not: labels, and environments of which it has a sister."""
    formula = _LABEL.sub("", formula).replace("{eqnarray", "{align").replace("{flalign", "{align")
    return formula.replace("{multline", "{gather").replace("{displaymath", "{equation").replace("{math}", "{equation}")
