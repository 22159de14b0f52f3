"""What stands on the stage before the demo begins: tables, a brand from its program file, a team, its customers."""

from pathlib import Path

from django.conf import settings
from django.contrib.auth.models import User
from django.core.management import call_command

from campaigns import program_file
from consent import intake
from consent.models import Program
from contacts.models import Brand, ContactImport, Role, TeamMember

PROGRAM_FILE = settings.BASE_DIR / "programs" / "demo.toml"
CUSTOMERS = settings.BASE_DIR / "programs" / "customers.csv"
# For a brand of made-up people behind a loopback address; a real installation makes its own users.
PASSWORD = "coffee-first"  # noqa: S105
ADMINISTRATOR = "admin"
BRAND, PROGRAM, CAMPAIGN = "acme", "acme-club", "brew-tips"
JOIN_WORD = "BREW"


def migrate() -> None:
    call_command("migrate", verbosity=0, interactive=False)


def brand() -> Brand:
    """Apply the program file; a second time changes nothing."""
    program_file.apply_file(PROGRAM_FILE)
    return Brand.objects.get(slug=BRAND)


def team(brand: Brand) -> None:
    """One person per role, and an administrator."""
    for role in Role:
        user, _ = User.objects.get_or_create(username=role.value, defaults={"is_staff": True})
        user.set_password(PASSWORD)
        user.save(update_fields=["password"])
        TeamMember.objects.get_or_create(brand=brand, user=user, defaults={"role": role.value})
    if not User.objects.filter(username=ADMINISTRATOR).exists():
        User.objects.create_superuser(ADMINISTRATOR, password=PASSWORD)


def customers() -> ContactImport:
    """Import the sample file with its consents."""
    program = Program.objects.get(brand__slug=BRAND, slug=PROGRAM)
    return intake.import_file(Path(CUSTOMERS), program=program, filename=CUSTOMERS.name, started_by=None)
