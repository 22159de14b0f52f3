"""From the tables of a checked program file to rows of the database, noting each difference."""

import dataclasses
import hashlib
from typing import Any

from django.db.models import Q

from campaigns.program_file_caps import put_cap
from campaigns.program_file_diff import Diff
from campaigns.program_file_schema import (
    BrandTable,
    DisclosureTable,
    ProgramFile,
    ProgramTable,
    SenderTable,
    SignupPageTable,
)
from consent.models import DEFAULT_WORDING, Disclosure, Program, SignupPage, Status, Subscription, purpose_key
from contacts import clock
from contacts.models import Brand
from messaging.models import Capped, Route, Sender


@dataclasses.dataclass(frozen=True, slots=True)
class Applying:
    """The brand and program that the rest of a file belongs to, and the diff so far."""

    brand: Brand
    program: Program
    diff: Diff


BRAND_KEYS = ("name", "timezone", "support", "country", "customers_timezone")


def put_brand(table: BrandTable, diff: Diff) -> Brand:
    """The brand; its row is held until the end, so that two applications follow one another."""
    brand, _ = diff.put(
        Brand,
        f"brand {table.slug}",
        key={"slug": table.slug},
        values={key: getattr(table, key) for key in BRAND_KEYS},
        given=table.model_fields_set,
        once={"created_at": clock.now()},
    )
    return Brand.objects.select_for_update().get(pk=brand.pk)


def put_sender(table: SenderTable, brand: Brand, diff: Diff) -> None:
    """One sender, known by its address, or else by its Messaging Service."""
    key = {"address": table.address} if table.address else {"messaging_service_sid": table.messaging_service}
    values: dict[str, Any] = {
        "kind": table.kind.value,
        "segments_per_second": table.segments_per_second,
        "opt_out_replies": table.opt_out_replies.value,
    }
    given = set(table.model_fields_set)
    if table.address:
        values["messaging_service_sid"] = table.messaging_service
        given |= {"messaging_service_sid"} if "messaging_service" in given else set()
    once = {"created_at": clock.now()}
    what = f"sender {table.handle}"
    sender, is_new = diff.put(Sender, what, key=key | {"brand": brand}, values=values, given=given, once=once)
    put_cap(table, Capped.SENDER_DAY, sender, what, diff, is_new=is_new)


def put_program(file: ProgramFile, brand: Brand, diff: Diff) -> Program:
    """The program with its purposes, sender and disclosures; ready as soon as nothing it needs is missing."""
    table, what = file.program, f"program {file.program.slug}"
    stored = Program.objects.filter(brand=brand, slug=table.slug).first()
    was_complete = stored is not None and _is_complete(stored)
    if stored is not None:
        _warn_of_new_wordings(stored, table, diff)
    program, is_new = diff.put(
        Program,
        what,
        key={"brand": brand, "slug": table.slug},
        values=_program_values(table, stored),
        given=_given_columns(table),
        once={"created_at": clock.now()},
    )
    put_cap(table, Capped.PROGRAM_DAY, program, what, diff, is_new=is_new)
    _route(program, table, what, diff)
    _warn_of_no_way_on(program, what, diff)
    for disclosure in table.disclosure:
        put_disclosure(disclosure, program, diff)
    for page in table.signup_page:
        put_signup_page(page, program, diff)
    # Only what the file completes: a program that a person took back is not made ready behind their back.
    if program.ready_at is None and not was_complete:
        _make_ready(program, what, diff)
    return program


def _program_values(table: ProgramTable, stored: Program | None) -> dict[str, Any]:
    plain = (
        "name", "description", "country", "frequency", "welcome",
        "terms_url", "privacy_url", "join_words", "double_opt_in", "confirm_word", "locales", "age_gate",
        "marketing_cap_per_day", "fewer_per_week", "fails_over", "answers_fail_over",
    )  # fmt: skip
    values = {column: getattr(table, column) for column in plain}
    countries = table.countries if table.countries is not None else [table.country]
    wordings = _wordings(table, stored)
    own = {"help_text": table.help, "countries": countries, "purposes": wordings}
    return values | own | table.relationship.model_dump(exclude_none=True)


def _given_columns(table: ProgramTable) -> set[str]:
    return table.model_fields_set | table.relationship.model_fields_set | {"help_text", "purposes"}


