"""The summary of an export pack as PDF, for a reader in a hurry."""

import datetime as dt
from collections.abc import Iterable, Sequence
from typing import Any

from django.db.models import Count
from font_roboto import Roboto, RobotoBold
from fpdf import FPDF
from fpdf.enums import XPos, YPos

from consent import admin_history
from consent.models import ConsentEvent, TreeHead
from contacts import clock
from contacts.admin_words import words_of
from inbox import admin_person
from messaging.models import Decision, Message, Status
from smsapp.audit import proofs, timeline
from smsapp.audit.pack_tables import Chosen
from smsapp.audit.packs import Pack

MOST_EVENTS = 200
_WIDTH = 0.0  # to the right margin
_OUTCOMES = {"allow": "allowed", "hold": "held", "refuse": "refused"}


class _Paper(FPDF):
    """Pages with the product's letters, a number at the foot, and few kinds of line."""

    def __init__(self, title: str) -> None:
        super().__init__(format="A4")
        self.add_font("Roboto", "", Roboto)
        self.add_font("Roboto", "B", RobotoBold)
        self.set_title(title)
        self.set_margins(18, 16)
        self.set_auto_page_break(auto=True, margin=18)
        self.add_page()

    def footer(self) -> None:
        self.set_y(-13)
        self.set_font("Roboto", size=8)
        self.set_text_color(90)
        self.cell(_WIDTH, 5, f"Page {self.page_no()}", align="C")

    def heading(self, text: str, size: float = 12.5) -> None:
        self.ln(3)
        self.line_of(text, size=size, style="B")
        self.ln(1)

    def line_of(self, text: str, *, size: float = 9.5, style: str = "", grey: int = 20) -> None:
        """A paragraph."""
        self.set_font("Roboto", style, size)
        self.set_text_color(grey)
        self.multi_cell(_WIDTH, size * 0.5, text, new_x=XPos.LMARGIN, new_y=YPos.NEXT)

    def rows(self, header: tuple[str, ...], rows: Iterable[tuple[str, ...]], widths: tuple[int, ...]) -> None:
        """A table; its header is repeated on each page."""
        self.set_font("Roboto", size=8)
        self.set_text_color(20)
        with self.table(col_widths=widths, line_height=4.2, text_align="LEFT", padding=0.8) as table:
            for cells in (header, *rows):
                table.row(cells)


def summary(chosen: Chosen, pack: Pack, key: str) -> bytes:
    """The PDF of a person's consent, or of a period; `key` is the public signing key in hex."""
    whose = chosen.contact
    title = "Consent record" if whose else "Consent record of a period"
    paper = _Paper(f"{title}, {chosen.brand.name}")
    paper.heading(title, size=18)
    paper.line_of(f"{chosen.brand.name}. Export pack {pack.id}, made {_at(clock.now())} UTC.", grey=90)
    if whose:
        _person(paper, chosen)
    else:
        _period(paper, chosen)
    _what_is_there(paper, pack)
    _proof(paper, chosen, key)
    return bytes(paper.output())


def _person(paper: _Paper, chosen: Chosen) -> None:
    contact = chosen.contact
    assert contact is not None
    who = admin_person.person(contact)
    whose = timeline.Whose.of(contact, who.zone)
    numbers = ", ".join(point.address for point in who.points) or "none"
    paper.heading(f"{contact}, {numbers}")
    paper.line_of(f"Contact {contact.id}. Times below in {who.zone_name}.", grey=90)
    paper.heading("May they be texted now?")
    for standing in who.standings:
        paper.line_of(f"{standing.place}: {standing.sentence}")
    checked = proofs.check(whose.chains)
    for problem in checked.problems:
        paper.line_of(f"NOT IN ORDER: {problem}", style="B")
    _events(paper, chosen, who.zone, checked)


def _events(paper: _Paper, chosen: Chosen, zone: dt.tzinfo, checked: proofs.Checked) -> None:
    events = chosen.rows(ConsentEvent, "recorded_at").select_related("program", "disclosure", "evidence")
    told = list(events[:MOST_EVENTS])
    names = admin_history.names_of(event.actor for event in told)
    paper.heading("What happened to consent")
    if not told:
        paper.line_of("Nothing: there is no permission.")
        return
    states = {
        proofs.VERIFIED: "verified",
        proofs.SEALED: "sealed",
        proofs.PENDING: "pending",
        proofs.BROKEN: "BROKEN",
    }
    rows = (
        (
            _at(event.occurred_at, zone),
            _at(event.recorded_at, zone),
            admin_history.tell(event).sentence,
            admin_history.actor(event.actor, names),
            states[checked.proofs[event.id].state],
        )
        for event in told
    )
    paper.rows(("Happened", "Recorded", "What", "By", "Proof"), rows, (17, 17, 38, 16, 12))
    if events[MOST_EVENTS : MOST_EVENTS + 1]:
        paper.line_of(f"The first {MOST_EVENTS}; consents.csv has all.", grey=90)


def _period(paper: _Paper, chosen: Chosen) -> None:
    paper.heading(f"{chosen.first} to {chosen.last}, both included, in {chosen.brand.timezone}")
    paper.heading("What happened to consent")
    counted = (
        chosen.rows(ConsentEvent, "recorded_at")
        .order_by("act", "method")
        .values_list("act", "method")
        .annotate(count=Count("id"))
    )
    acts, methods = ConsentEvent._meta.get_field("act"), ConsentEvent._meta.get_field("method")
    named = [
        (dict(acts.flatchoices)[act], dict(methods.flatchoices)[method], f"{n:,}")
        for act, method, n in counted
    ]
    _counts(paper, ("What", "How", "Events"), named)
    paper.heading("What became of texts")
    texts = (
        chosen.rows(Message, "created_at").order_by("status").values_list("status").annotate(n=Count("id"))
    )
    _counts(paper, ("Status", "Texts"), [(words_of(Status, status), f"{count:,}") for status, count in texts])
    paper.heading("What was decided about texts")
    judged = (
        chosen.rows(Decision, "at", contact="message__contact_id").order_by("outcome").values_list("outcome")
    )
    rows = [(_OUTCOMES.get(outcome, outcome), f"{n:,}") for outcome, n in judged.annotate(n=Count("id"))]
    _counts(paper, ("Verdict", "Decisions"), rows)


def _counts(paper: _Paper, header: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> None:
    if rows:
        paper.rows(header, rows, tuple(3 if n < len(header) - 1 else 1 for n in range(len(header))))
    else:
        paper.line_of("Nothing in these days.")


def _what_is_there(paper: _Paper, pack: Pack) -> None:
    paper.heading("What else is in this pack")
    told = ", ".join(f"{count:,} {name}" for name, count in pack.counts.items())
    paper.line_of(f"{told}. README.txt says how to check all of it without trusting anybody.")


def _proof(paper: _Paper, chosen: Chosen, key: str) -> None:
    paper.heading("The sealed log")
    head: Any = TreeHead.objects.filter(brand=chosen.brand).order_by("-size", "-signed_at", "-id").first()
    if head is None:
        paper.line_of("Nothing is sealed yet.")
        return
    paper.line_of(f"{head.size:,} events, root {head.root}, signed {_at(head.signed_at)} UTC.")
    paper.line_of(f"Public key of this installation: {key}. Compare it with one from elsewhere.")


def _at(moment: dt.datetime, zone: dt.tzinfo = dt.UTC) -> str:
    return moment.astimezone(zone).strftime("%Y-%m-%d %H:%M:%S")
