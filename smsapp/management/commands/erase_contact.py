"""`erase_contact`: erase a person of one brand for good."""

import json
import uuid
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from consent.arguments import find_point
from consent.models import Erasure
from contacts.models import Contact
from smsapp.privacy import erase


class Command(BaseCommand):
    """One line says what went wrong and how to mend it; nothing is changed then."""

    help = "Erase a person: number, name, words and evidence go; the ledger's chain and a keyed digest stay."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("address", nargs="?", help="+12065550123, or channel:address")
        parser.add_argument("--contact", metavar="ID", help="the contact's id, instead of an address")
        parser.add_argument("--brand", metavar="SLUG", help="needed when several brands know the number")
        parser.add_argument("--reason", default="", help="who asked and how; without name and number")
        parser.add_argument("--dry-run", action="store_true", help="count what would go, and change nothing")
        parser.add_argument("--json", action="store_true", help="print one JSON line")

    def handle(self, **options: Any) -> None:
        contact = _find(options["address"], options["contact"], options["brand"])
        if options["dry_run"]:
            told = {"contact": str(contact.id), "dry_run": True, "counts": erase.preview(contact.id)}
        else:
            try:
                told = _told(erase.erase(contact.id, asked_by=None, reason=options["reason"]))
            except erase.CannotErase as problem:
                raise CommandError(f"--{problem}") from None
        self.stdout.write(json.dumps(told) if options["json"] else "\n".join(_lines(told)))


def _find(address: str | None, contact_id: str | None, brand: str | None) -> Contact:
    if bool(address) == bool(contact_id):
        raise CommandError("address: give either an address or --contact ID")
    if address:
        return find_point(address, brand).contact
    try:
        rows = Contact.objects.filter(id=uuid.UUID(contact_id))
    except ValueError:
        raise CommandError(f"--contact: {contact_id!r} is no id; copy it from the contact's page") from None
    contact = (rows.filter(brand__slug=brand) if brand else rows).first()
    if contact is None:
        raise CommandError(f"--contact: there is no contact {contact_id}; check the id and --brand")
    return contact


def _told(erasure: Erasure) -> dict[str, Any]:
    return {
        "erasure": str(erasure.id),
        "contact": str(erasure.contact_id),
        "asked_at": erasure.asked_at.isoformat(),
        "finished_at": erasure.finished_at.isoformat() if erasure.finished_at else None,
        "dry_run": False,
        "counts": erasure.counts,
    }


def _lines(told: dict[str, Any]) -> list[str]:
    head = "This would be erased:" if told["dry_run"] else f"Erased. The record of it: {told['erasure']}"
    rows = [f"  {count:>6}  {label}" for label, count in told["counts"].items()]
    return [head, *(rows or ["  nothing is left to erase"])]
