"""The pages of the auditor's desk. They only show: what is looked at goes on record, and nothing else changes."""

import datetime as dt
import json
import uuid
from typing import Any

from django.contrib import admin, messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.dateparse import parse_date
from django.views.decorators.http import require_GET, require_http_methods

from consent import accesses, receipts, signing
from consent.models import CONSENTED, ConsentEvent, Program, Purpose, SigningKey
from contacts.models import Contact
from inbox import admin_person
from smsapp.audit import holds as waiting_holds
from smsapp.audit import looks as access_log
from smsapp.audit import opt_outs as leaving
from smsapp.audit import permission, proofs, summary, telling, timeline, wordings
from smsapp.audit import search as searching
from smsapp.audit import then as past

TABS = (
    ("home", "Find a person"),
    ("opt-outs", "Opt-outs"),
    ("holds", "Holds"),
    ("disclosures", "Disclosures"),
    ("looks", "Access log"),
    ("packs", "Export packs"),
)


def context(request: HttpRequest, *, tab: str, title: str, **more: Any) -> dict[str, Any]:
    """What every page of the desk has: its tabs, and whether several brands are looked at."""
    return {
        **admin.site.each_context(request),
        "title": title,
        "tabs": [(name, words, reverse(f"audit:{name}")) for name, words in TABS],
        "tab": tab,
        "many_brands": len(permission.brands(request)) > 1,
        **more,
    }


@require_GET
def home(request: HttpRequest) -> HttpResponse:
    """Where an auditor begins: the search, and the state of the record."""
    told = summary.of(permission.brands(request))
    page = context(request, tab="home", title="Auditor's desk", told=told)
    return TemplateResponse(request, "audit/home.html", page)


@require_http_methods(["GET", "HEAD", "POST"])
def search(request: HttpRequest) -> HttpResponse:
    """Find a person; by POST, so that no number stands in an address or a log. A typed address leads to the form."""
    if request.method != "POST":
        return HttpResponseRedirect(reverse("audit:home"))
    text = request.POST.get("who", "")
    found = searching.find(request, text)
    if len(found.people) == 1:
        return HttpResponseRedirect(reverse("audit:person", args=[found.people[0].id]))
    page = context(request, tab="home", title="Auditor's desk", found=found, typed=text)
    return TemplateResponse(request, "audit/found.html", page)


@require_GET
def person(request: HttpRequest, contact_id: uuid.UUID) -> HttpResponse:
    """One person's timeline, with a proof for each consent event."""
    contact = permission.person(request, contact_id)
    accesses.look(request.user, "timeline", brand_id=contact.brand_id, contact_id=contact.id)
    who = admin_person.person(contact)
    whose = timeline.Whose.of(contact, who.zone)
    kind = request.GET.get("kind", "all")
    kind = kind if kind in timeline.KINDS else "all"
    period = timeline.Period(_day(request, "from"), _day(request, "to"))
    turned = timeline.turn_to(whose, kind=kind, period=period, page=request.GET.get("page", ""))
    checked = proofs.check(whose.chains)
    page = context(
        request, tab="person", title=str(contact), who=who, whose=whose, kinds=list(timeline.KINDS.items()), kind=kind,
        period=period, items=telling.told(turned.entries, whose, checked), page=turned.page, checked=checked,
        proved=_proved(checked), query=_query(request, "kind", "from", "to"), **_question(whose),
    )  # fmt: skip
    return TemplateResponse(request, "audit/person.html", page)


def _proved(checked: proofs.Checked) -> dict[str, int]:
    states = (proofs.VERIFIED, proofs.SEALED, proofs.PENDING, proofs.BROKEN)
    return {state: checked.count(state) for state in states}


def _question(whose: timeline.Whose) -> dict[str, Any]:
    """What the form of "could we text them then" offers."""
    return {
        "programs": list(Program.objects.filter(brand_id=whose.contact.brand_id)),
        "purposes": [(purpose, Purpose(purpose).label) for purpose in CONSENTED],
        "clocks": past.zones(whose),
    }


