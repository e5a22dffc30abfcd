"""Values that no one means: ids, texts, numbers, headers and links of attackers and of mistakes."""

from typing import Any

HIDDEN = ("\u200b", "\u00a0", "\u3164", "\u2800", "\u00ad", "\ufeff", "\u202e", "\U000e0041", "\ufffd", "\x00", "\x1f")
IDS = (
    "alice", "a/b", "/a", "a/", ".", "..", "a/../b", "%", "%2F", "%00", "%25", "a%2Fpreferences", "preferences",
    "a/preferences", " ", "a b", " a", "a ", "é" * 128, "🔔" * 128, "x" * 129, "x" * 5000, "'; DROP TABLE x; --", "\\",
    "null", "undefined", "true", "0", "-1", "NaN", "{}", "[]", '"', "a\nb", "a\r\nX: y", "${jndi:x}", "{{7*7}}", "",
    *(f"a{hidden}b" for hidden in HIDDEN), *HIDDEN,
)  # fmt: skip
TEXTS = (
    *IDS, "x" * 200, "x" * 201, "x" * 4001, "x" * 20_000, "🏳️‍🌈" * 60, "a\u0301" * 100, "\ud800", "\udfff\ud800",
    "<script>alert(1)</script>", "%s%n%x", "\u2028", "=cmd|'/c calc'!A1", "\x1b[31m", "مرحبا", "\u202eevil",
)  # fmt: skip
NUMBERS = (0, -1, 1, 2**31, 2**63, 2**64, -(2**63) - 1, 1e308, -1e308, 1e-324, 0.1, 10**400, True, False)
LINKS = (
    "/", "//evil.example", "/\\evil.example", "\\\\evil.example", "https://docs.example.com", "https://evil.example",
    "https://docs.example.com@evil.example", "https://docs.example.com.evil.example", "javascript:alert(1)", "data:,x",
    "http://docs.example.com", "https://docs.example.com:99999", "https://[::1]", "https://", "https:///x", "/%2F/evil",
    "/\t/evil.example", "/\n", "file:///etc/passwd", "/" + "x" * 2048, "https://" + "a" * 3000 + ".example", " /", "/é",
)  # fmt: skip
TIMES = (
    "2026-11-23T10:00:00Z", "9999-12-31T23:59:59-23:59", "0001-01-01T00:00:00+14:00", "2026-13-45T99:99:99Z", "now", 0,
    1e18, "2026-11-23", "2026-11-23T10:00:00", "٢٠٢٦-11-23T10:00:00Z", "2026-11-23T10:00:00.999999999999Z", "",
)  # fmt: skip
CONTENT_TYPES = (
    "application/json", "application/json; charset=utf-8", "application/json; charset=iso-8859-1", "text/plain", "",
    "application/x-www-form-urlencoded", "multipart/form-data", "multipart/form-data; boundary=x", "x" * 5000,
    "application/json; charset=utf-16", "image/png", "application/json, application/json", "\x00", ";;;", "text/",
)  # fmt: skip
HEADERS: tuple[tuple[str, str], ...] = (
    ("If-None-Match", "*"), ("If-None-Match", 'W/"x", ' * 900), ("If-None-Match", '"'), ("If-None-Match", ""),
    ("Idempotency-Key", "k" * 255), ("Idempotency-Key", "k" * 256), ("Idempotency-Key", "\u3164"),
    ("Idempotency-Key", "é"), ("Idempotency-Key", "a, b"), ("Accept-Language", "de;q=9,*;q=-1,;;;" * 400),
    ("Accept-Language", "x" * 8000), ("Content-Encoding", "gzip"), ("Content-Encoding", "br, gzip"),
    ("Content-Length", "-1"), ("Content-Length", "9" * 400), ("Transfer-Encoding", "chunked"), ("Host", "evil.example"),
    ("X-HTTP-Method-Override", "DELETE"), ("X-Forwarded-For", "127.0.0.1"), ("X-Original-URL", "/recipients/alice"),
    ("Cookie", "a=b;" * 1000), ("Origin", "null"), ("Accept", "text/html;q=x"), ("Range", "bytes=0-,5-1"),
    ("Expect", "100-continue"), ("X-Amzn-Trace-Id", "x" * 5000), ("Authorization", "Basic x"), ("", "empty name"),
)  # fmt: skip
QUERIES = (
    "limit=100",
    "limit=1", "limit=0", "limit=1e9", "limit=" + "9" * 5000, "limit=5&limit=6", "cursor=x", "cursor=%00", "cursor=%FF",
    "unread=1&unread=0", "unread=maybe", "event=a%25", "event=" + "a" * 200, "archived=1&Archived=0", "dry_run=1",
    "dry_run=1&dryRun=0", "dryRun=1&dryRun=1", "dry-run=1", "DRY_RUN=1", "dry%5Frun=1&dry_run=0", "user_id=bob",
    "userId=bob&user_id=alice", "user_ids=a&user_ids=b", "&&&=&=", "=x", "%", "%zz=1", "a[]=1&a[]=2", "__proto__=1",
    "x=" + "y" * 8000, "&".join(f"n{number}=1" for number in range(500)), "user_id=a%2Fb&idempotency_key=k",
    "user_id=%E3%85%A4&idempotency_key=k", "user_id=a&user_id=b&idempotency_key=k", "idempotency_key=%00&user_id=a",
)  # fmt: skip
SUBJECTS: tuple[dict[str, str], ...] = (
    {"sub": "alice"}, {"sub": ""}, {}, {"sub": "x" * 128}, {"sub": "x" * 129}, {"sub": "x" * 9000}, {"sub": " "},
    *({"sub": f"a{hidden}b"} for hidden in HIDDEN), *({"sub": user_id} for user_id in IDS),
    {"client_id": "app", "scope": "carillon/send"}, {"client_id": "\u3164", "scope": "carillon/send"},
    {"client_id": "c" * 256, "scope": "carillon/send"}, {"scope": "carillon/send"},
    {"azp": "a", "scope": "carillon/send"}, {"sub": "alice", "scope": "carillon/sender"},
    {"sub": "alice", "scope": "carillon/send " * 500},
    {"sub": "alice", "scp": "[carillon/send]"}, {"sub": "alice", "scope": "[carillon/send openid]"},
    {"sub": "alice", "email": "x", "email_verified": "true"}, {"sub": "alice", "email": "a@b.example"},
    {"sub": "alice", "email": "\x00", "email_verified": "true"},
    {"sub": "alice", "email": "a@b.example", "email_verified": "maybe"},
)  # fmt: skip
PLAIN: tuple[Any, ...] = (None, True, False, "", [], {}, "x", 0, *NUMBERS)
