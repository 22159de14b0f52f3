"""What a program file wants said: templates, segments, campaigns and journeys as rows."""

from typing import Any

from campaigns.models import Campaign, Journey, Stage, Template
from campaigns.program_file_caps import put_cap
from campaigns.program_file_rows import Applying
from campaigns.program_file_schema import CampaignTable, JourneyTable, SegmentTable, StageTable, TemplateTable
from contacts import clock
from contacts.models import Segment
from messaging.models import Capped


def put_template(table: TemplateTable, to: Applying) -> None:
    """One text worth keeping."""
    values = {"name": _name(table.name, table.slug), "value": table.value.value, "body": table.body}
    key = {"brand": to.brand, "slug": table.slug}
    to.diff.put(
        Template, f"template {table.slug}", key=key, values=values, given=table.model_fields_set, once={}
    )


def put_segment(table: SegmentTable, to: Applying) -> None:
    """One part of the brand's people."""
    values: dict[str, Any] = {
        "name": _name(table.name, table.slug),
        "tags": table.tags,
        "attributes": table.attributes,
        "consents_to": table.consents_to.value if table.consents_to else "",
        "joined_since": table.joined_since,
    }
    key = {"brand": to.brand, "slug": table.slug}
    to.diff.put(
        Segment, f"segment {table.slug}", key=key, values=values, given=table.model_fields_set, once={}
    )


def put_campaign(table: CampaignTable, to: Applying) -> None:
    """One campaign as a draft: launching it is a person's decision."""
    segment = Segment.objects.get(brand=to.brand, slug=table.segment) if table.segment else None
    values: dict[str, Any] = {
        "name": _name(table.name, table.slug),
        "purpose": table.purpose.value,
        "value": table.value.value,
        "body": table.body,
        "segment": segment,
        "send_at": table.send_at,
    }
    what = f"campaign {table.slug}"
    campaign, is_new = to.diff.put(
        Campaign,
        what,
        key={"brand": to.brand, "slug": table.slug},
        values=values,
        given=table.model_fields_set,
        once={"program": to.program, "created_at": clock.now()},
    )
    put_cap(table, Capped.CAMPAIGN, campaign, what, to.diff, is_new=is_new)


def put_journey(table: JourneyTable, to: Applying) -> None:
    """One journey with its stages by position; stages beyond the file's last one stay."""
    what = f"journey {table.slug}"
    journey, is_new = to.diff.put(
        Journey,
        what,
        key={"brand": to.brand, "slug": table.slug},
        values={
            "name": _name(table.name, table.slug),
            "exit_on_reply": table.exit_on_reply,
            "goal_attribute": table.goal_attribute,
        },
        given=table.model_fields_set,
        once={
            "program": to.program,
            "active_since": clock.now() if table.active else None,
            "created_at": clock.now(),
        },
    )
    if not is_new and "active" in table.model_fields_set:
        _switch(journey, what, to, is_on=table.active)
    for position, stage in enumerate(table.stage, start=1):
        _put_stage(stage, position, journey, to)
    for extra in Stage.objects.filter(journey=journey, position__gt=len(table.stage)):
        to.diff.warn(f"{what}.stage {extra}", "is not in the file and stays; remove it in the admin")


def _switch(journey: Journey, what: str, to: Applying, *, is_on: bool) -> None:
    if is_on == (journey.active_since is not None):
        return
    to.diff.changed(f"{what}.active", not is_on, is_on)
    journey.active_since = clock.now() if is_on else None
    journey.save(update_fields=["active_since"])


def _put_stage(table: StageTable, position: int, journey: Journey, to: Applying) -> None:
    to.diff.put(
        Stage,
        f"stage {journey.slug}/{position}",
        key={"journey": journey, "position": position},
        values={
            "name": table.name,
            "purpose": table.purpose.value,
            "value": table.value.value,
            "body": table.body,
            "wait": table.wait,
        },
        given=table.model_fields_set,
        once={"brand": to.brand},
    )


def _name(stated: str | None, slug: str) -> str:
    return stated or slug.replace("-", " ").replace("_", " ").capitalize()
