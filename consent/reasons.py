"""The closed set of reasons a verdict can have, each in words that people understand."""

from django.db import models


class Reason(models.TextChoices):
    """Why the gate allowed, held or refused."""

    # allow
    PERMITTED = "permitted", "Agreed to, and now is a good time"
    ANSWERING = "answering", "Answers what the person just wrote"
    CONSENT_REPLY = "consent_reply", "Confirms what the person just asked for"
    # refuse
    NO_PERMISSION = "no_permission", "Never agreed to this kind of text"
    NOT_CONFIRMED = "not_confirmed", "Has not confirmed yet"
    EXPIRED = "expired", "The permission has run out"
    BASIS_NOT_HERE = "basis_not_here", "Only an express agreement counts where this person is"
    NUMBER_CLOSED = "number_closed", "Asked to get no more texts"
    LEFT_PROGRAM = "left_program", "Left this program"
    COUNTRY_NOT_SERVED = "country_not_served", "The program does not serve this country"
    PURPOSE_NOT_SENT = "purpose_not_sent", "The program does not send this kind of text"
    NOTHING_TO_ANSWER = "nothing_to_answer", "The person has not written lately"
    # hold
    NUMBER_HELD = "number_held", "Held until a person has looked"
    PAUSED = "paused", "Paused by the person"
    BRAND_PAUSED = "brand_paused", "The brand is paused"
    PROGRAM_NOT_READY = "program_not_ready", "The program is not ready"
    PROGRAM_PAUSED = "program_paused", "The program is paused"
    SENDER_NOT_READY = "sender_not_ready", "The sender cannot send now"
    QUIET_HOURS = "quiet_hours", "Quiet hours where the person is"
    NO_ALLOWED_INSTANT = (
        "no_allowed_instant",
        "No hour fits every place the person may be: ask where they are",
    )
    FREQUENCY_CAP = "frequency_cap", "Has had enough texts for now"
    ASKED_FOR_FEWER = "asked_for_fewer", "Asked for fewer texts, and has had them"
    # held by us, not a verdict
    CAMPAIGN_PAUSED = "campaign_paused", "The campaign is paused"
    JOURNEY_PAUSED = "journey_paused", "Waits until the person's reply is answered"
    # canceled, not a verdict
    CAMPAIGN_CANCELED = "campaign_canceled", "The campaign was canceled"
    CANCELED_BY_PERSON = "canceled_by_person", "Canceled by the team"
    JOURNEY_ENDED = "journey_ended", "The journey ended before this text"
    TOO_LATE = "too_late", "No longer worth sending"