def _wordings(table: ProgramTable, stored: Program | None) -> dict[str, str]:
    before = stored.purposes if stored else {}
    stated = table.purpose_wording.model_dump(exclude_none=True)
    return {
        kind.value: stated.get(kind.value) or before.get(kind.value) or DEFAULT_WORDING[kind]
        for kind in table.purposes
    }


def _warn_of_new_wordings(stored: Program, table: ProgramTable, diff: Diff) -> None:
    after = _wordings(table, stored)
    for kind, old in stored.purposes.items():
        if after.get(kind) == old:
            continue
        agreed = Subscription.objects.filter(
            brand_id=stored.brand_id,
            program=stored,
            status=Status.ACTIVE,
            purposes__contains=[purpose_key(kind, old)],
        ).count()
        fate = (
            "NOBODY HAS CONSENTED to the new wording yet"
            if kind in after
            else "the program no longer sends it"
        )
        diff.warn(
            f"program {stored.slug}.purposes.{kind}",
            f"{fate}; {agreed} agreed to the old one and get no more texts for it",
        )


def _route(program: Program, table: ProgramTable, what: str, diff: Diff) -> None:
    handle = table.sender
    sender = Sender.objects.get(Q(address=handle) | Q(messaging_service_sid=handle), brand=program.brand)
    routes = list(Route.objects.filter(program=program).select_related("sender"))
    if routes and routes[0].sender_id == sender.pk:
        return
    if routes:
        diff.changed(f"{what}.sender", str(routes[0].sender), handle)
    for priority, route in enumerate((route for route in routes if route.sender_id != sender.pk), start=2):
        route.priority = priority
        route.save(update_fields=["priority"])
    Route.objects.update_or_create(program=program, sender=sender, defaults={"priority": 1})


def _warn_of_no_way_on(program: Program, what: str, diff: Diff) -> None:
    if program.fails_over and program.routes.count() == 1:
        diff.warn(f"{what}.fails_over", "nowhere to go on to: add another sender on the program's page")


def put_disclosure(table: DisclosureTable, program: Program, diff: Diff) -> None:
    """The wording as it stands now: another text is another version, because people agreed to the old one."""
    known = Disclosure.objects.filter(program=program, slug=table.slug).order_by("-version")
    newest = known.first()
    is_stated = "locale" in table.model_fields_set
    latest = known.filter(locale=table.locale).first() if is_stated else newest
    if latest is not None and latest.text == table.text:
        return
    locale = table.locale if is_stated or latest is None else latest.locale
    version = newest.version + 1 if newest else 1
    Disclosure.objects.create(
        brand=program.brand,
        program=program,
        slug=table.slug,
        version=version,
        locale=locale,
        text=table.text,
        sha256=hashlib.sha256(table.text.encode()).hexdigest(),
        created_at=clock.now(),
    )
    diff.created(f"disclosure {table.slug} v{version}")


def put_signup_page(table: SignupPageTable, program: Program, diff: Diff) -> None:
    """A hosted page; what it still lacks to be seen, it says itself. Taking one down is a person's click."""
    now = clock.now()
    page, _ = diff.put(
        SignupPage,
        f"signup_page {table.slug}",
        key={"brand": program.brand, "slug": table.slug},
        values={
            "disclosure_slug": table.disclosure,
            "ask_name": table.ask_name,
            "embed_origins": table.embed_origins,
            "words": {
                language: kept
                for language, said in table.words.items()
                if (kept := {part: text for part, text in said.model_dump().items() if text})
            },
        },
        given=set(table.model_fields_set) | {"disclosure_slug"},
        once={"program": program, "created_at": now, "live_at": now if table.live else None},
    )
    if table.live and page.live_at is None:
        diff.warn(f"signup_page {table.slug}", "was taken down by a person, and stays down")


def _is_complete(program: Program) -> bool:
    said = program.help_text and program.terms_url and program.privacy_url
    return bool(said) and program.routes.exists() and program.disclosures.exists()


def _make_ready(program: Program, what: str, diff: Diff) -> None:
    if not _is_complete(program):
        diff.warn(what, "is not ready: it needs a [[program.disclosure]], and nothing goes out before")
        return
    program.ready_at = clock.now()
    program.save(update_fields=["ready_at"])
