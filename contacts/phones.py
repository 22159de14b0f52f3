"""Phone numbers as people write them, and the channel addresses they become."""

from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

import phonenumbers
from phonenumbers import PhoneNumberType, ValidationResult

NANP = 1


class PhoneProblem(StrEnum):
    """Why a number was refused: a closed set; `detail` of the error says it in a sentence."""

    MISSING = "missing"
    NOT_A_NUMBER = "not_a_number"
    UNKNOWN_COUNTRY = "unknown_country"
    TOO_SHORT = "too_short"
    TOO_LONG = "too_long"
    IMPOSSIBLE = "impossible"
    INVALID_FOR_COUNTRY = "invalid_for_country"
    PREMIUM_RATE = "premium_rate"
    TOLL_FREE = "toll_free"
    LANDLINE = "landline"
    NOT_TEXTABLE = "not_textable"


class BadPhone(ValueError):
    """A phone number that cannot be used, with a reason from `PhoneProblem` and a sentence for people."""

    def __init__(self, reason: PhoneProblem, detail: str) -> None:
        super().__init__(detail)
        self.reason = reason
        self.detail = detail


@dataclass(frozen=True, slots=True)
class Phone:
    """A usable number.

    `e164` is like "+12065557991"; `country` is the number's own ISO 3166 country (which may differ from the
    one it was read in); `number_type` is "mobile", "fixed_line_or_mobile", "voip", "personal" or "unknown".
    """

    e164: str
    country: str
    number_type: str


_POSSIBLE_PROBLEMS = {
    ValidationResult.TOO_SHORT: (PhoneProblem.TOO_SHORT, "has too few digits"),
    ValidationResult.TOO_LONG: (PhoneProblem.TOO_LONG, "has too many digits"),
    ValidationResult.INVALID_LENGTH: (PhoneProblem.IMPOSSIBLE, "has a length that no number there has"),
    ValidationResult.INVALID_COUNTRY_CODE: (
        PhoneProblem.UNKNOWN_COUNTRY,
        "begins with a code of no country",
    ),
    ValidationResult.IS_POSSIBLE_LOCAL_ONLY: (PhoneProblem.TOO_SHORT, "lacks its area code"),
}
_PARSE_PROBLEMS = {
    phonenumbers.NumberParseException.INVALID_COUNTRY_CODE: (
        PhoneProblem.UNKNOWN_COUNTRY,
        "begins with a code of no country",
    ),
    phonenumbers.NumberParseException.TOO_SHORT_AFTER_IDD: (PhoneProblem.TOO_SHORT, "has too few digits"),
    phonenumbers.NumberParseException.TOO_SHORT_NSN: (PhoneProblem.TOO_SHORT, "has too few digits"),
    phonenumbers.NumberParseException.TOO_LONG: (PhoneProblem.TOO_LONG, "has too many digits"),
}
_REFUSED_TYPES = {
    PhoneNumberType.PREMIUM_RATE: (PhoneProblem.PREMIUM_RATE, "is a premium-rate number"),
    PhoneNumberType.TOLL_FREE: (
        PhoneProblem.TOLL_FREE,
        "is a toll-free number: a business line without a place, not a person's phone",
    ),
    PhoneNumberType.FIXED_LINE: (PhoneProblem.LANDLINE, "is a landline, which receives no texts"),
    PhoneNumberType.SHARED_COST: (PhoneProblem.NOT_TEXTABLE, "is a shared-cost number"),
    PhoneNumberType.PAGER: (PhoneProblem.NOT_TEXTABLE, "is a pager"),
    PhoneNumberType.UAN: (PhoneProblem.NOT_TEXTABLE, "is a company's universal number"),
    PhoneNumberType.VOICEMAIL: (PhoneProblem.NOT_TEXTABLE, "is a voicemail box"),
    PhoneNumberType.PERSONAL_NUMBER: (PhoneProblem.NOT_TEXTABLE, "is a forwarding number"),
}
_TYPE_NAMES = {
    PhoneNumberType.MOBILE: "mobile",
    PhoneNumberType.FIXED_LINE_OR_MOBILE: "fixed_line_or_mobile",
    PhoneNumberType.VOIP: "voip",
    PhoneNumberType.PERSONAL_NUMBER: "personal",
}
# Ofcom keeps 07700 900000-900999 for fiction, as +1 keeps 555: well formed, nobody's, and in many samples.
_FICTION_MOBILE = "+447700900"


