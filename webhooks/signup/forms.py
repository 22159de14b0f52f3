"""The fields of the sign-up form, their checks, and what is wrong in the visitor's language."""

import dataclasses
import unicodedata
from typing import Any

from django import forms

from consent.models import Program
from contacts.geography import US_FAMILY
from contacts.phones import BadPhone, Phone, PhoneProblem, parse
from webhooks.signup.offer import Box, Offer

LONGEST_PHONE = 40
LONGEST_NAME = 40
# A field that people do not see; who fills it in is a program.
TRAP = "subject"
_BESIDE_LETTERS = frozenset(" '’.-")
_WORDS_OF_PROBLEM = {
    PhoneProblem.MISSING: "phone_missing",
    PhoneProblem.PREMIUM_RATE: "phone_kind",
    PhoneProblem.TOLL_FREE: "phone_kind",
    PhoneProblem.LANDLINE: "phone_kind",
    PhoneProblem.NOT_TEXTABLE: "phone_kind",
    PhoneProblem.UNKNOWN_COUNTRY: "phone_country",
}


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Signup:
    """A form filled in rightly: what the person typed and ticked, on what they were shown."""

    offer: Offer
    phone: Phone
    first_name: str
    ticked: tuple[Box, ...]


class SignupForm(forms.Form):
    """Phone, first name and the boxes; the messages are those of the offer's language."""

    def __init__(self, data: Any = None, *, offer: Offer, initial: Any = None) -> None:
        super().__init__(data, initial=initial)
        self.offer = offer
        said = offer.words
        self.fields["phone"] = forms.CharField(
            max_length=LONGEST_PHONE, error_messages=_all(said["phone_bad"], required=said["phone_missing"])
        )
        self.fields["first_name"] = forms.CharField(
            max_length=LONGEST_NAME, required=False, error_messages=_all(said["name_bad"])
        )
        untold = said["agree_one" if offer.has_one_box else "agree_missing"]
        self.fields["agree"] = forms.MultipleChoiceField(
            choices=[(box.kind, box.label) for box in offer.boxes], error_messages=_all(untold)
        )
        self.fields[TRAP] = forms.CharField(
            required=False, max_length=0, error_messages=_all(said["trap_filled"])
        )

    def clean_phone(self) -> Phone:
        program = self.offer.page.program
        try:
            phone = parse(self.cleaned_data["phone"], country=program.country)
        except BadPhone as bad:
            words = self.offer.words[_WORDS_OF_PROBLEM.get(bad.reason, "phone_bad")]
            raise forms.ValidationError(words) from bad
        if not _serves(program, phone.country):
            raise forms.ValidationError(self.offer.words["phone_country"])
        return phone

    def clean_first_name(self) -> str:
        """A name is letters: nobody smuggles an address or an advertisement into a person's record."""
        name: str = " ".join(self.cleaned_data["first_name"].split())
        if not all(unicodedata.category(sign)[0] in "LM" or sign in _BESIDE_LETTERS for sign in name):
            raise forms.ValidationError(self.offer.words["name_bad"])
        return name

    @property
    def problems(self) -> list[tuple[str, str]]:
        """(field, words) of everything that is wrong, in the order of the page."""
        return [(name, str(found[0])) for name in self.fields if (found := self.errors.get(name))]

    @property
    def signup(self) -> Signup:
        """What a valid form says."""
        ticked = set(self.cleaned_data["agree"])
        return Signup(
            offer=self.offer,
            phone=self.cleaned_data["phone"],
            first_name=self.cleaned_data["first_name"] if self.offer.page.ask_name else "",
            ticked=tuple(box for box in self.offer.boxes if box.kind in ticked),
        )


def _all(words: str, **other: str) -> dict[str, str]:
    """One message for whatever may be wrong with a field."""
    codes = (
        "required",
        "invalid",
        "max_length",
        "invalid_choice",
        "invalid_list",
        "null_characters_not_allowed",
    )
    return {**dict.fromkeys(codes, words), **other}


def _serves(program: Program, country: str) -> bool:
    """The United States include their territories, as in the gate's rule."""
    served = set(program.countries)
    return country in served or (country in US_FAMILY and "US" in served)
