"""The table of contents of docs/decisions.md against its entries: numbers, dates, titles and links."""

import re
from datetime import date
from itertools import pairwise

from tests.support.paths import ROOT

PAGE = (ROOT / "docs" / "decisions.md").read_text("utf-8")
ROWS = re.findall(r"^\| (D-\d+) \| (\S+) \| \[(.+)\]\(#(\S+)\) \|$", PAGE, re.MULTILINE)
HEADINGS = re.findall(r"^## (.+)$", PAGE, re.MULTILINE)
ENTRIES = re.findall(r"^## (D-\d+): (.+)\n\nDate: (\d{4}-\d\d-\d\d)(.*)\n\n((?:.+\n)+)", PAGE, re.MULTILINE)


def slug(heading: str) -> str:
    """Return the anchor that GitHub gives a heading."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


ANCHORS = {number: slug(f"{number}: {title}") for number, title, *_ in ENTRIES}


def test_the_numbers_are_consecutive() -> None:
    assert [number for number, *_ in ENTRIES] == [f"D-{place:03}" for place in range(1, len(HEADINGS) + 1)]


def test_the_table_lists_every_entry_once_with_its_date_title_and_link() -> None:
    assert [(number, day, title, ANCHORS[number]) for number, title, day, *_ in ENTRIES] == ROWS
    assert len(re.findall(r"^\| D-", PAGE, re.MULTILINE)) == len(ROWS)


def test_every_date_is_valid() -> None:
    assert all(date.fromisoformat(day).isoformat() == day for _, _, day, *_ in ENTRIES)


def test_every_entry_has_a_decision_or_a_measurement() -> None:
    for number, *_, body in ENTRIES:
        assert re.search(r"^- \*\*(Decision|Measured):\*\* ", body, re.MULTILINE), number


def test_a_link_to_an_entry_leads_to_the_number_that_it_names() -> None:
    links = re.findall(r"\[(D-\d+)\]\(#([^)]+)\)", PAGE)
    assert links
    assert all(ANCHORS[number] == anchor for number, anchor in links)
    named = {number for *_, body in ENTRIES for number in re.findall(r"D-\d+", body)}
    assert named <= ANCHORS.keys()


def test_an_entry_is_replaced_by_a_later_one() -> None:
    for number, _, _, state, _ in ENTRIES:
        for later in re.findall(r"D-\d+(?=\])", state):
            assert number < later <= ENTRIES[-1][0], number
        assert not state or re.fullmatch(r"\. (?:Replaced|Figures replaced) by \[D-\d+\]\(#\S+\)\.", state), number


def test_no_title_is_used_twice() -> None:
    titles = sorted(title for _, title, *_ in ENTRIES)
    assert all(one != other for one, other in pairwise(titles))
