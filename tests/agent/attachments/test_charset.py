"""Bytes of texts in the character sets that are met: short, broken, with a declaration; and of what is no text."""

from __future__ import annotations

import gzip
import io
import json
import marshal
import pickle
import random
import sqlite3
import tarfile
import time
import zlib

import pytest

from agent.attachments.charset import Decoded, decode
from agent.attachments.guessing import WEIGHTS
from web.texts import CHINESE, ENGLISH

# What was written in each set, without a word of which set it is. One word to a few lines.
SAMPLES = {
    "gb18030": (
        "你好，世界",
        "姓名,年龄\n张三,30\n李四,25\n",
        "清谈\n",
        "编号;名称\n1;螺丝\n",
        "中文混排 English 123 㐀",
        "合同",
        "通知",
        "# 读取配置\nimport os\n",
        "2026-03-01 12:00:01 ERROR 连接超时 id=42\n",
        "x = 1  # 单位：米\n",
        "会议纪要：采购金额12300元，请于周五之前付清。\n" * 200,
    ),
    "big5": (
        "今天天氣怎麼樣？臺北的天氣很好",
        "姓名,年齡\n張三,30\n",
        "你好，世界",
        "會議紀錄",
        "各位同仁：公司將於下週一進行網路設備維護。",
    ),
    "shift_jis": ("こんにちは、世界", "会議は午後三時からです。", "# 設定を読み込む\nimport os\n"),
    "euc_jp": ("こんにちは、世界", "エラー：ファイルが見つかりません", "請求書を添付しましたので、ご確認ください。"),
    "euc_kr": (
        "안녕하세요 세계",
        "이름,나이\n김철수,30\n",
        "오류: 파일을 찾을 수 없습니다",
        "내일 오후 세 시에 회의가 있습니다.",
    ),
    "cp1250": ("Zażółć gęślą jaźń", "Příliš žluťoučký kůň", "Imię;Wiek\nŁukasz;30\n", "Árvíztűrő tükörfúrógép", "Łódź"),
    "cp1251": (
        "Привет, мир. Как дела?",
        "Имя;Возраст\nИван;30\nМария;25\n",
        "Ошибка: файл не найден",
        "ПРИКАЗ ДИРЕКТОРА",
    ),
    "cp1252": (
        "Müller, Größe, café",
        "12 €",
        "Montant : 12 €\n",
        "„Schöne Grüße“ – bis später…",
        "¿Qué tal, señor Núñez?",
        "L’été dernier, c’était l’idée de Zoë",
        "Não há informação",
        "Blåbærgrød",
    ),
    "cp1253": ("Καλημέρα", "Γειά σου Κόσμε", "Όνομα;Ηλικία\nΓιώργος;30\n", "ΤΙΜΟΛΟΓΙΟ", "Αθήνα, οδός Ερμού 5"),
    "cp1254": (
        "Günaydın",
        "İstanbul, Kadıköy, Çiçek sokağı 5",
        "Adı;Yaşı\nİbrahim;30\nAyşe;25\n",
        "Hata: dosya bulunamadı",
    ),
    "cp1255": ("שלום עולם", "שם;גיל\nדוד;30\nמרים;25\n", "שגיאה: הקובץ לא נמצא", "שלום"),
    "cp1256": ("مرحبا بالعالم", "السلام عليكم", "الاسم;العمر\nمحمد;30\nفاطمة;25\n", "خطأ: الملف غير موجود"),
    "cp1257": ("Labas rytas, ačiū, kaip sekasi", "Labdien, kā jums klājas?"),
    "cp874": ("สวัสดี", "สวัสดีชาวโลก", "ชื่อ;อายุ\nสมชาย;30\nมาลี;25\n", "ไม่พบไฟล์"),
    "koi8-r": ("Привет", "Завтра в три часа будет совещание, просьба не опаздывать.", "Имя;Возраст\nИван;30\n"),
    "koi8-u": ("Привіт, світе", "Помилка: файл не знайдено, її немає"),
    "cp866": ("Привет", "Ошибка: файл не найден", "Москва, ул. Ленина, д. 5"),
    "iso8859-2": ("Zażółć gęślą jaźń", "Cześć, świecie", "Příliš žluťoučký kůň", "Błąd: nie znaleziono pliku"),
    "iso8859-5": ("Привет, мир. Как дела?", "Договор № 15"),
    "iso8859-6": ("مرحبا بالعالم",),
    "iso8859-7": ("Καλημέρα", "Σφάλμα: το αρχείο δεν βρέθηκε"),
    "iso8859-8": ("שלום עולם",),
    "iso8859-9": ("Günaydın, teşekkür ederim",),
    "iso8859-15": ("Die Rechnung beträgt 12 €, zahlbar bis Freitag.",),
    "cp850": ("Fehler: Datei für Größe nicht gefunden", "Não há informação"),
    "cp852": ("Błąd: nie znaleziono pliku",),
    "mac-cyrillic": ("Протокол совещания: закупка оборудования. Ответственный — Иванов.",),
    "mac-roman": ("Morgen um drei Uhr ist für alle eine Besprechung über die schönen Größen.",),
}


