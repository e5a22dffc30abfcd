"""Files of categories: what they may contain, the errors of a wrong one, and the shipped one."""

import json
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from carillon.categories import SHIPPED, Categories, read_categories
from carillon.settings import CreateSettings, DeliverSettings, ReaperSettings, RecipientsSettings
from carillon.settings.groups import Settings
from tests.support.settings import categories_of

NEEDED = {"DATABASE_URL": "postgresql://db/carillon", "QUEUE_URL": "https://queue"}
DESCRIBED = 'description = { en = "Invoices", fr = "Factures" }'


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "categories.toml"


def written(file: Path, *tables: str) -> Path:
    file.write_text("\n".join(f"[[categories]]\n{table}" for table in tables), "utf-8")
    return file


def invoice(line: str = "") -> str:
    return f'name = "invoice"\n{DESCRIBED}\n{line}'


def changes(categories: Categories) -> dict[str, Any]:
    """Return the fields that each category sets, without its name and its description."""
    fields = {
        each.name: {name: value for name, value in each.model_dump(exclude={"name", "description"}).items()
                    if value not in (None, {}, False)}
        for each in categories.declared
    }  # fmt: skip
    return {name: given for name, given in fields.items() if given}


def test_the_shipped_file_is_accepted_and_only_changes_of_routing_are_passed_on() -> None:
    shipped = read_categories()
    assert [each.name for each in shipped.declared] == [
        "invoice", "sync", "job", "publication", "link", "mention", "comment", "review", "document", "onboarding",
        "consultation", "security",
    ]  # fmt: skip
    assert changes(shipped).keys().isdisjoint({"invoice", "sync", "job", "publication", "link"})
    assert changes(shipped)["mention"] == {
        "default": {"email": {"minimum_severity": "info"}, "push": {"minimum_severity": "info"}},
        "only_if_unread_minutes": 10,
    }
    assert changes(shipped)["comment"]["default"]["email"] == {"minimum_severity": "info", "grouping": 10}
    assert changes(shipped)["security"] == {"mandatory": ["email"], "audit": True}
    assert all(each.description.en and each.description.fr for each in shipped.declared)


def test_the_file_is_where_the_built_layer_puts_it() -> None:
    """layers/carillon/Makefile copies the file beside the package."""
    import carillon

    package = Path(carillon.__file__).parent
    assert package.parent / "categories.toml" == SHIPPED
    assert (SHIPPED.parent / "requirements.txt").exists()  # the folder that the layer is built from


def test_a_file_may_set_every_field(file: Path) -> None:
    written(
        file,
        invoice('default.email = { enabled = true, minimum_severity = "success", grouping = "hourly" }\n'
                "default.push = { enabled = false, grouping = 1440 }\nonly_if_unread_minutes = 1440\naudit = false"),
        f'name = "invoice.paid"\n{DESCRIBED}\nmandatory = []',
    )  # fmt: skip
    assert changes(read_categories(file)) == {
        "invoice": {
            "default": {
                "email": {"enabled": True, "minimum_severity": "success", "grouping": "hourly"},
                "push": {"enabled": False, "grouping": 1440},
            },
            "only_if_unread_minutes": 1440,
        },
        "invoice.paid": {"mandatory": []},
    }


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("colour = 1", "category invoice: colour: is not a field"),
        ("default.fax = {}", "category invoice: default.fax: is not a field"),
        ('default.email = { severity = "info" }', "category invoice: default.email.severity: is not a field"),
        ('default.email = { minimum_severity = "low" }', "default.email.minimum_severity: must be 'info', 'success'"),
        ('default.email = { enabled = "yes" }', "default.email.enabled: must be true or false"),
        ("default.email = { grouping = 0 }", "default.email.grouping: must be now, hourly, or a whole number"),
        ("default.push = { grouping = 1441 }", "default.push.grouping: must be now, hourly, or a whole number"),
        ("default.push = { grouping = true }", "default.push.grouping: must be now, hourly, or a whole number"),
        ('default.push = { grouping = "daily" }', "default.push.grouping: must be now, hourly, or a whole number"),
        ("only_if_unread_minutes = 0", "category invoice: only_if_unread_minutes: "),
        ("only_if_unread_minutes = 1441", "category invoice: only_if_unread_minutes: "),
        ("only_if_unread_minutes = 1.0", "only_if_unread_minutes: must be a whole number"),
        ('mandatory = ["in_app"]', "category invoice: mandatory.0: must be 'email' or 'push'"),
        ('mandatory = "email"', "category invoice: mandatory: must be a list"),
        ('mandatory = ["email", "email"]', "category invoice: mandatory: must name a channel once"),
        ('mandatory = ["push"]\ndefault.push = { enabled = true }', "default.push has no effect where push is"),
        ("audit = 1", "category invoice: audit: must be true or false"),
    ],
)  # fmt: skip
def test_an_error_names_its_category(file: Path, line: str, message: str) -> None:
    with pytest.raises(ValueError, match=r"categories\.toml: category invoice: ") as refused:
        read_categories(written(file, f'name = "job"\n{DESCRIBED}', invoice(line)))
    assert message in str(refused.value)


