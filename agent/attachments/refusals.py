"""Refusals of attached files: why one is not read, in both languages. Knows no file."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from agent.errors import AgentError

Reason = Literal[
    "too_large", "chat_full", "empty", "type", "old_office", "encrypted", "scanned", "no_characters", "xfa", "broken",
    "too_heavy", "queue_full", "disk_full",
    "excel", "powerpoint", "visio", "opendocument", "epub", "hangul", "iwork", "ofd", "xps", "word_xml", "archive",
]  # fmt: skip

# English and Chinese. The page writes the file's name before them.
TEXTS: Mapping[Reason, tuple[str, str]] = {
    "too_large": (
        "it is larger than {limit_mb} MB. Send a part of it.",
        "文件超过 {limit_mb} MB。请只上传需要的部分。",
    ),
    "chat_full": (
        "this chat holds as many files as it can. Start a new chat.",
        "这段对话里的文件已经太多。请新建对话。",
    ),
    "disk_full": (
        "there is no room for it on the server's disk just now. Try again later.",
        "服务器磁盘已满，暂时放不下这个文件。请稍后再试。",
    ),
    "empty": ("there is no text in it.", "文件里没有文字。"),
    "type": (
        "it is of a type that is not read here. Text, Markdown, code, CSV, JSON, PDF, Word (.docx) and RTF are.",
        "不支持这种类型的文件。可以读取的有：文本、Markdown、代码、CSV、JSON、PDF、Word（.docx）和 RTF。",
    ),
    "excel": (
        "it is an Excel workbook. Save the sheet as CSV or the workbook as PDF, and send that.",
        "这是 Excel 工作簿。请把工作表另存为 CSV，或者把工作簿另存为 PDF，再上传。",
    ),
    "powerpoint": (
        "it is a PowerPoint presentation. Save it as PDF, and send that.",
        "这是 PowerPoint 演示文稿。请另存为 PDF 再上传。",
    ),
    "visio": ("it is a Visio drawing. Save it as PDF, and send that.", "这是 Visio 绘图。请另存为 PDF 再上传。"),
    "opendocument": (
        "it is an OpenDocument file (.odt, .ods or .odp). Save it as .docx, CSV or PDF, and send that.",
        "这是 OpenDocument 文件（.odt、.ods 或 .odp）。请另存为 .docx、CSV 或 PDF 再上传。",
    ),
    "epub": ("it is an e-book (EPUB). Convert it to PDF, and send that.", "这是电子书（EPUB）。请转换成 PDF 再上传。"),
    "hangul": (
        "it is a Hangul document (.hwp or .hwpx). Save it as .docx or PDF, and send that.",
        "这是 Hangul（韩文）文档（.hwp 或 .hwpx）。请另存为 .docx 或 PDF 再上传。",
    ),
    "iwork": (
        "it is an Apple iWork file (Pages, Numbers or Keynote). Export it as Word (.docx) or PDF, and send that.",
        "这是苹果 iWork 文件（Pages、Numbers 或 Keynote）。请导出为 Word（.docx）或 PDF 再上传。",
    ),
    "ofd": ("it is an OFD document. Save it as PDF, and send that.", "这是 OFD 版式文件。请转换成 PDF 再上传。"),
    "xps": ("it is an XPS document. Save it as PDF, and send that.", "这是 XPS 文档。请另存为 PDF 再上传。"),
    "word_xml": (
        "it is a Word document saved as XML. Save it as .docx or PDF, and send that.",
        "这是以 XML 格式保存的 Word 文档。请另存为 .docx 或 PDF 再上传。",
    ),
    "archive": (
        "it is a ZIP archive. Unpack it, and send the files that are in it.",
        "这是 ZIP 压缩包。请解压后上传里面的文件。",
    ),
    "old_office": (
        "it is in an old Office format. Save it as .docx or PDF, and send that.",
        "这是旧版 Office 格式。请另存为 .docx 或 PDF 再上传。",
    ),
    "encrypted": (
        "it is protected by a password. Save a copy without one, and send that.",
        "文件有密码保护。请另存一份不带密码的再上传。",
    ),
    "scanned": (
        "its pages are pictures without text, as a scanner makes them. Run text recognition (OCR) over it first.",
        "页面都是图片，没有文字（例如扫描件）。请先做文字识别（OCR）再上传。",
    ),
    "no_characters": (
        "its fonts do not say which characters they show. Run text recognition (OCR) over it first.",
        "里面的字体没有文字信息，读不出是哪些字。请先做文字识别（OCR）再上传。",
    ),
    "xfa": (
        "it is a form that only Adobe's programs can show (XFA). Open it there, print it to a PDF, and send that.",
        "这是只有 Adobe 软件才能显示的表单（XFA）。请在 Adobe 软件里打开，打印成 PDF 再上传。",
    ),
    "broken": (
        "it is damaged and cannot be read. Open and save it again where it was made, and send that.",
        "文件已损坏，无法读取。请在原来的软件里重新保存后再上传。",
    ),
    "too_heavy": (
        "reading it takes too much time or memory. Send a part of it, or its text.",
        "读取这个文件耗时或占用内存过多。请只上传需要的部分，或者直接上传文字。",
    ),
    "queue_full": (
        "many other files of yours are still being read. Send it again when they are done.",
        "你的其他许多文件还在读取。请等它们读完再上传。",
    ),
}


class Refused(AgentError):
    """A file is not read. `blanks` fill the reason's text."""

    def __init__(self, reason: Reason, **blanks: int) -> None:
        english, chinese = (text.format(**blanks) for text in TEXTS[reason])
        super().__init__(english, chinese)
        self.reason = reason