@pytest.mark.parametrize(
    ("text", "codec"), [(text, codec) for codec, samples in SAMPLES.items() for text in samples], ids=lambda it: it[:20]
)
def test_a_text_that_names_no_set_is_read_in_the_likeliest_and_that_is_called_a_guess(text: str, codec: str) -> None:
    decoded = decode(text.encode(codec))
    assert decoded is not None
    assert (decoded.text, decoded.is_guessed, decoded.unreadable) == (text, True, 0)


@pytest.mark.parametrize(
    ("text", "codec"),
    [
        ("编码", "utf-8"),
        ("plain", "ascii"),
        ("编码", "utf-8-sig"),
        ("编码", "utf-16"),
        ("Größe 编码 😀", "utf-16"),
        ("编码", "utf-32"),
        ("会議は午後三時からです。", "iso2022_jp_2"),
        ("会議は午後三時から ok", "iso2022_jp"),
        ("안녕하세요 세계 ok", "iso2022_kr"),
        ("\x1b[31mError\x1b[0m: 文件不存在\x1b(B\n", "utf-8"),
        ("10%\b\b\b20%\b\b\b100% ready\a\n", "ascii"),
        ("it says charset=gbk, and is UTF-8: é", "utf-8"),
    ],
)
def test_what_shows_by_a_mark_or_its_shape_is_no_guess(text: str, codec: str) -> None:
    decoded = decode(text.encode(codec))
    assert decoded is not None
    assert (decoded.text, decoded.is_guessed, decoded.unreadable) == (text, False, 0)


WIDE = (
    "name,age",
    "姓名,年龄\n张三,30\n",
    "你好，世界",
    "编码",
    "hi",
    "Привет, мир",
    "こんにちは、世界",
    "안녕하세요 세계",
    "a",
    "ok 😀",
    "Да",
    "תודה, שלום",
)
WITHOUT_AN_ODD_BYTE = ("ありがとう", "カタカナ", "会議のお知らせ", "你好，很高兴认识您", "标题：年度总结")


@pytest.mark.parametrize("codec", ["utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be"])
@pytest.mark.parametrize("text", [*WIDE, *WITHOUT_AN_ODD_BYTE])
def test_utf_16_and_utf_32_need_no_mark(text: str, codec: str) -> None:
    assert decode(text.encode(codec)) == Decoded(text, codec, is_guessed=True)


@pytest.mark.parametrize("text", ["你好，世界", "~{ is no mark, 你好"])
def test_chinese_in_7_bits_is_read(text: str) -> None:
    runs = "".join(f"~{{{chr(0)}{one}~}}" if not one.isascii() else one for one in text)
    data = b"".join(
        bytes(byte & 0x7F for byte in one.encode("gb2312")) if not one.isascii() else one.encode() for one in runs
    ).replace(b"\0", b"")
    escaped = b"\x1b$)A" + b"".join(
        b"\x0e" + bytes(byte & 0x7F for byte in one.encode("gb2312")) + b"\x0f" if not one.isascii() else one.encode()
        for one in text
    )
    assert decode(escaped) == Decoded(text, "gb18030")
    if "mark" not in text:
        assert decode(data) == Decoded(text, "hz", is_guessed=True)


