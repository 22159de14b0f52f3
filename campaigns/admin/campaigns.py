"""Campaigns: the text with a live preview, the preflight, and the buttons that move it."""

import datetime as dt
from typing import TYPE_CHECKING, Any, cast

from django.contrib import admin, messages
from django.contrib.auth import get_user_model
from django.http import (
    HttpRequest,
    HttpResponse,
    HttpResponseRedirect,
    JsonResponse,
    StreamingHttpResponse,
)
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.views.decorators.http import require_POST
from unfold.decorators import display

from campaigns import admin_preflight, admin_preview, content, launch, progress
from campaigns.admin.templates import BodyForm, warn
from campaigns.models import Campaign, CampaignStatus
from consent.admin_history import actor
from consent.reasons import Reason
from contacts import pausing
from contacts.admin_scope import BrandScopedAdmin, ScopedFilter
from contacts.admin_words import INFO, TONES, moment, pill, words_of
from messaging import spend
from messaging.models import Capped, Status

if TYPE_CHECKING:
    from django.contrib.auth.models import User

MOVES = {"launch": launch.launch, "pause": launch.pause, "resume": launch.resume, "cancel": launch.cancel}
# What a person may still ask of a campaign in each state, in the order of the buttons.
OFFERED = {
    CampaignStatus.DRAFT: (),
    CampaignStatus.SCHEDULED: ("pause", "cancel"),
    CampaignStatus.FILLING: ("pause", "cancel"),
    CampaignStatus.SENDING: ("pause", "cancel"),
    CampaignStatus.PAUSED: ("resume", "cancel"),
}


