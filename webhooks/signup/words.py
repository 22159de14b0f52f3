"""What a sign-up page says by itself, in every language we have."""

from webhooks.public.wordings import Wordings

# A brand may say these in its own words.
OWN = ("headline", "intro", "thanks")

_WORDINGS = Wordings("webhooks.signup")
languages, of, language_of, choose = (
    _WORDINGS.languages,
    _WORDINGS.of,
    _WORDINGS.language_of,
    _WORDINGS.choose,
)
