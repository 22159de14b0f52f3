"""The pages docs/rules.md, docs/rule-packs.md and its map, made from the rules' own words and the packs' own rows."""

import datetime as dt
import importlib
import inspect
from collections.abc import Iterable, Iterator

from django.template.loader import render_to_string

from consent import gate, rule_tables
from consent.models import Purpose
from consent.reasons import Reason
from consent.rule_pack import RulePack
from consent.rule_pack_rows import Row, Rule
from consent.rule_tables import CONFIDENCE, HOLIDAYS, Place
from consent.rules.finding import Rule as Judge

HOW_READ = (
    "Not legal advice: every row needs counsel's review, and says by whom and when it was reviewed. "
    "Where sources disagree the stricter figure stands. A country that is not here is not served."
)
_HOW_JUDGED = (
    "A text may go only when no rule objects. Any refusal refuses it, with the reasons of all refusals; else any "
    "hold holds it, until all its holds are over."
)
_MADE = "Made by `python manage.py rules_docs`; edit the {sources} instead, and run it again."


def pages(pack: RulePack) -> dict[str, str]:
    """The text of each page by its file's name under docs/."""
    return {"rules.md": rules_page(), "rule-packs.md": packs_page(pack), "rule-packs.svg": rule_map(pack)}


def rule_map(pack: RulePack) -> str:
    """The packs as a drawing."""
    found = rule_tables.places(pack, _newest(pack))
    return render_to_string("consent/rule_map.svg", {"tiles": rule_tables.tiles(found)})


def rules_page() -> str:
    """Every rule of the gate, in the order in which they are asked, and every reason it can give."""
    return "\n".join(
        [
            "# The rules of the gate",
            "",
            _MADE.format(sources="docstrings under `consent/rules/`"),
            "",
            _HOW_JUDGED,
            "",
            "| Rule | In words | Asked of |",
            "|---|---|---|",
            *(f"| **{title}** | {_cell(words)} | {asked} |" for title, words, asked in rules()),
            "",
            "## Reasons",
            "",
            "| Reason | In words |",
            "|---|---|",
            *(f"| `{reason.value}` | {_cell(reason.label)} |" for reason in Reason),
            "",
        ]
    )


def rules() -> Iterator[tuple[str, str, str]]:
    """Each rule's title, its docstring as one paragraph, and the purposes it is asked about."""
    judges: dict[Judge, list[str]] = {}
    for purpose, asked in gate.RULES.items():
        for judge in asked:
            judges.setdefault(judge, []).append(Purpose(purpose).label.lower())
    for judge, purposes in judges.items():
        words = " ".join((inspect.getdoc(judge) or "").split())
        yield _title(judge), words, "all" if len(purposes) == len(gate.RULES) else ", ".join(purposes)


def _title(judge: Judge) -> str:
    """What the module calls its rule; of a module with several, with the name of this one."""
    module = importlib.import_module(judge.__module__)
    said = (inspect.getdoc(module) or "").splitlines()[0]
    title = said.partition(": ")[2].rstrip(".") or said.rstrip(".")
    name = getattr(judge, "__name__", "judge")
    return title if name == "judge" else f"{title}: {name.replace('_', ' ')}"


def packs_page(pack: RulePack) -> str:
    """Every row of every pack, and the hours they leave together."""
    found = rule_tables.places(pack, _newest(pack))
    return "\n".join(
        [
            "# The rule packs",
            "",
            _MADE.format(sources="files under `consent/rulepacks/`"),
            "",
            f"Version `{pack.version}`. {HOW_READ}",
            "",
            "![Hours a week in which marketing texts may arrive](rule-packs.svg)",
            "",
            "## What holds in each place",
            "",
            "Marketing texts, on the person's own clock; all rows that bind there together.",
            "",
            "| Place | Hours | Holidays | Most in 24 h | Rule of its own |",
            "|---|---|---|---|---|",
            *(_place_line(place) for place in found),
            "",
            "## The rows",
            "",
            "| Place | Texts | Hours | Holidays | Most in 24 h, counting | Whose | In effect | Source | Notes |",
            "|---|---|---|---|---|---|---|---|---|",
            *(_rule_line(rule) for rule in pack.rules),
            "",
            "## Carriers",
            "",
            "| What they ask | In words | What keeps it | Source | Notes |",
            "|---|---|---|---|---|",
            *(
                f"| {row.name} | {_cell(row.says)} | {_cell(row.kept_by)} | {_source(row)} | {_notes(row)} |"
                for row in pack.requirements
            ),
            "",
            "## Figures that hold everywhere",
            "",
            "| Name | Value | Source | Notes |",
            "|---|---|---|---|",
            *(f"| `{row.name}` | {row.value} | {_source(row)} | {_notes(row)} |" for row in pack.settings),
            "",
        ]
    )


def _place_line(place: Place) -> str:
    holidays = "none" if place.has_no_holidays else HOLIDAYS["usual"]
    cap = "no cap" if place.cap_per_day is None else str(place.cap_per_day)
    own = "yes"
    if row := place.inherited:
        own = f"inherits {row.inherits}: {_source(row)}"
    return f"| {place.name} ({place.code}) | {place.words} | {holidays} | {cap} | {own} |"


def _rule_line(rule: Rule) -> str:
    clock = f", {rule.zone} time" if rule.zone else ""
    cap = f"{rule.cap_per_day}: {_cell(rule.cap_counts)}" if rule.cap_per_day is not None else "–"
    return (
        f"| {rule.jurisdiction} | {rule.purpose} | {rule_tables.week_in_words(rule.week)}{clock} | "
        f"{HOLIDAYS[rule.holidays]} | {cap} | {rule.by} | {_dates(rule)} | {_source(rule)} | {_notes(rule)} |"
    )


def _dates(row: Row) -> str:
    return f"from {row.effective_from}" + (f" until {row.effective_until}" if row.effective_until else "")


def _source(row: Row) -> str:
    return f"{_cell(row.source)} ({CONFIDENCE[row.confidence]}; {row.reviewer}, {row.review_date})"


def _notes(row: Row) -> str:
    return _cell(". ".join(_present([row.note, row.disagreement])))


def _present(words: Iterable[str]) -> Iterator[str]:
    return (word.rstrip(".") for word in words if word)


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def _newest(pack: RulePack) -> dt.date:
    return max(row.review_date for row in pack.rows)
