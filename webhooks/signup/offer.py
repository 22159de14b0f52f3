"""What a sign-up page offers in one language: the wording to agree to, the boxes to tick, and their fingerprint."""

import dataclasses
import hashlib
import uuid

from consent.models import CONSENTED, Disclosure, SignupPage
from webhooks.signup import words


@dataclasses.dataclass(frozen=True, slots=True)
class Box:
    """One box to tick: the kind of purpose, its purpose key, and what stands beside it."""

    kind: str
    key: str
    label: str


@dataclasses.dataclass(frozen=True, slots=True)
class Offer:
    """A page in one language, with the disclosure that is shown there."""

    page: SignupPage
    language: str
    disclosure: Disclosure
    boxes: tuple[Box, ...]

    @property
    def words(self) -> dict[str, str]:
        """Our wordings, and over them the brand's own headline, introduction and thanks."""
        program = self.page.program
        ours = words.of(self.language)
        own = self.page.words.get(self.language, {})
        said = {"thanks": "", **ours, "headline": ours["headline"].format(program=program.name)}
        return said | {name: own[name] for name in words.OWN if own.get(name)}

    @property
    def has_one_box(self) -> bool:
        """With a single purpose the disclosure itself is what stands beside the box."""
        return len(self.boxes) == 1

    @property
    def shown(self) -> str:
        """What was put before the person to agree to, as text."""
        wording = [] if self.has_one_box else [self.disclosure.text]
        program = self.page.program
        links = [program.terms_url, program.privacy_url]
        return "\n".join([program.name, *wording, *(f"☐ {box.label}" for box in self.boxes), *links])

    @property
    def sha256(self) -> str:
        """Fingerprint of all that was to agree to, purpose keys included: what a form was rendered from."""
        keys = [box.key for box in self.boxes]
        return hashlib.sha256("\n".join([str(self.disclosure.id), *keys, self.shown]).encode()).hexdigest()

    @property
    def shown_sha256(self) -> str:
        """Fingerprint of `shown`."""
        return hashlib.sha256(self.shown.encode()).hexdigest()


def languages(page: SignupPage) -> dict[str, Disclosure]:
    """The languages the page is offered in, the program's first one first, each with its newest disclosure.

    A language without a disclosure of its own is not offered: people agree in words they can read. A
    disclosure that names no language is in the program's first one.
    """
    spoken = list(dict.fromkeys(filter(None, map(words.language_of, page.program.locales))))
    first = spoken[0] if spoken else "en"
    newest = {}
    for row in page.program.disclosures.filter(slug=page.disclosure_slug).order_by("version"):
        newest[words.language_of(row.locale) if row.locale else first] = row
    wanted = spoken or sorted(words.languages(), key=lambda language: language != first)
    return {language: newest[language] for language in wanted if language in newest}


def offer_in(page: SignupPage, language: str, disclosure: Disclosure) -> Offer:
    """The page in one language."""
    program = page.program
    kinds = [kind for kind in CONSENTED if program.purposes.get(kind)]
    boxes = tuple(
        Box(
            kind=kind.value,
            key=program.purpose_key(kind) or "",
            label=disclosure.text if len(kinds) == 1 else _label(page, kind.value, language),
        )
        for kind in kinds
    )
    return Offer(page=page, language=language, disclosure=disclosure, boxes=boxes)


def rendered_offer(page: SignupPage, language: str, disclosure_id: uuid.UUID) -> Offer | None:
    """The offer that a form was rendered from, or None when the page has no such disclosure."""
    disclosure = page.program.disclosures.filter(id=disclosure_id).first()
    return offer_in(page, language, disclosure) if disclosure else None


def _label(page: SignupPage, kind: str, language: str) -> str:
    """The program's own wording in its first language; elsewhere ours, which says the same kind of thing."""
    spoken = [found for locale in page.program.locales if (found := words.language_of(locale))]
    if language == (spoken[0] if spoken else "en"):
        return str(page.program.purposes[kind])
    return words.of(language)[kind]
