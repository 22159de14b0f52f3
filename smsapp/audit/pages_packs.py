"""Ordering, watching and taking along an export pack."""

import datetime as dt
import uuid
from typing import Any

from django import forms
from django.contrib.auth import get_user_model
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from consent import accesses
from contacts import clock
from contacts.models import Brand, Contact
from smsapp.audit import packs, permission
from smsapp.audit.looks import name_of
from smsapp.audit.packs import Pack
from smsapp.audit.pages import context

# How long a page waits for a worker to begin before it says that none has.
PATIENCE = dt.timedelta(seconds=20)


class PeriodForm(forms.Form):
    """Which days of which brand."""

    first = forms.DateField(
        label="From", widget=forms.DateInput(attrs={"type": "date"}), help_text="The first day"
    )
    last = forms.DateField(
        label="To", widget=forms.DateInput(attrs={"type": "date"}), help_text="The last day, included"
    )
    with_words = forms.BooleanField(
        label="With people's words and the evidence of their consent",
        required=False,
        help_text="Texts, pages, addresses on the internet. Without it the receipts still prove every event.",
    )

    def __init__(self, *args: Any, brands: list[Brand], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = [(str(brand.id), brand.name) for brand in brands]
        self.fields["brand"] = forms.ChoiceField(
            choices=choices,
            initial=choices[0][0] if choices else "",
            widget=forms.HiddenInput() if len(choices) == 1 else forms.Select(),
        )
        self.order_fields(["brand", "first", "last", "with_words"])

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        first, last = given.get("first"), given.get("last")
        if first and last and first > last:
            raise forms.ValidationError({"last": "To: this day lies before the first. Exchange the two."})
        return given


@require_GET
def packs_page(request: HttpRequest) -> HttpResponse:
    """All packs that are still there, and the form for another."""
    return _list(request, PeriodForm(brands=permission.brands(request)))


def _list(request: HttpRequest, form: PeriodForm, *, status: int = 200) -> HttpResponse:
    found = packs.of_brands(brand.id for brand in permission.brands(request))
    page = context(
        request, tab="packs", title="Export packs", form=form, rows=_told(request, found), days=packs.KEPT_FOR.days
    )  # fmt: skip
    return TemplateResponse(request, "audit/packs.html", page, status=status)


def _told(request: HttpRequest, found: list[Pack]) -> list[tuple[Pack, str, Any]]:
    """Each pack with who asked for it and, if it is about one, the person."""
    users = get_user_model().objects.in_bulk([pack.asked_by for pack in found if pack.asked_by])
    ids = [pack.contact_id for pack in found if pack.contact_id]
    people = permission.only(request, Contact.objects.all()).in_bulk(ids)
    return [
        (
            pack,
            name_of(users.get(pack.asked_by)) if pack.asked_by else "a command",
            people.get(pack.contact_id),
        )
        for pack in found
    ]


@require_POST
def order(request: HttpRequest) -> HttpResponse:
    """Order a pack: of a person (`contact`), or of the days of a brand."""
    if contact_id := request.POST.get("contact"):
        pack = _order_person(request, contact_id)
    else:
        form = PeriodForm(request.POST, brands=permission.brands(request))
        if not form.is_valid():
            return _list(request, form, status=400)
        pack = _order_period(request, form.cleaned_data)
    return HttpResponseRedirect(reverse("audit:pack", args=[pack.id]))


def _order_person(request: HttpRequest, contact_id: str) -> Pack:
    try:
        contact = permission.person(request, uuid.UUID(contact_id))
    except ValueError:
        raise Http404 from None
    accesses.record(request.user, "export", brand_id=contact.brand_id, contact_id=contact.id)
    return packs.order(
        brand_id=contact.brand_id,
        contact_id=contact.id,
        asked_by=int(request.user.pk or 0),
        with_words=bool(request.POST.get("with_words")),
    )


def _order_period(request: HttpRequest, given: dict[str, Any]) -> Pack:
    brand_id, first, last = uuid.UUID(given["brand"]), given["first"], given["last"]
    accesses.record(request.user, "export", brand_id=brand_id, detail=f"{first} to {last}")
    return packs.order(
        brand_id=brand_id,
        first=first,
        last=last,
        asked_by=int(request.user.pk or 0),
        with_words=given["with_words"],
    )


@require_GET
def pack(request: HttpRequest, pack_id: uuid.UUID) -> HttpResponse:
    """How far a pack is; the page looks again by itself until it is done."""
    found = _pack(request, pack_id)
    [(_, by, person)] = _told(request, [found])
    is_late = found.state == packs.WAITING and clock.now() - found.asked_at > PATIENCE
    page = context(
        request, tab="packs", title="Export pack", pack=found, by=by, person=person, is_late=is_late
    )
    return TemplateResponse(request, "audit/pack.html", page)


@require_GET
def download(request: HttpRequest, pack_id: uuid.UUID) -> FileResponse:
    """The ZIP itself. Not one that was made before somebody was erased."""
    found = _pack(request, pack_id)
    if found.state != packs.READY or packs.is_overtaken(found):
        raise Http404
    accesses.record(
        request.user, "download", brand_id=found.brand_id, contact_id=found.contact_id, detail=str(found.id)
    )
    return FileResponse(
        packs.file_of(found).open("rb"), as_attachment=True, filename=f"consent-record-{found.id}.zip"
    )


def _pack(request: HttpRequest, pack_id: uuid.UUID) -> Pack:
    found = packs.find((brand.id for brand in permission.brands(request)), pack_id)
    if found is None:
        raise Http404
    return found
