"""The signed token in the page's form: whose page it was, and when it was rendered.

It stands where a CSRF cookie would, as on the sign-up page: what gives access is the link, which no browser brings
along by itself.
"""

import datetime as dt
from typing import Literal

from django.core import signing

from contacts import clock
from contacts.models import ContactPoint

SALT = "preferences.form"
GOOD_FOR = dt.timedelta(hours=2)


def issue(point: ContactPoint) -> str:
    """A new token for the page of this number."""
    said = {"point": point.id.hex, "contact": point.contact_id.hex, "at": clock.now().timestamp()}
    return signing.Signer(salt=SALT).sign_object(said)


def judge(raw: str, point: ContactPoint) -> Literal["fresh", "old", "forged"]:
    """Is it from a page of this number, and was that rendered in the last two hours?"""
    try:
        said = signing.Signer(salt=SALT).unsign_object(raw)
    except (signing.BadSignature, ValueError):
        return "forged"
    if (said["point"], said["contact"]) != (point.id.hex, point.contact_id.hex):
        return "forged"
    age = clock.now().timestamp() - said["at"]
    return "fresh" if 0 <= age <= GOOD_FOR.total_seconds() else "old"
