"""The moves between a campaign's states; each one is written down with who made it."""

from typing import Any, Final

from campaigns.models import Campaign, CampaignEvent, CampaignStatus
from contacts import clock

S = CampaignStatus

MOVES: Final[dict[str, frozenset[CampaignStatus]]] = {
    S.DRAFT: frozenset({S.SCHEDULED, S.FILLING}),
    S.SCHEDULED: frozenset({S.FILLING, S.PAUSED, S.CANCELED}),
    S.FILLING: frozenset({S.SENDING, S.PAUSED, S.CANCELED}),
    S.SENDING: frozenset({S.PAUSED, S.CANCELED, S.FINISHED}),
    S.PAUSED: frozenset({S.SCHEDULED, S.FILLING, S.SENDING, S.CANCELED}),
    S.FINISHED: frozenset(),
    S.CANCELED: frozenset(),
}
RUNNING: Final = (S.FILLING, S.SENDING)
SYSTEM: Final = "system"


def may_move(campaign: Campaign, to: CampaignStatus) -> bool:
    return to in MOVES[campaign.status]


def move(campaign: Campaign, to: CampaignStatus, *, by: str = SYSTEM, why: str = "", **fields: Any) -> None:
    """Move a campaign whose row the caller holds, set `fields` with it, and note who did it and why.

    Raises ValueError for a move that is not in MOVES: the caller asks `may_move` where people choose.
    """
    if not may_move(campaign, to):
        raise ValueError(f"campaign {campaign.slug} cannot go from {campaign.status} to {to}")
    was = campaign.status
    for name, value in {**fields, "status": to}.items():
        setattr(campaign, name, value)
    campaign.save(update_fields=["status", *fields])
    CampaignEvent.objects.create(
        brand_id=campaign.brand_id,
        campaign=campaign,
        at=clock.now(),
        was=was,
        became=to,
        by=by,
        why=why[:200],
    )
