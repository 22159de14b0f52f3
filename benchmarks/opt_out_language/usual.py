"""How replies are usually read: the provider's keywords alone, or a flat list of phrases."""

import re

from consent.understanding import Outcome

# What Twilio takes for a keyword: the whole message, in any letter case.
_KEYWORDS = {"stop", "stopall", "unsubscribe", "cancel", "end", "quit", "revoke", "optout"}
# The list that open-source messengers keep, as one expression that is searched anywhere in the text.
_FLAT_LIST = re.compile(
    r"\b(stop(?! by)|stopall|unsubscribe|cancel|end|quit|opt[ -]?out|remove me|take me off|leave me alone|"
    r"wrong number|do not (text|contact)|don'?t (text|contact|message)|no more (texts|messages)|fuck off|"
    r"lose my number|not interested|alto|baja|parar|no me (manden|envien|escriban)|arr[eê]t(ez)?|"
    r"d[ée]sabonne[rz]?|abmelden|abbestellen|sair|cancellami|afmelden|wypisz)\b",
    re.IGNORECASE,
)


def keywords_only(text: str) -> Outcome:
    return "closed" if text.strip().lower() in _KEYWORDS else "ordinary"


def flat_list(text: str) -> Outcome:
    return "closed" if _FLAT_LIST.search(text) else "ordinary"
