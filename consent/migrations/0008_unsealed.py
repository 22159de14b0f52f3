"""Events that wait for their seal: entered by the database itself in the statement that adds the events."""

import django.db.models.deletion
from django.db import migrations, models

QUEUE = """
CREATE FUNCTION consent_to_be_sealed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO consent_unsealed (brand_id, recorded_at, event_id) SELECT brand_id, recorded_at, id FROM added;
    RETURN NULL;
END
$$;
CREATE TRIGGER consentevent_to_be_sealed AFTER INSERT ON consent_consentevent
    REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION consent_to_be_sealed();
INSERT INTO consent_unsealed (brand_id, recorded_at, event_id)
    SELECT brand_id, recorded_at, id FROM consent_consentevent event
    WHERE NOT EXISTS (SELECT 1 FROM consent_seal WHERE event_id = event.id);
"""

UNQUEUE = """
DROP TRIGGER consentevent_to_be_sealed ON consent_consentevent;
DROP FUNCTION consent_to_be_sealed();
"""


class Migration(migrations.Migration):
    dependencies = [("consent", "0007_evidence_deleted")]
    operations = [
        migrations.CreateModel(
            name="Unsealed",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "brand", "recorded_at", "event", blank=True, editable=False, primary_key=True, serialize=False
                    ),
                ),
                (
                    "brand",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="contacts.brand",
                    ),
                ),
                ("recorded_at", models.DateTimeField()),
                (
                    "event",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="consent.consentevent",
                    ),
                ),
            ],
        ),
        migrations.RunSQL(QUEUE, UNQUEUE),
    ]
