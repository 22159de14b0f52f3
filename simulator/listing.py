"""The list of messages: Twilio's filters, newest first, page by page."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from itertools import islice
from typing import Any
from urllib.parse import quote

from simulator.refusals import Refusal
from simulator.resources import message_json, messages_path
from simulator.texts import Text
from simulator.world import World

_DAY_SECONDS = 86_400
_PAGE_SIZE = 50
_LARGEST_PAGE = 1000
_TOKEN_PREFIX = "PA"  # noqa: S105 - a page token is no secret
_FILTERS = ("To", "From", "DateSent", "DateSent<", "DateSent>")
_DATE_ONLY_LENGTH = 10


def list_messages(world: World, account_sid: str, query: Mapping[str, str]) -> dict[str, Any]:
    """Return one page; raises Refusal for an unreadable date.

    A page token names the last message of the page before, so texts that arrive meanwhile shift nothing.
    """
    size = min(max(_integer(query.get("PageSize", ""), _PAGE_SIZE), 1), _LARGEST_PAGE)
    page = max(_integer(query.get("Page", ""), 0), 0)
    token = query.get("PageToken", "").removeprefix(_TOKEN_PREFIX)
    found = _matching(_candidates(world, query), account_sid, query, by_day=world.settings.list_goes_by_day)
    if token:
        for text in found:
            if text.sid == token:
                break
        start = page * size
    else:
        start = page * size
        next(islice(found, start, start), None)
    texts = list(islice(found, size + 1))
    shown = texts[:size]
    following = _uri(account_sid, query, size, page + 1, shown[-1].sid) if len(texts) > size else None
    before = _uri(account_sid, query, size, page - 1) if page else None
    return {
        "first_page_uri": _uri(account_sid, query, size, 0),
        "end": start + max(len(shown) - 1, 0),
        "previous_page_uri": before,
        "messages": [message_json(text) for text in shown],
        "uri": _uri(account_sid, query, size, page, token),
        "page_size": size,
        "start": start,
        "next_page_uri": following,
        "page": page,
    }


def _candidates(world: World, query: Mapping[str, str]) -> Iterable[Text]:
    """Go through one handset's texts when a filter names one, or what came to a number, else all; newest first."""
    to = query.get("To", "")
    if to in world.received:
        is_handset = to in world.by_handset
        return reversed(list(world.texts.values()) if is_handset else world.received[to])
    for name in ("To", "From"):
        if query.get(name) in world.by_handset:
            return reversed(world.by_handset[query[name]])
    return reversed(list(world.texts.values()))


def _matching(
    texts: Iterable[Text], account_sid: str, query: Mapping[str, str], *, by_day: bool
) -> Iterator[Text]:
    earliest, latest = _date_range(query, by_day=by_day)
    to, sender = query.get("To"), query.get("From")
    for text in texts:
        ends = (text.handset, text.sender) if text.is_inbound else (text.sender, text.handset)
        if text.account_sid != account_sid or (sender and ends[0] != sender) or (to and ends[1] != to):
            continue
        # A text still in its queue has no date sent; it is found by the date it was made.
        if earliest <= int(text.sent_at or text.created_at) <= latest:
            yield text


def _date_range(query: Mapping[str, str], *, by_day: bool) -> tuple[float, float]:
    """Return the inclusive range in epoch seconds; a bare date means that whole UTC day, `by_day` any moment of it."""
    earliest, latest = float("-inf"), float("inf")
    if given := query.get("DateSent"):
        earliest, latest = _day(given)
    if given := query.get("DateSent>"):
        earliest = max(earliest, _day(given)[0] if by_day else _moment(given))
    if given := query.get("DateSent<"):
        is_whole_day = by_day or len(given) == _DATE_ONLY_LENGTH
        latest = min(latest, _day(given)[1] if is_whole_day else _moment(given))
    return earliest, latest


def _day(given: str) -> tuple[float, float]:
    start = _moment(given) // _DAY_SECONDS * _DAY_SECONDS
    return start, start + _DAY_SECONDS - 1


def _moment(given: str) -> float:
    """Read ISO 8601 or RFC 2822, UTC when no zone is given."""
    try:
        moment = datetime.fromisoformat(given)
    except ValueError:
        try:
            moment = parsedate_to_datetime(given)
        except ValueError:
            raise Refusal(20001, f"cannot read the date {given!r}") from None
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()


def _uri(account_sid: str, query: Mapping[str, str], size: int, page: int, after: str = "") -> str:
    parts = [f"{quote(name)}={quote(query[name], safe='')}" for name in _FILTERS if query.get(name)]
    parts += [f"PageSize={size}", f"Page={page}"]
    if after:
        parts.append(f"PageToken={_TOKEN_PREFIX}{after}")
    return f"{messages_path(account_sid)}.json?{'&'.join(parts)}"


def _integer(given: str, default: int) -> int:
    return int(given) if given.isdecimal() else default
