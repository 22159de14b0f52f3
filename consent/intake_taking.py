"""The passes of an import over its staged rows: known people, new numbers, and last what the ledger is told."""

import uuid
from collections.abc import Sequence

from consent import intake_grants, intake_people, intake_staging, ledger, suppressions
from consent.intake_claims import Leaving
from consent.intake_reasons import RowReason
from consent.intake_staging import Settlement, Staged
from consent.intake_writing import Writer
from consent.models import Program
from contacts.models import Channel, Contact, ContactPoint, RowOutcome

# Rows at a time: enough that queries cost little, few enough that memory does not notice.
PAGE = 2000


def refuse_erased(program: Program) -> None:
    """Refuse the rows of people who were erased; their numbers are not kept anywhere."""
    for page in intake_staging.addresses(PAGE):
        found = suppressions.is_suppressed(
            program.brand_id, [(Channel.SMS.value, address) for address in page]
        )
        if found:
            intake_staging.refuse([address for _, address in found], RowReason.ERASED_PERSON.value)


def known_people(program: Program, writer: Writer, actor: str) -> None:
    """Bring the people of known numbers up to date, and settle what has nothing to tell the ledger."""
    for groups in intake_staging.known_numbers(PAGE):
        who, changed = intake_people.bring_up_to_date(groups, program.brand, writer)
        known = intake_grants.standings([group[0].point_id for group in groups if group[0].point_id], program)
        settlements: list[Settlement] = []
        for group in groups:
            assert group[0].point_id is not None
            settlements += _without_lock(group, known[group[0].point_id], program, actor, who, changed)
        intake_staging.settle(settlements)


def _without_lock(
    group: Sequence[Staged],
    standing: intake_grants.Standing,
    program: Program,
    actor: str,
    who: dict[int, Contact],
    changed: set[uuid.UUID],
) -> list[Settlement]:
    """Settle the rows of one number; when one has something to tell, all that say something wait for the last pass."""
    own = [row for row in group if not _is_sharers(row, who[row.line])]
    decisions = [(row, intake_grants.decide(row, standing, program, actor)) for row in own]
    waits = any(decision.entry for _, decision in decisions)
    settlements = [_sharer(row, unchanged=who[row.line].id not in changed) for row in group if row not in own]
    for row, decision in decisions:
        if waits and row.claim:
            settlements.append(Settlement(line=row.line, outcome=row.outcome, needs_event=True))
        else:
            unchanged = who[row.line].id not in changed
            settlements.append(intake_grants.settlement(row, decision, unchanged=unchanged))
    return settlements


def new_numbers(program: Program, writer: Writer, actor: str) -> None:
    """Make a person and a contact point for each number that has none, and record what its rows prove.

    Nobody else can see these numbers before the commit; but whoever writes in from one of them meanwhile waits
    for it. So this comes late, and is quick.
    """
    for groups in intake_staging.unknown_numbers(PAGE):
        entries: dict[str, list[ledger.Entry]] = {}
        settlements: list[Settlement] = []
        owners: list[Contact] = []
        sharers: list[Contact] = []
        points: list[ContactPoint] = []
        for group in groups:
            point, who = intake_people.new_people(group, program.brand)
            points.append(point)
            owners.append(point.contact)
            sharers += {id(person): person for person in who.values() if person is not point.contact}.values()
            rows = [row._replace(point_id=point.id) for row in group]
            own = [row for row in rows if not _is_sharers(row, who[row.line])]
            settlements += [_sharer(row, unchanged=False) for row in rows if row not in own]
            standing = intake_grants.Standing()
            entries[point.address], others = intake_grants.settle_group(own, standing, program, actor)
            settlements += others
        lost = writer.add(owners, points, sharers)
        if lost:
            intake_staging.tie_to_points(program.brand_id, addresses=sorted(lost))
            lines = {row.line for group in groups if group[0].address in lost for row in group}
            settlements = [each for each in settlements if each.line not in lines]
        writer.record(
            [entry for address, those in entries.items() if address not in lost for entry in those],
            born=[point for point in points if point.address not in lost],
        )
        intake_staging.settle(settlements)


def tell_ledger(program: Program, writer: Writer, actor: str) -> None:
    """Hold known numbers that have something new, judge their rows again by what is true now, and append.

    A STOP that came since the first look therefore wins.
    """
    for groups in intake_staging.awaiting_events(PAGE):
        ids = {group[0].point_id for group in groups if group[0].point_id}
        writer.lock(ids)
        known = intake_grants.standings(ids, program)
        entries: list[ledger.Entry] = []
        settlements: list[Settlement] = []
        for group in groups:
            assert group[0].point_id is not None
            new, others = intake_grants.settle_group(group, known[group[0].point_id], program, actor)
            entries += new
            settlements += others
        writer.record(entries)
        intake_staging.settle(settlements)


def _is_sharers(row: Staged, person: Contact) -> bool:
    """Whether the row's consent is of somebody whose number is another person's. Leaving closes the number itself."""
    return person.shares_point_id is not None and not isinstance(row.claim, Leaving)


def _sharer(row: Staged, *, unchanged: bool) -> Settlement:
    """The person is kept; their consent is not on the number."""
    reasons = (RowReason.NUMBER_SHARED.value,)
    return Settlement(line=row.line, outcome=RowOutcome.CANNOT_TEXT, reasons=reasons, unchanged=unchanged)