class CampaignForm(BodyForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "send_at" in self.fields:
            self.fields["send_at"].help_text = "In UTC. Empty: when launched"

    def clean(self) -> dict[str, Any]:
        """What would keep the text from being launched whoever reads it; the preflight says the rest."""
        cleaned: dict[str, Any] = super().clean()
        if "body" in cleaned and cleaned.get("program"):
            self.take_in(content.problems(cleaned["body"], cleaned["program"]))
        return cleaned


@admin.register(Campaign)
class CampaignAdmin(BrandScopedAdmin):
    """A text to the people of a program. Nothing leaves before the preflight was seen and a person launched it."""

    form = CampaignForm
    newest_field = "-created_at"
    list_display = ("name", "state", "brings", "program", "text", "reach", "launched")
    list_select_related = ("program",)
    list_filter = ("status", "value", ("program", ScopedFilter), ("brand", ScopedFilter))
    search_fields = ("name", "slug", "body")
    fields = ("brand", ("program", "segment"), ("name", "slug"), ("purpose", "value"), "body", "send_at")
    change_form_outer_before_template = "admin/campaigns/campaign/head.html"
    change_form_after_template = "admin/campaigns/campaign/preview.html"

    @display(description="Status", ordering="status")
    def state(self, campaign: Campaign) -> str:
        return pill(campaign.status, campaign.get_status_display())

    @display(description="Brings the reader", ordering="value")
    def brings(self, campaign: Campaign) -> str:
        return pill(campaign.value, campaign.get_value_display(), tone=INFO)

    @display(description="Text")
    def text(self, campaign: Campaign) -> str:
        return format_html('<span class="one-line">{}</span>', campaign.body)

    @display(description="Queued for")
    def reach(self, campaign: Campaign) -> str:
        return f"{campaign.audience:,}" if campaign.launched_at else "–"

    @display(description="Launched", ordering="launched_at")
    def launched(self, campaign: Campaign) -> str:
        return moment(campaign.launched_at)

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: Any) -> None:
        super().save_model(request, obj, form, change)
        warn(request, form.warnings)

    def get_prepopulated_fields(self, request: HttpRequest, obj: Any = None) -> dict[str, Any]:
        return {} if obj or not self.has_add_permission(request) else {"slug": ("name",)}

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """What has been launched is what people get: it can no longer be edited."""
        fixed = super().get_readonly_fields(request, obj)
        if obj is None or obj.launched_at is None:
            return fixed
        return ("brand", "program", "segment", "name", "slug", "purpose", "value", "body", "send_at")

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view
        return [
            path("preview/", view(require_POST(self.preview_view)), name="campaigns_campaign_preview"),
            path(
                "<uuid:campaign_id>/preflight/",
                view(self.preflight_view),
                name="campaigns_campaign_preflight",
            ),
            path(
                "<uuid:campaign_id>/preflight/counts/",
                view(self.counts_view),
                name="campaigns_campaign_counts",
            ),
            path(
                "<uuid:campaign_id>/preflight/people/<slug:kind>/",
                view(self.people_view),
                name="campaigns_campaign_people",
            ),
            path("<uuid:campaign_id>/cap/", view(require_POST(self.cap_view)), name="campaigns_campaign_cap"),
            path(
                "<uuid:campaign_id>/progress/", view(self.progress_view), name="campaigns_campaign_progress"
            ),
            path(
                "<uuid:campaign_id>/move/<slug:how>/",
                view(require_POST(self.move_view)),
                name="campaigns_campaign_move",
            ),
            *super().get_urls(),
        ]

    def preview_view(self, request: HttpRequest) -> JsonResponse:
        """The text as three people would read it, and what it costs; for a brand and program of the user's."""
        return JsonResponse(admin_preview.preview(request))

    def preflight_view(self, request: HttpRequest, campaign_id: Any) -> HttpResponse:
        """The page that shows what a launch would do; the counts follow as soon as they are there."""
        campaign = self._of(request, campaign_id)
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": f"Preflight: {campaign}",
            "campaign": campaign,
            "obstacles": launch.obstacles(campaign),
            "warnings": content.warnings(content.problems_of(campaign)),
            "samples": admin_preview.samples(campaign),
            "may_launch": self.has_change_permission(request, campaign) and campaign.launched_at is None,
        }
        return TemplateResponse(request, "admin/campaigns/campaign/preflight.html", context)

    def counts_view(self, request: HttpRequest, campaign_id: Any) -> StreamingHttpResponse:
        """The counts by verdict and reason, through the same gate as the send, as they grow."""
        campaign = self._of(request, campaign_id)
        lines = admin_preflight.lines(request, campaign)
        return StreamingHttpResponse(lines, content_type="application/x-ndjson")

    def people_view(self, request: HttpRequest, campaign_id: Any, kind: str) -> HttpResponse:
        """The people behind one number of the preflight."""
        campaign = self._of(request, campaign_id)
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            **admin_preflight.people(request, campaign, kind),
        }
        return TemplateResponse(request, "admin/campaigns/campaign/people.html", context)

    def cap_view(self, request: HttpRequest, campaign_id: Any) -> HttpResponse:
        """Set, raise or lift the spend cap of a campaign, also while it runs."""
        campaign = self._of(request, campaign_id)
        self._demand_change(request, campaign)
        said = request.POST.get("most", "").strip()
        if said and not (said.isascii() and said.isdigit() and int(said) <= spend.LARGEST_CAP):
            messages.error(
                request, f"Segments: a whole number up to {spend.LARGEST_CAP:,}, or nothing for no cap."
            )
        else:
            spend.set_cap(campaign.brand, Capped.CAMPAIGN, campaign.id, int(said) if said else None)
            told = f"At most {int(said):,} segments." if said else "No spend cap."
            self.log_change(request, campaign, told)
            messages.success(request, f"{campaign.name}: {told}")
        return HttpResponseRedirect(reverse("admin:campaigns_campaign_change", args=[campaign.pk]))

    def progress_view(self, request: HttpRequest, campaign_id: Any) -> HttpResponse:
        """How far it is, asked for by the campaign's page every two seconds while it runs."""
        campaign = self._of(request, campaign_id)
        return TemplateResponse(
            request, "admin/campaigns/campaign/progress.html", self._progress(request, campaign)
        )

    def move_view(self, request: HttpRequest, campaign_id: Any, how: str) -> HttpResponse:
        """Launch, pause, resume or cancel, and say what became of it."""
        campaign = self._of(request, campaign_id)
        self._demand_change(request, campaign)
        if how not in MOVES:
            return HttpResponse(status=404)
        try:
            moved = MOVES[how](campaign.id, by=cast("User", request.user))
        except launch.CannotMove as error:
            messages.error(request, str(error))
            back = "preflight" if how == "launch" else "change"
            return HttpResponseRedirect(reverse(f"admin:campaigns_campaign_{back}", args=[campaign.pk]))
        if moved.is_changed:
            self.log_change(request, campaign, moved.says)
        messages.success(request, f"{campaign.name}: {moved.says}")
        return HttpResponseRedirect(reverse("admin:campaigns_campaign_change", args=[campaign.pk]))

    def changeform_view(
        self, request: HttpRequest, object_id: Any = None, form_url: str = "", extra_context: Any = None
    ) -> Any:
        campaign = self.get_object(request, object_id) if object_id else None
        extra = dict(extra_context or {})
        if campaign is not None and campaign.launched_at is not None:
            extra |= dict.fromkeys(
                ("show_save", "show_save_and_continue", "show_save_and_add_another"), False
            )
        if campaign is not None:
            extra |= self._progress(request, campaign) | {"events": _told_events(campaign)}
        return super().changeform_view(request, object_id, form_url, extra)

    def _of(self, request: HttpRequest, campaign_id: Any) -> Campaign:
        campaigns = self.get_queryset(request).select_related("program__brand", "segment")
        found: Campaign = get_object_or_404(campaigns, pk=campaign_id)
        return found

    def _progress(self, request: HttpRequest, campaign: Campaign) -> dict[str, Any]:
        may_change = self.has_change_permission(request, campaign)
        return {
            "campaign": campaign,
            "state": self.state(campaign),
            "progress": _told_progress(campaign) if campaign.launched_at else None,
            "is_running": campaign.status
            in {CampaignStatus.SCHEDULED, CampaignStatus.FILLING, CampaignStatus.SENDING},
            "offered": OFFERED.get(CampaignStatus(campaign.status), ()) if may_change else (),
            "may_launch": may_change and campaign.launched_at is None,
            "cap": spend.cap_of(Capped.CAMPAIGN, campaign.id),
            "may_cap": may_change,
            "held_by": pausing.what_holds(campaign.program),
        }


