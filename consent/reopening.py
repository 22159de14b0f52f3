"""Opening a closed number again at the team's word: on evidence, by two people, with the whole history kept."""

import datetime as dt
import uuid
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.db.models import Max

from consent import ledger
from consent.models import Act, ConsentEvent, Method, Program, Reopening, Subscription
from contacts import clock
from contacts.models import ContactPoint, Role, TeamMember

if TYPE_CHECKING:
    from django.contrib.auth.models import User

# An agent hears what people say; who decides answers for the brand. An auditor changes nothing.
ASKERS = frozenset({Role.OWNER, Role.MARKETER, Role.AGENT})
DECIDERS = frozenset({Role.OWNER, Role.MARKETER})
SHORTEST_WORDS = 10
LONGEST = 2000
CLOSINGS = (Act.REVOKED, Act.BLOCKED_BY_CARRIER, Act.UNDELIVERABLE)
TELL_TWILIO = (
    "Twilio itself blocks this number. Nobody but the person can undo that: ask them to text START to your number, "
    "then approve."
)


class CannotReopen(ValueError):
    """What stands against asking or approving; `field` names what to put right, if one thing does."""

    def __init__(self, words: str, field: str = "") -> None:
        super().__init__(words)
        self.field = field


def ask(
    point: ContactPoint,
    *,
    user: "User",
    agreed_at: dt.datetime,
    words: str,
    where: str,
    reference: str = "",
    program: Program | None = None,
    purposes: tuple[str, ...] = (),
) -> Reopening:
    """Ask for a closed number to be opened again; nothing changes until another person has approved.

    `agreed_at` (aware UTC): when the person asked for texts again. The evidence: `words`, what they said; `where`,
    how it reached the team; `reference`, where it can be seen (a ticket, a file). With a program, approval also
    records that they agreed to its `purposes` (keys); without one, what was agreed to before holds again.

    Raises CannotReopen for a user who may not ask, evidence that says nothing, a number that is open, or an
    agreement older than the closing.
    """
    if TeamMember.objects.role_in(user, point.brand_id) not in ASKERS:
        raise CannotReopen("Your role does not allow this. Ask an owner of the brand.")
    if len(words.strip()) < SHORTEST_WORDS:
        raise CannotReopen("Say in the person's own words what they asked for.", "words")
    if not where.strip():
        raise CannotReopen("Say how it reached you: a call, a mail, a letter, in the shop.", "where")
    if program is not None and not purposes:
        raise CannotReopen("Say what they agreed to: at least one purpose of the program.", "purposes")
    with transaction.atomic():
        ledger.lock_points([point.id])
        _refuse_unless_sound(point, program, agreed_at)
        if Reopening.objects.filter(point=point, program=program, decided_at=None).exists():
            raise CannotReopen("This was asked already and waits for another person.")
        return Reopening.objects.create(
            brand_id=point.brand_id,
            point=point,
            program=program,
            purposes=list(purposes),
            agreed_at=agreed_at,
            evidence={
                "words": words.strip()[:LONGEST],
                "where": where.strip()[:LONGEST],
                "reference": reference.strip()[:LONGEST],
            },
            asked_by=user,
            asked_at=clock.now(),
        )


