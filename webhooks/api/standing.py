"""Where a number stands, as a brand's own system asks it: subscriptions, and what the gate would say now."""

from typing import Any

from consent import gate
from consent.asking import Ask, Verdict
from consent.models import CONSENTED, Program, Status, Subscription
from contacts import clock
from contacts.ids import new_id
from contacts.models import Brand, Channel, ContactPoint
from messaging import facts


def of(brand: Brand, address: str) -> dict[str, Any]:
    """The standing of an SMS number in each program of the brand, JSON-ready; a number unknown to it has none.

    `may_text` is the gate's answer at this moment, purpose by purpose; the one that counts comes at the sending.
    """
    point = ContactPoint.objects.filter(brand=brand, channel=Channel.SMS, address=address).first()
    programs = list(Program.objects.filter(brand=brand))
    rows = (
        {row.program_id: row for row in Subscription.objects.filter(brand=brand, point=point)}
        if point
        else {}
    )
    verdicts = _verdicts(point, programs) if point else {}
    number = rows.get(None)
    return {
        "address": address,
        "known": point is not None,
        "number": _number(number),
        "programs": [
            {
                "program": program.slug,
                **_place(program, rows.get(program.id)),
                "may_text": {kind: verdicts.get((program.id, kind), NEVER) for kind in _kinds(program)},
            }
            for program in programs
        ],
    }


NEVER: dict[str, Any] = {"outcome": "refuse", "reasons": ["no_permission"], "until": None}


def _number(row: Subscription | None) -> str:
    if row is None or row.status in {Status.NONE, Status.ACTIVE, Status.REQUESTED}:
        return "open"
    return row.status


def _place(program: Program, row: Subscription | None) -> dict[str, Any]:
    if row is None:
        return {
            "status": Status.NONE.value,
            "agreed_to": [],
            "agreed_at": None,
            "left_at": None,
            "expires_at": None,
        }
    present = {program.purpose_key(kind): kind for kind in _kinds(program)}
    return {
        "status": row.status,
        "agreed_to": sorted(present[key] for key in row.purposes if key in present),
        "agreed_at": row.granted_at,
        "left_at": row.closed_at,
        "expires_at": row.expires_at,
    }


def _kinds(program: Program) -> list[str]:
    return [kind.value for kind in CONSENTED if program.purpose_key(kind)]


def _verdicts(point: ContactPoint, programs: list[Program]) -> dict[tuple[Any, str], dict[str, Any]]:
    now = clock.now()
    talk = facts.talks({(point.brand_id, point.contact_id)}).get(point.contact_id, facts.Talk())
    recent = facts.recent_marketing({(point.brand_id, point.id)}, now=now).get(point.id, ())
    places = [(program.id, kind) for program in programs for kind in _kinds(program)]
    asks = [
        Ask(
            message_id=new_id(), brand_id=point.brand_id, point_id=point.id, program_id=program_id, purpose=kind,
            **talk._asdict(), recent_marketing=recent,
        )
        for program_id, kind in places
    ]  # fmt: skip
    return dict(zip(places, map(_told, gate.judge(asks, now=now)), strict=True))


def _told(verdict: Verdict) -> dict[str, Any]:
    return {"outcome": verdict.outcome, "reasons": list(verdict.reasons), "until": verdict.until}
