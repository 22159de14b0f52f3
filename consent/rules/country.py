"""Rule: the program serves the country of the number, and the person's own."""

import datetime as dt

from consent.facts import Facts
from consent.reasons import Reason
from consent.rule_pack import RulePack
from consent.rules.finding import Finding
from contacts.geography import US_FAMILY


def judge(facts: Facts, at: dt.datetime, pack: RulePack) -> Finding | None:  # noqa: ARG001 - the shape of a rule
    """Each country has its own law, so a program names the countries it serves and texts no other.

    Both the number's country and the one the person gave as theirs must be served, and the rule pack must
    know the law of every place the person may be in. The United States include their territories: one law.
    """
    point, program = facts.point, facts.program
    if point is None or program is None:
        return None  # rule `known` has refused it
    stated = (point.stated_country,) if point.stated_country else ()
    is_served = all(_serves(program.countries, country) for country in (point.country, *stated))
    if is_served and (not point.jurisdictions or pack.serves(point.jurisdictions)):
        return None
    return Finding("refuse", Reason.COUNTRY_NOT_SERVED)


def _serves(countries: frozenset[str], country: str) -> bool:
    return country in countries or (country in US_FAMILY and "US" in countries)
