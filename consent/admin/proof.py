"""What the ledger is proved by: signing keys, tree heads, and the witnesses outside who are given them."""

import json
from typing import Any, ClassVar

from django.contrib import admin, messages
from django.db.models import Max, OuterRef, Q, Subquery
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.views.decorators.http import require_POST
from unfold.decorators import display

from consent import heads, witness_ways
from consent.models import HeadDelivery, HeadWitness, SigningKey, TreeHead
from contacts import clock
from contacts.admin_form import OneBrandForm
from contacts.admin_scope import OWNERS, BrandScopedAdmin, ReadOnlyAdmin, ScopedFilter, scope_of
from contacts.admin_words import BAD, GOOD, PLAIN, WAIT, moment, pill


def _whole(digits: str) -> SafeString:
    """Hex digits in full, broken where a narrow screen ends."""
    return format_html('<code class="breakable">{}</code>', digits)


@admin.register(SigningKey)
class SigningKeyAdmin(ReadOnlyAdmin):
    """The public halves. They belong to the installation and are no secret, so everybody with a role sees them."""

    ordering = ("-introduced_at",)
    list_display = ("id", "state", "introduced", "retired", "endorsed_by")
    fields = readonly_fields = (
        "id", "state", "public", "introduced", "retired", "endorsed_by", "endorsed",
    )  # fmt: skip

    def get_queryset(self, request: HttpRequest) -> Any:
        rows = self.model._default_manager.all()  # noqa: SLF001 - Django's name
        return rows if self.has_view_permission(request) else rows.none()

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:  # noqa: ARG002 - Django's hook
        return request.user.is_superuser or scope_of(request).may(self.view_roles)

    @display(description="State")
    def state(self, key: SigningKey) -> str:
        return pill("", "Retired", tone=PLAIN) if key.retired_at else pill("", "In use", tone=GOOD)

    @display(description="Public key")
    def public(self, key: SigningKey) -> str:
        return _whole(key.public_key)

    @display(description="Introduced", ordering="introduced_at")
    def introduced(self, key: SigningKey) -> str:
        return moment(key.introduced_at)

    @display(description="Retired")
    def retired(self, key: SigningKey) -> str:
        return moment(key.retired_at)

    @display(description="Endorsement")
    def endorsed(self, key: SigningKey) -> str:
        return _whole(key.endorsement) if key.endorsement else "none, the first key"


@admin.register(TreeHead)
class TreeHeadAdmin(ReadOnlyAdmin):
    """The signed states of a brand's log."""

    newest_field = "-size"
    list_display = ("size", "root_short", "signed", "key", "brand")
    list_select_related = ("brand", "key")
    list_filter = (("brand", ScopedFilter),)
    fields = readonly_fields = ("brand", "size", "root_whole", "signed", "key", "proof")
    change_form_outer_before_template = "admin/consent/treehead/download.html"

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.json_view)
        return [path("<uuid:object_id>/json/", view, name="consent_treehead_json"), *super().get_urls()]

    def json_view(self, request: HttpRequest, object_id: Any) -> HttpResponse:
        """The head as a witness is given it: one line of JSON, as a file."""
        head = get_object_or_404(self.get_queryset(request).select_related("brand", "key"), pk=object_id)
        name = f"{head.brand.slug}-head-{head.size}.json"
        return HttpResponse(
            f"{json.dumps(heads.told(head))}\n",
            content_type="application/json",
            headers={"Content-Disposition": f'attachment; filename="{name}"'},
        )

    @display(description="Root")
    def root_short(self, head: TreeHead) -> str:
        return format_html("<code>{}…</code>", head.root[:16])

    @display(description="Root")
    def root_whole(self, head: TreeHead) -> str:
        return _whole(head.root)

    @display(description="Signature")
    def proof(self, head: TreeHead) -> str:
        return _whole(head.signature)

    @display(description="Signed", ordering="signed_at")
    def signed(self, head: TreeHead) -> str:
        return moment(head.signed_at)


