"""The file categories.toml: its encoding, and errors in words for the person who wrote it."""

from pathlib import Path

import pytest

from carillon.categories import read_categories

DESCRIBED = 'description = { en = "Text", fr = "Texte" }'
INVOICE = f'name = "invoice"\n{DESCRIBED}'


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "categories.toml"


def test_a_file_is_utf_8_with_or_without_a_byte_order_mark(file: Path) -> None:
    text = f"[[categories]]\n{INVOICE}"
    file.write_text(text, "utf-8-sig")
    assert read_categories(file).names == ["invoice"]
    file.write_bytes(text.replace("invoice", "été").encode("latin-1"))
    with pytest.raises(ValueError, match=r"categories\.toml: is not UTF-8 \(byte \d+\): save it as UTF-8"):
        read_categories(file)


def test_an_error_speaks_of_the_file_and_not_of_a_request(file: Path) -> None:
    mandatory = f'name = "job"\n{DESCRIBED}\nmandatory = ["push"]\ndefault.push = {{ enabled = true }}'
    file.write_text(f"[[categories]]\n{INVOICE}\ncolour = 1\ndefault.email = 1\n[[categories]]\n{mandatory}", "utf-8")
    with pytest.raises(ValueError, match="colour: is not a field of this file") as refused:
        read_categories(file)
    assert "default.email: must be a table" in str(refused.value)
    assert "category job: default.push has no effect" in str(refused.value)
    assert "request" not in str(refused.value)
    assert "JSON" not in str(refused.value)
