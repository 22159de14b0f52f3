"""What the content checks say of a text before anybody gets it, and whether it may be somebody's first."""

from django.db.models import Exists, OuterRef
from django.template import TemplateSyntaxError

from campaigns import audience, personal
from campaigns.models import Campaign
from consent.models import Program
from contacts.models import Brand, Contact
from messaging import content_checks, rendering
from messaging.content_checks import Problem
from messaging.models import Direction, Message

# Nothing is known of this reader: every name takes its default.
NAMELESS = Contact(first_name="", last_name="", attributes={})


def problems(body: str, program: Program, *, is_first: bool = False) -> list[Problem]:
    """What is wrong with a text as somebody whose name is not known would read it.

    A text that cannot be written at all has none here: `rendering.check` says what it lacks.
    """
    try:
        text = rendering.render(body, personal.variables(NAMELESS, program=program))
    except (rendering.CannotRender, TemplateSyntaxError):
        return []
    return content_checks.check(text, program=program, is_first=is_first)


def problems_of(campaign: Campaign) -> list[Problem]:
    """What is wrong with a campaign's text; only one that would not do as a first text asks who its readers are."""
    program = campaign.program
    anyway = problems(campaign.body, program)
    as_first = problems(campaign.body, program, is_first=True)
    return as_first if as_first != anyway and _reaches_newcomers(campaign) else anyway


def problems_of_template(body: str, brand: Brand) -> list[Problem]:
    """What is wrong with a text that any program of a brand may start from: the one with the highest age gate rules."""
    programs = Program.objects.filter(brand=brand)
    ages = [age for age in programs.values_list("age_gate", flat=True) if age]
    return problems(
        body,
        Program(brand=brand, name=brand.name, country=brand.country, age_gate=max(ages, default=None)),
    )


def blocking(found: list[Problem]) -> list[str]:
    return [problem.words for problem in found if problem.severity == "block"]


def warnings(found: list[Problem]) -> list[str]:
    return [problem.words for problem in found if problem.severity == "warn"]


def _reaches_newcomers(campaign: Campaign) -> bool:
    """Whether anybody in the audience has never got a text of the brand."""
    got = Message.objects.filter(
        brand_id=campaign.brand_id,
        point_id=OuterRef("pk"),
        direction=Direction.OUT,
        handed_off_at__isnull=False,
    )
    return audience.points(campaign).filter(~Exists(got)).exists()
