"""The database itself refuses to change or delete what the ledger and the disclosures say."""

from django.db import migrations

GUARD = """
CREATE FUNCTION consent_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is append-only: % refused', TG_TABLE_NAME, TG_OP
        USING ERRCODE = 'restrict_violation';
END
$$;
CREATE TRIGGER consentevent_append_only BEFORE UPDATE OR DELETE ON consent_consentevent
    FOR EACH ROW EXECUTE FUNCTION consent_append_only();
CREATE TRIGGER consentevent_no_truncate BEFORE TRUNCATE ON consent_consentevent
    FOR EACH STATEMENT EXECUTE FUNCTION consent_append_only();
CREATE TRIGGER disclosure_append_only BEFORE UPDATE OR DELETE ON consent_disclosure
    FOR EACH ROW EXECUTE FUNCTION consent_append_only();
CREATE TRIGGER disclosure_no_truncate BEFORE TRUNCATE ON consent_disclosure
    FOR EACH STATEMENT EXECUTE FUNCTION consent_append_only();
CREATE TRIGGER evidence_no_update BEFORE UPDATE ON consent_evidence
    FOR EACH ROW EXECUTE FUNCTION consent_append_only();
"""

UNGUARD = """
DROP TRIGGER evidence_no_update ON consent_evidence;
DROP TRIGGER disclosure_no_truncate ON consent_disclosure;
DROP TRIGGER disclosure_append_only ON consent_disclosure;
DROP TRIGGER consentevent_no_truncate ON consent_consentevent;
DROP TRIGGER consentevent_append_only ON consent_consentevent;
DROP FUNCTION consent_append_only();
"""


class Migration(migrations.Migration):
    dependencies = [("consent", "0001_initial")]
    operations = [migrations.RunSQL(GUARD, UNGUARD)]
