"""What the preflight's pages show: the counts as they grow, and the people behind each of them."""

import json
import uuid
from collections.abc import Iterator
from typing import Any

from django.http import Http404, HttpRequest
from django.template.loader import render_to_string

from campaigns import audience, preflight, preflight_people
from campaigns.models import Campaign
from consent.reasons import Reason
from contacts.admin_words import words_of
from contacts.models import Contact

# The audience is counted no further than this for the bar; beyond it the bar only moves.
MOST_COUNTED = 1_000_000


def lines(request: HttpRequest, campaign: Campaign) -> Iterator[str]:
    """Yield JSON lines: `people` looked at `of` how many, page by page, and at last the `html` of the table."""
    of = audience.points(campaign).order_by()[:MOST_COUNTED].count()
    for found in preflight.steps(campaign):
        yield json.dumps({"people": found.people, "of": of}) + "\n"
    html = render_to_string(
        "admin/campaigns/campaign/counts.html", _context(campaign, found), request=request
    )
    yield json.dumps({"html": html}) + "\n"


def people(request: HttpRequest, campaign: Campaign, kind: str) -> dict[str, Any]:
    """One page of the people of a kind, from `after` of the query on. Raises Http404 for what is no kind."""
    if kind not in preflight_people.KINDS:
        raise Http404
    try:
        after = uuid.UUID(request.GET["after"]) if "after" in request.GET else None
    except ValueError:
        raise Http404 from None
    page = preflight_people.people(campaign, kind, after=after)
    words = "The text cannot be written" if kind == preflight_people.SKIPPED else words_of(Reason, kind)
    return {"campaign": campaign, "title": words, "words": words, "found": page, "is_first": after is None}


def _context(campaign: Campaign, found: preflight.Preflight) -> dict[str, Any]:
    sampled = {id_ for ids in found.samples.values() for id_ in ids}
    people = Contact.objects.filter(brand_id=campaign.brand_id).in_bulk(sampled)
    reasons = [
        {
            "code": code,
            "words": words_of(Reason, code),
            "count": count,
            "share": 100 * count / max(found.people, 1),
            "people": [people[id_] for id_ in found.samples[code] if id_ in people],
        }
        for code, count in found.by_reason.most_common()
    ]
    # As plain pairs: in a template a Counter has a count for everything, its own "items" too.
    return {
        "campaign": campaign,
        "found": found,
        "reasons": reasons,
        "outcomes": _outcomes(found),
        "by_segments": sorted(found.by_segments.items()),
        "because": found.skipped_because.most_common(),
    }


def _outcomes(found: preflight.Preflight) -> list[dict[str, Any]]:
    """The three verdicts with their counts, for the figures at the top."""
    words = {"allow": "would go now", "hold": "would wait", "refuse": "would not go"}
    return [{"key": key, "words": said, "count": found.outcomes[key]} for key, said in words.items()]
