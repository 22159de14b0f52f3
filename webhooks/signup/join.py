"""A form that was filled in rightly becomes a request to join, and one text that asks the handset."""

import uuid
from typing import Any

from django.conf import settings
from django.db import transaction
from django.urls import reverse

from consent import joining, ledger, suppressions
from consent.models import Method, SignupAttempt, SignupPage, Subscription
from contacts.models import Channel, ContactPoint
from messaging import outbox, receive
from messaging.models import Origin, Sender, Value
from webhooks.signup import limits
from webhooks.signup.forms import Signup

LONGEST_AGENT = 300
Outcome = SignupAttempt.Outcome


def ask(page: SignupPage, attempt: SignupAttempt, signup: Signup, *, ip: str, user_agent: str) -> None:
    """Ask the handset whether its owner wants to join; nothing is agreed by this.

    1. An erased number stays unknown: no row is made of it.
    2. Who agreed to all of it already, and whose number is closed or held, gets no text.
    3. Else the request goes into the ledger with its evidence, and the text that asks into the outbox, once
       for this form.

    What became of it stands in the attempt and nowhere on the page: a stranger could learn from it.
    """
    sender = sender_of(page)
    address = signup.phone.e164
    with transaction.atomic():
        if sender is None or suppressions.is_suppressed(page.brand_id, [(Channel.SMS.value, address)]):
            limits.finish(attempt, Outcome.REFUSED, "erased" if sender else "no sender")
            return
        point = _point(sender, signup)
        ledger.lock_points([point.id])
        if _has_agreed(point, page, signup):
            limits.finish(attempt, Outcome.ALREADY)
            return
        request = joining.request(
            point,
            page.program,
            method=Method.WEB_FORM,
            purposes=[box.key for box in signup.ticked],
            disclosure=signup.offer.disclosure,
            evidence=_evidence(attempt, signup, ip=ip, user_agent=user_agent),
            locale=signup.offer.language,
            said_at=attempt.at,
        )
        if request.outcome != "asked":
            limits.finish(attempt, Outcome.REFUSED, request.outcome)
            return
        _text(page, point, sender, request.text, attempt.form_id)
        limits.finish(attempt, Outcome.ASKED)


def address_of(page: SignupPage) -> str:
    """The public address of a page."""
    return f"{settings.PUBLIC_BASE_URL}{reverse('signup-page', args=[page.slug])}"


def sender_of(page: SignupPage) -> Sender | None:
    """The sender that asks: the first of the program's that nothing keeps from sending, else the first."""
    routes = page.program.routes.select_related("sender__account").order_by("priority", "id")
    senders = [route.sender for route in routes]
    return next((sender for sender in senders if not sender.problem), senders[0] if senders else None)


def _point(sender: Sender, signup: Signup) -> ContactPoint:
    """The number as the brand knows it. Only somebody new takes the typed name: anybody could have typed it."""
    phone = signup.phone
    known = ContactPoint.objects.filter(brand_id=sender.brand_id, channel=Channel.SMS, address=phone.e164)
    is_new = not known.exists()
    point = receive.point_for(sender, channel=Channel.SMS, address=phone.e164, country=phone.country)
    if is_new:
        point.contact.first_name = signup.first_name
        point.contact.locale = signup.offer.language
        point.contact.save(update_fields=["first_name", "locale"])
    return point


def _has_agreed(point: ContactPoint, page: SignupPage, signup: Signup) -> bool:
    """Has the person agreed to all of this, for good? What is only implied may still be agreed to."""
    row = Subscription.objects.filter(brand_id=page.brand_id, point=point, program=page.program).first()
    wanted = {box.key for box in signup.ticked}
    return row is not None and not row.closed_by and wanted <= set(row.purposes) - set(row.terms)


def _evidence(attempt: SignupAttempt, signup: Signup, *, ip: str, user_agent: str) -> dict[str, Any]:
    offer = signup.offer
    return {
        "page": address_of(offer.page),
        "signup_page": offer.page.slug,
        "form": str(attempt.form_id),
        "disclosure": str(offer.disclosure.id),
        "disclosure_version": offer.disclosure.version,
        "disclosure_sha256": offer.disclosure.sha256,
        "shown": offer.shown,
        "shown_sha256": offer.shown_sha256,
        "locale": offer.language,
        "ticked": [box.kind for box in signup.ticked],
        "first_name": signup.first_name,
        "ip": ip,
        "user_agent": user_agent.replace("\0", "")[:LONGEST_AGENT],
        "at": attempt.at.isoformat(),
    }


def _text(
    page: SignupPage, point: ContactPoint, sender: Sender, body: str, form_id: uuid.UUID | None
) -> None:
    outbox.queue(
        [
            outbox.Draft(
                brand_id=page.brand_id,
                contact_id=point.contact_id,
                point_id=point.id,
                sender_id=sender.id,
                program_id=page.program_id,
                purpose="consent",
                value=Value.NOTICE,
                body=body,
                origin=Origin.CONSENT,
                origin_id=form_id,
            )
        ]
    )
