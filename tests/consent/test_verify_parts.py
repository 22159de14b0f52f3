"""A large ledger is verified by several processes at once, and they find what one would."""

import pytest

from consent import verifying_parts
from tests.cast import Cast
from tests.ledger_story import event, lived_in, tamper, verify

# The other processes see only what is committed.
pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("noon")]


def test_several_processes_find_what_one_finds(acme: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    points = lived_in(acme)
    tamper("UPDATE consent_consentevent SET actor = 'nobody' WHERE id = %s", event(points[0], 2).id)
    tamper("DELETE FROM consent_consentevent WHERE id = %s", event(points[0], 1).id)
    tamper("UPDATE consent_seal SET position = 9999 WHERE event_id = %s", event(points[2], 1).id)
    alone = verify()
    assert len(verifying_parts.spans(acme.brand.id, alone["events"])) == 1
    monkeypatch.setattr(verifying_parts, "EVENTS_A_PART", 2)
    monkeypatch.setattr(verifying_parts, "SAMPLED_PERCENT", 100)
    assert len(verifying_parts.spans(acme.brand.id, alone["events"])) > 2
    together = verify()
    for told in (alone, together):
        told["findings"].sort(key=str)
        told.pop("seconds"), told.pop("rows_per_s")
    assert alone["findings"]
    assert together == alone
