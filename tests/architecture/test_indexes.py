"""Every row of a table that grows pays for its indexes: none of them is only the beginning of another."""

import pytest
from django.db import connection

pytestmark = pytest.mark.django_db

# Tables with a row for each text, event, request or person.
GROWING = (
    "campaigns_enrollment", "campaigns_stagevisit", "consent_access", "consent_consentevent", "consent_erasure",
    "consent_seal", "consent_signupattempt", "consent_subscription", "consent_suppression", "consent_treetile",
    "contacts_contact", "contacts_contactpoint", "contacts_importrow", "messaging_decision", "messaging_message",
    "messaging_messageevent", "messaging_thread", "webhooks_webhookevent",
)  # fmt: skip

BEGINS_ANOTHER = """
SELECT one.indexrelid::regclass::text, other.indexrelid::regclass::text
  FROM pg_index one JOIN pg_index other ON other.indrelid = one.indrelid AND other.indexrelid <> one.indexrelid
 WHERE one.indrelid = %s::regclass AND NOT one.indisunique
   AND one.indpred IS NULL AND other.indpred IS NULL AND one.indexprs IS NULL AND other.indexprs IS NULL
   AND other.indkey::text LIKE one.indkey::text || ' %%'
"""


@pytest.mark.parametrize("table", GROWING)
def test_no_index_is_only_the_beginning_of_another(table: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(BEGINS_ANOTHER, [table])
        assert cursor.fetchall() == []
