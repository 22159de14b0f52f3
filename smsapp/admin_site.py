"""The admin site: unfold's, with the product's home page and the choice of the brand looked at."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern, path, reverse
from django.views.decorators.http import require_POST
from unfold.sites import UnfoldAdminSite


class AdminSite(UnfoldAdminSite):
    """One site for brand staff and compliance staff; what each sees is scoped to their brands."""

    index_title = "Today"

    def extra_urls(self) -> list[URLPattern]:
        """Pages of the site itself."""
        return [
            path("look-at/<slug:brand>/", self.admin_view(self.look_at), name="look_at"),
            path(
                "pause-everything/",
                self.admin_view(require_POST(self.pause_everything)),
                name="pause_everything",
            ),
        ]

    def pause_everything(self, request: HttpRequest) -> HttpResponse:
        """Stop, or let go on, whatever is automatic on this installation; a superuser's button."""
        from contacts.admin_pauses import press

        if not request.user.is_superuser:
            raise PermissionDenied
        messages.success(request, f"Everything: {press(request, None)}")
        return HttpResponseRedirect(reverse("admin:index"))

    def look_at(self, request: HttpRequest, brand: str) -> HttpResponse:
        """Look at one of one's brands, or at "all"; a brand of others is simply not found among them."""
        from contacts.admin_scope import CHOSEN, scope_of

        mine = {row.slug: str(row.id) for row in scope_of(request).all_brands}
        if brand in mine:
            request.session[CHOSEN] = mine[brand]
        else:
            request.session.pop(CHOSEN, None)
        return HttpResponseRedirect(reverse("admin:index"))

    def index(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """The home page: what happened today, and what needs a person."""
        from smsapp import dashboard

        answer: HttpResponse = super().index(request, {**dashboard.context(request), **(extra_context or {})})
        return answer
