"""What the preference page says, in every language we have."""

import dataclasses
from contextlib import suppress

from webhooks.public.wordings import Wordings

_WORDINGS = Wordings("webhooks.preferences")
languages, of, choose = _WORDINGS.languages, _WORDINGS.of, _WORDINGS.choose


@dataclasses.dataclass(frozen=True, slots=True)
class Said:
    """The wordings of a language in the name of a brand, which gives its support as an address."""

    language: str
    brand: str
    support: str

    def fill(self, name: str, **values: str | int) -> str:
        """A wording with its {names} filled in. Raises KeyError for a wording, or a name, that is not there."""
        return of(self.language)[name].format(brand=self.brand, support=self.support, **values)

    def ready(self) -> dict[str, str]:
        """The wordings that name nothing but the brand and its support."""
        found = {}
        for name in of(self.language):
            with suppress(KeyError):
                found[name] = self.fill(name)
        return found
