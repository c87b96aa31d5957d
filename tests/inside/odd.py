# ruff: noqa: E501
"""What many_requests.py makes its requests of: parts that are odd, each in its own way."""

from __future__ import annotations

from typing import Any

METHODS = ("GET", "POST", "PUT", "DELETE", "HEAD", "OPTIONS", "TRACE", "PATCH", "CONNECT", "PROPFIND", "get", "")
ODD_SEGMENTS = (
    "", ".", "..", "%00", "a%00b", "%2e%2e", "%2E%2E%2F", "..%2F..%2Fetc%2Fpasswd", "..%5c..%5c", "%", "%zz", "%ff", "%c0%af",
    "%ed%a0%80", "%F0%9F%98%80", "%E6%B8%85", "%0d%0aSet-Cookie:a=b", "%0A", "%7f", "%1b[31m", "a" * 256, "a" * 4000,
    "%E6%B8%85" * 100, "*", "**", "[", "[!a]", "{x}", "~", "~root", "con", "nul", "-1", "0", "null", "None", "true",
    "NaN", "1e999", "99999999999999999999999", "undefined", "default", "favicon.svg", "style.css", "page.js", "page",
    "%2F", "%2Fetc%2Fpasswd", "//", "a/b/c", "a//b", "./a", "a/..", "a/../../../../app.py", ";x=1", "a;b", "'", "%22",
    "'%20OR%201=1--", "<script>", "%3Cscript%3E", "$%7B7*7%7D", "%252e%252e", "%u0041", " ", "+", "%20", "\\", "a:b", "json",
    "md", "github", "azure-ad-hybrid", "callback", "Qingtan", "http://evil.example/",
)  # fmt: skip
ODD_TARGETS = (
    "*", "", "http://localhost:8000/user", "http://evil.example/user", "https://[", "//evil.example/", "//", "///user", "/?",
    "/%", "/..", "/../../../app.py", "?x", "localhost:443", "http://", "/public/../.env", "/public/%2e%2e/%2e%2e/.env",
    "/ws/socket.io", "/ws/socket.io/", "/ws/socket.io/?EIO=4&transport=polling&sid=x", "/ws/socket.io/?EIO=3",
    "/ws/socket.io/?EIO=4&transport=polling&j=x", "/ws/socket.io/?EIO=4&transport=websocket", "/docs", "/redoc",
    "/openapi.json", "/docs/oauth2-redirect", "/.env", "/.git/config", "/import/", "/user/", "/login/callback",
)  # fmt: skip
ODD_TEXTS = (
    "", "a", "\0", "\ud800", "\udfff\ud800", "清谈", "😀", "x" * 300, "x" * 20_000, "../../x", "null", "1e400", "<b>", "\r\n",
    "\u202e", "' OR 1=1 --", "%00", "{}", "[]", "-1",
)  # fmt: skip
ODD_VALUES: tuple[Any, ...] = (
    None, True, False, 0, -1, 1.5, 10**30, 1e308, [], {}, [[]], [None], {"": None}, {"a": {"b": [1]}}, [1] * 50, *ODD_TEXTS,
)  # fmt: skip
ODD_BODIES = (
    b"", b"{", b"[", b"null", b"1", b'"a"', b"[1]", b"\xff\xfe", b"\0", b"{}" * 2, b'{"a":NaN}', b'{"a":1e999}', b"[" * 5_000,
    b'{"a":' * 5_000, b'{"a":"\\ud800"}', b'{"a":"\\u0000"}', b"\xef\xbb\xbf{}", b'{"sessionId":1,"sessionId":[]}', b"a=b&c",
    b"username=a&password=%00", b"username=%ED%A0%80&password=%FF", b"username", b"=&=&", b"&" * 2_000, b"a=" * 2_000,
    b"--b\r\n\r\n", b"--b", b"--b\r\nContent-Disposition: form-data; name=\"file\"\r\n\r\nx\r\n--b--\r\n",
    b"--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a\\0\xff\"\r\nContent-Type: a\r\n\r\nx\r\n--b--\r\n",
    b"--b\r\nContent-Disposition: form-data; name=\"chat\"; filename=\"\"\r\n\r\n{\"format\":\"qingtan-chat\"}\r\n--b--\r\n",
    b"--b\r\nContent-Disposition: form-data; name=\"chat\"; filename=\"c\"\r\n\r\n[[[[\r\n--b--\r\n",
    b"--b\r\nContent-Disposition: form-data\r\n\r\nx\r\n--b--\r\n", b"--b\r\nContent-Disposition: x\r\n\r\n\r\n--b--",
    b"--b\r\n\xff: \0\r\n\r\nx\r\n--b--\r\n", b"--b\r\n" * 300,
)  # fmt: skip
TYPES = (
    "application/json", "application/json; charset=utf-16", "application/x-www-form-urlencoded", "text/plain", "",
    "application/x-www-form-urlencoded; charset=utf-7", "multipart/form-data; boundary=b", "multipart/form-data",
    "multipart/form-data; boundary=b; charset=utf-7", "multipart/form-data; boundary=b; charset=punycode",
    "multipart/form-data; boundary=\"b", "multipart/form-data; boundary=", "multipart/mixed; boundary=b", "*/*", "a", ";",
    "application/x+json", "application/json\xff",
)  # fmt: skip
ODD_HEADERS = (
    ("range", "bytes=0-"), ("range", "bytes=-1"), ("range", "bytes=5-1"), ("range", "bytes=0-0,2-3,9-"), ("range", "x=1-2"),
    ("range", "bytes=" + "0-0," * 200), ("range", "bytes=99999999999999999999-"), ("range", "bytes=a-b"), ("range", ""),
    ("if-range", "\"x\""), ("if-none-match", "*"), ("if-none-match", "\"\xff"), ("if-modified-since", "x"), ("if-match", "*"),
    ("if-modified-since", "Thu, 99 Foo 9999 99:99:99 GMT"), ("if-unmodified-since", "0"), ("accept", "text/html"),
    ("accept", "*/*;q=x"), ("accept-language", "zh-CN"), ("accept-language", "\xff" * 50), ("accept-encoding", "gzip"),
    ("accept-encoding", "gzip;q=0, *"), ("content-length", "abc"), ("content-length", "-5"), ("content-length", "9" * 30),
    ("expect", "100-continue"), ("transfer-encoding", "chunked, x"), ("upgrade", "websocket"), ("connection", "upgrade"),
    ("origin", "http://evil.example"), ("origin", "null"), ("origin", "http://["), ("origin", "http://localhost:8000"),
    ("origin", "http://localhost:x"), ("origin", "\xff"), ("x-forwarded-host", "["), ("x-forwarded-proto", "gopher"),
    ("x-forwarded-for", "\xff, ::1"), ("forwarded", "for=\"[\""), ("host", ""), ("host", "["), ("host", "[::1]:x"),
    ("host", "localhost:99999999"), ("host", "a b"), ("host", "\xff"), ("host", "evil.example"), ("host", "localhost@x"),
    ("host", "localhost/../x"), ("host", "127.0.0.1:8000"), ("host", "::1"), ("host", "%00"), ("host", "a" * 5_000),
    ("authorization", "Bearer"), ("authorization", "Bearer a b"), ("authorization", "Basic \xff"), ("authorization", ""),
    ("authorization", "Bearer x.y.z"), ("authorization", "Bearer " + "a" * 5_000), ("sec-fetch-site", "cross-site"),
    ("access-control-request-method", "PUT"), ("x-http-method-override", "DELETE"), ("user-agent", "\xff" * 300),
)  # fmt: skip
ODD_COOKIES = (
    "access_token", "access_token=", "access_token=x", "access_token=a.b.c", "access_token=\xff", "access_token=\"",
    "access_token_0=a; access_token_1=b", "access_token=eyJhbGciOiJub25lIn0.e30.", "=", ";;;", "a=b; " * 300, "oauth_state=x",
    "access_token=null", "access_token=" + "a" * 5_000, "access_token=eyJhbGciOiJIUzI1NiJ9.W10.x", "X-Chainlit-Session-id=\xff",
)  # fmt: skip
