"""The preference page: opening it shows, and only a pressed button changes anything. It sets no cookie."""

from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.cache import patch_vary_headers
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from consent import preferences
from consent.preferences import PAUSE, Opened
from contacts import clock
from contacts.models import ContactPoint
from webhooks.preferences import cards, changes, door, form_token, standing, words
from webhooks.preferences.changes import Done, Wish
from webhooks.preferences.words import Said
from webhooks.public import style, visitor
from webhooks.public.wordings import accepted

LONGEST_AGENT = 300


@csrf_exempt  # the link and the signed token of the form stand in for the cookie: see form_token
@require_http_methods(["GET", "HEAD", "POST"])
def page(request: HttpRequest, token: str) -> HttpResponse:
    """Show the page, or do what one of its buttons says."""
    try:
        opened = door.enter(request, token)
    except door.Shut as shut:
        return shut_page(request, shut)
    if request.method == "POST":
        return _take(request, opened)
    return show(request, opened)


def may_change(request: HttpRequest, point: ContactPoint, *, is_restricting: bool = False) -> bool:
    """Does the form come from a page of this number, and from one of now unless it asks for less?"""
    if visitor.comes_from_elsewhere(request):
        return False
    age = form_token.judge(request.POST.get("token", ""), point)
    return age == "fresh" or (is_restricting and age == "old")


def show(request: HttpRequest, opened: Opened, *, notice: str = "", done: Done | None = None) -> HttpResponse:
    """The page of a number. `notice` names a wording to begin with; `done` says what a button has done.

    Always answered 200: an error would put the address, which is a key, into the log.
    """
    point = opened.point
    said, shown = said_to(request, point), standing.of(point)
    context = {
        "said": said.ready(),
        "standing": shown,
        "places": [cards.told(place, point, said) for place in shown.places],
        "notice": said.fill(notice) if notice else "",
        "done": cards.done(done, point, said) if done else [],
        "number": said.fill("number", end=point.address[-2:]),
        "way_back": cards.way_back(shown, said),
        "pause_about": said.fill("pause_about", date=cards.day(clock.now() + PAUSE, point, said.language)),
        "paused": cards.paused(shown, said),
        "token": form_token.issue(point),
        "request_path": request.path.removesuffix("/data"),
        "languages": [(code, words.of(code)["language"]) for code in words.languages()],
    }
    return _respond("preferences/page.html", point.brand.name, said.language, context, status=200)


def led_back(token: str) -> HttpResponse:
    """To the page of a link."""
    answer = HttpResponseRedirect(reverse("preferences", args=[token]))
    keep_private(answer)
    return answer


def shut_page(request: HttpRequest, shut: door.Shut) -> HttpResponse:
    """What a link that leads nowhere shows: how to leave without it."""
    language = words.choose(words.languages(), [request.GET.get("lang", ""), *_accepted(request)])
    said = {name: words.of(language)[name] for name in ("missing_title", "missing")}
    answer = _respond("preferences/shut.html", "SMS", language, {"said": said}, status=shut.status)
    if shut.status == 429:  # noqa: PLR2004 - too many requests
        answer["Retry-After"] = "60"
    return answer


def _take(request: HttpRequest, opened: Opened) -> HttpResponse:
    """1. Is the form ours? 2. Do what it says. 3. Show where that leaves the person."""
    wish = Wish.read(request.POST.get("do", ""))
    if not may_change(request, opened.point, is_restricting=wish.is_restricting):
        return show(request, opened, notice="stale")
    done = changes.fulfil(opened.point, wish, evidence=_evidence(request, opened.point, wish))
    return show(request, opened, done=done) if done else show(request, opened, notice="stale")


def _evidence(request: HttpRequest, point: ContactPoint, wish: Wish) -> dict[str, Any]:
    """What was pressed, in the words that stood on the button. The link itself is a key and stays out."""
    said = said_to(request, point)
    return {
        "page": preferences.PATH,
        "words": cards.label(wish, said),
        "purpose": wish.kind,
        "locale": said.language,
        "ip": visitor.address_of(request),
        "user_agent": request.headers.get("User-Agent", "").replace("\0", "")[:LONGEST_AGENT],
        "at": clock.now().isoformat(),
    }


def said_to(request: HttpRequest, point: ContactPoint) -> Said:
    """The language that was asked for, else the browser's, else the one the person joined in."""
    wanted = [request.GET.get("lang", ""), *_accepted(request), point.contact.locale]
    language = words.choose(words.languages(), wanted)
    return Said(language, brand=point.brand.name, support=point.brand.support)


def _accepted(request: HttpRequest) -> list[str]:
    return accepted(request.headers.get("Accept-Language", ""))


def _respond(
    template: str, speaker: str, language: str, context: dict[str, Any], *, status: int
) -> HttpResponse:
    """The page with its one style sheet; nobody keeps it, finds it, frames it, or is told its address."""
    sheet = style.sheet(style.DEFAULT_ACCENT, also="webhooks.preferences")
    whole = {**context, "speaker": speaker, "language": language, "style": sheet}
    # Without the request: no context processor may touch a session, which would set a cookie.
    answer = HttpResponse(render_to_string(template, whole), status=status)
    answer["Content-Security-Policy"] = (
        f"default-src 'none'; style-src {style.source(sheet)}; img-src data:; form-action 'self'; "
        "base-uri 'none'; frame-ancestors 'none'"
    )
    keep_private(answer)
    answer["Content-Language"] = language
    patch_vary_headers(answer, ["Accept-Language"])
    return answer


def keep_private(answer: HttpResponse) -> None:
    """No copy in a cache, no entry in a search engine, and no word of the address to the next site."""
    answer["Cache-Control"] = "no-store"
    answer["X-Robots-Tag"] = "noindex, nofollow, noarchive"
    answer["Referrer-Policy"] = "no-referrer"
