"""Each template of the stack is valid: it renders in every language with its samples, and uses its variables alone."""

import pytest

from carillon.templates import SHIPPED_TEMPLATES
from carillon.templates.store import find_template, list_templates

SHIPPED = dict(list_templates(SHIPPED_TEMPLATES))


@pytest.mark.parametrize("reference", SHIPPED)
def test_a_template_is_valid(reference: str) -> None:
    find_template(SHIPPED_TEMPLATES, reference).check()


def test_the_examples_cover_the_four_uses() -> None:
    uses = {find_template(SHIPPED_TEMPLATES, name).description.partition(":")[0] for name in SHIPPED}
    assert {"Admin audit", "Content and revenue", "SaaS operations", "Team collaboration"} <= uses


def test_an_example_has_the_forms_of_arabic_and_of_each_format() -> None:
    template = find_template(SHIPPED_TEMPLATES, "invoice_overdue")
    values = {name: variable.sample for name, variable in template.variables.items()}
    titles = {
        count: {said.language: said.title for said in template.render(values | {"invoices": count})}
        for count in (0, 1, 2, 3, 11, 100, 1240)
    }
    assert titles[1]["en"] == "Northwind: 1 invoice is overdue"
    assert titles[1240]["fr"] == "Northwind : 1\u202f240 factures sont en retard"
    assert len({title["ar"].translate({ord(digit): None for digit in "0123456789,"}) for title in titles.values()}) == 5