class WitnessForm(OneBrandForm):
    """A witness must be one that heads may be given to."""

    class Meta:
        labels: ClassVar = {"every_hours": "Hours between heads"}

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        if cleaned.get("kind") and cleaned.get("address"):
            try:
                witness_ways.check(cleaned["kind"], cleaned["address"])
            except ValueError as problem:
                self.add_error("address", str(problem))
        return cleaned


@admin.register(HeadWitness)
class HeadWitnessAdmin(BrandScopedAdmin):
    """Who outside is given tree heads. An owner adds and stops them; none is deleted, what it was given stays known."""

    change_roles = OWNERS
    form = WitnessForm
    list_display = ("address", "kind", "every_hours", "state", "given", "brand")
    list_select_related = ("brand",)
    list_filter = ("kind", ("brand", ScopedFilter))
    fields = ("brand", "kind", "address", "every_hours")
    readonly_fields = ("state", "why", "given")
    change_form_outer_before_template = "admin/consent/headwitness/state.html"

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(require_POST(self.stop_view))
        return [path("<uuid:object_id>/stop/", view, name="consent_headwitness_stop"), *super().get_urls()]

    def stop_view(self, request: HttpRequest, object_id: Any) -> HttpResponse:
        """Stop who is given heads, go on with who was stopped; written into its history."""
        witness = get_object_or_404(self.get_queryset(request), pk=object_id)
        self._demand_change(request, witness)
        witness.stopped_at = None if witness.stopped_at else clock.now()
        witness.save(update_fields=["stopped_at"])
        said = "Stopped: it is given no more heads." if witness.stopped_at else "It is given heads again."
        self.log_change(request, witness, said)
        messages.success(request, f"{witness}: {said}")
        return HttpResponseRedirect(reverse("admin:consent_headwitness_change", args=[witness.pk]))

    def get_queryset(self, request: HttpRequest) -> Any:
        waiting = HeadDelivery.objects.filter(witness=OuterRef("pk"), delivered_at=None).exclude(problem="")
        return (
            super()
            .get_queryset(request)
            .annotate(
                problem=Subquery(waiting.values("problem")[:1]),
                given_at=Max("deliveries__delivered_at", filter=Q(deliveries__delivered_at__isnull=False)),
            )
        )

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        fields = super().get_fields(request, obj)
        return fields if obj is None else (*fields, "state", "why", "given")

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        fixed = super().get_readonly_fields(request, obj)
        return fixed if obj is None else (*fixed, "kind", "address")

    @display(description="State")
    def state(self, witness: Any) -> str:
        if witness.stopped_at:
            return pill("", "Stopped", tone=PLAIN)
        return pill("", "Failing", tone=BAD) if witness.problem else pill("", "Given heads", tone=GOOD)

    @display(description="Problem")
    def why(self, witness: Any) -> str:
        return witness.problem or "–"

    @display(description="Last given")
    def given(self, witness: Any) -> str:
        return moment(witness.given_at, otherwise="not yet")


@admin.register(HeadDelivery)
class HeadDeliveryAdmin(ReadOnlyAdmin):
    """Each head on its way to each witness, and why it did not arrive."""

    brand_path = "witness__brand"
    ordering = ("-id",)
    list_display = ("created", "head", "witness", "state", "attempts", "problem_short")
    list_display_links = ("created", "head")
    list_select_related = ("head", "witness")
    fields = readonly_fields = ("head", "witness", "created", "state", "attempts", "due", "problem")

    @display(description="Queued", ordering="created_at")
    def created(self, delivery: HeadDelivery) -> str:
        return moment(delivery.created_at)

    @display(description="Next try")
    def due(self, delivery: HeadDelivery) -> str:
        return "–" if delivery.delivered_at else moment(delivery.due_at)

    @display(description="State")
    def state(self, delivery: HeadDelivery) -> str:
        if delivery.delivered_at:
            return format_html("{} {}", pill("", "Delivered", tone=GOOD), moment(delivery.delivered_at))
        return pill("", "Failing", tone=BAD) if delivery.problem else pill("", "Waiting", tone=WAIT)

    @display(description="Problem")
    def problem_short(self, delivery: HeadDelivery) -> str:
        return format_html('<span class="one-line">{}</span>', delivery.problem or "–")
