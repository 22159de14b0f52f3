"""What people type after a command, read: numbers, programs, purposes, moments; every mistake names its cure."""

import datetime as dt
from argparse import ArgumentParser

from django.core.management.base import CommandError

from consent.models import CONSENTED, Program
from contacts import clock
from contacts.models import ERASED, Brand, ContactPoint
from contacts.phones import BadPhone, channel_address, parse


def add_point(parser: ArgumentParser) -> None:
    """The arguments by which `find_point` knows a number."""
    parser.add_argument("address", help="+12065550123, or channel:address")
    parser.add_argument("--brand", metavar="SLUG", help="needed when several brands know the number")


def find_point(address: str, brand_slug: str | None) -> ContactPoint:
    """The contact point meant by an address, or by the "erased:…" that stands for one. Raises CommandError."""
    channel, bare = channel_address(address)
    if address.startswith(ERASED):
        return _erased(address)
    if channel == "sms":
        try:
            bare = parse(bare, country=_country(brand_slug)).e164
        except BadPhone as problem:
            raise CommandError(f"address: {problem.detail}; write it like +12065550123") from None
    points = ContactPoint.objects.filter(channel=channel, address=bare).select_related("contact", "brand")
    if brand_slug:
        points = points.filter(brand__slug=brand_slug)
    found = list(points.order_by("brand__slug"))
    if not found:
        raise CommandError(f"address: nobody is known under {bare}; import the number, or check --brand")
    if len(found) > 1:
        brands = ", ".join(point.brand.slug for point in found)
        raise CommandError(f"--brand: {bare} is known to {brands}; name one of them")
    return found[0]


def _erased(address: str) -> ContactPoint:
    point = ContactPoint.objects.filter(address=address).select_related("contact", "brand").first()
    if point is None:
        raise CommandError(
            f"address: nobody was erased under {address}; copy it from the record of the erasure"
        )
    return point


def _country(brand_slug: str | None) -> str:
    """How a number without + is read."""
    if not brand_slug:
        return "US"
    brand = Brand.objects.filter(slug=brand_slug).first()
    if brand is None:
        raise CommandError(f"--brand: there is no brand {brand_slug!r}; give the slug of one")
    return brand.country


def find_programs(brand: Brand, slug: str | None) -> list[Program]:
    """The program asked for, or all of the brand. Raises CommandError."""
    programs = {program.slug: program for program in Program.objects.filter(brand=brand)}
    if slug is None:
        return list(programs.values())
    if slug not in programs:
        raise CommandError(f"--program: {brand} has no {slug!r}; it has {', '.join(programs) or 'none yet'}")
    return [programs[slug]]


def find_purposes(purpose: str | None) -> list[str]:
    """The purposes to judge. Raises CommandError."""
    if purpose is None:
        return list(CONSENTED)
    if purpose not in CONSENTED:
        raise CommandError(f"--purpose: people agree to {' or '.join(CONSENTED)}, not to {purpose!r}")
    return [purpose]


def find_moment(text: str | None, *, option: str = "--at") -> dt.datetime:
    """The moment meant, aware UTC; without one, now. Raises CommandError; a time without a zone is nobody's time."""
    if text is None:
        return clock.now()
    try:
        moment = dt.datetime.fromisoformat(text)
    except ValueError:
        raise CommandError(f"{option}: {text!r} is not a time; write 2026-03-02T14:03Z") from None
    if moment.tzinfo is None:
        raise CommandError(f"{option}: {text!r} has no time zone; write 2026-03-02T14:03Z or …-05:00")
    return moment.astimezone(dt.UTC)
