"""Why a row of an import was not accepted: a closed set, in words that people understand."""

from django.db import models


class RowReason(models.TextChoices):
    """Refused rows have a phone reason or `unreadable_row`; all others are kept but cannot be texted."""

    UNREADABLE_ROW = "unreadable_row", "The row's cells cannot be told apart"
    PHONE_MISSING = "phone_missing", "No phone number"
    PHONE_NOT_A_NUMBER = "phone_not_a_number", "Not a phone number"
    PHONE_UNKNOWN_COUNTRY = "phone_unknown_country", "A number of no known country"
    PHONE_TOO_SHORT = "phone_too_short", "Too few digits"
    PHONE_TOO_LONG = "phone_too_long", "Too many digits"
    PHONE_IMPOSSIBLE = "phone_impossible", "No number there looks like this"
    PHONE_INVALID_FOR_COUNTRY = "phone_invalid_for_country", "Not a number in use in its country"
    PHONE_PREMIUM_RATE = "phone_premium_rate", "A premium-rate number"
    PHONE_TOLL_FREE = "phone_toll_free", "A toll-free number"
    PHONE_LANDLINE = "phone_landline", "A landline"
    PHONE_NOT_TEXTABLE = "phone_not_textable", "Cannot receive texts"

    NO_PURPOSE = "no_purpose", "Says not what was agreed to"
    UNKNOWN_PURPOSE = "unknown_purpose", "A purpose that does not exist"
    PURPOSE_NOT_SENT = "purpose_not_sent", "A purpose that the program does not send"
    NO_METHOD = "no_method", "Says not how it was agreed"
    UNKNOWN_METHOD = "unknown_method", "A method that proves nothing"
    METHOD_IMPORT = "method_import", "An import is no consent"
    NO_TIME = "no_time", "Says not when it was agreed"
    UNUSABLE_TIME = "unusable_time", "A time that cannot be read with certainty"
    TIME_IN_FUTURE = "time_in_future", "Agreed in the future"
    TIME_UNSURE = "time_unsure", "Without a time zone it may still be in the future"
    NO_DISCLOSURE = "no_disclosure", "Says not which wording was shown"
    UNKNOWN_DISCLOSURE = "unknown_disclosure", "A wording that the program does not have"
    UNSUPPORTED_COUNTRY = "unsupported_country", "The program does not serve this country"
    NUMBER_SHARED = "number_shared", "The number is already another person's"
    OPTED_OUT_BEFORE = "opted_out_before", "Left before, or is held: an import never re-opens that"
    NOT_CONFIRMED = "not_confirmed", "Was asked to confirm and has not"
    EXPIRED = "expired", "This permission has run out"
    WORDING_CHANGED = "wording_changed", "Agreed to an older wording of the purpose"
