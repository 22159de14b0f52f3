"""The page on which a team reads the rule packs: a map, what holds in each place, and every row with its source."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.template.response import TemplateResponse
from django.utils.safestring import SafeString, mark_safe
from django.views.decorators.http import require_safe

from consent import rule_pack, rule_pages, rule_tables
from consent.rule_pack import RulePack
from consent.rule_pack_rows import Rule
from contacts import clock


@require_safe
def page(request: HttpRequest) -> TemplateResponse:
    """Show the packs in force; it tells nothing of anybody, so whoever may log in may read it."""
    pack = rule_pack.current()
    found = rule_tables.places(pack, clock.now().date())
    context = {
        **admin.site.each_context(request),
        "title": "Rule packs",
        "version": pack.version,
        "how_read": rule_pages.HOW_READ,
        "map": _map(pack),
        "places": found,
        "rules": [_row(rule) for rule in pack.rules],
        "requirements": pack.requirements,
        "settings": pack.settings,
        "confidence": rule_tables.CONFIDENCE,
    }
    return TemplateResponse(request, "rule_packs/page.html", context)


def _map(pack: RulePack) -> SafeString:
    """The drawing's template escapes the packs' words already."""
    return mark_safe(rule_pages.rule_map(pack))  # noqa: S308


def _row(rule: Rule) -> dict[str, Any]:
    return {
        "rule": rule,
        "words": rule_tables.week_in_words(rule.week),
        "confidence": rule_tables.CONFIDENCE[rule.confidence],
        "holidays": rule_tables.HOLIDAYS[rule.holidays],
    }
