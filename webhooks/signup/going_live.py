"""Whether a sign-up page may be seen: switched on by the team, with all that the law and carriers ask for in place."""

from consent.models import SignupPage
from contacts import clock
from webhooks.signup.join import sender_of
from webhooks.signup.offer import languages


class CannotGoLive(ValueError):
    """The page lacks something; `missing` says what, in words."""

    def __init__(self, missing: list[str]) -> None:
        super().__init__("It still needs " + ", ".join(missing) + ".")
        self.missing = missing


def missing(page: SignupPage) -> list[str]:
    """What the page still needs before anybody may see it, in words."""
    program = page.program
    needs = [
        (languages(page), f"a disclosure “{page.disclosure_slug}” in a language of the program"),
        (program.terms_url, "a link to the program's terms"),
        (program.privacy_url, "a link to the program's privacy page"),
        (program.purposes, "something that people agree to"),
        (program.countries, "the countries the program serves"),
        (sender_of(page), "a sender that asks for the confirmation"),
        (program.ready_at, "a program that is ready"),
    ]
    return [name for present, name in needs if not present]


def go_live(page: SignupPage) -> None:
    """Let everybody see it. Raises CannotGoLive."""
    if lacking := missing(page):
        raise CannotGoLive(lacking)
    page.live_at = clock.now()
    page.save(update_fields=["live_at"])


def take_down(page: SignupPage) -> None:
    """From now on it is not there."""
    page.live_at = None
    page.save(update_fields=["live_at"])


def is_open(page: SignupPage) -> bool:
    """Can it take sign-ups now? Not while its program or brand is paused, or when something went missing."""
    program = page.program
    return not (program.paused_at or program.brand.paused_at or missing(page))
