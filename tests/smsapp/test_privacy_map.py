"""The register of what is about a person is complete, and says the truth."""

import pytest
from django.apps import apps
from django.contrib.postgres.fields import ArrayField
from django.db import models

from smsapp.privacy.labels import LABELS
from smsapp.privacy.map import ERASING, KEPT
from smsapp.privacy.spelling import Spelled

TEXT = (
    models.CharField, models.TextField, models.JSONField, models.BinaryField, models.FileField,
    models.GenericIPAddressField, ArrayField,
)  # fmt: skip


def columns() -> set[str]:
    """Every column that could hold somebody's data; one with a closed set of values cannot."""
    return {
        f"{model._meta.label}.{field.name}"
        for model in apps.get_models(include_auto_created=True)
        for field in model._meta.concrete_fields
        if isinstance(field, TEXT) and not field.choices
    }


def erased() -> set[str]:
    return {f"{step.label}.{column}" for step in ERASING for column in step.columns}


def kept() -> set[str]:
    return {f"{label}.{column}" for label, why in KEPT.items() for column in why}


def test_every_column_of_text_is_erased_or_has_a_reason_to_stay() -> None:
    unclassified = columns() - erased() - kept()
    assert unclassified == set(), "say in smsapp/privacy/map.py how it is erased, or why it is about nobody"


def test_the_register_names_no_column_that_is_not_there() -> None:
    assert (erased() | kept()) - columns() == set()


def test_no_column_is_in_both_lists() -> None:
    assert erased() & kept() == set()


def test_every_reason_to_stay_is_said() -> None:
    assert [label for label, why in KEPT.items() if not all(why.values())] == []


@pytest.mark.parametrize(
    "text",
    [
        "+12065557381", "12065557381", "2065557381", "(206) 555-7381", "206.555.7381", "206-555-7381",
        "+1 206 555 7381",
        "1 (206) 555-7381", "0012065557381", "011 1 206 555 7381", "call ٢٠٦٥٥٥٧٣٨١ now", "tel:+1-206-555-7381;x",
        "206\u2011555\u20117381",
    ],
)  # fmt: skip
def test_a_number_is_known_in_every_spelling(text: str) -> None:
    spelled = Spelled.of("+12065557381")
    assert spelled.is_in(text)
    assert not spelled.is_in(spelled.masked(text))


@pytest.mark.parametrize(
    "text", ["120655573819", "92065557381", "206555738", "2065557381000", "20655 at 57381"]
)
def test_other_figures_are_not_taken_for_it(text: str) -> None:
    assert not Spelled.of("+12065557381").is_in(text)


def test_a_british_number_is_known_with_its_trunk_zero() -> None:
    spelled = Spelled.of("+447700900123")
    assert spelled.masked("07700 900123 and +44 (0)7700 900 123.") == "[erased] and [erased]."


def test_a_short_number_needs_its_countrys_code() -> None:
    spelled = Spelled.of("+29021234")
    assert spelled.is_in("+290 21234")
    assert not spelled.is_in("21234 beans")


def test_an_address_that_is_no_number_is_known_as_it_is() -> None:
    assert Spelled.of("user-77@wa").masked("from user-77@wa") == "from [erased]"


def test_what_an_erasure_counts_has_words() -> None:
    assert {step.label for step in ERASING} <= set(LABELS)
