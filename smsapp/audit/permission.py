"""Who may open the auditor's desk, and the database's own word that an auditor changes nothing."""

import functools
import uuid
from collections.abc import Callable
from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db import connection, models, transaction
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.urls import reverse

from contacts.admin_scope import scope_of
from contacts.models import Brand, Contact, Role

DESK_ROLES = frozenset({Role.OWNER, Role.AUDITOR})
# What an auditor may do that writes, besides the record of the look itself: the login's own affairs.
OWN_AFFAIRS = ("admin:logout", "admin:password_change")

View = Callable[..., HttpResponseBase]


def desk_page(view: View) -> View:
    """A page of the desk: behind the login, for owners and auditors only."""

    @functools.wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if not may_use(request):
            raise PermissionDenied
        return view(request, *args, **kwargs)

    found: View = admin.site.admin_view(guarded)
    return found


def may_use(request: HttpRequest) -> bool:
    """Whether the user has the desk in any brand of theirs."""
    return request.user.is_superuser or scope_of(request).may(DESK_ROLES)


def brands(request: HttpRequest) -> list[Brand]:
    """The brands looked at in which the user has the desk."""
    return scope_of(request).brands_where(DESK_ROLES)


def only(request: HttpRequest, rows: "models.QuerySet[Any]", path: str = "brand") -> "models.QuerySet[Any]":
    """The rows of those brands; one brand is an equality, for the indexes that begin with it."""
    ids = [brand.id for brand in brands(request)]
    return rows.filter(**{path: ids[0]}) if len(ids) == 1 else rows.filter(**{f"{path}__in": ids})


def person(request: HttpRequest, contact_id: uuid.UUID) -> Contact:
    """The contact, if it is of such a brand; else 404."""
    found: Contact = get_object_or_404(only(request, Contact.objects.select_related("brand")), id=contact_id)
    return found


class AuditorsReadOnly:
    """Whatever an auditor asks for in the admin runs in a transaction in which PostgreSQL refuses every write.

    So "changes nothing" does not rest on each page's good behaviour. What is noted of the look itself is written
    after that transaction (`consent.accesses`). Somebody who is more than an auditor in any brand is not meant.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if not is_auditor_only(request):
            return self.get_response(request)
        is_outermost = not connection.in_atomic_block
        with transaction.atomic():
            with connection.cursor() as cursor:
                # One moment for the whole page, so that what is sealed meanwhile is not taken for tampering.
                level = "ISOLATION LEVEL REPEATABLE READ, " if is_outermost else ""
                cursor.execute(f"SET TRANSACTION {level}READ ONLY")
            response = self.get_response(request)
            if response.status_code >= 500:  # noqa: PLR2004 - the page failed: nothing of it shall stay
                transaction.set_rollback(True)
        return response


def is_auditor_only(request: HttpRequest) -> bool:
    """Whether a page of the admin is asked for by somebody who is auditor and nothing else."""
    if not request.path_info.startswith(reverse("admin:index")) or not request.user.is_authenticated:
        return False
    if request.path_info in map(reverse, OWN_AFFAIRS):
        return False
    roles = set(scope_of(request).roles.values())
    return roles == {Role.AUDITOR} and not request.user.is_superuser
