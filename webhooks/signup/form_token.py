"""The signed token in a form: which wording was rendered, when, and for one sending only.

It stands where a CSRF cookie would: the page may be shown in a frame on other sites, where browsers keep such cookies
back. That is safe, because there is nothing to forge: the page knows no login, so a forged sending can do no more than
its sender could do alone, and what it asks for counts only when the handset has answered.
"""

import dataclasses
import datetime as dt
import uuid

from django.core import signing

from consent.models import SignupPage
from contacts import clock
from contacts.ids import new_id
from webhooks.signup.offer import Offer, rendered_offer

SALT = "signup.form"
PREVIEW_SALT = "signup.preview"
GOOD_FOR = dt.timedelta(hours=2)
PREVIEW_FOR = dt.timedelta(hours=1)
# No person reads a wording and types a number in less.
NOT_BEFORE = dt.timedelta(seconds=2)


class BadToken(ValueError):
    """A form that cannot be taken: `reason` names the wording that tells why, `shown` what was on it, if known."""

    def __init__(self, reason: str, shown: Offer | None = None) -> None:
        super().__init__(reason)
        self.reason, self.shown = reason, shown


@dataclasses.dataclass(frozen=True, slots=True)
class Token:
    """What a form says of itself: its id, and what was on it."""

    form_id: uuid.UUID
    offer: Offer


def issue(offer: Offer) -> str:
    """A new token for a form that shows this offer."""
    return signing.Signer(salt=SALT).sign_object(
        {
            "form": new_id().hex,
            "page": offer.page.id.hex,
            "language": offer.language,
            "disclosure": offer.disclosure.id.hex,
            "shown": offer.sha256,
            "at": clock.now().timestamp(),
        }
    )


def read(raw: str, page: SignupPage) -> Token:
    """What the form of this page showed, as signed.

    Raises BadToken: "stale" when it is forged, of another page, older than two hours, or when what it showed
    has changed since other than by a new version of the disclosure; "early" when it comes back too soon.
    """
    try:
        said = signing.Signer(salt=SALT).unsign_object(raw)
    except (signing.BadSignature, ValueError) as error:
        raise BadToken("stale") from error
    age = clock.now().timestamp() - said["at"]
    offer = rendered_offer(page, said["language"], uuid.UUID(said["disclosure"]))
    is_ours = said["page"] == page.id.hex and offer is not None and offer.sha256 == said["shown"]
    if offer is None or not is_ours or not 0 <= age <= GOOD_FOR.total_seconds():
        raise BadToken("stale")
    if age < NOT_BEFORE.total_seconds():
        raise BadToken("early", offer)
    return Token(form_id=uuid.UUID(said["form"]), offer=offer)


def preview(page: SignupPage) -> str:
    """The pass with which the team looks at a page that is not live, for an hour."""
    until = (clock.now() + PREVIEW_FOR).timestamp()
    return signing.Signer(salt=PREVIEW_SALT).sign_object({"page": page.id.hex, "until": until})


def is_preview(raw: str, page: SignupPage) -> bool:
    """Is this a pass for this page, and still good?"""
    try:
        said = signing.Signer(salt=PREVIEW_SALT).unsign_object(raw)
    except (signing.BadSignature, ValueError):
        return False
    return bool(said["page"] == page.id.hex and clock.now().timestamp() <= said["until"])
