"""The team's side of the sign-up pages: words and colour, the live switch, what to paste and print, the figures.

It is registered here, layers above its table, because a page's ways in lead through its senders and addresses.
"""

import datetime as dt
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db.models import Count, OuterRef, Q, Subquery
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Coalesce
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, path, reverse
from django.views.decorators.http import require_POST
from unfold.decorators import display
from unfold.widgets import UnfoldAdminTextareaWidget, UnfoldAdminTextInputWidget

from consent.models import JoinRequest, Method, SignupAttempt, SignupPage
from contacts import clock
from contacts.admin_form import OneBrandForm
from contacts.admin_scope import BrandScopedAdmin, ScopedFilter
from contacts.admin_words import pill
from webhooks.public import style
from webhooks.signup import embed, form_token, going_live, join, words
from webhooks.signup.offer import languages

LATELY = dt.timedelta(days=30)
_LABELS = {"headline": "Headline", "intro": "Introduction", "thanks": "Thanks, after the form was sent"}


def _box(part: str) -> forms.CharField:
    widget = (
        UnfoldAdminTextInputWidget() if part == "headline" else UnfoldAdminTextareaWidget(attrs={"rows": 2})
    )
    return forms.CharField(
        label=_LABELS[part], required=False, max_length=400, widget=widget, help_text="Empty: our own words"
    )


# One box for each part in each language: "headline_es".
WORDS = {f"{part}_{language}": _box(part) for language in words.languages() for part in words.OWN}


