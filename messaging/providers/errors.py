"""Twilio's error codes: code → class → action, one table; what is not in it is treated as unknown."""

import enum
from typing import Final


class Action(enum.Enum):
    """What an error makes us do. No action ever sends the same message again after Twilio had it."""

    FAIL = "fail"  # this message will not go out; nobody else is concerned
    CLOSE_NUMBER = "close_number"  # the carrier or the person says no: close ours too
    NUMBER_DEAD = "number_dead"  # nobody can be reached there
    HOLD_NUMBER = "hold_number"  # may be a no: nothing automatic until a person has looked
    BACK_OFF = "back_off"  # never processed, safe to try again later
    HALT_SENDER = "halt_sender"  # every text from here would fail: stop and call a person
    STOP_CAMPAIGN = "stop_campaign"  # filtered: more of the same would harm the sender
    UNKNOWN = "unknown"  # Twilio may or may not have it: never again, settle it


# Reference: Twilio's error dictionary. The class letters: C consent, P permanent, R recipient later,
# T throttle, X content, A account, G registration, U unknown, W window.
C_CLOSE, C_HOLD = Action.CLOSE_NUMBER, Action.HOLD_NUMBER
P, R, W, X = Action.NUMBER_DEAD, Action.FAIL, Action.FAIL, Action.FAIL
T, A, G, U = Action.BACK_OFF, Action.HALT_SENDER, Action.HALT_SENDER, Action.UNKNOWN

TABLE: Final[dict[int, tuple[str, Action, str]]] = {
    20003: ("A", A, "Twilio refused our credentials"),
    20404: ("A", A, "Twilio does not know this account or resource"),
    20429: ("T", T, "Too many requests"),
    20500: ("U", U, "Twilio had an internal error"),
    21211: ("P", P, "Not a valid number"),
    21217: ("P", P, "Not a valid number"),
    21604: ("P", Action.FAIL, "No recipient was given"),
    21614: ("P", P, "Not a mobile number"),
    21635: ("P", P, "A landline in a country that blocks texts to them"),
    21408: ("A", Action.FAIL, "Texting to this country is switched off in the Twilio account"),
    21212: ("A", A, "The sender is not a valid number"),
    21601: ("A", A, "The sender cannot send texts"),
    21603: ("A", A, "No sender was given"),
    21606: ("A", A, "The sender does not belong to this account or cannot text"),
    21612: ("A", Action.FAIL, "No route from this sender to this number"),
    21659: ("A", A, "The sender is not a Twilio number or short code"),
    21602: ("X", X, "The text is empty"),
    21617: ("X", X, "The text is longer than 1,600 characters"),
    21618: ("X", X, "The text is not valid"),
    21620: ("X", X, "An attachment's address is not valid"),
    21623: ("X", X, "Too many attachments"),
    21654: ("X", X, "The content template is missing"),
    21655: ("X", X, "The content template is not valid"),
    21656: ("X", X, "The content template's variables are not valid"),
    21608: ("A", A, "A trial account texts verified numbers only"),
    21219: ("A", A, "A trial account texts verified numbers only"),
    21610: ("C", C_CLOSE, "The person opted out at Twilio"),
    21611: ("T", T, "The sender's queue at Twilio is full"),
    21701: ("A", A, "The Messaging Service does not exist"),
    21703: ("A", A, "The Messaging Service has no sender"),
    21704: ("A", A, "The Messaging Service has no sender for this number"),
    30001: ("T", Action.FAIL, "The queue at Twilio overflowed"),
    30002: ("A", A, "The Twilio account is suspended"),
    30003: ("R", R, "The handset is off or out of reach"),
    30004: ("C", C_HOLD, "Blocked by the person, the carrier or a do-not-contact list"),
    30005: ("P", P, "The number is unknown or no longer in use"),
    30006: ("P", P, "A landline, or a carrier that cannot be reached"),
    30007: ("X", Action.STOP_CAMPAIGN, "Filtered as unwanted by Twilio or the carrier"),
    30008: ("R", R, "The carrier gave no reason"),
    30010: ("X", X, "The price is above the maximum given"),
    30011: ("X", X, "Attachments are not supported on this route"),
    30012: ("X", X, "Not accepted by the channel"),
    30013: ("X", X, "Not accepted by the channel"),
    30014: ("X", X, "Not accepted by the channel"),
    30015: ("X", X, "Not accepted by the channel"),
    30016: ("X", X, "Not accepted by the channel"),
    30019: ("X", X, "The content is too large"),
    30017: ("T", Action.FAIL, "The carrier's network was congested"),
    30018: ("G", G, "The sender id is not registered"),
    30022: ("T", Action.FAIL, "Over the registered campaign's rate"),
    30023: ("T", Action.FAIL, "Over the carrier's daily cap"),
    30024: ("G", G, "The sender is not provisioned by the carrier"),
    30025: ("T", Action.FAIL, "Close to the carrier's daily cap"),
    30026: ("T", Action.FAIL, "Close to the carrier's daily cap"),
    30027: ("T", Action.FAIL, "Over the carrier's daily cap"),
    30032: ("G", G, "The toll-free number is not verified"),
    30033: ("G", G, "The registered campaign is suspended"),
    30034: ("G", G, "The number is not registered for this traffic"),
    30035: ("G", G, "The number is still being configured"),
    30036: ("T", Action.FAIL, "Its time ran out in Twilio's queue"),
    30037: ("A", A, "Outbound texting is off in the Twilio account"),
    30039: ("R", R, "A loop of automatic replies was cut"),
    30046: ("R", R, "Delivery was not confirmed"),
    30047: ("W", W, "Twilio could not reschedule it"),
    30410: ("U", Action.FAIL, "The provider timed out; whether it arrived is not known"),
    30450: ("T", Action.FAIL, "Blocked for a while as suspected fraud"),
    30453: ("T", Action.FAIL, "Blocked for a while as suspected fraud"),
    30454: ("T", Action.FAIL, "Blocked for a while by a limit"),
    30500: ("R", R, "Twilio had an internal error"),
    30610: ("W", W, "Twilio's quiet hours"),
    30640: ("C", C_CLOSE, "A known litigator"),
    30646: ("X", X, "A consent record was not accepted"),
    30647: ("X", X, "A contact record was not accepted"),
    63003: ("P", P, "No such user on this channel"),
    63024: ("P", P, "No such user on this channel"),
    63014: ("C", C_CLOSE, "The person blocked us on this channel"),
    63033: ("C", C_CLOSE, "The person opted out of marketing on this channel"),
    63016: ("W", W, "Outside the channel's 24-hour window"),
    63017: ("T", Action.FAIL, "Over the channel's rate"),
    63018: ("T", Action.FAIL, "Over the channel's rate"),
    63038: ("T", Action.FAIL, "Over the channel's daily limit"),
    63027: ("X", X, "The template does not exist"),
    63028: ("X", X, "The template's variables do not fit"),
    63040: ("X", X, "The template was rejected"),
    63041: ("X", X, "The template is paused"),
    63042: ("X", X, "The template is disabled"),
    11200: ("-", Action.FAIL, "Our webhook did not answer in time"),
    11205: ("-", Action.FAIL, "Our webhook could not be reached"),
    12100: ("-", Action.FAIL, "Our webhook's answer was not valid"),
    12300: ("-", Action.FAIL, "Our webhook's answer had the wrong type"),
}

