"""The inbox: who waits, one conversation at a time, and what the team does there."""

import datetime as dt
import uuid
from typing import TYPE_CHECKING, Any, cast

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from consent import accesses
from consent.reasons import Reason
from contacts import clock
from contacts.admin_scope import ANSWERERS, scope_of
from contacts.admin_words import ago, words_of
from inbox import admin_person, assign, look, reply
from inbox.models import SavedReply
from inbox.thread_lines import Line, lines_of, version_of
from inbox.waiting import BOXES, find
from messaging import segments
from messaging.models import Status, Thread

if TYPE_CHECKING:
    from django.contrib.auth.models import User


@require_GET
def threads(request: HttpRequest) -> HttpResponse:
    """The list: waiting (longest first), all, mine; with a search."""
    return TemplateResponse(request, "inbox/threads.html", _list_context(request) | {"title": "Inbox"})


@require_GET
def thread_list(request: HttpRequest) -> HttpResponse:
    """Only the rows, for the page to refresh itself."""
    return TemplateResponse(request, "inbox/thread_rows.html", _list_context(request))


def _list_context(request: HttpRequest) -> dict[str, Any]:
    box = request.GET.get("box", "waiting")
    box = box if box in BOXES else "waiting"
    found = find(request, box=box, search=request.GET.get("q", ""), page=request.GET.get("page", ""))
    return {**admin.site.each_context(request), "box": box, "found": found, "query": request.GET.get("q", "")}


@require_GET
def thread(request: HttpRequest, thread_id: uuid.UUID) -> HttpResponse:
    """One conversation, with everything known about the person beside it; the look goes on record."""
    row = _thread(request, thread_id)
    accesses.look(request.user, "thread", brand_id=row.brand_id, contact_id=row.contact_id)
    return _thread_page(request, row)


def _thread_page(request: HttpRequest, row: Thread, *, typed: str = "", problem: str = "") -> HttpResponse:
    who = admin_person.person(row.contact)
    told = lines_of(row, zone=who.zone)
    context = {
        **admin.site.each_context(request),
        "title": str(row.contact),
        "thread": row,
        "who": who,
        "lines": told,
        "version": version_of(row, told),
        "seen_through": _newest(row, told),
        "once": uuid.uuid4(),
        "typed": typed,
        "problem": problem,
        "saved": SavedReply.objects.filter(brand_id=row.brand_id),
        "may_answer": scope_of(request).may(ANSWERERS, row.brand_id),
        "waits": ago(clock.now() - row.waiting_since) if row.waiting_since else "",
        "assigned": getattr(row, "assignment", None),
        "longest": reply.LONGEST_REPLY,
    }
    return TemplateResponse(request, "inbox/thread.html", context)


@require_GET
def lines(request: HttpRequest, thread_id: uuid.UUID) -> HttpResponse:
    """The bubbles as they are now; 204 when nothing changed since the `version` the page shows."""
    row = _thread(request, thread_id)
    if "version" not in request.GET:  # asked for by something else than the open page
        accesses.look(request.user, "thread", brand_id=row.brand_id, contact_id=row.contact_id)
    zone = admin_person.zone_of(row.contact)
    told = lines_of(row, zone=zone)
    version = version_of(row, told)
    if request.GET.get("version") == version:
        return HttpResponse(status=204)
    answer = TemplateResponse(request, "inbox/lines.html", {"lines": told})
    answer["X-Version"] = version
    answer["X-Seen-Through"] = _newest(row, told)
    return answer


@require_POST
def reply_to(request: HttpRequest, thread_id: uuid.UUID) -> HttpResponse:
    """Send an answer; a refusal is said in words and keeps what was typed."""
    row = _answerable(request, thread_id)
    body, user = request.POST.get("body", ""), cast("User", request.user)
    try:
        message = reply.send_reply(row, body, user, once=_once(request), seen_through=_seen_through(request))
    except reply.CannotReply as error:
        return _thread_page(request, row, typed=body, problem=str(error))
    if message.status == Status.REFUSED:
        return _thread_page(
            request, row, typed=body, problem=f"Not sent: {words_of(Reason, message.reason)}."
        )
    if message.status == Status.HELD:
        messages.warning(request, f"It waits: {words_of(Reason, message.reason)}.")
    return HttpResponseRedirect(reverse("inbox:thread", args=[row.id]))


@require_POST
def add_note(request: HttpRequest, thread_id: uuid.UUID) -> HttpResponse:
    """Keep a remark for the team."""
    row = _answerable(request, thread_id)
    try:
        assign.note(row, cast("User", request.user), request.POST.get("text", ""))
    except ValueError as error:
        messages.error(request, str(error))
    return HttpResponseRedirect(reverse("inbox:thread", args=[row.id]))


@require_POST
def act(request: HttpRequest, thread_id: uuid.UUID, what: str) -> HttpResponse:
    """Take it, give it back, mark it answered, or decide about a held number."""
    row = _answerable(request, thread_id)
    user = cast("User", request.user)
    if what == "assign":
        assign.assign(row, user)
        said = "Assigned to you."
    elif what == "release":
        assign.release(row)
        said = "Nobody in particular answers it now."
    elif what == "answered":
        reply.mark_answered(row, seen_through=_seen_through(request))
        said = "Marked as answered."
    elif what == "close-number":
        closed = look.close_number(row, user, reason=request.POST.get("reason", ""))
        said = "The number is closed." if closed else "The number was closed already."
    elif what == "release-hold":
        said = "Texts may go on." if look.release_hold(row, user) else "Nothing was held."
    else:
        return HttpResponse(status=404)
    messages.success(request, said)
    return HttpResponseRedirect(reverse("inbox:thread", args=[row.id]))


@require_POST
def count(request: HttpRequest) -> JsonResponse:
    """What a text would cost in segments, and the characters that make it dear."""
    counted = segments.count(request.POST.get("body", "").strip()[: reply.LONGEST_REPLY * 2])
    return JsonResponse(
        {
            "segments": counted.segments,
            "alphabet": counted.alphabet,
            "remaining": counted.remaining,
            "offending": list(counted.offending[:10]),
        }
    )


def _thread(request: HttpRequest, thread_id: uuid.UUID) -> Thread:
    """The thread, if it is of one of the user's brands; else 404."""
    rows = scope_of(request).only(Thread.objects.select_related("contact__brand", "assignment__user"))
    found: Thread = get_object_or_404(rows, id=thread_id)
    return found


def _answerable(request: HttpRequest, thread_id: uuid.UUID) -> Thread:
    """The same, for someone who may answer; else PermissionDenied."""
    row = _thread(request, thread_id)
    if not scope_of(request).may(ANSWERERS, row.brand_id):
        raise PermissionDenied
    return row


def _newest(row: Thread, told: list[Line]) -> str:
    """When the newest of the lines shown came, in seconds, for the form to bring back."""
    return f"{max((line.came_at for line in told), default=row.created_at).timestamp():.6f}"


def _once(request: HttpRequest) -> uuid.UUID | None:
    try:
        return uuid.UUID(request.POST.get("once", ""))
    except ValueError:
        return None


def _seen_through(request: HttpRequest) -> dt.datetime | None:
    """The newest line the writer saw (aware UTC); rounded up, as a browser keeps fewer digits."""
    try:
        return dt.datetime.fromtimestamp(float(request.POST.get("seen_through", "")) + 0.001, tz=dt.UTC)
    except (ValueError, OverflowError, OSError):
        return None
