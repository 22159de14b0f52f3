"""The public pages: the form, what it answers, and the QR codes. They set no cookie and know no login."""

from collections.abc import Mapping, Sequence

import phonenumbers
from django.http import Http404, HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.utils.cache import patch_vary_headers
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_safe

from consent.models import Disclosure, SignupPage
from webhooks.public import style, visitor
from webhooks.public.wordings import accepted
from webhooks.signup import embed, form_token, going_live, join, limits, qr, words
from webhooks.signup.form_token import BadToken
from webhooks.signup.forms import SignupForm
from webhooks.signup.offer import Offer, languages, offer_in


@csrf_exempt  # the signed token of the form stands in for the cookie: see form_token
@require_http_methods(["GET", "HEAD", "POST"])
def page(request: HttpRequest, slug: str) -> HttpResponse:
    """Show the form, or take it."""
    row = _page(request, slug)
    offered = languages(row)
    if not offered or not going_live.is_open(row):
        return _closed(request, row)
    if request.method == "POST" and row.live_at:
        return _take(request, row)
    language = _language(request, offered)
    return _form(request, offer_in(row, language, offered[language]))


@require_safe
def code_of_page(request: HttpRequest, slug: str) -> HttpResponse:
    """A QR code that opens the page."""
    return _svg(join.address_of(row := _page(request, slug)), row)


@require_safe
def code_of_text(request: HttpRequest, slug: str) -> HttpResponse:
    """A QR code that opens a text message with the join word."""
    row = _page(request, slug)
    if not (content := embed.sms_code(row)):
        raise Http404
    return _svg(content, row, what="text-")


def _page(request: HttpRequest, slug: str) -> SignupPage:
    """The page, if it is live, or shown to the team beforehand."""
    row = SignupPage.objects.select_related("program__brand").filter(slug=slug).first()
    if row is None or not (row.live_at or form_token.is_preview(request.GET.get("preview", ""), row)):
        raise Http404
    return row


def _take(request: HttpRequest, row: SignupPage) -> HttpResponse:
    """1. Read the token: what was shown. 2. Check the fields. 3. Count the try. 4. Ask the handset."""
    if visitor.comes_from_elsewhere(request):
        return _again(request, row, "stale")
    try:
        token = form_token.read(request.POST.get("token", ""), row)
    except BadToken as bad:
        return _again(request, row, bad.reason, shown=bad.shown)
    form = SignupForm(request.POST, offer=token.offer)
    if not form.is_valid():
        return _form(request, token.offer, form=form, status=400, ticked=request.POST.getlist("agree"))
    signup, ip = form.signup, visitor.address_of(request)
    try:
        attempt = limits.admit(
            row, number=signup.phone.e164, visitor=visitor.line_of(ip), form_id=token.form_id
        )
    except limits.Repeated as repeated:
        if not repeated.is_same:
            return _again(request, row, "used", shown=token.offer)
    except limits.TooMany:
        return _limited(token.offer)
    else:
        join.ask(row, attempt, signup, ip=ip, user_agent=request.headers.get("User-Agent", ""))
    return _sent(token.offer, signup.phone.e164)


def _again(request: HttpRequest, row: SignupPage, why: str, *, shown: Offer | None = None) -> HttpResponse:
    """The form once more, newly signed, with what was typed; only what was surely `shown` before stays ticked."""
    offered = languages(row)
    language = _language(request, offered)
    offer = offer_in(row, language, offered[language])
    form = SignupForm(
        offer=offer, initial={name: request.POST.get(name, "") for name in ("phone", "first_name")}
    )
    is_known = shown is not None and shown.sha256 == offer.sha256
    ticked = request.POST.getlist("agree") if is_known else ()
    return _form(request, offer, form=form, status=400, why=why, ticked=ticked)


