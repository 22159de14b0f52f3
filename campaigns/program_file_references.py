"""What one table of a program file says about another, or about what the database already holds."""

import itertools
from collections.abc import Iterator, Sequence

from django.db.models import Q

from campaigns.models import Campaign, CampaignStatus
from campaigns.program_file_reading import Problem
from campaigns.program_file_schema import CampaignTable, ProgramFile, SenderTable
from consent.models import Disclosure, Program, SignupPage
from contacts.models import Segment
from messaging.models import Sender, SenderKind


def problems_in(file: ProgramFile) -> list[Problem]:
    """Every reference that does not hold; nothing is written."""
    return [
        *_repeats(file),
        *itertools.chain.from_iterable(_sender(index, row, file) for index, row in enumerate(file.sender)),
        *_program(file),
        *_fail_over(file),
        *_signup_pages(file),
        *_purposes(file),
        *_segments(file),
        *_launched(file),
    ]


def _repeats(file: ProgramFile) -> Iterator[Problem]:
    keys: dict[str, Sequence[str]] = {
        "sender": [sender.handle for sender in file.sender],
        "program.disclosure": [
            f"{disclosure.slug} {disclosure.locale}".strip() for disclosure in file.program.disclosure
        ],
        "program.signup_page": [page.slug for page in file.program.signup_page],
        "template": [template.slug for template in file.template],
        "segment": [segment.slug for segment in file.segment],
        "campaign": [campaign.slug for campaign in file.campaign],
        "journey": [journey.slug for journey in file.journey],
    }
    for table, names in keys.items():
        for index, name in enumerate(names):
            if name in names[:index]:
                yield Problem(
                    f"{table}[{index}]", f"{name!r} is in the file already; give it a name of its own"
                )


def _sender(index: int, sender: SenderTable, file: ProgramFile) -> Iterator[Problem]:
    path = f"sender[{index}]"
    if not sender.handle:
        yield Problem(path, "needs an address or a messaging_service")
        return
    if (sender.kind == SenderKind.MESSAGING_SERVICE) != bool(sender.messaging_service):
        yield Problem(
            f"{path}.kind", "messaging_service goes with the key messaging_service, and only with it"
        )
    if sender.address and (sender.kind == SenderKind.SHORT_CODE) != (not sender.address.startswith("+")):
        yield Problem(
            f"{path}.address", "a short code is written without +, every other number with + and country code"
        )
    same = Q(address=sender.address) if sender.address else Q(messaging_service_sid=sender.messaging_service)
    if sender.messaging_service:
        same |= Q(messaging_service_sid=sender.messaging_service)
    if Sender.objects.filter(same).exclude(brand__slug=file.brand.slug).exists():
        yield Problem(path, f"{sender.handle} belongs to another brand")


def _program(file: ProgramFile) -> Iterator[Problem]:
    handle = file.program.sender
    known = Q(address=handle) | Q(messaging_service_sid=handle)
    in_file = any(handle in {sender.address, sender.messaging_service} - {""} for sender in file.sender)
    if not in_file and not Sender.objects.filter(known, brand__slug=file.brand.slug).exists():
        yield Problem("program.sender", f"{handle!r} is no sender of this brand; add a [[sender]] for it")
    if file.program.countries is not None and file.program.country not in file.program.countries:
        yield Problem("program.countries", f"must include program.country, {file.program.country}")
    if file.program.confirm_word in file.program.join_words:
        yield Problem(
            "program.confirm_word", f"{file.program.confirm_word} is a join word: it cannot confirm itself"
        )
    others = Program.objects.filter(brand__slug=file.brand.slug).exclude(slug=file.program.slug)
    for index, word in enumerate(file.program.join_words):
        if other := others.filter(join_words__contains=[word]).first():
            yield Problem(f"program.join_words[{index}]", f"{word} already joins the program {other.slug}")


def _fail_over(file: ProgramFile) -> Iterator[Problem]:
    stored = Program.objects.filter(slug=file.program.slug, brand__slug=file.brand.slug).first()
    after = {"fails_over": stored.fails_over, "answers_fail_over": stored.answers_fail_over} if stored else {}
    after |= file.program.given("fails_over", "answers_fail_over")
    if after.get("answers_fail_over") and not after.get("fails_over"):
        yield Problem(
            "program.answers_fail_over",
            "answers move only where automatic texts do: set fails_over = true too",
        )


def _signup_pages(file: ProgramFile) -> Iterator[Problem]:
    stored = Disclosure.objects.filter(program__slug=file.program.slug, brand__slug=file.brand.slug)
    known = {row.slug for row in file.program.disclosure} | set(stored.values_list("slug", flat=True))
    for index, page in enumerate(file.program.signup_page):
        path = f"program.signup_page[{index}]"
        if page.disclosure not in known:
            words = f"{page.disclosure!r} is no disclosure; known: {', '.join(sorted(known)) or 'none'}"
            yield Problem(f"{path}.disclosure", words)
        taken = SignupPage.objects.filter(slug=page.slug).select_related("program__brand").first()
        if taken and (taken.program.brand.slug, taken.program.slug) != (file.brand.slug, file.program.slug):
            yield Problem(f"{path}.slug", f"{page.slug} is taken by another program; choose another")


def _purposes(file: ProgramFile) -> Iterator[Problem]:
    allowed = file.program.purposes
    spoken = [(f"campaign[{index}]", campaign.purpose) for index, campaign in enumerate(file.campaign)]
    for index, journey in enumerate(file.journey):
        spoken += [(f"journey[{index}].stage[{at}]", stage.purpose) for at, stage in enumerate(journey.stage)]
    for path, purpose in spoken:
        if purpose not in allowed:
            yield Problem(
                f"{path}.purpose", f"{purpose.value} is not among program.purposes: {', '.join(allowed)}"
            )
    for kind in file.program.purpose_wording.model_fields_set:
        if kind not in allowed:
            yield Problem(
                f"program.purpose_wording.{kind}", f"is not among program.purposes: {', '.join(allowed)}"
            )


def _segments(file: ProgramFile) -> Iterator[Problem]:
    stored = Segment.objects.filter(brand__slug=file.brand.slug).values_list("slug", flat=True)
    known = {segment.slug for segment in file.segment} | set(stored)
    for index, campaign in enumerate(file.campaign):
        if campaign.segment and campaign.segment not in known:
            words = f"{campaign.segment!r} is no segment; known: {', '.join(sorted(known)) or 'none'}"
            yield Problem(f"campaign[{index}].segment", words)


def _launched(file: ProgramFile) -> Iterator[Problem]:
    slugs = [campaign.slug for campaign in file.campaign]
    rows = Campaign.objects.filter(brand__slug=file.brand.slug, slug__in=slugs).select_related(
        "segment", "program"
    )
    stored = {row.slug: row for row in rows}
    for index, table in enumerate(file.campaign):
        row = stored.get(table.slug)
        if row is None:
            continue
        if row.program.slug != file.program.slug:
            yield Problem(f"campaign[{index}].slug", f"is a campaign of the program {row.program.slug}")
        elif row.status != CampaignStatus.DRAFT:
            for key in _changed_keys(table, row):
                words = f"the campaign is {row.get_status_display().lower()}; what was launched cannot change"
                yield Problem(f"campaign[{index}].{key}", words)


def _changed_keys(table: CampaignTable, row: Campaign) -> list[str]:
    stands = {
        "purpose": row.purpose,
        "value": row.value,
        "body": row.body,
        "segment": row.segment.slug if row.segment else None,
        "send_at": row.send_at,
    }
    return [key for key, value in table.given(*stands).items() if value != stands[key]]
