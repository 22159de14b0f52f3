"""What an erasure counts, in words."""

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


def label_of(counted: str) -> str:
    """The words for a model of the register; what is no model is in words already."""
    return LABELS.get(counted, counted[:1].upper() + counted[1:])