DECLARED = [
    ('<?xml version="1.0" encoding="ISO-8859-2"?><a>Zażółć</a>', "iso8859-2"),
    ("<?xml version='1.0' encoding='windows-1253'?><a>α</a>", "cp1253"),
    ('<?xml version="1.0" encoding="Big5"?><a>中文</a>', "big5hkscs"),
    ('<html><meta charset="windows-1255"><p>כן', "cp1255"),
    ("<html><meta charset=koi8-r><p>да", "koi8-r"),
    ('<meta http-equiv="Content-Type" content="text/html; charset=gb2312"><p>朱镕基㐀', "gb18030"),
    ('<meta http-equiv="Content-Type" content="text/html; charset=iso-8859-1"><p>12 € “so”', "cp1252"),
    ('<meta charset="x-sjis"><p>①カ', "cp932"),
    ('<meta charset="ks_c_5601-1987"><p>똠방각하', "cp949"),
    ('<meta charset="windows-874"><p>ไทย', "cp874"),
    ("<meta charset=tis-620><p>ไทย", "cp874"),
    ('@charset "shift_jis";\n/* 見出し */', "cp932"),
    ("# -*- coding: gbk -*-\n# 模型\n", "gb18030"),
    ("#!/usr/bin/python\n# coding=latin-1\nname = 'é'\n", "cp1252"),
    (";; -*- mode: lisp; coding: euc-jp -*-\n;; 東京都港区\n", "euc_jp"),
    ("/* vim: set fileencoding=cp1251 : */\n// да\n", "cp1251"),
    ("да\nнет\n# vim: fileencoding=koi8-r\n", "koi8-r"),
    ('<%@ page pageEncoding="GBK" %>\n订单', "gb18030"),
    ("From: a@example.org\nContent-Type: text/plain; charset=koi8-u\n\nЄ їжа\n", "koi8-u"),
    ('msgid ""\nmsgstr ""\n"Content-Type: text/plain; charset=ISO-8859-2\\n"\n\nmsgstr "źródło"\n', "iso8859-2"),
    ("\\documentclass{article}\n\\usepackage[latin2]{inputenc}\nźródło\n", "iso8859-2"),
]


@pytest.mark.parametrize(("text", "codec"), DECLARED, ids=lambda it: it[:40])
def test_a_set_that_a_text_declares_is_taken_and_is_no_guess(text: str, codec: str) -> None:
    assert decode(text.encode(codec)) == Decoded(text, codec)


@pytest.mark.parametrize(
    ("head", "body", "codec"),
    [
        ('<?xml version="1.0" encoding="UTF-8"?>', "<a>姓名年龄，张三</a>", "gb18030"),
        ('<meta charset="utf-8">', "<p>会议纪要：采购金额", "gb18030"),
        ('<meta charset="gb2312">', "<p>Größe: 5, für alle", "utf-8"),
        ('<?xml version="1.0" encoding="UTF-16"?>', "<a>姓名年龄，张三</a>", "utf-8"),
        ('<?xml version="1.0" encoding="UTF-16"?>', "<a>姓名年龄，张三</a>", "gb18030"),
        ('<?xml version="1.0" encoding="ISO-8859-2"?>', "<a>šťastný žluťoučký kůň</a>", "cp1250"),
        ("# coding: no-such-set\n", "# 会议纪要：采购金额\n", "gb18030"),
        ("# coding: unicode_escape\n", "# \\u0041 会议纪要：采购金额\n", "gb18030"),
        ("# coding: ascii\n", "# Ошибка: файл не найден\n", "cp1251"),
        ("# coding: euc-kr\n", "# 会议纪要：采购金额一万二千三百元，朱镕基\n", "gb18030"),
    ],
)
def test_a_declaration_that_does_not_hold_is_not_taken(head: str, body: str, codec: str) -> None:
    decoded = decode((head + body).encode(codec))
    assert decoded is not None
    if "ascii" not in head:  # of which the set that grew out of it reads these bytes
        assert decoded.text == head + body


LINES = "会议纪要：采购金额12300元\n"


