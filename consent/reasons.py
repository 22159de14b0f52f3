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
    NOT_A_MOBILE = "not_a_mobile", "The number is known to be a landline or a service line"
    INTERNET_LINE = "internet_line", "The number is an internet line, which the program does not text"
    ALREADY_SAID = "already_said", "Has had this promotion, or nearly the same one"
    NOTHING_TO_ANSWER = "nothing_to_answer", "The person has not written lately"
    UNFILLED = "unfilled", "A name in the text was not filled in"
    # hold
    NUMBER_HELD = "number_held", "Held until a person has looked"
    PAUSED = "paused", "Paused by the person"
    EVERYTHING_PAUSED = "everything_paused", "Everything is paused"
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
    CAMPAIGN_SPENT = "campaign_spent", "The campaign has used up its segments"
    DAY_SPENT = "day_spent", "The program has used up its segments of the day"
    SENDER_SPENT = "sender_spent", "The sender has used up what carriers take from it in a day"
    WEEKLY_CAP = "weekly_cap", "Has had enough texts this week"
    MONTHLY_CAP = "monthly_cap", "Has had enough texts in these 30 days"
    WAITS_FOR_US = "waits_for_us", "Waits for our answer"
    UPSET = "upset", "Sounded angry or sad, and nobody has settled it yet"
    IN_CONVERSATION = "in_conversation", "Is in a conversation with one of us"
    LONG_SILENCE = "long_silence", "Has been silent for so long that they must be asked again"
    NO_ANSWERS = "no_answers", "Does not answer, so texts come less often"
    QUESTION_FIRST = "question_first", "A question is due before the next statement"
    OFFER_NOT_DUE = "offer_not_due", "An offer is not due yet: something else comes first"
    # held by us, not a verdict
    CAMPAIGN_PAUSED = "campaign_paused", "The campaign is paused"
    JOURNEY_PAUSED = "journey_paused", "Waits until the person's reply is answered"
    # canceled, not a verdict
    CAMPAIGN_CANCELED = "campaign_canceled", "The campaign was canceled"
    CANCELED_BY_PERSON = "canceled_by_person", "Canceled by the team"
    JOURNEY_ENDED = "journey_ended", "The journey ended before this text"
    TOO_LATE = "too_late", "No longer worth sending"
