"""Brands: their particulars, and the one button that silences everything automatic."""

from typing import Any

from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, path, reverse
from django.views.decorators.http import require_POST
from unfold.decorators import display

from contacts import pausing
from contacts.admin_pauses import press
from contacts.admin_scope import OWNERS, BrandScopedAdmin
from contacts.admin_words import pill
from contacts.models import Brand


@admin.register(Brand)
class BrandAdmin(BrandScopedAdmin):
    """A brand. Its owner looks after it; only a superuser adds one."""

    brand_path = "pk"
    change_roles = OWNERS
    list_display = ("name", "slug", "timezone", "country", "state")
    search_fields = ("name", "slug")
    fields = ("name", "slug", "timezone", "customers_timezone", "country", "support", "state")
    readonly_fields = ("state",)
    prepopulated_fields = {"slug": ("name",)}
    change_form_outer_before_template = "admin/contacts/brand/pause.html"

    @display(description="Automatic texts")
    def state(self, brand: Brand) -> str:
        return pill("paused", "Paused") if brand.paused_at else pill("active", "Running")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return bool(request.user.is_superuser)

    def get_prepopulated_fields(self, request: HttpRequest, obj: Any = None) -> dict[str, Any]:
        return {} if obj else super().get_prepopulated_fields(request, obj)

    def get_urls(self) -> list[URLPattern]:
        pause = self.admin_site.admin_view(require_POST(self.pause_view))
        return [path("<uuid:brand_id>/pause/", pause, name="contacts_brand_pause"), *super().get_urls()]

    def pause_view(self, request: HttpRequest, brand_id: Any) -> HttpResponse:
        """Stop, or let go on, all that is automatic in a brand; answers by people still go out."""
        brand = get_object_or_404(self.get_queryset(request), pk=brand_id)
        self._demand_change(request, brand)
        said = press(request, brand)
        self.log_change(request, brand, said)
        messages.success(request, f"{brand.name}: {said}")
        back = reverse("admin:contacts_brand_change", args=[brand.pk])
        return HttpResponseRedirect(back)

    def changeform_view(
        self, request: HttpRequest, object_id: Any = None, form_url: str = "", extra_context: Any = None
    ) -> Any:
        brand = self.get_object(request, object_id) if object_id else None
        extra = dict(extra_context or {})
        if brand is not None:
            extra["pause"] = pausing.open_pause(brand)
        return super().changeform_view(request, object_id, form_url, extra)