@pytest.mark.parametrize(
    ("table", "message"),
    [
        ('name = "invoice"', "category invoice: description: is required"),
        ('name = "invoice"\ndescription = { en = "Invoices" }', "category invoice: description.fr: is required"),
        ('name = "invoice"\ndescription = { en = "Invoices", fr = " " }', "description.fr: must not be blank"),
        ('name = "invoice"\ndescription = { en = "a", fr = "b", xx = "c" }', "description.xx: is not a field"),
        (DESCRIBED, "category number 1: name: is required"),
        (f'name = "Invoice"\n{DESCRIBED}', "category Invoice: name: must be lower-case words"),
        (f'name = "invoice."\n{DESCRIBED}', "category invoice.: name: must be lower-case words"),
        (f'name = "{"a" * 101}"\n{DESCRIBED}', "name: must have at most 100 characters"),
    ],
)
def test_an_error_names_a_missing_or_wrong_field(file: Path, table: str, message: str) -> None:
    with pytest.raises(ValueError, match=r"categories\.toml: ") as refused:
        read_categories(written(file, table))
    assert message in str(refused.value)


def test_a_name_declared_twice_is_refused(file: Path) -> None:
    with pytest.raises(ValueError, match=r"categories: declared more than once: invoice$"):
        read_categories(written(file, invoice(), f'name = "job"\n{DESCRIBED}', invoice("audit = true")))


def test_all_problems_are_reported_together(file: Path) -> None:
    with pytest.raises(ValueError, match="audit") as refused:
        read_categories(written(file, invoice("audit = 1\ncolour = 1"), f'name = "X"\n{DESCRIBED}'))
    assert len(str(refused.value).splitlines()) == 3


@pytest.mark.parametrize(
    ("text", "message"),
    [("[[categories]", "line 1"), ("[[category]]", "category: is not a field"), ("categories = 1", "categories: ")],
)
def test_a_file_with_other_content_is_refused(file: Path, text: str, message: str) -> None:
    file.write_text(text)
    with pytest.raises(ValueError, match=r"categories\.toml: ") as refused:
        read_categories(file)
    assert message in str(refused.value)


def test_an_empty_file_declares_nothing(file: Path) -> None:
    file.write_text("")
    assert changes(read_categories(file)) == {}


@pytest.mark.parametrize("model", [CreateSettings, DeliverSettings, RecipientsSettings, ReaperSettings])
def test_a_wrong_or_missing_file_fails_the_cold_start_with_its_error(model: type[Settings], file: Path) -> None:
    environment = NEEDED | {"CATEGORIES_FILE": str(file)}
    with pytest.raises(ValidationError, match=r"categories\.toml"):
        model.load(environment)
    written(file, invoice("audit = 1"))
    with pytest.raises(ValidationError, match="category invoice: audit: must be true or false"):
        model.load(environment)
    written(file, invoice())
    model.load(environment)


def test_routing_gets_the_categories_of_the_file(file: Path) -> None:
    environment = NEEDED | {"CATEGORIES_FILE": str(written(file, invoice('mandatory = ["push"]')))}
    for model in (CreateSettings, DeliverSettings, RecipientsSettings):
        rules = json.loads(model.load(environment).for_all_events)["rules"]
        assert {rule["category"]: rule["mandatory_by"] for rule in rules if rule["channel"] == "push"} == {
            "": None, "invoice": "invoice",
        }  # fmt: skip
        assert '"mandatory_by": "security"' in model.load(NEEDED).for_all_events


def declared(**categories: dict[str, Any]) -> Categories:
    description = {"en": "It", "fr": "Cela"}
    named = ((name.replace("__", "."), fields) for name, fields in categories.items())
    return Categories.model_validate(
        {"categories": [{"name": name, "description": description} | fields for name, fields in named]}
    )


def test_a_mandatory_category_covers_those_below_unless_they_opt_out() -> None:
    categories = declared(
        security={"mandatory": ["email"]},
        security__news={"mandatory": []},
        security__keys={"default": {"push": {"enabled": True}}},
        security__news__legal={"mandatory": ["push"]},
    )
    names = ["security", "security.role", "security.keys.made", "security.news", "security.news.legal.x", "secure"]
    assert {name: categories.mandatory_by(name, "email") for name in names} == {
        "security": "security", "security.role": "security", "security.keys.made": "security",
        "security.news": None, "security.news.legal.x": None, "secure": None,
    }  # fmt: skip
    assert categories.mandatory_by("security.news.legal.x", "push") == "security.news.legal"
    assert categories.mandatory_by("security", "push") is None


def test_audit_covers_the_categories_below() -> None:
    categories = declared(security={"audit": True}, security__news={}, job={"audit": False}, plain={})
    assert categories.audit == ["security"]
    assert [categories.audited(name) for name in ("security", "security.news", "job", "plain", "securities")] == [
        True, True, False, False, False,
    ]  # fmt: skip


@pytest.mark.parametrize("fields", [{"mandatory": ["email"]}, {"audit": True}])
def test_a_category_whose_notifications_must_be_true_cannot_be_opened(fields: dict[str, Any]) -> None:
    with pytest.raises(ValidationError, match="producers_only cannot be false"):
        categories_of({"law": fields | {"producers_only": False}})
    # An exception below it opens nothing either.
    categories = categories_of({"law": fields, "law.note": {"producers_only": False}})
    assert categories.producers_only("law.note.x") == "law"


@pytest.mark.parametrize(
    ("name", "by"),
    [
        ("bill", "bill"),
        ("bill.due", "bill"),
        ("bill.note.x", None),
        ("bill.note.tax", "bill.note.tax"),
        ("bills", None),
    ],
)
def test_the_most_specific_category_decides_who_may_record(name: str, by: str | None) -> None:
    categories = categories_of({
        "bill": {"producers_only": True}, "bill.note": {"producers_only": False},
        "bill.note.tax": {"producers_only": True},
    })  # fmt: skip
    assert categories.producers_only(name) == by