def parse(raw: str, *, country: str) -> Phone:
    """Read `raw` as dialled from `country` (ISO 3166, e.g. "US"), or with its own "+", "00" or "011" prefix.

    Nothing is guessed: no digit is added, dropped or swapped. Raises BadPhone with the reason.
    """
    text = raw.strip()
    if not text:
        raise BadPhone(PhoneProblem.MISSING, "there is no phone number")
    number = _read(text, country.strip().upper())
    e164 = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    if e164.startswith(_FICTION_MOBILE) and phonenumbers.is_possible_number(number):
        return Phone(e164, "GB", "mobile")
    kind = phonenumbers.number_type(number)
    _check_shape(text, number, kind)
    if number.extension:
        raise BadPhone(PhoneProblem.NOT_TEXTABLE, f"{text} has an extension, which cannot be texted")
    # +1 500 numbers are forwarding numbers too, but Twilio's test addresses live there and cost nobody.
    is_test = kind == PhoneNumberType.PERSONAL_NUMBER and number.country_code == NANP
    if kind in _REFUSED_TYPES and not is_test:
        reason, words = _REFUSED_TYPES[kind]
        raise BadPhone(reason, f"{text} {words}")
    own_country = phonenumbers.region_code_for_number(number) or ""
    return Phone(e164, own_country, _TYPE_NAMES.get(kind, "unknown"))


def channel_address(address: str) -> tuple[str, str]:
    """Split "whatsapp:+1206…" into ("whatsapp", "+1206…"); an address without a channel is "sms"."""
    channel, colon, rest = address.strip().partition(":")
    return (channel.lower(), rest) if colon else ("sms", channel)


@lru_cache(maxsize=65536)
def country_of(e164: str) -> str:
    """Country (ISO 3166) that an E.164 number belongs to; "" when it belongs to none or is no number."""
    try:
        number = phonenumbers.parse(e164)
    except phonenumbers.NumberParseException:
        return ""
    own_country = phonenumbers.region_code_for_number(number)
    if own_country or number.country_code == NANP:
        return own_country or ""
    region = phonenumbers.region_code_for_country_code(number.country_code or 0)
    return "" if region in {"ZZ", "001"} else region


_LINES = {value: name.lower() for name, value in vars(PhoneNumberType).items() if name.isupper()}
# In these countries the area code tells all that the digits tell: fixed and mobile lines share their numbers.
_BY_AREA_CODE = frozenset({"US", "CA"})
_AREA_CODE_END = len("+1206")
_ANY_LINE = "2345678"


def line_of(e164: str, *, country: str) -> str:
    """What kind of line an E.164 number of this country (ISO 3166) is, as "mobile", "fixed_line" or "voip".

    By the numbering plan alone, without a look-up: "fixed_line_or_mobile" where it does not tell, as of nearly every
    number in the United States; "unknown" for what is no number.
    """
    if country in _BY_AREA_CODE:
        return _line_of(e164[:_AREA_CODE_END] + _ANY_LINE)
    return _line_of(e164)


@lru_cache(maxsize=65536)
def _line_of(e164: str) -> str:
    try:
        return _LINES[phonenumbers.number_type(phonenumbers.parse(e164))]
    except phonenumbers.NumberParseException:
        return _LINES[PhoneNumberType.UNKNOWN]


def _read(text: str, country: str) -> phonenumbers.PhoneNumber:
    if country not in phonenumbers.SUPPORTED_REGIONS and not text.startswith("+"):
        raise BadPhone(PhoneProblem.UNKNOWN_COUNTRY, f"{country or 'no country'} is not a country we know")
    if any(character.isalpha() for character in text):
        # The library reads "1-800-FLOWERS" and extensions; neither is an address that a text can be sent to.
        raise BadPhone(PhoneProblem.NOT_A_NUMBER, f"{text!r} is not a phone number")
    # No +1 number begins with 0, so "00" there can only be the international prefix of the rest of the world.
    if phonenumbers.country_code_for_region(country) == NANP and text.startswith("00"):
        text = "+" + text[2:]
    try:
        return phonenumbers.parse(text, country)
    except phonenumbers.NumberParseException as error:
        reason, words = _PARSE_PROBLEMS.get(
            error.error_type, (PhoneProblem.NOT_A_NUMBER, "is not a phone number")
        )
        raise BadPhone(reason, f"{text!r} {words}") from error


def _check_shape(text: str, number: phonenumbers.PhoneNumber, kind: int) -> None:
    problem = _POSSIBLE_PROBLEMS.get(phonenumbers.is_possible_number_with_reason(number))
    if problem:
        reason, words = problem
        raise BadPhone(reason, f"{text} {words}")
    # The library calls a number valid when it has a type; to ask it both ways would take half as long again.
    if kind == PhoneNumberType.UNKNOWN:
        region = phonenumbers.region_code_for_country_code(number.country_code or 0)
        raise BadPhone(PhoneProblem.INVALID_FOR_COUNTRY, f"{text} is not a number in use in {region}")
