"""Parts of the admin's forms: all a form refers to is of one brand; a moment is typed in that brand's time."""

import datetime as dt
from typing import Any
from zoneinfo import ZoneInfo

from django.forms import DateTimeField, ModelForm, ValidationError
from unfold.widgets import UnfoldAdminTextInputWidget


class OneBrandForm(ModelForm):  # type: ignore[type-arg]
    """A form whose choices all belong to the brand of the object itself."""

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        brand_id = cleaned["brand"].id if cleaned.get("brand") else getattr(self.instance, "brand_id", None)
        for name, value in list(cleaned.items()):
            if brand_id and getattr(value, "brand_id", brand_id) != brand_id:
                self.add_error(name, ValidationError("Choose one of the same brand."))
        return cleaned

    def _get_validation_exclusions(self) -> set[str]:
        # A brand shown read-only still takes part in the unique keys.
        excluded: set[str] = super()._get_validation_exclusions()  # type: ignore[misc] # the stubs leave it out
        return excluded - {"brand"} if getattr(self.instance, "brand_id", None) else excluded


class LocalMoment(DateTimeField):
    """A moment typed on the clock of a place, e.g. "America/New_York"; its value is aware UTC."""

    def __init__(self, *, zone: str, help_text: str = "", **kwargs: Any) -> None:
        self.zone = ZoneInfo(zone)
        widget = UnfoldAdminTextInputWidget(attrs={"type": "datetime-local"})
        told = f"{help_text} Time of {zone}.".strip()
        super().__init__(widget=widget, help_text=told, **kwargs)

    def to_python(self, value: Any) -> dt.datetime | None:
        typed = super().to_python(value)
        return typed.replace(tzinfo=self.zone).astimezone(dt.UTC) if typed else None
