"""The pages of the admin by who may do what on them, for the tests of scope and of roles."""

from django.contrib import admin

from contacts.admin_scope import BrandScopedAdmin
from contacts.models import Role

ROLES = [role.value for role in Role]
SCOPED = sorted(
    model._meta.label for model, page in admin.site._registry.items() if isinstance(page, BrandScopedAdmin)
)
# Quarantined requests belong to no brand: the superuser alone sees them. Signing keys are the installation's, and
# their public halves are for everybody.
OF_BRANDS = [label for label in SCOPED if label not in {"webhooks.QuarantinedRequest", "consent.SigningKey"}]
RECORDS = {
    "campaigns.Enrollment", "consent.ConsentEvent", "consent.Disclosure", "consent.Erasure",
    "consent.HeadDelivery", "consent.Reopening", "consent.SigningKey", "consent.TreeHead", "contacts.ImportRow",
    "messaging.Decision",
    "messaging.Message", "messaging.MessageEvent", "webhooks.QuarantinedRequest", "webhooks.WebhookEvent",
}  # fmt: skip
# Who may open the change form for writing, beyond looking.
OWNERS_ONLY = {
    "consent.HeadWitness", "contacts.ApiKey", "contacts.Brand", "contacts.RetentionRule", "contacts.TeamMember",
    "messaging.Account", "messaging.Sender",
}  # fmt: skip
AGENTS_TOO = {"inbox.SavedReply"}
