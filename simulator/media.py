"""The files that came with a text, as Twilio lists them below its message."""

from hashlib import md5
from mimetypes import guess_type
from typing import Any

from simulator.refusals import Refusal
from simulator.resources import messages_path, rfc2822
from simulator.texts import Text

_PAGE_SIZE = 50


def media_type(url: str) -> str:
    """Return the MIME type that the end of an address tells."""
    return guess_type(url)[0] or "application/octet-stream"


def list_media(text: Text) -> dict[str, Any]:
    """Return the one page there is: a message has at most ten files."""
    base = f"{messages_path(text.account_sid)}/{text.sid}/Media.json"
    uri = f"{base}?PageSize={_PAGE_SIZE}&Page=0"
    return {
        "first_page_uri": uri,
        "end": max(len(text.media) - 1, 0),
        "previous_page_uri": None,
        "media_list": [_media_json(text, index) for index in range(len(text.media))],
        "uri": uri,
        "page_size": _PAGE_SIZE,
        "start": 0,
        "next_page_uri": None,
        "page": 0,
    }


def fetch_media(text: Text, sid: str) -> dict[str, Any]:
    """Return one file's resource; raises Refusal 20404 when the text has none by this sid."""
    for index in range(len(text.media)):
        if _sid(text, index) == sid:
            return _media_json(text, index)
    raise Refusal(20404, sid)


def _media_json(text: Text, index: int) -> dict[str, Any]:
    sid = _sid(text, index)
    return {
        "account_sid": text.account_sid,
        "content_type": media_type(text.media[index]),
        "date_created": rfc2822(int(text.created_at)),
        "date_updated": rfc2822(int(text.created_at)),
        "parent_sid": text.sid,
        "sid": sid,
        "uri": f"{messages_path(text.account_sid)}/{text.sid}/Media/{sid}.json",
    }


def _sid(text: Text, index: int) -> str:
    return "ME" + md5(f"{text.sid} {index}".encode(), usedforsecurity=False).hexdigest()
