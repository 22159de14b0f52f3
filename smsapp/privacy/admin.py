"""The admin pages of privacy: what was erased, and how long which kind of data is kept."""

from typing import Any

from django.contrib import admin
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.utils.html import format_html_join
from unfold.decorators import display

from consent.models import Erasure
from contacts.admin_form import OneBrandForm
from contacts.admin_scope import OWNERS, BrandScopedAdmin, ReadOnlyAdmin, ScopedFilter
from contacts.admin_words import moment, pill
from contacts.models import RetentionRule
from smsapp.privacy import minimums, retention
from smsapp.privacy.labels import label_of


@admin.register(Erasure)
class ErasureAdmin(ReadOnlyAdmin):
    """Who was erased, when, and what that changed. The person is gone; the id of the empty contact is left."""

    newest_field = "-asked_at"
    list_display = ("asked", "state", "reason", "asked_by", "brand")
    list_select_related = ("asked_by", "brand")
    list_filter = (("brand", ScopedFilter),)
    fields = readonly_fields = (
        "state", "reason", "asked_by", "asked", "finished", "brand", "contact_id", "numbers", "what_went",
    )  # fmt: skip

    @display(description="State")
    def state(self, erasure: Erasure) -> str:
        return pill("done", "Done") if erasure.finished_at else pill("running", "Being done")

    @display(description="Asked for", ordering="asked_at")
    def asked(self, erasure: Erasure) -> str:
        return moment(erasure.asked_at)

    @display(description="Done")
    def finished(self, erasure: Erasure) -> str:
        return moment(erasure.finished_at)

    @display(description="Numbers")
    def numbers(self, erasure: Erasure) -> Any:
        """What stands for each number in the ledger now, to look it up with consent_show."""
        rows = ((f"erased:{point_id}",) for point_id in erasure.point_ids)
        return format_html_join("", "<div><code>{}</code></div>", rows) or "none"

    @display(description="What went")
    def what_went(self, erasure: Erasure) -> Any:
        rows = sorted((label_of(name), f"{count:,}") for name, count in erasure.counts.items())
        return format_html_join("", "<div>{}: {}</div>", rows) or "–"


class RetentionForm(OneBrandForm):
    """A rule that is not shorter than what law or house asks for."""

    class Meta:
        model = RetentionRule
        fields = ["brand", "kind", "days"]
        help_texts = {
            "kind": "Without a rule a kind is kept. The consent ledger itself is always kept.",
            "days": "What is older goes; no fewer than law or house asks for",
        }

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        rule = RetentionRule(
            brand=cleaned.get("brand") or getattr(self.instance, "brand", None),
            kind=cleaned.get("kind") or self.instance.kind,
            days=cleaned.get("days") or 0,
        )
        if "days" in cleaned and rule.brand_id and (problem := minimums.problem_of(rule)):
            raise ValidationError({"days": f"It {problem.removeprefix('days: ')}"})
        return cleaned


@admin.register(RetentionRule)
class RetentionRuleAdmin(BrandScopedAdmin):
    """How many days a brand keeps which kind of data; without a rule it is kept."""

    change_roles = OWNERS
    delete_roles = OWNERS
    form = RetentionForm
    list_display = ("kind", "kept", "brand")
    list_select_related = ("brand",)
    list_filter = (("brand", ScopedFilter),)
    fields = ("brand", "kind", "days", "due_now")
    readonly_fields = ("due_now",)

    @display(description="Kept", ordering="days")
    def kept(self, rule: RetentionRule) -> str:
        return f"{rule.days:,} days"

    @display(description="Due now")
    def due_now(self, rule: RetentionRule) -> str:
        """What the next run takes away, once a day; the command `retention --dry-run` says the same."""
        if rule.pk is None:
            return "Shown once it is saved; nothing goes before the next run, once a day"
        told = retention.due(rule)
        if told.problem:
            return f"Not run: it {told.problem.removeprefix('days: ')}"
        since = f", the oldest of {told.oldest:%-d %b %Y}" if told.oldest else ""
        return f"{told.count:,} row{'' if told.count == 1 else 's'}{since}. A run takes them away once a day."

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        fixed = super().get_readonly_fields(request, obj)
        return (*fixed, "kind") if obj is not None else fixed
