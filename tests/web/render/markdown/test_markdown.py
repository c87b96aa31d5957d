r"""What the page is given for what a model wrote: the right texts, one by one.

How the page's parser takes them, a real browser shows in tests/e2e/test_markdown.py. A letter beside bold may be a
character reference, such as &#35831;: the page shows the letter, and the stars beside it then count as bold.
"""

from __future__ import annotations

import random

import pytest

from web.render.markdown import for_page
from web.render.markdown.growing import Growing

NOT_LOADED = "not loaded"
AS_IT_IS = None

FORMULAS = [
    (r"Energy is \(E = mc^2\) here.", "Energy is $E = mc^2$ here."),
    (r"\[\frac{a}{b}\]", "$$\n\\frac{a}{b}\n$$"),
    ("\\[\na = b\n\\]", "$$\na = b\n$$"),
    ("so\n\\[ a = b \\]\nand", "so\n$$\na = b\n$$\nand"),
    (r"见 \[x = 1\] 其中", "见\n$$\nx = 1\n$$\n其中"),
    (r"Hence \[ x = 1 \].", "Hence\n$$\nx = 1.\n$$"),
    ("- item \\[x^2\\] rest\n- next", "- item\n  $$\n  x^2\n  $$\n  rest\n- next"),
    ("1. one\n   \\[\n   x^2\n   \\]", "1. one\n   $$\n   x^2\n   $$"),
    ("> \\[\n> x^2\n> \\]", "> $$\n> x^2\n> $$"),
    (r"> inline \(x\)", "> inline $x$"),
    (r"## On \(x\)", "## On $x$"),
    (r"**\(x\)** and **公式\(x\)是**", "**$x$** and **公式$x$是**"),
    (
        "| \\(|x|\\) | y |\n|---|---|\n| $|a|$ | \\(b\\) |",
        "| $\\vert x\\vert$ | y |\n|---|---|\n| $\\vert a\\vert$ | $b$ |",
    ),
    ("| a |\n|---|\n| \\(\\|x\\|\\) |", "| a |\n|---|\n| $\\Vert x\\Vert$ |"),
    ("$$\\begin{aligned} a \\\\[4pt] b \\end{aligned}$$", "$$\n\\begin{aligned} a \\\\[4pt] b \\end{aligned}\n$$"),
    ("\\begin{equation}\nE = mc^2\n\\end{equation}", "$$\n\\begin{equation}\nE = mc^2\n\\end{equation}\n$$"),
    (r"\begin{align}a&=b\\c&=d\end{align}", "$$\n\\begin{align}a&=b\\\\c&=d\\end{align}\n$$"),
    (r"\begin{eqnarray}a&=&b\end{eqnarray}", "$$\n\\begin{align}a&=&b\\end{align}\n$$"),
    (r"是 \begin{pmatrix}1\\2\end{pmatrix} 吗", r"是 $\begin{pmatrix}1\\2\end{pmatrix}$ 吗"),
    ("\\[\nx \\label{a}\n\\]", "$$\nx\n$$"),
    ("$$E = mc^2\n+ a$$", "$$\nE = mc^2\n+ a\n$$"),
    ("公式：$$\nx=1\n$$\n后", "公式：\n$$\nx=1\n$$\n后"),
    ("$$\nx\n$$", AS_IT_IS),
    ("So $$x$$", "So\n$$\nx\n$$"),
    ("So $$x$$\n1. one", "So\n$$\nx\n$$\n1. one"),
    ("So $$x$$ - 1", "So\n$$\nx\n$$\n\\- 1"),
    ("$x^2$", AS_IT_IS),
    ("$x$, $y$", AS_IT_IS),
    (r"$\alpha$5", AS_IT_IS),
    ("设$v=\\frac{s}{t}$，$n$ 为整数", AS_IT_IS),
    (r"$O(n \log n)$, $f'(x)$, $n!$, $a, b$, $|x|$, $P(A|B)$, $H^+$, $3/4$, $10^5$, $\{1,2\}$", AS_IT_IS),
    ("$ x^2 $", "$x^2$"),
    (r"$\text{cost } \$5$", r"$\text{cost } \text{\textdollar}5$"),
    (r"a box \[x\] and \[ \], a note \[1\], \[a link\](https://a.cn)", AS_IT_IS),
    (r"\\(no\\)", AS_IT_IS),
    (r"C:\(x)", r"C:\\(x)"),
    (r"\(see the note\), \(Ontario\)", AS_IT_IS),
    (r"St\. John\'s \(NL\), \(a\-b\)", AS_IT_IS),
    (r"grep ^\(\d+\)", "grep ^&#92;&#40;&#92;d&#43;&#92;&#41;"),
    (r"s/\(.*\)/\1/", r"s/&#92;&#40;&#46;&#42;&#92;&#41;/\1/"),
    (r"\(a\|b\)", "&#92;&#40;a&#92;&#124;b&#92;&#41;"),
    (r"\(AB \| CD\), \(1+2+...+n\)", r"$AB \| CD$, $1+2+...+n$"),
    (r"between \( and \)", "between &#92;&#40; and &#92;&#41;"),
    (r"用 \[ 和 \] 与 \(...\)", "用 &#92;&#91; 和 &#92;&#93; 与 &#92;&#40;&#46;&#46;&#46;&#92;&#41;"),
    (r"\(注\)，print\(x\)，a\(1\).txt", AS_IT_IS),
    (r"\(π\)、第\(n\)项", "$π$、第$n$项"),
    (r"\(a\)\(b\)$c$，$d$ $e$", "$a$&#8288;$b$&#8288;$c$，$d$ $e$"),
    ("|\\(a\\)\\(b\\)|\n|-|", "|$a$&#8288;$b$|\n|-|"),
    (r"H$_2$O, CO$_2$, 25$^\circ$C, 10$^{-3}$ m$^2$", AS_IT_IS),
    ("$n!=6$, $5!$, $n! = n(n-1)!$", AS_IT_IS),
    (r"$\begin{align*}a\end{align*}$", r"$\begin{aligned}a\end{aligned}$"),
    (r"**\begin{equation}x=1\end{equation}**", "**$x=1$**"),
    ("|\\begin{alignat}{2}a\\end{alignat}|\n|-|", "|$\\begin{alignedat}{2}a\\end{alignedat}$|\n|-|"),
    (r"\begin{flalign}a\end{flalign}", "$$\n\\begin{align}a\\end{align}\n$$"),
    ("\\begin{itemize}\n\\item a\n\\end{itemize}", AS_IT_IS),
    (r"\begin{proof}因为 \(x\)\end{proof}", r"\begin{proof}因为 $x$\end{proof}"),
    (r"用 \begin{equation} 和 \end{equation} 包住", AS_IT_IS),
    ("\\[\nx = 1", "\\\\[\nx = 1"),
    ("$$\nx = 1", "\\$\\$\nx = 1"),
]

