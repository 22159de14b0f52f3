"""How the admin looks and what its sidebar holds, in the product's words."""

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest
from django.templatetags.static import static
from django.urls import reverse_lazy


def may_see(model: str) -> Any:
    """A sidebar entry shows when the model's own admin lets the user look."""

    def permitted(request: HttpRequest) -> bool:
        from django.apps import apps
        from django.contrib import admin

        return bool(admin.site._registry[apps.get_model(model)].has_view_permission(request))  # noqa: SLF001

    return permitted


def may_audit(request: HttpRequest) -> bool:
    """The auditor's desk is for owners and auditors."""
    from smsapp.audit import permission

    return permission.may_use(request)


def may_operate(request: HttpRequest) -> bool:
    """Operations is for superusers and owners."""
    from smsapp.seen import operations

    return operations.may_use(request)


def brands(request: HttpRequest) -> list[dict[str, Any]]:
    """The switch between brands, for who works for several."""
    from contacts.admin_scope import scope_of

    mine = scope_of(request).all_brands if hasattr(request, "user") else ()
    if len(mine) < 2:  # noqa: PLR2004 - one brand needs no switch
        return []
    everything = {"title": "All brands", "link": reverse_lazy("admin:look_at", args=["all"]), "icon": "apps"}
    each = [
        {"title": brand.name, "link": reverse_lazy("admin:look_at", args=[brand.slug]), "icon": "storefront"}
        for brand in mine
    ]
    return [everything, *each]


def looked_at(request: HttpRequest) -> str:
    """The name of the brand looked at, under the product's name."""
    from contacts.admin_scope import scope_of

    scope = scope_of(request)
    if len(scope.brands) == 1:
        return scope.brands[0].name
    return "All brands" if scope.brands else ""


def waiting(request: HttpRequest) -> str:
    """How many people wait for an answer, for the badge of the inbox."""
    from contacts.admin_scope import scope_of
    from messaging.models import Thread

    ids = scope_of(request).ids
    found = Thread.objects.filter(brand_id__in=ids, waiting_since__isnull=False)[:100].count()
    return f"{found}" if found < 100 else "99+"  # noqa: PLR2004 - as many as fit in a badge


def _entry(title: str, icon: str, model: str) -> dict[str, Any]:
    name = model.lower().replace(".", "_")
    return _page(title, icon, f"admin:{name}_changelist", may_see(model))


def _page(
    title: str, icon: str, view: str, may: Callable[[HttpRequest], bool] | None = None
) -> dict[str, Any]:
    entry = {"title": title, "icon": icon, "link": reverse_lazy(view)}
    return entry | ({"permission": may} if may else {})


def _group(title: str, *entries: dict[str, Any]) -> dict[str, Any]:
    return {"title": title, "separator": bool(title), "items": list(entries)}


UNFOLD: dict[str, Any] = {
    "SITE_TITLE": "Text programs",
    "SITE_HEADER": "Text programs",
    "SITE_SUBHEADER": looked_at,
    "SITE_SYMBOL": "forum",
    "SITE_FAVICONS": [{"rel": "icon", "type": "image/svg+xml", "href": lambda _: static("smsapp/icon.svg")}],
    "SITE_DROPDOWN": brands,
    "SITE_URL": None,
    "SHOW_HISTORY": True,
    "SHOW_VIEW_ON_SITE": False,
    "SHOW_BACK_BUTTON": False,
    "BORDER_RADIUS": "8px",
    "STYLES": [lambda _: static("smsapp/admin.css"), lambda _: static("smsapp/inbox.css")],
    "SCRIPTS": [],
    "COLORS": {
        "primary": {
            "50": "oklch(97.5% .016 180)",
            "100": "oklch(94.5% .038 180)",
            "200": "oklch(89% .068 181)",
            "300": "oklch(81.5% .1 182)",
            "400": "oklch(71.5% .112 184)",
            "500": "oklch(61% .102 186)",
            "600": "oklch(50.5% .087 188)",
            "700": "oklch(43% .074 190)",
            "800": "oklch(37% .062 192)",
            "900": "oklch(31.5% .052 194)",
            "950": "oklch(22% .038 196)",
        }
    },
    "SIDEBAR": {
        "show_search": False,
        "show_all_applications": False,
        "navigation": [
            _group("", _page("Today", "today", "admin:index")),
            _group(
                "Conversations",
                _page("Inbox", "inbox", "inbox:threads") | {"badge": "smsapp.admin_theme.waiting"},
                _entry("Saved replies", "quickreply", "inbox.SavedReply"),
                _entry("Automatic answers", "smart_toy", "inbox.AutoAnswer"),
            ),
            _group(
                "People",
                _entry("Contacts", "group", "contacts.Contact"),
                _entry("Segments", "filter_alt", "contacts.Segment"),
                _entry("Imports", "upload_file", "contacts.ContactImport"),
            ),
            _group(
                "Campaigns & journeys",
                _entry("Campaigns", "campaign", "campaigns.Campaign"),
                _entry("Journeys", "route", "campaigns.Journey"),
                _entry("Templates", "edit_note", "campaigns.Template"),
            ),
            _group(
                "Programs & consent",
                _entry("Programs", "verified_user", "consent.Program"),
                _entry("Sign-up pages", "how_to_reg", "consent.SignupPage"),
                _entry("Reopenings", "lock_open", "consent.Reopening"),
                _page("Rule packs", "map", "rule-packs"),
                _entry("Senders", "cell_tower", "messaging.Sender"),
                _entry("Twilio accounts", "key", "messaging.Account"),
            ),
            _group(
                "Record",
                _page("Auditor's desk", "policy", "audit:home", may_audit),
                _entry("Messages", "sms", "messaging.Message"),
                _entry("Decisions", "gavel", "messaging.Decision"),
                _entry("Consent ledger", "history_edu", "consent.ConsentEvent"),
                _entry("Disclosures", "description", "consent.Disclosure"),
                _entry("Webhooks", "webhook", "webhooks.WebhookEvent"),
                _entry("Quarantine", "gpp_maybe", "webhooks.QuarantinedRequest"),
            ),
            _group("Operations", _page("What is stuck", "troubleshoot", "operations", may_operate)),
            _group(
                "Proof",
                _entry("Tree heads", "account_tree", "consent.TreeHead"),
                _entry("Witnesses", "visibility", "consent.HeadWitness"),
                _entry("Deliveries", "outgoing_mail", "consent.HeadDelivery"),
                _entry("Signing keys", "vpn_key", "consent.SigningKey"),
            ),
            _group(
                "Privacy",
                _entry("Erasures", "person_remove", "consent.Erasure"),
                _entry("Retention", "auto_delete", "contacts.RetentionRule"),
            ),
            _group(
                "Team",
                _entry("Team members", "badge", "contacts.TeamMember"),
                _entry("API keys", "vpn_key", "contacts.ApiKey"),
                _entry("Brands", "storefront", "contacts.Brand"),
                _entry("Users", "manage_accounts", "auth.User"),
            ),
        ],
    },
}
