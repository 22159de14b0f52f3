"""Ways to bring people to a sign-up page: a frame for other sites, a link, and a text message ready to send."""

import re
from urllib.parse import quote, urlsplit

from django.utils.html import format_html

from consent.models import SignupPage
from webhooks.signup.join import address_of, sender_of

FRAME_HEIGHT = 860
# Nothing that could end a directive of a content security policy, or begin another.
_ORIGIN = re.compile(r"https?://[a-z0-9]([a-z0-9.-]*[a-z0-9])?(:[0-9]{1,5})?")


def origin(url: str) -> str:
    """The origin of an address ("https://shop.example/about": "https://shop.example"), or "" when it has none."""
    try:
        parts = urlsplit(url.strip().lower())
    except ValueError:
        return ""
    found = f"{parts.scheme}://{parts.netloc}"
    return found if _ORIGIN.fullmatch(found) else ""


def frame_ancestors(page: SignupPage) -> str:
    """Who may show the page in a frame, as the content security policy says it."""
    return " ".join(filter(None, map(origin, page.embed_origins))) or "'none'"


def snippet(page: SignupPage) -> str:
    """HTML to paste into a site: the page in a frame, without any script."""
    return format_html(
        '<iframe src="{}" title="{}" width="100%" height="{}" style="border:0;max-width:36rem" loading="lazy">'
        "</iframe>",
        address_of(page),
        f"Sign up for texts from {page.program.name}",
        FRAME_HEIGHT,
    )


def link(page: SignupPage) -> str:
    """HTML to paste into a site: a link to the page."""
    return format_html('<a href="{}">Get texts from {}</a>', address_of(page), page.program.name)


def way_by_text(page: SignupPage) -> tuple[str, str]:
    """(join word, number to send it to); either may be "" when the program has none."""
    sender = sender_of(page)
    word = next(iter(page.program.join_words), "")
    return word, sender.address if sender else ""


def sms_link(page: SignupPage) -> str:
    """A link that opens a message with the join word written, or "" without a join word or a number.

    RFC 5724 has `?body=`; iOS from 8 on looks for `&body=`. `?&body=` is read by both
    (https://stackoverflow.com/questions/6480462, tried on devices by many there).
    """
    word, number = way_by_text(page)
    return f"sms:{number}?&body={quote(word, safe='')}" if word and number else ""


def sms_code(page: SignupPage) -> str:
    """What a QR code holds to open such a message, or "".

    `SMSTO:number:text` is the form that the cameras of both systems take
    (https://github.com/zxing/zxing/wiki/Barcode-Contents#sms).
    """
    word, number = way_by_text(page)
    return f"SMSTO:{number}:{word}" if word and number else ""
