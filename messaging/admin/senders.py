"""Senders and the Twilio accounts they belong to: what halted them, and the way on."""

from typing import Any, ClassVar

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.utils import unquote
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.views.decorators.http import require_POST
from unfold.decorators import display
from unfold.widgets import UnfoldAdminPasswordWidget

from contacts import clock
from contacts.admin_form import OneBrandForm
from contacts.admin_scope import OWNERS, BrandScopedAdmin, ScopedFilter
from contacts.admin_words import moment, pill
from messaging import secrets, spend
from messaging.admin.day_cap import DayCapForm
from messaging.models import Account, Capped, Sender


class HaltingAdmin(BrandScopedAdmin):
    """A page of something that can be halted: says why, and has a button to halt or resume."""

    change_form_outer_before_template = "admin/messaging/halt.html"

    def get_urls(self) -> list[URLPattern]:
        name = f"{self.opts.app_label}_{self.opts.model_name}_halt"
        view = self.admin_site.admin_view(require_POST(self.halt_view))
        return [path("<uuid:object_id>/halt/", view, name=name), *super().get_urls()]

    def halt_view(self, request: HttpRequest, object_id: Any) -> HttpResponse:
        """Halt what runs, resume what is halted; written into its history."""
        row = get_object_or_404(self.get_queryset(request), pk=object_id)
        self._demand_change(request, row)
        if row.halted_at:
            said = f"Resumed. It had been halted: {row.halted_why or 'no reason was kept'}"
            row.halted_at, row.halted_why = None, ""
        else:
            said = "Halted: nothing leaves from here."
            row.halted_at, row.halted_why = clock.now(), f"halted by {request.user}"[:200]
        row.save(update_fields=["halted_at", "halted_why"])
        self.log_change(request, row, said)
        messages.success(request, f"{row}: {said}")
        name = f"admin:{self.opts.app_label}_{self.opts.model_name}_change"
        return HttpResponseRedirect(reverse(name, args=[row.pk]))

    def changeform_view(
        self, request: HttpRequest, object_id: Any = None, form_url: str = "", extra_context: Any = None
    ) -> Any:
        name = f"admin:{self.opts.app_label}_{self.opts.model_name}_halt"
        row = self.get_object(request, unquote(object_id)) if object_id else None
        extra = {"halt_url": reverse(name, args=[row.pk]) if row else "", **(extra_context or {})}
        return super().changeform_view(request, object_id, form_url, extra)

    @display(description="State")
    def state(self, row: Any) -> str:
        if row.halted_at is None:
            return pill("active", "Ready")
        return format_html("{} {} {}", pill("failed", "Halted"), row.halted_why, moment(row.halted_at))


class SenderForm(DayCapForm):
    """A sender, and what carriers take from it in a day."""

    capped = Capped.SENDER_DAY
    cap_help = (
        "T-Mobile takes 2,000, 10,000, 40,000 or 200,000 segments a day from a brand, by its trust score (1,000 "
        "from a sole proprietor), over all its senders and providers: give each its share. Automatic texts "
        "beyond it wait for midnight US Pacific; answers and consent replies go, and count."
    )

    class Meta:
        model = Sender
        fields = [
            "brand", "kind", "address", "messaging_service_sid", "account", "segments_per_second", "opt_out_replies",
        ]  # fmt: skip
        labels: ClassVar = {
            "address": "Number or short code",
            "messaging_service_sid": "Messaging Service SID (Twilio)",
            "account": "Twilio account",
            "opt_out_replies": "Who answers STOP, START and HELP",
        }
        help_texts: ClassVar = {
            "address": "With + and country code, without spaces (E.164), such as +12065550123; a short code as it "
            "is. May be empty for a Messaging Service.",
            "messaging_service_sid": "Begins with MG; in Twilio's console under Messaging, Services. Empty for a "
            "number of its own.",
            "account": "Empty: the account of the installation.",
            "segments_per_second": "What its carriers take from it; Twilio's console says it. A long text is several "
            "segments.",
            "opt_out_replies": "As Twilio's opt-out settings for it say: exactly one of the two must confirm.",
        }


@admin.register(Sender)
class SenderAdmin(HaltingAdmin):
    """A number or service that texts leave from and replies come to."""

    change_roles = OWNERS
    form = SenderForm
    list_display = ("__str__", "kind", "segments_per_second", "opt_out_replies", "state", "brand")
    list_select_related = ("brand", "account")
    list_filter = ("kind", ("brand", ScopedFilter))
    search_fields = ("address", "messaging_service_sid")
    fields = (
        "brand", "kind", "address", "messaging_service_sid", "account", "segments_per_second", "daily_segments",
        "used_today", "opt_out_replies", "state",
    )  # fmt: skip
    readonly_fields = ("state", "used_today")

    @display(description="Used today")
    def used_today(self, sender: Sender) -> str:
        cap = spend.cap_of(Capped.SENDER_DAY, sender.pk)
        if cap is None:
            return "not counted: there is no cap"
        return format_html("{}; a new day begins at {}", cap, moment(spend.ends_at(cap)))

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: Any) -> None:
        super().save_related(request, form, formsets, change)
        form.save_cap()


class AccountForm(OneBrandForm):
    """An account's tokens are written here and never shown again."""

    tokens = forms.CharField(
        required=False,
        widget=UnfoldAdminPasswordWidget,
        help_text="Auth token; while rotating several, comma-separated, the newest first. Empty: leave as it is.",
    )

    class Meta:
        model = Account
        fields = ["brand", "name", "sid"]
        labels: ClassVar = {"sid": "Account SID (Twilio)"}
        help_texts: ClassVar = {"sid": "Begins with AC; on the first page of Twilio's console."}

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        if self.instance._state.adding and not cleaned.get("tokens"):  # noqa: SLF001 - Django's own way to ask
            self.add_error("tokens", "A new account needs its auth token.")
        return cleaned


@admin.register(Account)
class AccountAdmin(HaltingAdmin):
    """A Twilio account of a brand's own; without one a sender uses the installation's account."""

    change_roles = OWNERS
    view_roles = OWNERS
    form = AccountForm
    list_display = ("name", "sid", "state", "brand")
    list_select_related = ("brand",)
    fields = ("brand", "name", "sid", "tokens", "state")
    readonly_fields = ("state",)

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: Any) -> None:
        given = [token.strip() for token in form.cleaned_data.get("tokens", "").split(",") if token.strip()]
        if given:
            obj.sealed_tokens = secrets.seal(given)
        super().save_model(request, obj, form, change)