PRICES = [
    ("The apple costs $5 and the pear costs $3 each.", r"The apple costs \$5 and the pear costs \$3 each."),
    ("**$148 → $19**", r"**\$148 → \$19**"),
    ("US$5–$10, HK$8", r"US\$5–\$10, HK\$8"),
    ("$5k-$10k, $1,000.50", r"\$5k-\$10k, \$1,000.50"),
    ("Set $HOME and $PATH first.", r"Set \$HOME and \$PATH first."),
    ("$HOME/bin:$PATH, ${A}/x:${B}, ${A}${B}", r"\$HOME/bin:\$PATH, \${A}/x:\${B}, \${A}\${B}"),
    ("$(pwd)$(ls) $a=$b $i, $j", r"\$(pwd)\$(ls) \$a=\$b \$i, \$j"),
    ("$_GET['a'] and $_POST['b']", r"\$_GET['a'] and \$_POST['b']"),
    ("from $5 to $x$", r"from \$5 to $x$"),
    ("Total: $5 + $6 = $11", r"Total: \$5 + \$6 = \$11"),
    ("100$和200$，5 $ or 6 $", r"100\$和200\$，5 \$ or 6 \$"),
    ("价格$5元，原价$8元", r"价格\$5元，原价\$8元"),
    ("约$5元，大约6$", r"约\$5元，大约6\$"),
    ("| $5 | $6 |\n|---|---|\n| $7 | $8 |", "| \\$5 | \\$6 |\n|---|---|\n| \\$7 | \\$8 |"),
    ("# $5 and $6", r"# \$5 and \$6"),
    ("$5 and $6\n---", "\\$5 and \\$6\n---"),
    ("- $5\n  > $6", "- \\$5\n  > \\$6"),
    ("Restaurants: $$ to $$$", r"Restaurants: \$\$ to \$\$\$"),
    (r"\$5 and \$6", AS_IT_IS),
    ("惊喜价 $5! 原价 $10!", r"惊喜价 \$5! 原价 \$10!"),
    ("if $a!=$b", r"if \$a!=\$b"),
    ("$a*$b*$c, $2×$3×$4", r"\$a*\$b*\$c, \$2×\$3×\$4"),
    ("awk '{$1}{$2}'", r"awk '{\$1}{\$2}'"),
    ("$_$, $x_$, $}{$", r"\$_\$, \$x_\$, \$}{\$"),
    ("[$5](https://a.cn/$x$) $6", r"[\$5](https://a.cn/$x$) \$6"),
]

