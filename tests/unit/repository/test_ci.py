"""The run on PostgreSQL 15 leaves out only tests that choose their server themselves."""

import re

from tests.support.paths import ROOT

INTEGRATION = ROOT / "tests" / "integration"
LEFT_OUT = re.findall(r"--ignore (\S+)", (ROOT / ".ci" / "run").read_text())
FIXTURES = re.findall(r"@pytest\.fixture.*\ndef (\w+)", (INTEGRATION / "conftest.py").read_text())


def test_no_ignored_file_uses_the_server_that_the_option_chooses() -> None:
    assert "database_url" in FIXTURES
    assert LEFT_OUT
    for path in LEFT_OUT:
        text = (ROOT / path).read_text()
        assert [name for name in FIXTURES if re.search(rf"[(\s]{name}: ", text)] == [], path
        assert "postgres_bin_dir" not in text, path
        assert "getfixturevalue" not in text, path