@pytest.mark.parametrize(
    ("data", "decoded"),
    [
        ((LINES * 10_000).encode() + b"caf\xe9\n", Decoded(LINES * 10_000 + "café\n", "utf-8+cp1252", True)),
        ((LINES * 9).encode() + b"\xff\n" + LINES.encode(), Decoded(LINES * 9 + "\ufffd\n" + LINES, "utf-8", False, 1)),
        ("你好，世界".encode()[:-1] + "\n第二行\n".encode(), Decoded("你好，世\ufffd\n第二行\n", "utf-8", False, 1)),
        ("你好，世界".encode()[1:], Decoded("\ufffd好，世界", "utf-8", False, 1)),
        ("你好".encode()[:-1], Decoded("你", "utf-8")),
        (
            "编号,姓名\n1,".encode() + "张三".encode("gbk") + "\n2,李四\n".encode(),
            Decoded("编号,姓名\n1,张三\n2,李四\n", "utf-8+gb18030", True),
        ),
        (
            "Größe;Straße\n".encode() + "Größe;Straße\n".encode("cp1252"),
            Decoded("Größe;Straße\n" * 2, "utf-8+cp1252", True),
        ),
        ("表情 ".encode() + b"\xed\xa0\xbd\xed\xb8\x80" + " 好".encode(), Decoded("表情 😀 好", "utf-8")),
        ("你好 ".encode() + b"\xed\xa0\xbd there", Decoded("你好 \ufffd there", "utf-8", False, 1)),
        ("你好".encode() + b"\xc0\x80" + "世界".encode(), Decoded("你好\ufffd世界", "utf-8", False, 1)),
        (b"\xef\xbb\xbf" + "姓名,年龄\n张三,30\n".encode("gbk"), Decoded("姓名,年龄\n张三,30\n", "gb18030", True)),
        (b"\xff\xfe" + "a\ud83db".encode("utf-16-le", "surrogatepass"), Decoded("a\ufffdb", "utf-16-le", False, 1)),
        (
            b"first line\n" * 9 + bytes(4096) + "第二\n".encode(),
            Decoded("first line\n" * 9 + "\ufffd第二\n", "utf-8", False, 1),
        ),
        (b"\xef\xbb\xbf" * 2 + "姓名".encode(), Decoded("姓名", "utf-8")),
        ("价格 ".encode() * 9 + b"12 \x80\n", Decoded("价格 " * 9 + "12 \ufffd\n", "utf-8", False, 1)),
        ("� is what it says".encode(), Decoded("� is what it says", "utf-8")),
    ],
)
def test_a_few_wrong_bytes_cost_only_themselves(data: bytes, decoded: Decoded) -> None:
    assert decode(data) == decoded


def test_a_wrong_byte_costs_only_itself_in_other_sets_too() -> None:
    lines = LINES.encode("gbk") * 100
    decoded = decode(lines + b"\xff\n" + lines)
    assert decoded == Decoded(LINES * 100 + "\ufffd\n" + LINES * 100, "gb18030", True, 1)


@pytest.mark.parametrize("text", ["谢谢" * 3 + "，再见", "学校", "目录", "签证", "系统"])
def test_chinese_that_is_utf_8_by_chance_is_chinese(text: str) -> None:
    assert decode(text.encode("gb18030")) == Decoded(text, "gb18030", True)


@pytest.mark.parametrize("text", ["Größe", "naïve café", "Ψηφιακή", "привет", "שלום", "Łódź"])
def test_what_is_utf_8_is_not_taken_for_chinese(text: str) -> None:
    assert decode(text.encode()) == Decoded(text, "utf-8")


def database() -> bytes:
    connection = sqlite3.connect(":memory:")
    connection.execute("create table notes (text)")
    connection.executemany("insert into notes values (?)", [("a line of plain text",)] * 500)
    connection.commit()
    return connection.serialize()


def tar() -> bytes:
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w") as archive:
        member = tarfile.TarInfo("notes.txt")
        member.size = 2000
        archive.addfile(member, io.BytesIO(b"a line of text\n" * 200))
    return file.getvalue()


