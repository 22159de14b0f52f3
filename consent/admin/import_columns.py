"""The form on which a person says which column of a file is which of ours."""

from collections.abc import Iterator
from typing import Any

from django import forms
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextInputWidget

from consent import layouts
from consent.intake_columns import Column, Part, columns_of
from consent.intake_mapping import Mapping
from consent.intake_proof import PROVING_METHODS
from consent.models import CONSENTED, Basis, Disclosure, Method
from contacts.csv_rows import Shape

_NOT_THERE = ("", "Not in the file")
_SAME_FOR_ALL = ("=", "The same for all rows:")


class ColumnsForm(forms.Form):
    """For each of our columns, theirs; where that can be true, one value for all rows instead.

    `guessed` fills in what `mapping` leaves open; sent by a person, the form no longer knows what was a guess.
    """

    def __init__(
        self,
        *args: Any,
        shape: Shape,
        kind: str,
        mapping: Mapping,
        guessed: dict[str, str],
        disclosures: list[str],
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self._layout = mapping.layout
        self._columns = columns_of(kind)
        self.guessed = {
            ours: theirs
            for ours, theirs in guessed.items()
            if ours not in mapping.constants
            and ours not in mapping.columns
            and theirs not in mapping.columns.values()
        }
        self._values: dict[str, list[tuple[str, Any]]] = {
            "disclosure": [(slug, slug) for slug in disclosures],
            "consent_method": [(method, Method(method).label) for method in PROVING_METHODS],
            "consent_purpose": [
                *[(kind, kind) for kind in CONSENTED],
                (";".join(CONSENTED), " and ".join(CONSENTED)),
            ],
            "consent_basis": list(Basis.choices),
            "opt_out_offered": [("yes", "Yes")],
        }
        theirs = [(name, name) for name in shape.columns]
        for column in self._columns:
            ways = [_NOT_THERE, *([_SAME_FOR_ALL] if column.for_all else []), *theirs]
            constant = mapping.constants.get(column.name, "")
            self.fields[column.name] = forms.ChoiceField(
                label=column.label,
                choices=ways,
                required=column.name == "phone",
                initial="=" if constant else (mapping.columns | self.guessed).get(column.name, ""),
                widget=UnfoldAdminSelectWidget,
                help_text=column.help,
            )
            if column.for_all:
                self.fields[f"{column.name}_all"] = self._constant_field(column, constant)

    def _constant_field(self, column: Column, value: str) -> forms.Field:
        label = f"{column.label}, for all rows"
        choices = self._values.get(column.name)
        if choices:
            return forms.ChoiceField(
                label=label,
                choices=[("", "Choose"), *choices],
                required=False,
                initial=value,
                widget=UnfoldAdminSelectWidget,
            )
        return forms.CharField(
            label=label, required=False, max_length=200, initial=value, widget=UnfoldAdminTextInputWidget
        )

    def clean(self) -> dict[str, Any]:
        said: dict[str, Any] = super().clean() or {}
        for column in self._columns:
            if said.get(column.name) == "=" and not said.get(f"{column.name}_all"):
                self.add_error(column.name, "Say which value holds for all rows.")
        return said

    @property
    def mapping(self) -> Mapping:
        """What was chosen, once the form is valid."""
        said = self.cleaned_data
        columns = {c.name: said[c.name] for c in self._columns if said.get(c.name) not in {"", "=", None}}
        constants = {c.name: said[f"{c.name}_all"] for c in self._columns if said.get(c.name) == "="}
        return Mapping(self._layout, columns, constants)

    def parts(self) -> Iterator[tuple[Part, list[tuple[Any, Any, bool]], bool]]:
        """The fields by what they are about, and whether any is used or wrong.

        Each comes with its field for all rows, and with whether a guess stands in it that nobody has confirmed.
        """
        for part in Part:
            fields = [
                (
                    self[column.name],
                    self[f"{column.name}_all"] if column.for_all else None,
                    not self.is_bound and column.name in self.guessed,
                )
                for column in self._columns
                if column.part is part
            ]
            if fields:
                is_used = any(field.value() or field.errors for field, _, _ in fields)
                yield part, fields, is_used or part in {Part.PERSON, Part.CONSENT}


def layout_words(slug: str) -> str:
    """The name of a layout for people."""
    known = layouts.layouts().get(slug)
    return known.name if known else "Columns chosen by hand"


def disclosures_of(program_id: Any) -> list[str]:
    """The slugs of a program's disclosures."""
    found = Disclosure.objects.filter(program_id=program_id).order_by("slug").values_list("slug", flat=True)
    return list(found.distinct())
