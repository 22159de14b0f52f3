"""What an erasure counts, and what proves an agreement, in words."""

from typing import Any

LABELS = {
    "admin.LogEntry": "Entries of the admin's log",
    "campaigns.Campaign": "Campaigns that name the number",
    "campaigns.CampaignEvent": "Campaign events that name the number",
    "campaigns.Stage": "Journey stages that name the number",
    "campaigns.StageVisit": "Stages of journeys",
    "campaigns.Template": "Templates that name the number",
    "consent.Evidence": "Pieces of evidence",
    "consent.JoinRequest": "Requests to join",
    "consent.Reopening": "Requests to reopen",
    "consent.SignupAttempt": "Tries on sign-up pages",
    "contacts.Contact": "People",
    "contacts.ContactImport": "Imports that name the number",
    "contacts.ContactPoint": "Numbers",
    "contacts.ImportRow": "Refused rows of imports",
    "contacts.Segment": "Segments that name the number",
    "inbox.AutoAnswer": "Automatic answers that name the number",
    "inbox.Note": "Notes",
    "inbox.SavedReply": "Saved replies that name the number",
    "messaging.Message": "Messages",
    "messaging.MessageEvent": "Sentences of the provider",
    "webhooks.QuarantinedRequest": "Quarantined requests",
    "webhooks.WebhookEvent": "Raw requests of the carrier",
}

# What proves an agreement, for the person's own reading; what is not named here has its key made readable.
EVIDENCE = {
    "at": "Time",
    "consent_at": "Time, as the file says it",
    "file": "File",
    "form_version": "Version of the form",
    "ip": "Internet address",
    "line": "Line of the file",
    "message_id": "Text message",
    "page": "Page",
    "reference": "Where it can be seen",
    "sha256": "Digest of the file (SHA-256)",
    "time_read_as": "Time, as we read it",
    "url": "Web page",
    "user_agent": "Browser",
    "where": "How it reached us",
    "words": "Words",
}


def evidence_in_words(evidence: dict[str, Any] | None) -> list[tuple[str, Any]]:
    """Pairs of label and value."""
    return [
        (EVIDENCE.get(name) or name.replace("_", " ").capitalize(), value)
        for name, value in (evidence or {}).items()
    ]


def label_of(counted: str) -> str:
    """The words for a model of the register; what is no model is in words already."""
    return LABELS.get(counted, counted[:1].upper() + counted[1:])
