"""The box for a cap of the day, as a program's page and a sender's have it."""

from typing import Any, ClassVar

from django import forms
from unfold.widgets import UnfoldAdminIntegerFieldWidget

from contacts.admin_form import OneBrandForm
from messaging import spend
from messaging.models import Capped


class DayCapForm(OneBrandForm):
    """A form with such a box; `cap_help` says what becomes of the texts beyond it."""

    capped: ClassVar[Capped]
    cap_help: ClassVar[str]

    daily_segments = forms.IntegerField(
        required=False,
        min_value=0,
        max_value=spend.LARGEST_CAP,
        widget=UnfoldAdminIntegerFieldWidget(),
        label="Segments a day, at most",
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if box := self.fields.get("daily_segments"):
            box.help_text = f"{self.cap_help} Empty: no cap."
            cap = spend.cap_of(self.capped, self.instance.pk)
            box.initial = cap.most if cap else None

    def save_cap(self) -> None:
        """Set or lift the cap as the box says, once the row itself is saved."""
        if "daily_segments" in self.changed_data:
            row = self.instance
            spend.set_cap(row.brand, self.capped, row.pk, self.cleaned_data["daily_segments"])