def decide(reopening_id: uuid.UUID, *, user: "User", is_approved: bool, answer: str = "") -> Reopening:
    """Approve or refuse, by another person than the one who asked.

    1. Lock the number, then the request. Whoever decides must be an owner or marketer, and not have asked.
    2. Refused: the answer is kept, nothing changes.
    3. Approved: everything that held when it was asked must hold still; where Twilio blocks the number, the
       person's own START must have come since. Then the ledger says `resumed`, and with a program `granted`,
       with both actors in the evidence.

    Raises CannotReopen; Reopening.DoesNotExist for an unknown id.
    """
    found = Reopening.objects.get(id=reopening_id)
    with transaction.atomic():
        ledger.lock_points([found.point_id])
        row = (
            Reopening.objects.select_for_update(of=("self",))
            .select_related("point", "program")
            .get(id=reopening_id)
        )
        if row.decided_at is not None:
            raise CannotReopen("This was decided already.")
        if TeamMember.objects.role_in(user, row.brand_id) not in DECIDERS:
            raise CannotReopen("Only an owner or a marketer of the brand decides.")
        if row.asked_by_id == user.pk:
            raise CannotReopen("You asked for this yourself. It takes a second person.")
        if not is_approved and not answer.strip():
            raise CannotReopen("Say why it is refused.", "answer")
        if is_approved:
            _refuse_unless_sound(row.point, row.program, row.agreed_at)
            if waits_for_start(row.point):
                raise CannotReopen(TELL_TWILIO)
            _open(row, user)
        row.decided_by, row.decided_at = user, clock.now()
        row.is_approved, row.answer = is_approved, answer.strip()[:300]
        row.save(update_fields=["decided_by", "decided_at", "is_approved", "answer"])
    return row


def waits_for_start(point: ContactPoint) -> bool:
    """Whether Twilio blocks the number (21610) and the person has not texted START since."""
    events = ConsentEvent.objects.filter(brand_id=point.brand_id, point=point, program=None)
    blocked = events.filter(act=Act.BLOCKED_BY_CARRIER).order_by("-seq").first()
    return (
        blocked is not None
        and not events.filter(act=Act.RESUMED, method=Method.KEYWORD, seq__gt=blocked.seq).exists()
    )


def closed_places(point: ContactPoint) -> list[Subscription]:
    """Where the number is closed: the row without a program is the number itself."""
    rows = Subscription.objects.filter(brand_id=point.brand_id, point=point).exclude(closed_by=[])
    return list(rows.select_related("program"))


def _refuse_unless_sound(point: ContactPoint, program: Program | None, agreed_at: dt.datetime) -> None:
    """Raise CannotReopen unless there is a closing, and the agreement is newer than every closing it would undo."""
    if program is not None and program.brand_id != point.brand_id:
        raise CannotReopen("Choose a program of the same brand.", "program")
    if agreed_at > clock.now():
        raise CannotReopen("This lies in the future.", "agreed_at")
    places = {None, program.id if program else None}
    if not any(row.program_id in places for row in closed_places(point)):
        raise CannotReopen("Nothing is closed here: there is nothing to open.")
    events = ConsentEvent.objects.filter(brand_id=point.brand_id, point=point)
    if events.filter(act=Act.ERASED).exists():
        raise CannotReopen("This person was erased at their wish. They can only come back by themselves.")
    concerned = events.filter(program=None) | events.filter(program=program)
    last = concerned.filter(act__in=CLOSINGS).aggregate(at=Max("occurred_at"))["at"]
    if last is not None and agreed_at <= last:
        raise CannotReopen(
            f"They left on {last:%-d %b %Y at %H:%M} UTC, and that is not before this agreement. The later word rules.",
            "agreed_at",
        )


def _open(row: Reopening, user: "User") -> None:
    closed = {place.program_id for place in closed_places(row.point)}
    told: dict[str, Any] = row.evidence | {
        "agreed_at": row.agreed_at.isoformat(),
        "reopening": str(row.id),
        "asked_by": f"user:{row.asked_by_id}",
        "approved_by": f"user:{user.pk}",
    }
    entries = [
        _entry(row, Act.RESUMED, user, told, program_id=place)
        for place in dict.fromkeys((None, row.program_id))
        if place in closed
    ]
    if row.program_id is not None:
        entries.append(_entry(row, Act.GRANTED, user, told, program_id=row.program_id))
    ledger.record_many(entries)


def _entry(
    row: Reopening, act: Act, user: "User", told: dict[str, Any], *, program_id: uuid.UUID | None
) -> ledger.Entry:
    is_agreement = act == Act.GRANTED
    return ledger.Entry(
        point_id=row.point_id,
        program_id=program_id,
        act=act,
        method=Method.AGENT,
        actor=f"user:{user.pk}",
        purposes=tuple(row.purposes) if is_agreement else (),
        occurred_at=row.agreed_at if is_agreement else None,
        evidence=told,
    )