class SignupPageForm(OneBrandForm):
    """A sign-up page as people fill it in."""

    embed_origins = forms.CharField(
        label="Sites that may show it",
        required=False,
        widget=UnfoldAdminTextInputWidget(),
        help_text="Your own sites with the page in a frame, separated by commas, e.g. https://www.example.com. "
        "Empty: it stands alone",
    )
    locals().update(WORDS)  # Django finds the fields of a form in its class body

    class Meta:
        model = SignupPage
        exclude = ["words", "live_at", "created_at"]
        labels = {
            "slug": "Address",
            "disclosure_slug": "Disclosure",
            "ask_name": "Ask for a first name",
            "accent": "Colour",
        }
        help_texts = {
            "slug": "The last part of its address: small letters, digits and hyphens, such as coffee-club",
            "disclosure_slug": "Slug of the program's disclosure that people agree to. Its newest version in the "
            "visitor's language is shown",
            "ask_name": "People may leave it empty",
            "accent": "Of the button, as #rrggbb",
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial["embed_origins"] = ", ".join(self.instance.embed_origins)
        for name in WORDS:
            if name in self.fields:
                part, language = name.split("_")
                self.fields[name].initial = self.instance.words.get(language, {}).get(part, "")

    def clean_accent(self) -> str:
        accent: str = self.cleaned_data["accent"].strip()
        if not style.ACCENT.fullmatch(accent):
            raise forms.ValidationError("Write the colour as #rrggbb, e.g. #1f4b99.")
        return accent

    def clean_embed_origins(self) -> list[str]:
        """Sites by their origins, which is all that a browser compares."""
        urls = self.cleaned_data["embed_origins"].split(",")
        origins = [embed.origin(url) for url in urls if url.strip()]
        if "" in origins:
            raise forms.ValidationError("Write the sites as https://www.example.com, separated by commas.")
        return origins

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        program = cleaned.get("program") or getattr(self.instance, "program", None)
        slug = cleaned.get("disclosure_slug")
        known = sorted(set(program.disclosures.values_list("slug", flat=True))) if program else []
        if program and slug and slug not in known:
            names = ", ".join(known) or "none yet: add one on the program's page"
            self.add_error("disclosure_slug", f"The program has no such disclosure. It has {names}.")
        self.instance.words = self._words(cleaned)
        return cleaned

    def _words(self, cleaned: dict[str, Any]) -> dict[str, dict[str, str]]:
        """The words as stored; those of languages that were not on the form stay."""
        said = {language: dict(own) for language, own in self.instance.words.items()}
        for name in WORDS:
            if name in cleaned:
                part, language = name.split("_")
                said.setdefault(language, {})[part] = cleaned[name].strip()
        return {
            language: kept for language, own in said.items() if (kept := {k: v for k, v in own.items() if v})
        }


@admin.register(SignupPage)
class SignupPageAdmin(BrandScopedAdmin):
    """Public pages on which people ask to join a program."""

    form = SignupPageForm
    list_display = ("slug", "state", "program", "asked", "confirmed", "limited", "brand")
    list_select_related = ("brand", "program")
    list_filter = (("program", ScopedFilter), ("brand", ScopedFilter))
    search_fields = ("slug", "program__name")
    change_form_outer_before_template = "admin/consent/signuppage/state.html"

    def get_queryset(self, request: HttpRequest) -> Any:
        """The pages with the figures of the last 30 days."""
        since = clock.now() - LATELY
        lately = Q(attempts__at__gte=since)
        asked, limited = (
            Count("attempts", filter=lately & Q(attempts__outcome=outcome))
            for outcome in (SignupAttempt.Outcome.ASKED, SignupAttempt.Outcome.LIMITED)
        )
        return (
            super()
            .get_queryset(request)
            .annotate(asked_lately=asked, limited_lately=limited, confirmed_lately=_confirmed(since))
        )

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:  # noqa: ARG002 - Django's hook
        """The words are asked for in the languages the page is offered in, so not before its program is known."""
        base = ("brand", "program", "slug", "disclosure_slug", "ask_name", "accent", "embed_origins")
        if obj is None:
            return ((None, {"fields": base}),)
        spoken = [
            (
                f"In its own words: {words.of(language)['language']}",
                {"fields": tuple(f"{part}_{language}" for part in words.OWN)},
            )
            for language in languages(obj)
        ]
        return ((None, {"fields": base}), *spoken)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        fixed = super().get_readonly_fields(request, obj)
        return (*fixed, "program", "slug") if obj is not None else fixed

    @display(description="State")
    def state(self, row: SignupPage) -> str:
        if row.live_at is None:
            return pill("draft", "Not live")
        return pill("active", "Live") if going_live.is_open(row) else pill("paused", "Closed for now")

    @display(description="Asked, 30 days", ordering="asked_lately")
    def asked(self, row: Any) -> str:
        return f"{row.asked_lately:,}"

    @display(description="Confirmed", ordering="confirmed_lately")
    def confirmed(self, row: Any) -> str:
        return f"{row.confirmed_lately:,}"

    @display(description="Too many tries", ordering="limited_lately")
    def limited(self, row: Any) -> str:
        return f"{row.limited_lately:,}"

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(require_POST(self.live_view))
        return [path("<uuid:page_id>/live/", view, name="consent_signuppage_live"), *super().get_urls()]

    def live_view(self, request: HttpRequest, page_id: Any) -> HttpResponse:
        """Switch a page on, or off."""
        row = get_object_or_404(self.get_queryset(request), pk=page_id)
        self._demand_change(request, row)
        try:
            if row.live_at:
                going_live.take_down(row)
            else:
                going_live.go_live(row)
        except going_live.CannotGoLive as error:
            messages.error(request, f"{row}: {error}")
        else:
            said = "Live: everybody can see it." if row.live_at else "Taken down: it is not there any more."
            self.log_change(request, row, said)
            messages.success(request, f"{row}: {said}")
        return HttpResponseRedirect(reverse("admin:consent_signuppage_change", args=[row.pk]))

    def changeform_view(
        self, request: HttpRequest, object_id: Any = None, form_url: str = "", extra_context: Any = None
    ) -> Any:
        extra = dict(extra_context or {})
        row = self.get_object(request, object_id) if object_id else None
        if row is not None:
            extra |= _state_of(row)
        return super().changeform_view(request, object_id, form_url, extra)


def _confirmed(since: dt.datetime) -> Any:
    """How many people's phones confirmed since then what was asked on a page."""
    confirmed = JoinRequest.objects.filter(
        brand_id=OuterRef("brand_id"),
        program_id=OuterRef("program_id"),
        method=Method.WEB_FORM,
        outcome=JoinRequest.Outcome.CONFIRMED,
        ended_at__gte=since,
    )
    of_page = confirmed.annotate(asked_on=KeyTextTransform("signup_page", "event__evidence__data")).filter(
        asked_on=OuterRef("slug")
    )
    counted = of_page.order_by().values("program_id").annotate(count=Count("id")).values("count")
    return Coalesce(Subquery(counted), 0)


def _state_of(row: SignupPage) -> dict[str, Any]:
    """What the page in the admin shows above its form."""
    pass_ = "" if row.live_at else f"?preview={form_token.preview(row)}"
    return {
        "missing": going_live.missing(row),
        "is_open": going_live.is_open(row),
        "address": join.address_of(row),
        "page_path": reverse("signup-page", args=[row.slug]) + pass_,
        "qr_path": reverse("signup-qr", args=[row.slug]) + pass_,
        "text_qr_path": reverse("signup-text-qr", args=[row.slug]) + pass_,
        "snippet": embed.snippet(row),
        "link": embed.link(row),
        "sms_link": embed.sms_link(row),
    }