def _told_events(campaign: Campaign) -> list[dict[str, Any]]:
    """Who did what to the campaign, newest first."""
    rows = list(campaign.events.order_by("-id")[:50])
    ids = [row.by[5:] for row in rows if row.by.startswith("user:") and row.by[5:].isdigit()]
    users = get_user_model().objects.filter(pk__in=ids)
    names = {f"user:{user.pk}": user.get_full_name() or user.get_username() for user in users}
    return [
        {
            "at": row.at,
            "pill": pill(row.became, words_of(CampaignStatus, row.became)),
            "by": actor(row.by, names),
            "why": row.why,
        }
        for row in rows
    ]


def _told_progress(campaign: Campaign) -> dict[str, Any]:
    """The progress with its statuses and reasons in words, as shares of a bar."""
    found = progress.progress(campaign)
    total = max(found["messages"], 1)
    bars = [
        {
            "key": key,
            "words": words_of(Status, key),
            "count": count,
            "share": 100 * count / total,
            "tone": TONES.get(key, "plain"),
        }
        for key, count in found["statuses"].items()
    ]
    reasons = [{"words": words_of(Reason, code), "count": count} for code, count in found["reasons"].items()]
    eta = dt.datetime.fromisoformat(found["eta"]) if found["eta"] else None
    return {
        **found,
        "bars": bars,
        "told_reasons": sorted(reasons, key=lambda row: -row["count"]),
        "ends": moment(eta, otherwise=""),
    }