UNTOUCHED = [
    "`$5 and $6`, ``a`$5 $6``",
    "```sh\necho $HOME $PATH ~ \\(x\\) <br>\n```",
    "~~~\n$5 $6\n```\n$7 $8\n~~~",
    "````md\n```\n$5 $6\n```\n````",
    "- a\n\n  ```\n  $5 $6\n  ```",
    "> ```\n> $5 $6\n> ```",
    "    $5 and $6",
    "<https://a.cn/~b/$c_d$>",
    "https://a.cn/~b/$c_d$e",
    '[a](https://a.cn/~b~c "$5 $6")',
    '<a href="$5~$6">',
    "<div>\n$5 $6 **a**\n</div>",
    "<details>",
    "H<sub>2</sub>O",
    "[1]: https://a.cn/~b~$c$",
    "a\\~b\\*c",
    "snake_case, __init__, f(**kwargs), *args",
    "**bold** *italic* ***both*** ~~gone~~ `code` [link](https://a.cn)",
    "这是**重点**，这是*斜*。",
    "～5 至 ～6",
    "![a](/public/weather/sun.svg)",
    "- [ ] a\n- [x] b",
    "a[^1]\n\n[^1]: b",
    "a[^1]\n\n[^1]:See",
    "**.env** and **/etc/hosts**, *a*.B",
    "10:30, a : b, ratio 3:4",
    "",
    "\n\n",
]

TILDES = [
    ("约 3~5 天，温度 10~15 度。", r"约 3\~5 天，温度 10\~15 度。"),
    ("~5 and ~6", r"\~5 and \~6"),
    ("~/a and ~/b", r"\~/a and \~/b"),
    ("H~2~O", r"H\~2\~O"),
    ("3~~5 天，10~~15", r"3\~\~5 天，10\~\~15"),
    ("~~3~5~~", r"~~3\~5~~"),
    ("|a|\n|-|\n|3~5，6~8|", "|a|\n|-|\n|3\\~5，6\\~8|"),
]

BOLD = [
    ("**注意：**请", "**注意：**&#35831;"),
    ("这是**“重点”**内容", "这&#26159;**“重点”**&#20869;容"),
    ("**价格（元）**是", "**价格（元）**&#26159;"),
    ("*（斜）*是", "*（斜）*&#26159;"),
    ("***重点：***是", "***重点：***&#26159;"),
    ("~~（旧价）~~是", "~~（旧价）~~&#26159;"),
    ("__注意：__请", "__注意：__&#35831;"),
    ("使用**`code`**来", "使&#29992;**`code`**&#26469;"),
    ("是**[a](https://a.cn)**的", "&#26159;**[a](https://a.cn)**&#30340;"),
    ("涨**50%**了", "涨**50%**&#20102;"),
    ("涨**50%**的**“甲”**了", "涨**50%**&#30340;**“甲”**&#20102;"),
    ("要**$5**的", r"&#35201;**\$5**的"),
    ("是**\\(x\\)**的", "&#26159;**$x$**&#30340;"),
    ("- **优点：**好\n- **缺点**：贵", "- **优点：**&#22909;\n- **缺点**：贵"),
    ("| **价：**低 | a |\n|---|---|", "| **价：**&#20302; | a |\n|---|---|"),
    ("**网址：**https://a.cn/x，谢谢", "**网址：**<https://a.cn/x>，谢谢"),
    ("**1.** **甲：**乙**丙。**", "**1.** **甲：**&#20057;**丙。**"),
    ("は**「重点」**です", "&#12399;**「重点」**&#12391;す"),
    ("**标题**：**请看**", AS_IT_IS),
    ("**甲、*乙：*丙**", "**甲、*乙：*&#19993;**"),
    ("2*3*4", r"2\*3\*4"),
    ("x**2 + y**2, 2**3**4", r"x\*\*2 + y\*\*2, 2\*\*3\*\*4"),
    ("(1+2)*(3+4)*5*(6)", r"(1+2)\*(3+4)\*5\*(6)"),
    ("138****1234，139****5678", r"138\*\*\*\*1234，139\*\*\*\*5678"),
    ("a/**/*.py and **/*.md", r"a/\*\*/\*.py and \*\*/\*.md"),
    ("(*.py)和(*.md), /a/*/b/*/c", r"(\*.py)和(\*.md), /a/\*/b/\*/c"),
    ("/* a */ b /* c */", r"/* a \*/ b /* c \*/"),
]

