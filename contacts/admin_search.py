"""Finding people in a list by a number or a name, along the indexes there are."""

import re
from typing import Any

from django.db.models import Q, QuerySet
from django.http import HttpRequest

from contacts.admin_scope import scope_of
from contacts.models import Contact, ContactPoint

_NOT_DIGITS = re.compile(r"\D")
_LOOKS_LIKE_A_NUMBER = re.compile(r"^[\d\s()+.-]+$")
_FEWEST_DIGITS = 3
_MOST_FOUND = 1000


def points_matching(request: HttpRequest, term: str) -> "QuerySet[ContactPoint]":
    """Contact points of the user's brands whose number holds these digits, or whose person has this name."""
    rows = scope_of(request).only(ContactPoint.objects.all())
    digits = _NOT_DIGITS.sub("", term)
    if _LOOKS_LIKE_A_NUMBER.match(term) and len(digits) >= _FEWEST_DIGITS:
        return rows.filter(address__contains=digits)
    people = people_named(request, term)
    return rows.filter(contact__in=people.values("id"))


def people_named(request: HttpRequest, term: str) -> "QuerySet[Contact]":
    """Contacts of the user's brands, each word beginning a first or last name."""
    rows = scope_of(request).only(Contact.objects.all())
    for word in term.split():
        rows = rows.filter(Q(first_name__istartswith=word) | Q(last_name__istartswith=word))
    return rows


class SearchByPerson:
    """A search box that understands numbers and names; `point_path` leads from the row to the contact point."""

    point_path = "point"
    search_fields = ("pk",)
    search_help_text = "A number, or a name"

    def get_search_results(self, request: HttpRequest, queryset: Any, search_term: str) -> tuple[Any, bool]:
        """Rows of the numbers found (at most 1,000 of them)."""
        term = search_term.strip()
        if not term:
            return queryset, False
        found = list(points_matching(request, term).values_list("id", flat=True)[:_MOST_FOUND])
        return queryset.filter(**{f"{self.point_path}__in": found}), False
