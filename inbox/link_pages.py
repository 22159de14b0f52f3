"""Where the team ends every link to a person's preference page that was ever sent, at her own wish."""

import uuid

from django.contrib import admin, messages
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from consent import preferences
from contacts.admin_scope import ANSWERERS, contact_for


@require_http_methods(["GET", "POST"])
def renew(request: HttpRequest, contact_id: uuid.UUID) -> HttpResponse:
    """What it means, and the button; the new link is her key, and not shown to the team. Nobody erased has one."""
    contact = contact_for(request, contact_id, ANSWERERS)
    points = [point for point in contact.points.order_by("id") if not point.is_erased]
    if not points:
        raise Http404
    if request.method == "POST":
        with transaction.atomic():
            for point in points:
                preferences.renew(point, user=request.user)
        messages.success(request, "Renewed: every earlier link of theirs is dead.")
        return HttpResponseRedirect(reverse("admin:contacts_contact_change", args=[contact.pk]))
    context = {**admin.site.each_context(request), "title": "Renew the preference link", "contact": contact}
    return TemplateResponse(request, "inbox/renew_link.html", context)
