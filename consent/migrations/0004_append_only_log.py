"""The database itself refuses to change or delete a seal, a tree head or a line of the access log."""

from django.db import migrations

GUARD = """
CREATE TRIGGER seal_append_only BEFORE UPDATE OR DELETE ON consent_seal
    FOR EACH ROW EXECUTE FUNCTION consent_append_only();
CREATE TRIGGER seal_no_truncate BEFORE TRUNCATE ON consent_seal
    FOR EACH STATEMENT EXECUTE FUNCTION consent_append_only();
CREATE TRIGGER treehead_append_only BEFORE UPDATE OR DELETE ON consent_treehead
    FOR EACH ROW EXECUTE FUNCTION consent_append_only();
CREATE TRIGGER treehead_no_truncate BEFORE TRUNCATE ON consent_treehead
    FOR EACH STATEMENT EXECUTE FUNCTION consent_append_only();
CREATE TRIGGER access_no_update BEFORE UPDATE ON consent_access
    FOR EACH ROW EXECUTE FUNCTION consent_append_only();
"""

UNGUARD = """
DROP TRIGGER access_no_update ON consent_access;
DROP TRIGGER treehead_no_truncate ON consent_treehead;
DROP TRIGGER treehead_append_only ON consent_treehead;
DROP TRIGGER seal_no_truncate ON consent_seal;
DROP TRIGGER seal_append_only ON consent_seal;
"""


class Migration(migrations.Migration):
    dependencies = [("consent", "0003_provable")]
    operations = [migrations.RunSQL(GUARD, UNGUARD)]