BREAKS = [
    ("| a<br>b | c<br/>d<BR >e |\n|---|---|", "| a&#10;b | c&#10;d&#10;e |\n|---|---|"),
    ("a<br>b", "a&#10;b"),
    ("a<br>\nb<br>", "a\nb"),
    ("- a<br>- b\n- c", "- a\\\n  \\- b\n- c"),
    ("<br>\n**b**", "\n**b**"),
    ("`<br>`", AS_IT_IS),
]

FENCES = [
    ("```py\nx = 1", "```py\nx = 1\n```"),
    ("```", "```\n```"),
    ("```\nx\n\n", "```\nx\n```"),
    ("````md\n```\nx\n```", "````md\n```\nx\n```\n````"),
    ("> ~~~\n> x", "> ~~~\n> x\n> ~~~"),
    ("- a\n\n  ```\n  x", "- a\n\n  ```\n  x\n  ```"),
    ("```math\n\\frac{1}{", "```latex\n\\frac{1}{\n```"),
    ("```math\nx^2\n```", AS_IT_IS),
]

PICTURES = [
    ("![a](https://a.cn/b.png)", "a · not loaded · <https://a.cn/b.png>"),
    ("![](//a.cn/b.png)", "not loaded · <https://a.cn/b.png>"),
    ('![a *b*](<https://a.cn/b> "t")', "a *b* · not loaded · <https://a.cn/b>"),
    ("![a](https://a.cn/b_(1).png)", "a · not loaded · <https://a.cn/b_(1).png>"),
    ("![a][1]\n\n[1]: https://a.cn/b", "a · not loaded · <https://a.cn/b>\n\n[1]: https://a.cn/b"),
    ("![a][]\n\n[A]: https://a.cn/b", "a · not loaded · <https://a.cn/b>\n\n[A]: https://a.cn/b"),
    ("![a][1]", AS_IT_IS),
    ("[![a](https://a.cn/b)](https://c.cn)", "[a · not loaded](https://c.cn)"),
    ("[![a](https://a.cn/b) c](https://d.cn)", "[a · not loaded c](https://d.cn)"),
    ("a[^1]\n\n[^1]: ![a](https://a.cn/b)", "a[^1]\n\n[^1]: a · not loaded · <https://a.cn/b>"),
    ("![a](data:image/png;base64,AAAA)", "a · not loaded · `data:image/png;base64,AAAA`"),
    ("![a](b.png)", "a · not loaded · `b.png`"),
    ("![a](/logout)", "a · not loaded · `/logout`"),
    ("![a](/public/../logout)", "a · not loaded · `/public/../logout`"),
    ("<img src='https://a.cn/b' alt='c'>", "c · not loaded · <https://a.cn/b>"),
    ("a <img src=https://a.cn/b> d", "a not loaded · <https://a.cn/b> d"),
    ("|![a](https://a.cn/b)|\n|-|", "|a · not loaded · <https://a.cn/b>|\n|-|"),
    (r"\![a](https://a.cn/b)", AS_IT_IS),
    ("`![a](https://a.cn/b)`", AS_IT_IS),
    ("![a](https://exa", AS_IT_IS),
]

LINKS_AND_COLONS = [
    ("见https://a.cn/x，谢谢", "见<https://a.cn/x>，谢谢"),
    ("https://a.cn。", "<https://a.cn>。"),
    ("（https://a.cn/b_(c)）", "（<https://a.cn/b_(c)>）"),
    ("**https://a.cn**。", "**<https://a.cn>**。"),
    ("www.a.cn。", "[www.a.cn](http://www.a.cn)。"),
    ("[https://a.cn。](https://a.cn)", AS_IT_IS),
    ("Note:this is std::vector", r"Note\:this is std\:\:vector"),
    ("a\u200bb\r\nc", "ab\nc"),
]  # fmt: skip