def _form(
    request: HttpRequest,
    offer: Offer,
    *,
    form: SignupForm | None = None,
    status: int = 200,
    why: str = "",
    ticked: Sequence[str] = (),
) -> HttpResponse:
    form = form or SignupForm(offer=offer)
    said = offer.words
    problems = [("", said[why])] if why else form.problems
    program = offer.page.program
    hints = ["" if offer.has_one_box else "wording", "agree-wrong" if "agree" in dict(problems) else ""]
    code = phonenumbers.country_code_for_region(program.country)
    pass_ = request.GET.get("preview", "")
    context = {
        "offer": offer,
        "words": said,
        "form": form,
        "token": form_token.issue(offer),
        "problems": problems,
        "wrong": dict(problems),
        "focus": next((field for field, _ in problems if field), ""),
        "ticked": ticked,
        "described_by": " ".join(filter(None, hints)),
        "phone_hint": said["phone_hint"].format(code=code),
        "age_hint": said["age"].format(age=program.age_gate),
        "languages": [(code, words.of(code)["language"]) for code in languages(offer.page)],
        "is_preview": offer.page.live_at is None,
        "preview_query": f"&preview={pass_}" if pass_ else "",
    }
    return _respond("signup/form.html", offer.page, offer.language, context, status=status)


def _sent(offer: Offer, number: str) -> HttpResponse:
    """The same to everybody, whatever is known of the number."""
    said = offer.words
    word, to = embed.way_by_text(offer.page)
    again = "sent_again" if to else "sent_again_no_number"
    paragraphs = [
        said["sent"].format(end=number[-2:]),
        said["thanks"],
        said[again].format(word=word or "START", number=to),
    ]
    return _answer(offer.page, offer.language, said["sent_title"], paragraphs, status=200)


def _limited(offer: Offer) -> HttpResponse:
    said = offer.words
    word, to = embed.way_by_text(offer.page)
    instead = said["limited_word"].format(word=word, number=to) if word and to else ""
    return _answer(offer.page, offer.language, said["limited_title"], [said["limited"], instead], status=429)


def _closed(request: HttpRequest, row: SignupPage) -> HttpResponse:
    """Paused, or something went missing: the page stays, and says so."""
    offered = languages(row)
    language = _language(request, offered) if offered else "en"
    said = words.of(language)
    return _answer(row, language, said["closed_title"], [said["closed"]], status=503)


def _language(request: HttpRequest, offered: dict[str, Disclosure]) -> str:
    header = request.headers.get("Accept-Language", "")
    return words.choose(offered, [request.GET.get("lang", ""), *accepted(header)])


def _answer(
    row: SignupPage, language: str, heading: str, paragraphs: list[str], *, status: int
) -> HttpResponse:
    context = {"heading": heading, "paragraphs": [said for said in paragraphs if said]}
    return _respond("signup/answer.html", row, language, context, status=status)


def _respond(
    template: str, row: SignupPage, language: str, context: Mapping[str, object], *, status: int
) -> HttpResponse:
    """The page with its one style sheet, and the headers that let nothing else in."""
    sheet = style.sheet(row.accent)
    # Without the request: no context processor may touch a session, which would set a cookie.
    html = render_to_string(
        template, {**context, "page": row, "speaker": row.program.name, "language": language, "style": sheet}
    )
    answer = HttpResponse(html, status=status)
    ancestors = embed.frame_ancestors(row)
    answer["Content-Security-Policy"] = (
        f"default-src 'none'; style-src {style.source(sheet)}; img-src data:; form-action 'self'; "
        f"base-uri 'none'; frame-ancestors {ancestors}"
    )
    if ancestors != "'none'":
        answer.xframe_options_exempt = True  # Django's own mark; the policy rules
    answer["Content-Language"] = language
    answer["Cache-Control"] = "no-store"
    patch_vary_headers(answer, ["Accept-Language"])
    return answer


def _svg(content: str, row: SignupPage, *, what: str = "") -> HttpResponse:
    answer = HttpResponse(qr.svg(content), content_type="image/svg+xml")
    answer["Content-Disposition"] = f'inline; filename="{row.slug}-{what}qr.svg"'
    answer["Content-Security-Policy"] = "default-src 'none'; style-src 'unsafe-inline'"
    return answer
