"""Making an export pack: tables, summary, receipts, tree heads and the verifier, in one ZIP."""

import csv
import hashlib
import json
import logging
import uuid
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.conf import settings
from django.template.loader import render_to_string

from consent import heads, receipts, signing
from consent.intake_report import as_text
from consent.models import ConsentEvent, TreeHead
from contacts import clock
from contacts.models import Brand, Contact, ContactPoint
from smsapp.audit import pack_pdf, packs
from smsapp.audit.pack_tables import TABLES, Chosen, Table, plain
from smsapp.audit.packs import Pack

log = logging.getLogger(__name__)

# A receipt for each number that something was recorded of; more of them are for `consent_receipt`, one by one.
MOST_NUMBERS = 20_000
_OFTEN = 500  # rows between two signs of life
VERIFIER = Path(settings.BASE_DIR) / "tools" / "verify_receipt.py"


class CannotMake(Exception):
    """The pack cannot be made as ordered; in words, with the cure."""


def make(brand_id: uuid.UUID, pack_id: uuid.UUID) -> None:
    """Make an ordered pack; what becomes of it, a failure too, is written into its state.

    1. Claim it, so that a repeat of the task makes nothing.
    2. Write each table, the summary and the receipts into the ZIP, under a temporary name.
    3. Publish it, unless somebody of the brand was erased meanwhile.
    """
    pack = packs.claim(brand_id, pack_id)
    if pack is None:
        return
    partial = packs.folder_of(pack) / "partial.zip"
    try:
        _publish(_write(pack, partial), partial)
    except CannotMake as problem:
        _fail(pack, partial, str(problem))
    except FileNotFoundError:
        # Its folder is gone: an erasure deleted it, or the sweep.
        log.info("export pack %s was deleted while it was made", pack_id)
    except Exception as error:
        _fail(pack, partial, f"It failed ({type(error).__name__}). Order it again; the log tells more.")
        raise


def _publish(pack: Pack, partial: Path) -> None:
    if packs.is_overtaken(pack):
        raise CannotMake("Somebody of this brand was erased while it was made. Order it again.")
    size, sha256 = partial.stat().st_size, _digest(partial)
    partial.replace(packs.file_of(pack))
    packs.note(pack, state=packs.READY, doing="", size=size, sha256=sha256)


def _fail(pack: Pack, partial: Path, problem: str) -> None:
    for each in partial.parent.glob("*.part"):
        each.unlink()
    partial.unlink(missing_ok=True)
    packs.note(pack, state=packs.FAILED, doing="", problem=problem)


def _write(pack: Pack, path: Path) -> Pack:
    chosen = _chosen(pack)
    key = signing.current().public_key
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, strict_timestamps=False) as archive:
        path.chmod(0o600)
        for table in TABLES:
            pack = _write_table(archive, table, chosen, pack)
        pack = _write_receipts(archive, chosen, pack)
        _write_heads(archive, chosen.brand)
        archive.write(VERIFIER, "verify_receipt.py")
        told = {
            "pack": pack, "chosen": chosen, "key": key, "tables": TABLES, "made_at": clock.now(),
            "files": [(table.name, table.says, pack.counts[table.name]) for table in TABLES],
        }  # fmt: skip
        archive.writestr("README.txt", render_to_string("audit/pack_readme.txt", told))
        archive.writestr("summary.pdf", pack_pdf.summary(chosen, pack, key))
    return pack


def _chosen(pack: Pack) -> Chosen:
    contact = None
    if pack.contact_id:
        contact = Contact.objects.filter(brand_id=pack.brand_id, id=pack.contact_id).first()
        if contact is None:
            raise CannotMake("This person is not known any more.")
    return Chosen(
        brand=Brand.objects.get(id=pack.brand_id),
        contact=contact,
        first=pack.first,
        last=pack.last,
        with_words=pack.with_words,
    )


def _write_table(archive: zipfile.ZipFile, table: Table, chosen: Chosen, pack: Pack) -> Pack:
    """The same rows as CSV, for a spreadsheet, and as JSON, exactly."""
    pack = packs.note(pack, doing=table.says)
    folder = packs.folder_of(pack)
    as_csv, as_json = folder / f"{table.name}.csv.part", folder / f"{table.name}.json.part"
    count = 0
    with (
        as_csv.open("w", encoding="utf-8", newline="") as sheet,
        as_json.open("w", encoding="utf-8") as whole,
    ):
        writer = csv.writer(sheet)
        for row in table.rows(chosen):
            told = {name: plain(value) for name, value in row.items()}
            if not count:
                writer.writerow(told)
            writer.writerow(as_text(_cell(value)) for value in told.values())
            whole.write(f"{',' if count else '['}\n{json.dumps(told, ensure_ascii=False)}")
            count += 1
            if count % _OFTEN == 0:
                pack = packs.note(pack, counts={**pack.counts, table.name: count})
        whole.write("\n]\n" if count else "[]\n")
    for part in (as_csv, as_json):
        archive.write(part, part.name.removesuffix(".part"))
        part.unlink()
    return packs.note(pack, counts={**pack.counts, table.name: count})


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, list | dict):
        return json.dumps(value, ensure_ascii=False)
    return str(value)


def _write_receipts(archive: zipfile.ZipFile, chosen: Chosen, pack: Pack) -> Pack:
    """One document for each number: its whole chain, as it was known at the end of the period."""
    pack = packs.note(pack, doing="receipts, one document for each number")
    count = 0
    for point in _numbers(chosen):
        made = receipts.receipts_of(point, at=_until(chosen), with_evidence=chosen.with_words)
        archive.writestr(f"receipts/{point.id}.json", f"{json.dumps(made, ensure_ascii=False, indent=1)}\n")
        count += 1
        if count % _OFTEN == 0:
            pack = packs.note(pack, counts={**pack.counts, "receipts": count})
    return packs.note(pack, counts={**pack.counts, "receipts": count})


def _until(chosen: Chosen) -> Any:
    """No later than now: nothing is known of what comes."""
    now = clock.now()
    return min(chosen.ends_at, now) if chosen.ends_at else now


def _numbers(chosen: Chosen) -> Iterator[ContactPoint]:
    ids = chosen.rows(ConsentEvent, "recorded_at").order_by().values_list("point_id", flat=True).distinct()
    if len(ids[: MOST_NUMBERS + 1]) > MOST_NUMBERS:
        raise CannotMake(
            f"The ledger tells of more than {MOST_NUMBERS:,} numbers in these days. Choose fewer days."
        )
    points = ContactPoint.objects.filter(brand_id=chosen.brand.id, id__in=ids).order_by("id")
    return points.select_related("contact", "brand").iterator()


def _write_heads(archive: zipfile.ZipFile, brand: Brand) -> None:
    """Every head the brand's log ever had, one JSON object a line."""
    rows = (
        TreeHead.objects.filter(brand=brand)
        .select_related("key", "brand")
        .order_by("size", "signed_at", "id")
    )
    with archive.open("tree-heads.jsonl", "w") as file:
        for head in rows.iterator():
            file.write(f"{json.dumps(heads.told(head))}\n".encode())


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
