"""What people were shown when they agreed: each version of a disclosure, what changed in it, and who agreed to it."""

import dataclasses
import difflib
import re
from collections.abc import Iterable, Sequence
from itertools import groupby
from typing import Any

from django.db import connection
from django.http import HttpRequest
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from consent.models import Act, Disclosure, SignupPage
from smsapp.audit import permission

_WORD = re.compile(r"\s+|[^\s]+")
_AGREEING = (Act.GRANTED, Act.CONFIRMED)


@dataclasses.dataclass(frozen=True, slots=True)
class Version:
    """One version, how many numbers agreed to it, and what changed since the one before, side by side."""

    disclosure: Disclosure
    agreed: int
    before: SafeString | None
    after: SafeString
    is_last: bool


@dataclasses.dataclass(frozen=True, slots=True)
class Wording:
    """All versions of one disclosure in one language, newest first, and the pages that show it."""

    program: str
    brand: str
    slug: str
    locale: str
    pages: list[str]
    versions: list[Version]


def read(request: HttpRequest) -> list[Wording]:
    """Every disclosure of the user's brands; three queries."""
    rows = permission.only(request, Disclosure.objects.select_related("program", "brand"))
    ordered = list(rows.order_by("brand__name", "program__name", "slug", "locale", "version"))
    agreed = _agreed(request)
    shown = _shown_on(request)
    return [_wording(list(versions), agreed, shown) for _, versions in groupby(ordered, key=_place)]


def _place(disclosure: Disclosure) -> tuple[Any, ...]:
    return disclosure.program_id, disclosure.slug, disclosure.locale


def _agreed(request: HttpRequest) -> dict[Any, int]:
    """How many numbers agreed to each disclosure."""
    with connection.cursor() as cursor:
        # Counting distinct pairs is many times faster than count(DISTINCT …), which sorts.
        cursor.execute(
            """
            SELECT disclosure_id, count(*) FROM (
                SELECT DISTINCT disclosure_id, point_id FROM consent_consentevent
                 WHERE brand_id = ANY(%s) AND act = ANY(%s) AND disclosure_id IS NOT NULL
            ) agreed GROUP BY disclosure_id
            """,
            [[brand.id for brand in permission.brands(request)], list(_AGREEING)],
        )
        return dict(cursor.fetchall())


def _shown_on(request: HttpRequest) -> dict[tuple[Any, str], list[str]]:
    """The sign-up pages that are live, by program and disclosure."""
    found: dict[tuple[Any, str], list[str]] = {}
    for page in permission.only(request, SignupPage.objects.filter(live_at__isnull=False)):
        found.setdefault((page.program_id, page.disclosure_slug), []).append(page.slug)
    return found


def _wording(
    versions: Sequence[Disclosure], agreed: dict[Any, int], shown: dict[tuple[Any, str], list[str]]
) -> Wording:
    """From versions in the order of their numbers."""
    last = versions[-1]
    told = []
    for before, version in zip([None, *versions[:-1]], versions, strict=True):
        old, new = compare(before.text, version.text) if before else (None, format_html("{}", version.text))
        told.append(Version(version, agreed.get(version.id, 0), old, new, version is last))
    return Wording(
        program=last.program.name,
        brand=last.brand.name,
        slug=last.slug,
        locale=last.locale,
        pages=shown.get((last.program_id, last.slug), []),
        versions=told[::-1],
    )


def compare(old: str, new: str) -> tuple[SafeString, SafeString]:
    """Both texts, with the words that went marked in the first and those that came marked in the second."""
    was, now = _WORD.findall(old), _WORD.findall(new)
    changes = difflib.SequenceMatcher(None, was, now, autojunk=False).get_opcodes()
    left = _marked(((kind != "equal", was[a:b]) for kind, a, b, _, _ in changes), "<del>{}</del>")
    right = _marked(((kind != "equal", now[a:b]) for kind, _, _, a, b in changes), "<ins>{}</ins>")
    return left, right


def _marked(parts: Iterable[tuple[bool, list[str]]], mark: str) -> SafeString:
    pieces = (
        format_html(mark if is_changed else "{}", "".join(words)) for is_changed, words in parts if words
    )
    return format_html_join("", "{}", ((piece,) for piece in pieces))
