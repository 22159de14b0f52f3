"""Verifying the whole ledger: what it says, that nothing was changed, taken out or put in, and who signed for that."""

import dataclasses
import datetime as dt
import hashlib
import time
import uuid
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager

from django.db import connection, transaction
from django.db.models import Count, Exists, Max, OuterRef

from consent import merkle
from consent.models import ConsentEvent, Disclosure, Evidence, Seal, SigningKey, TreeHead, Unsealed
from consent.rebuild import rebuild
from consent.tiles import Tiles
from consent.verifying_chains import EVENTS, look_closely
from consent.verifying_findings import Finding, Kind
from consent.verifying_keys import HeldHead, Trust
from consent.verifying_leaves import Leaves
from consent.verifying_parts import Readers
from consent.verifying_quick import Pass, Passed
from consent.verifying_rows import only
from consent.verifying_tree import SEALS, Tree
from contacts import clock
from contacts.models import Brand, ContactPoint

MAY_WAIT = dt.timedelta(minutes=5)  # for its seal
Progress = Callable[[str, int, int | None], None]  # stage, done since the last call, of how many in all


@dataclasses.dataclass
class Report:
    """What was looked at, how fast, and everything that is wrong. `seconds` is for the ledger alone."""

    brands: int = 0
    events: int = 0
    evidence: int = 0
    sealed: int = 0
    waiting: int = 0  # for their seals
    heads: int = 0
    held_heads: int = 0
    disclosures: int = 0
    subscriptions: int = 0
    seconds: float = 0.0
    findings: list[Finding] = dataclasses.field(default_factory=list)

    @property
    def rows_per_s(self) -> float:
        """Events a second, with all that belongs to each."""
        return self.events / self.seconds if self.seconds else 0.0


def _silent(stage: str, done: int, total: int | None) -> None:
    """No progress is shown."""


def verify(
    *,
    brand: Brand | None = None,
    held: Collection[HeldHead] = (),
    believed: Collection[str],
    progress: Progress = _silent,
    with_subscriptions: bool = True,
) -> Report:
    """Verify one brand's ledger, or all; `believed` are public keys (hex) known from elsewhere than the database.

    1. In one snapshot, brand by brand: stream the events in chains; compare the log's tree with them; compare every
       head with the tree and its signature with the keys, and so the heads that others hold.
    2. Compare the subscriptions with what the events lead to, as `consent_rebuild --check` does.
    """
    report = Report(held_heads=len(held))
    started = time.monotonic()
    with _snapshot():
        trust = Trust(SigningKey.objects.order_by("introduced_at"), believed, report.findings.append)
        for brand_id, events in _brands(brand, held).items():
            report.brands += 1
            theirs = [head for head in held if head.brand_id == brand_id]
            _verify_brand(brand_id, events, theirs, trust, report, progress)
    report.seconds = time.monotonic() - started
    if with_subscriptions:
        _verify_subscriptions(brand, report, progress)
    return report


def verify_point(point: ContactPoint, *, believed: Collection[str]) -> Report:
    """Verify one number: its chain, and that each sealed event is in the tree that the brand's newest head signed."""
    report = Report(brands=1)
    found = report.findings.append
    started = time.monotonic()
    with _snapshot():
        size = _log_size(point.brand_id)
        newest = (
            TreeHead.objects.filter(brand_id=point.brand_id).order_by("-size", "-signed_at", "-id").first()
        )
        with Leaves(size) as leaves:
            passed = Passed()
            report.events = sum(
                Pass(connection.connection, leaves, passed).read(point.brand_id, only(point.id))
            )
        look_closely(point.brand_id, passed.doubtful, found)
        _count(passed, report)
        _say_waiting(passed, report)
        if newest:
            report.heads = 1
            read = Tiles(point.brand_id).read
            Trust(SigningKey.objects.all(), believed, found).check(
                newest, _root_of(newest.size, read), is_newest=True
            )
            _check_paths(point, newest, read, report)
    report.seconds = time.monotonic() - started
    return report


def _verify_brand(
    brand_id: uuid.UUID,
    total: int,
    held: Collection[HeldHead],
    trust: Trust,
    report: Report,
    progress: Progress,
) -> None:
    found = report.findings.append
    _verify_disclosures(brand_id, report)
    heads = list(TreeHead.objects.filter(brand_id=brand_id).order_by("size", "signed_at", "id"))
    with Leaves(_log_size(brand_id)) as leaves:
        passed = Passed()
        with Readers(brand_id, leaves, events=total) as readers:
            for count in readers.chains(found, passed):
                report.events += count
                progress("events", count, total)
            tops = readers.tops()
        _count(passed, report)
        _say_waiting(passed, report)
        sizes = {head.size for head in heads} | {head.size for head in held}
        roots = Tree(brand_id, leaves, found).verify(sizes, tops)
    _verify_strays(brand_id, passed, report)
    for head in heads:
        trust.check(head, roots.get(head.size), is_newest=head is heads[-1])
        progress("heads", 1, len(heads))
    report.heads += len(heads)
    trust.check_held(held, roots, leaves.size)
    covered = heads[-1].size if heads else 0
    if leaves.size > covered:
        said = f"nothing is signed beyond place {covered - 1}, and the log has {leaves.size} places"
        found(Finding(Kind.HEAD_GONE, SEALS, f"place {covered}", said))