@require_GET
def then(request: HttpRequest, contact_id: uuid.UUID) -> HttpResponse:
    """Could we text them at that moment, and why. Its address holds ids and the moment only, and can be shared."""
    contact = permission.person(request, contact_id)
    accesses.look(request.user, "then", brand_id=contact.brand_id, contact_id=contact.id)
    whose = timeline.Whose.of(contact, admin_person.zone_of(contact))
    if not whose.points:
        raise Http404
    given = request.GET.dict()
    page = context(
        request, tab="person", title=f"Could we text {contact}?", contact=contact, whose=whose, given=given,
        not_counted=past.NOT_COUNTED, **_question(whose),
    )  # fmt: skip
    try:
        question = past.asked(whose, given)
    except past.BadMoment as problem:
        page |= {"problem": str(problem), "at": given.get("at", "")}
        return TemplateResponse(request, "audit/then.html", page, status=400)
    zone = dt.UTC if given.get("clock") == "utc" else whose.zone
    page |= {
        "question": question,
        "at": past.shown(question.at, zone),
        "answered": past.answer(question, whose.zone),
        "zone": whose.zone,
        "link": past.link(question, given),
    }
    return TemplateResponse(request, "audit/then.html", page)


@require_GET
def receipt(request: HttpRequest, contact_id: uuid.UUID, event_id: uuid.UUID) -> HttpResponse:
    """One event's receipt, for whoever shall not have to trust us."""
    contact = permission.person(request, contact_id)
    rows = ConsentEvent.objects.filter(brand_id=contact.brand_id)
    about = timeline.Whose.of(contact, dt.UTC).is_about()
    event = get_object_or_404(rows.filter(about).select_related("brand", "point", "contact"), id=event_id)
    if not SigningKey.objects.filter(id=signing.configured()[0].id).exists():
        # The sealer enters a new key; nothing here writes.
        messages.warning(
            request, "No receipt yet: nothing was sealed with the present key. Try again in a minute."
        )
        return HttpResponseRedirect(reverse("audit:person", args=[contact.id]))
    accesses.record(request.user, "receipt", brand_id=contact.brand_id, contact_id=contact.id)
    answer = HttpResponse(
        json.dumps(receipts.receipt(event), ensure_ascii=False, indent=1), content_type="application/json"
    )
    answer["Content-Disposition"] = f'attachment; filename="receipt-{event.id}.json"'
    return answer


@require_GET
def opt_outs(request: HttpRequest) -> HttpResponse:
    """Who left lately, in which words, and how they were understood."""
    kind = request.GET.get("kind", "all")
    kind = kind if kind in leaving.KINDS else "all"
    _note(request, "opt-outs")
    found = leaving.read(request, kind=kind, page=request.GET.get("page", ""))
    kinds = [(name, words) for name, (words, _) in leaving.KINDS.items()]
    page = context(
        request, tab="opt-outs", title="Opt-outs", kinds=kinds, kind=kind, rows=found.rows, page=found.page,
        query=_query(request, "kind"),
    )  # fmt: skip
    return TemplateResponse(request, "audit/opt_outs.html", page)


@require_GET
def holds(request: HttpRequest) -> HttpResponse:
    """What waits for a person's decision, and for how long."""
    _note(request, "holds")
    held, to_reopen = waiting_holds.held(request), waiting_holds.to_reopen(request)
    page = context(request, tab="holds", title="Holds that wait", held=held, to_reopen=to_reopen)
    return TemplateResponse(request, "audit/holds.html", page)


@require_GET
def disclosures(request: HttpRequest) -> HttpResponse:
    """What people were shown, what changed between versions, and how many agreed to each."""
    page = context(request, tab="disclosures", title="Disclosures", wordings=wordings.read(request))
    return TemplateResponse(request, "audit/disclosures.html", page)


@require_GET
def looks(request: HttpRequest) -> HttpResponse:
    """Who looked at whose data."""
    user, contact = request.GET.get("user", ""), request.GET.get("person", "")
    looked = access_log.read(request, user=user, contact=contact, page=request.GET.get("page", ""))
    about = permission.only(request, Contact.objects.all()).filter(id=access_log.id_of(contact)).first()
    page = context(
        request, tab="looks", title="Access log", looked=looked, page=looked.page, chosen_user=user, about=about,
        query=_query(request, "user", "person"),
    )  # fmt: skip
    return TemplateResponse(request, "audit/looks.html", page)


def _note(request: HttpRequest, what: str) -> None:
    for brand in permission.brands(request):
        accesses.record(request.user, what, brand_id=brand.id)


def _day(request: HttpRequest, name: str) -> dt.date | None:
    try:
        return parse_date(request.GET.get(name, ""))
    except ValueError:
        return None


def _query(request: HttpRequest, *names: str) -> str:
    """The chosen filters, for the links to other pages of the same list."""
    chosen = request.GET.copy()
    for name in set(chosen) - set(names):
        del chosen[name]
    return chosen.urlencode()
