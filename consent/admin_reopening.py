"""The form in which staff ask for a closed number to be opened again."""

from typing import Any

from django import forms
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextareaWidget, UnfoldAdminTextInputWidget

from consent.models import CONSENTED, Program
from contacts.admin_form import LocalMoment
from contacts.models import ContactPoint


class AskForm(forms.Form):
    """What proves that the person wants texts again."""

    words = forms.CharField(
        label="What did they say?",
        max_length=2000,
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 3}),
        help_text="In their own words, as exactly as you have them.",
    )
    where = forms.CharField(
        label="How did it reach you?",
        max_length=200,
        widget=UnfoldAdminTextInputWidget,
        help_text="A call, a mail, a letter, in the shop …",
    )
    reference = forms.CharField(
        label="Where can it be seen?",
        required=False,
        max_length=500,
        widget=UnfoldAdminTextInputWidget,
        help_text="A ticket, a file, a recording. Optional, and worth a lot to whoever has to decide.",
    )

    def __init__(self, *args: Any, point: ContactPoint, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        programs = Program.objects.filter(brand_id=point.brand_id)
        self.fields["agreed_at"] = LocalMoment(zone=point.brand.timezone, label="When did they say it?")
        self.fields["program"] = forms.ModelChoiceField(
            queryset=programs,
            required=False,
            label="Did they agree to a program anew?",
            empty_label="No: what they agreed to before holds again",
            widget=UnfoldAdminSelectWidget,
        )
        self.fields["kinds"] = forms.MultipleChoiceField(
            choices=[(kind.value, kind.label) for kind in CONSENTED],
            required=False,
            label="To which texts of the program?",
            widget=forms.CheckboxSelectMultiple,
        )
        self.order_fields(["words", "where", "agreed_at", "reference", "program", "kinds"])

    def asked(self) -> dict[str, Any]:
        """The arguments of `reopening.ask`."""
        cleaned = self.cleaned_data
        program: Program | None = cleaned["program"]
        keys = [program.purpose_key(kind) for kind in cleaned["kinds"]] if program else []
        return {
            "agreed_at": cleaned["agreed_at"],
            "words": cleaned["words"],
            "where": cleaned["where"],
            "reference": cleaned["reference"],
            "program": program,
            "purposes": tuple(key for key in keys if key),
        }