def _brands(brand: Brand | None, held: Collection[HeldHead]) -> dict[uuid.UUID, int]:
    """The events of every brand that anything speaks of, even of one that is not there any more; or of one alone."""
    events = ConsentEvent.objects.filter(brand_id=brand.id) if brand else ConsentEvent.objects.all()
    known = dict(events.order_by().values_list("brand_id").annotate(events=Count("*")))
    if brand:
        spoken_of = {brand.id}
    else:
        spoken_of = {
            *known,
            *Brand.objects.values_list("id", flat=True),
            *TreeHead.objects.order_by().values_list("brand_id", flat=True).distinct(),
            *(head.brand_id for head in held),
        }
    return {brand_id: known.get(brand_id, 0) for brand_id in sorted(spoken_of)}


def _log_size(brand_id: uuid.UUID) -> int:
    """How many places the log has, by its seals or its newest head: where they differ, places are empty."""
    seals = Seal.objects.filter(brand_id=brand_id).aggregate(top=Max("position"))["top"]
    heads = TreeHead.objects.filter(brand_id=brand_id).aggregate(top=Max("size"))["top"]
    return max(-1 if seals is None else seals, -1 if heads is None else heads - 1) + 1


def _count(passed: Passed, report: Report) -> None:
    report.evidence += passed.evidence
    report.waiting += passed.unsealed
    report.sealed = report.events - report.waiting


def _say_waiting(passed: Passed, report: Report) -> None:
    """Events that wait for their seals too long; the oldest is named, and how many they are."""
    oldest = passed.oldest
    if oldest and dt.datetime.fromisoformat(oldest.recorded_at) < clock.now() - MAY_WAIT:
        said = f"it waits for its seal since {oldest.recorded_at}; in all {passed.unsealed} wait"
        report.findings.append(
            Finding(Kind.NOT_SEALED, EVENTS, oldest.event_id, said, oldest.point_id, oldest.seq)
        )


def _verify_disclosures(brand_id: uuid.UUID, report: Report) -> None:
    for each in Disclosure.objects.filter(brand_id=brand_id).iterator():
        report.disclosures += 1
        if hashlib.sha256(each.text.encode()).hexdigest() != each.sha256:
            said = f"the text of {each} does not give its digest"
            report.findings.append(Finding(Kind.DISCLOSURE_CHANGED, "consent_disclosure", str(each.id), said))


def _verify_strays(brand_id: uuid.UUID, passed: Passed, report: Report) -> None:
    """Rows that name an event which is not there: the event was deleted, and they were forgotten.

    Where every chain is proven, each piece of evidence was read once, with its event: if there are no more, none can
    stray, and counting them is quicker than looking.
    """
    known = Evidence.objects.filter(brand_id=brand_id).count()
    if passed.doubtful or passed.proofs != known:
        _say_strays(Evidence, brand_id, "its evidence is there", report)
    _say_strays(Unsealed, brand_id, "it waits for its seal", report)


def _say_strays(model: type[Evidence | Unsealed], brand_id: uuid.UUID, said: str, report: Report) -> None:
    there = ConsentEvent.objects.filter(id=OuterRef("event_id"))
    strays = model.objects.filter(~Exists(there), brand_id=brand_id)
    for event_id in strays.values_list("event_id", flat=True):
        report.findings.append(
            Finding(Kind.EVENT_GONE, EVENTS, str(event_id), f"{said}, and the event is not")
        )


def _check_paths(point: ContactPoint, newest: TreeHead, read: merkle.Read, report: Report) -> None:
    seals = Seal.objects.filter(event__point=point, brand_id=point.brand_id).select_related("event")
    for seal in seals:
        event, root = seal.event, bytes.fromhex(newest.root)
        leaf = merkle.leaf_hash(bytes.fromhex(event.hash))
        try:
            path = merkle.inclusion_path(newest.size, seal.position, read)
        except (LookupError, ValueError):  # no such place
            path = []
        if not merkle.check_inclusion(leaf, seal.position, newest.size, path, root):
            said = f"its hash is not in the newest head's tree at place {seal.position}"
            report.findings.append(
                Finding(Kind.LEAF_DIFFERS, EVENTS, str(event.id), said, point.id, event.seq)
            )


def _root_of(size: int, read: merkle.Read) -> bytes | None:
    try:
        return merkle.root_at(size, read)
    except LookupError:
        return None


def _verify_subscriptions(brand: Brand | None, report: Report, progress: Progress) -> None:
    for step in rebuild(brand_id=brand.id if brand else None, is_check=True):
        report.subscriptions += step.subscriptions
        progress("subscriptions", step.points, None)
        for each in step.differences:
            row = f"of program {each.program_id}" if each.program_id else "of the number itself"
            said = "the row is missing" if each.stored is None else f"it differs in {', '.join(each.columns)}"
            said = "there is a row, and no event" if each.rebuilt is None else said
            report.findings.append(
                Finding(Kind.SUBSCRIPTION_DIFFERS, "consent_subscription", row, said, each.point_id)
            )


@contextmanager
def _snapshot() -> Iterator[None]:
    """All reads see one moment, so that what is sealed meanwhile is not taken for tampering."""
    is_outermost = not connection.in_atomic_block
    with transaction.atomic():
        if is_outermost:
            with connection.cursor() as cursor:
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        yield