HTTP_BAD_REQUEST, HTTP_UNAUTHORIZED, HTTP_FORBIDDEN = 400, 401, 403
TOO_MANY_REQUESTS = 20429
HTTP_REQUEST_TIMEOUT, HTTP_TOO_MANY, HTTP_SERVER_ERROR = 408, 429, 500


def action_for_create(code: int | None, http_status: int) -> Action:
    """What to do when creating a message failed with this Twilio code (None: no readable body) and status.

    A 4xx means it was not created; 429 that it was never processed; anything else may have been accepted.
    """
    if http_status == HTTP_TOO_MANY:
        return Action.BACK_OFF
    is_answer = HTTP_BAD_REQUEST <= http_status < HTTP_SERVER_ERROR and http_status != HTTP_REQUEST_TIMEOUT
    if not is_answer:
        return Action.UNKNOWN
    if code in TABLE:
        return TABLE[code][1]
    return Action.HALT_SENDER if http_status in {HTTP_UNAUTHORIZED, HTTP_FORBIDDEN} else Action.FAIL


def action_for_callback(code: int | None) -> Action:
    """What a failed or undelivered callback asks for beyond noting it; an unknown code asks for nothing."""
    return TABLE[code][1] if code in TABLE else Action.FAIL


def describe(code: int | None) -> str:
    """The error in words, for the screen."""
    if code is None:
        return ""
    return TABLE[code][2] if code in TABLE else f"Twilio error {code}"
