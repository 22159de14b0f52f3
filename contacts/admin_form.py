"""A form of one brand: all it refers to belongs to the brand of the object itself."""

from typing import Any

from django.forms import ModelForm, ValidationError


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
