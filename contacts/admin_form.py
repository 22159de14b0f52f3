"""Parts of the admin's forms: all a form refers to is of one brand; a moment is typed in that brand's time."""

import datetime as dt
import json
from typing import Any, ClassVar
from zoneinfo import ZoneInfo

from django.forms import CharField, DateTimeField, ModelForm, ValidationError
from unfold.widgets import UnfoldAdminTextareaWidget, UnfoldAdminTextInputWidget


class OneBrandForm(ModelForm):  # type: ignore[type-arg]
    """A form whose choices all belong to the brand of the object itself."""

    class Meta:
        labels: ClassVar = {"slug": "Short name (slug)"}
        help_texts: ClassVar = {
            "slug": "How files, commands and addresses name it: small letters, digits and hyphens. Best never changed."
        }

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


class Attributes(CharField):
    """Names with their values, "favourite: filter" a line; its value is a dict of strings."""

    widget = UnfoldAdminTextareaWidget

    def prepare_value(self, value: Any) -> Any:
        return in_lines(value) if isinstance(value, dict) else value

    def to_python(self, value: Any) -> Any:
        if isinstance(value, dict):
            return value
        found: dict[str, str] = {}
        for line in (value or "").splitlines():
            name, colon, said = (part.strip() for part in line.partition(":"))
            if not line.strip():
                continue
            if not (name and colon) or name in found:
                wrong = "is there twice" if name in found else "has no name and value"
                raise ValidationError(
                    f"“{line.strip()}” {wrong}. Write one a line, such as favourite: filter"
                )
            found[name] = said
        return found


class AttributesForm(OneBrandForm):
    """A form of something with `attributes`."""

    attributes = Attributes(required=False, help_text="One a line, such as favourite: filter")

    def clean_attributes(self) -> dict[str, Any]:
        """What was typed; what nobody touched keeps its kind, a number for one."""
        typed: dict[str, Any] = self.cleaned_data["attributes"]
        had = self.instance.attributes
        return {
            name: had[name] if name in had and _in_line(had[name]) == said else said
            for name, said in typed.items()
        }


def in_lines(attributes: dict[str, Any]) -> str:
    """Attributes as a person reads and types them."""
    return "\n".join(f"{name}: {_in_line(value)}" for name, value in attributes.items())


def _in_line(value: Any) -> str:
    return " ".join((value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)).split())


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