BINARY = {
    "png": b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR",
    "jpeg": b"\xff\xd8\xff\xe0\0\x10JFIF\0" + random.Random(1).randbytes(400),
    "gif": b"GIF89a\x01\0\x01\0\x80\0\0\xff\xff\xff\0\0\0!\xf9\x04",
    "elf": b"\x7fELF\x02\x01\x01" + bytes(9) + b"\x03\0>\0\x01\0\0\0",
    "python": marshal.dumps(compile("print('a line of text', [1, 2, 3])", "file", "exec")),
    "random": random.Random(2).randbytes(5000),
    "short random": random.Random(3).randbytes(100),
    "gzip": gzip.compress(b"text " * 99),
    "zlib": zlib.compress(bytes(random.Random(4).choices(b"abcdefgh", k=999))),
    "sqlite": database(),
    "tar": tar(),
    "java": b"\xca\xfe\xba\xbe\0\0\0\x34\0\x1d\x0a\0\x06\0\x0f",
    "mp3": b"ID3\x04\0\0\0\0\0\x23TSSE\0\0\0\x0f\0\0\x03Lavf58" + random.Random(5).randbytes(400),
    "font": b"\0\x01\0\0\0\x0c\0\x80\0\x03\0\x40OS/2" + bytes(range(64)),
    "pickle": pickle.dumps({"name": ["张三", 30, 1.5], "age": list(range(40))}),
    "floats": b"".join(index.to_bytes(4, "little") for index in range(0, 90_000, 7)),
    "utf-16's mark": b"\xff\xfe" + random.Random(6).randbytes(4000),
}


@pytest.mark.parametrize("name", BINARY)
def test_what_is_no_text_has_none(name: str) -> None:
    assert decode(BINARY[name]) is None


@pytest.mark.parametrize("name", ["BMW", "MZ", "ID3", "GIF89a", "BZh", "PAR1", "ARROW1"])
def test_a_text_may_begin_as_other_kinds_of_file_do(name: str) -> None:
    assert decode(f"{name},价格\n".encode()) == Decoded(f"{name},价格\n", "utf-8")
    assert decode(f"{name},价格，请查收\n".encode("gbk")) == Decoded(f"{name},价格，请查收\n", "gb18030", True)


def test_no_text_holds_nul_or_half_a_character_whatever_the_bytes() -> None:
    chance = random.Random(7)
    pieces = [
        *(text.encode("gbk") for text in ("你好", "\n")),
        *("é😀".encode(c) for c in ("utf-8", "utf-16", "utf-32")),
    ]
    pieces += [
        b"\0",
        b"\xed\xa0\xbd",
        b"\xff\xfe",
        b"\x1b$)C\x0e",
        b"~{",
        b"caf\xe9 ",
        b"<meta charset=big5>",
        b"\xc0\x80",
    ]
    for _ in range(500):
        decoded = decode(b"".join(chance.choices(pieces, k=chance.randrange(1, 12))))
        if decoded:
            assert "\0" not in decoded.text
            json.dumps(decoded.text).encode()
            decoded.text.encode()


@pytest.mark.slow
@pytest.mark.parametrize(
    ("unit", "limit_s"),
    [
        (LINES.encode(), 2),
        (LINES.encode("gbk"), 10),
        (LINES.encode("utf-16-le"), 10),
        ("Müller ".encode() + b"caf\xe9 ", 10),
        ("会议纪要".encode() * 99 + b"\xff", 10),
        (b"abcdef\xe9", 10),
        (b"<meta ", 10),
        (b"\0a", 10),
    ],
)
def test_ten_megabytes_take_seconds(unit: bytes, limit_s: float) -> None:
    begin = time.process_time()
    assert decode(unit * (10_000_000 // len(unit)))
    assert time.process_time() - begin < limit_s


@pytest.mark.parametrize("codec", [*WEIGHTS, "hz"])
def test_every_set_that_is_guessed_has_a_name_that_people_know(codec: str) -> None:
    for words in (ENGLISH, CHINESE):
        assert codec not in words.charset(codec)
        assert words.charset(codec)[-1] in ")）"


def test_a_set_is_told_with_whose_writing_it_is_for() -> None:
    assert ENGLISH.charset("cp1253") == "Greek (windows-1253)"
    assert CHINESE.charset("cp1253") == "希腊文（windows-1253）"
    assert ENGLISH.charset("utf-8+gb18030") == "UTF-8, Chinese (GB18030)"
    assert ENGLISH.charset("utf-16-le") == "UTF-16"