CASES = [
    *FORMULAS, *PRICES, *((text, AS_IT_IS) for text in UNTOUCHED), *TILDES, *BOLD, *BREAKS, *FENCES, *PICTURES,
    *LINKS_AND_COLONS,
]  # fmt: skip
WHOLE_ANSWER = "\n\n".join(text for text, _ in [*FORMULAS[:20], *PRICES, *TILDES, *BOLD, *BREAKS, *LINKS_AND_COLONS])
PARTS = (
    *r"$ $$ \( \) \[ \] * ** ~ ~~ ` ``` > - 1. | --- <br> a x^2 5 价格 ： “ （ ） :b ![ ]( [1] \ = #".split(),
    *(
        "\n",
        "\n\n",
        "\t",
        "> ",
        "- ",
        " ",
        "    ",
        "http://a.cn",
        "<img src=x>",
        "[1]: http://q.r\n",
        "![k][1]",
        "|---|---|\n",
    ),
    *("\\begin{align}", "\\end{align}", "\u200b", "\r\n", "\0", "🎉"),
)


def written(seed: int) -> str:
    """A text of delimiters, as no model writes it."""
    chance = random.Random(seed)
    return "".join(chance.choice(PARTS) for _ in range(chance.randint(1, 25)))


def streamed(text: str, size: int = 1) -> tuple[Growing, str]:
    """What the page shows of a text that came in pieces of `size` characters."""
    growing, page = Growing(NOT_LOADED), ""
    for at in range(0, len(text), size):
        change = growing.add(text[at : at + size])
        page = change.text if change.is_whole else page + change.text
        assert page == growing.shown
    return growing, page


@pytest.mark.parametrize(("written", "right"), CASES)
def test_the_page_gets_what_was_meant(written: str, right: str | None) -> None:
    assert for_page(written, NOT_LOADED) == (written if right is AS_IT_IS else right)


@pytest.mark.parametrize("written", [written for written, _ in CASES])
def test_what_is_for_the_page_stays_as_it_is(written: str) -> None:
    once = for_page(written, NOT_LOADED)
    assert for_page(once, NOT_LOADED) == once


@pytest.mark.parametrize("written", [written for written, _ in CASES])
def test_a_text_that_streams_ends_as_the_same_text(written: str) -> None:
    growing, page = streamed(written)
    follows = growing.add("\n\nThe end.\n")  # after which nothing is waited for
    page = follows.text if follows.is_whole else page + follows.text
    whole = for_page(f"{written}\n\nThe end.\n", NOT_LOADED)
    assert page == whole or f"{page.rstrip()}\n" in whole  # an open fence is closed in the end


@pytest.mark.parametrize("size", [1, 2, 3, 7, 50])
def test_a_long_answer_streams_to_the_same_text(size: int) -> None:
    assert streamed(f"{WHOLE_ANSWER}\n\nThe end.\n", size)[1] == for_page(f"{WHOLE_ANSWER}\n\nThe end.\n", NOT_LOADED)


def test_any_text_is_taken_and_streams() -> None:
    for seed in range(300):
        text = written(seed)
        for_page(text, NOT_LOADED)
        streamed(text)


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        (r"Energy is \(E = m", "Energy is "),
        (r"Energy is \(E = mc^2\) her", "Energy is $E = mc^2$ her"),
        ("so\n\\[\na = b\n", "so\n"),
        ("so\n$$\na = b", "so\n"),
        ("so $x^", "so "),
        ("so $5 and", r"so \$5 and"),
        ("so $HOME is", r"so \$HOME is"),
        ("see ![a](https://exa", "see "),
        ("see [![a](https://exa", "see "),
        ("see <im", "see "),
        ("a <b", "a "),
        ("a < b", "a < b"),
        ("**注意：**", "**注意：**"[:-2]),
        ("3~", "3"),
        ("Note:", "Note"),
        ("see https://a.c", "see "),
        ("```\n$5 <b", "```\n$5 <b"),
    ],
)
def test_what_has_only_begun_is_not_shown_yet(written: str, shown: str) -> None:
    assert streamed(written)[1] == shown


def test_what_is_waited_for_in_vain_is_shown_after_a_while() -> None:
    assert streamed(r"\(" + "x + " * 200)[1].startswith(r"\\(x + x")
