"""Writing results into docs/benchmarks.md, with the plots and the JSON beside it."""

import re

from benchmarks import bars, plots, report, results
from benchmarks.children import ROOT
from benchmarks.figures import Results

PAGE = ROOT / "docs" / "benchmarks.md"
FOLDER = ROOT / "docs" / "benchmarks"


def publish(measured: Results) -> None:
    """Write the JSON, the plots, and the tables between the marks of the page. Older results replace nothing."""
    latest = newer(results.read(FOLDER / "results.json"), measured)
    results.write(FOLDER / "results.json", latest)
    for name, drawing in plots.draw(latest).items():
        (FOLDER / f"{name}.svg").write_text(drawing, "utf-8")
    PAGE.write_text(render(PAGE.read_text("utf-8"), latest), "utf-8")


def newer(published: Results, measured: Results) -> Results:
    """Return the newer result of each section. The file of this machine may lack sections, or have old ones."""
    both = [*published.sections.items(), *measured.sections.items()]
    return Results(sections=dict(sorted(both, key=lambda each: each[1].started)))


def render(page: str, measured: Results) -> str:
    """Return the page with new text between each pair of marks `<!-- results NAME -->` and `<!-- end -->`.

    The name is that of a section, or `bars`. A section without results gets the sentence "Not measured yet."
    """
    mark = re.compile(r"(<!-- results (\w+) -->\n).*?(<!-- end -->)", re.DOTALL)
    return mark.sub(lambda found: found[1] + "\n".join(["", *_block(found[2], measured), "", found[3]]), page)


def _block(name: str, measured: Results) -> list[str]:
    if name == "bars":
        return report.verdicts(bars.judge(measured))
    if name not in measured.sections:
        return ["Not measured yet."]
    return report.section(measured.sections[name])
