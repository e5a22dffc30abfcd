"""Forms as browsers and mail clients post them."""

import base64

import pytest

from carillon.api.forms import read_form

URL_ENCODED = "application/x-www-form-urlencoded"


def multipart(*fields: tuple[str, str], boundary: str = "b") -> str:
    parts = [
        f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n' for name, value in fields
    ]
    return "".join([*parts, f"--{boundary}--\r\n"])


@pytest.mark.parametrize("is_base64", [True, False])
@pytest.mark.parametrize(
    ("body", "content_type", "fields"),
    [
        ("a=1&b=%C3%A9&a=2&c=", URL_ENCODED, {"a": ["1", "2"], "b": ["é"], "c": [""]}),
        ("List-Unsubscribe=One-Click", "", {"List-Unsubscribe": ["One-Click"]}),
        ("a=1\r\n", URL_ENCODED, {"a": ["1"]}),
        ("\r\n\ufeffa = 1 &b=2%0D%0A&c=+\t\n", URL_ENCODED, {"a": ["1"], "b": ["2"], "c": [""]}),
        (multipart(("a", " 1\n")), "multipart/form-data; boundary=b", {"a": ["1"]}),
        (multipart(("a", "1"), ("b", "x=y&z"), ("a", "2")), "multipart/form-data; boundary=b",
         {"a": ["1", "2"], "b": ["x=y&z"]}),
        (multipart(("a", "1"), boundary="--=_x"), 'Multipart/Form-Data; boundary="--=_x"', {"a": ["1"]}),
        (multipart(("a", "1"), boundary="other"), "multipart/form-data; boundary=b", {}),
        (multipart(("a", "1")), "multipart/form-data", {}),
        ("", URL_ENCODED, {}),
    ],
)  # fmt: skip
def test_a_form_returns_each_field_with_all_its_values(
    body: str, content_type: str, fields: dict[str, list[str]], is_base64: bool
) -> None:
    sent = base64.b64encode(body.encode()).decode() if is_base64 else body
    assert read_form(sent, content_type, is_base64=is_base64) == fields


@pytest.mark.parametrize(
    ("body", "is_base64"),
    [(None, False), (None, True), ("not base64!", True), ("YQ", True), (base64.b64encode(b"\xff").decode(), True)],
)
def test_an_unreadable_form_has_no_fields(body: str | None, is_base64: bool) -> None:
    assert not {**read_form(body, URL_ENCODED, is_base64=is_base64)}.get("a", [""])[0]
    assert "scope" not in read_form(body, "multipart/form-data; boundary=b", is_base64=is_base64)


def test_bytes_that_are_not_utf_8_do_not_hide_the_other_fields() -> None:
    sent = base64.b64encode(b"name=\xe9t\xe9&List-Unsubscribe=One-Click\r\n").decode()
    assert read_form(sent, URL_ENCODED, is_base64=True)["List-Unsubscribe"] == ["One-Click"]
