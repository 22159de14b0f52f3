"""A campaign's text as people would read it, while it is being written: samples, cost, and how many it is for."""

import uuid
from typing import Any

from django.http import HttpRequest
from django.template import TemplateSyntaxError

from campaigns import audience, content, personal
from campaigns.content import NAMELESS
from campaigns.models import Campaign
from consent.models import Program
from contacts.admin_scope import scope_of
from contacts.models import Contact, Segment
from messaging import rendering, segments

MOST_COUNTED = 100_000
# With the nameless, the two people everybody forgets: this one's name costs another alphabet.
ACCENTED = Contact(first_name="Zoë", last_name="Nuñez", attributes={})


def preview(request: HttpRequest) -> dict[str, Any]:
    """JSON-ready: what is wrong with the text, samples of it, and how many people it is for (None: not known yet).

    Reads `body`, `program` and `segment` of the posted form; only rows of the user's brands count.
    """
    scope = scope_of(request)
    program = _one(scope.only(Program.objects.select_related("brand")), request.POST.get("program", ""))
    segment = _one(scope.only(Segment.objects.all()), request.POST.get("segment", ""))
    body = request.POST.get("body", "").strip()
    problems = [str(problem) for problem in rendering.check(body)] if body else []
    if program is None:
        return {"problems": problems, "samples": [], "people": None}
    campaign = Campaign(brand_id=program.brand_id, program=program, segment=segment, body=body)
    problems += [str(problem) for problem in content.problems_of(campaign)] if body else []
    people = audience.points(campaign).order_by()[:MOST_COUNTED].count()
    return {"problems": problems, "samples": samples(campaign) if body else [], "people": people}


def samples(campaign: Campaign) -> list[dict[str, Any]]:
    """The text for a real person of the audience and for two that are easily forgotten."""
    found = audience.page(campaign, after=None, size=1)
    people = [(point.contact, str(point.contact)) for point in found]
    people += [
        (NAMELESS, "Somebody whose name is not known"),
        (ACCENTED, "Somebody with accents in the name"),
    ]
    return [_sample(campaign, contact, who) for contact, who in people]


def _sample(campaign: Campaign, contact: Contact, who: str) -> dict[str, Any]:
    try:
        text = rendering.render(campaign.body, personal.variables(contact, program=campaign.program))
    except (rendering.CannotRender, TemplateSyntaxError) as error:
        return {"who": who, "text": "", "problem": str(error), "segments": 0, "alphabet": "", "offending": []}
    cost = segments.count(text)
    return {
        "who": who,
        "text": text,
        "problem": "",
        "segments": cost.segments,
        "alphabet": cost.alphabet,
        "offending": list(cost.offending),
    }


def _one(rows: Any, id_: str) -> Any:
    try:
        return rows.filter(id=uuid.UUID(id_)).first()
    except ValueError:
        return None
