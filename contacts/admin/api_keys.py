"""The keys of a brand's own systems: made by an owner, shown once, revoked for good."""

from typing import Any

from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.views.decorators.http import require_POST
from unfold.decorators import display

from contacts import api_keys
from contacts.admin_scope import OWNERS, BrandScopedAdmin, ScopedFilter
from contacts.admin_words import moment, pill
from contacts.models import ApiKey


@admin.register(ApiKey)
class ApiKeyAdmin(BrandScopedAdmin):
    """The API keys of a brand."""

    change_roles = OWNERS
    list_display = ("name", "state", "made", "last_used", "brand")
    list_select_related = ("brand",)
    list_filter = (("brand", ScopedFilter),)
    search_fields = ("name",)
    change_form_outer_before_template = "admin/contacts/apikey/revoke.html"

    @display(description="State")
    def state(self, key: ApiKey) -> str:
        return pill("closed", "Revoked") if key.revoked_at else pill("active", "Valid")

    @display(description="Made", ordering="created_at")
    def made(self, key: ApiKey) -> str:
        return moment(key.created_at)

    @display(description="Last used", ordering="last_used_at")
    def last_used(self, key: ApiKey) -> str:
        return moment(key.last_used_at, otherwise="never")

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:  # noqa: ARG002 - Django's hook
        shown = ("state", "made", "created_by", "last_used")
        return ("brand", "name", *shown) if obj else ("brand", "name")

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        fixed = super().get_readonly_fields(request, obj)
        return (*fixed, "state", "made", "created_by", "last_used") if obj else fixed

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: Any) -> None:
        if not change:
            obj.created_by = request.user
            obj.shown_once = api_keys.seal(obj)
        super().save_model(request, obj, form, change)

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> Any:
        """One key at a time: another button than Save would lead past the only page that shows the secret."""
        only_save = {"show_save_and_add_another": False, "show_save_and_continue": False}
        return super().render_change_form(request, context | only_save, *args, **kwargs)

    def response_add(self, request: HttpRequest, obj: Any, post_url_continue: Any = None) -> HttpResponse:  # noqa: ARG002 - Django's hook
        """The only page that ever shows the secret; it goes into no session, and no page of the admin is cached."""
        context = {
            **self.admin_site.each_context(request),
            "title": "A new API key",
            "key": obj,
            "secret": obj.shown_once,
        }
        return TemplateResponse(request, "admin/contacts/apikey/made.html", context)

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(require_POST(self.revoke_view))
        return [path("<uuid:key_id>/revoke/", view, name="contacts_apikey_revoke"), *super().get_urls()]

    def revoke_view(self, request: HttpRequest, key_id: Any) -> HttpResponse:
        """Let the key open nothing any more."""
        key = get_object_or_404(self.get_queryset(request), pk=key_id)
        self._demand_change(request, key)
        api_keys.revoke(key)
        self.log_change(request, key, "Revoked.")
        messages.success(request, f"{key.name}: revoked. Requests with it are refused from now on.")
        return HttpResponseRedirect(reverse("admin:contacts_apikey_changelist"))
