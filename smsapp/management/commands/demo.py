"""The command behind bin/demo: everything on one machine."""

import json
import time
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser

from smsapp import embedded
from smsapp.demo import surroundings

WELCOME = """
  Admin            {web}/admin/
  Wall of phones   {simulator}/        read, type and send as any customer
  Sign-up page     {web}/join/acme-club/
  Auditor's desk   {web}/admin/audit/

  Log in as {users}, password: {password}

  Try this: open the wall, pick a phone, answer, and see the thread in the admin's inbox. Text STOP from a
  phone, then look at the person's consent timeline. Text {word} from a new phone to join and start a journey.
  Or launch another campaign: Campaigns, "A filter recipe", Preflight, Launch.

  {clock}
  Logs are in {logs}. Ctrl-C stops everything; run it again to go on where you were.
"""


class Command(BaseCommand):
    """`demo [--once] [--real-clock]`."""

    help = "Run everything on this machine: sample brand, web, worker, beat and a stand-in for Twilio."
    # Checks and tables come after the servers have been started.
    requires_system_checks: list[str] = []
    requires_migrations_checks = False

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--once", action="store_true", help="play a scripted story on fresh data, check it, and exit"
        )
        parser.add_argument(
            "--real-clock", action="store_true", help="keep the real time; at night the texts will wait"
        )

    def handle(self, *_: Any, once: bool, **__: Any) -> None:
        if not surroundings.is_set():
            raise CommandError(
                "Run it as: python manage.py demo (its environment is made before the settings)."
            )
        self._run(var=embedded.var_directory(), once=once)

    def _run(self, *, var: Path, once: bool) -> None:
        # Imported here: they need the tables' models, which the environment above had to be made for.
        from smsapp.demo import scenery
        from smsapp.demo.processes import ProcessDied, Processes

        try:
            self.stdout.write("Preparing the tables, the brand and its team …")
            scenery.migrate()
            call_command("check")
            brand = scenery.brand()
            scenery.team(brand)
            with Processes(var / "log") as processes:
                processes.start()
                if once:
                    self._tell(processes)
                else:
                    self._stay(processes)
        except (ProcessDied, TimeoutError) as error:
            raise CommandError(str(error)) from error
        except KeyboardInterrupt:
            self.stdout.write("\nStopping …")
        finally:
            embedded.stop(var)
        if not once:
            self.stdout.write("Stopped. Nothing is lost; bin/demo goes on where you were.")

    def _tell(self, processes: Any) -> None:
        from smsapp.demo import story
        from smsapp.demo.phones import Phones

        started = time.monotonic()
        seen = story.Story(processes, self.stdout.write).tell()
        call_command("consent_rebuild", check=True, stdout=_Nowhere())
        figures = story.summary(seen, Phones().requests())
        broken = sorted({what for what, is_so in seen.checks if not is_so})
        for what in dict.fromkeys(what for what, _ in seen.checks):
            self.stdout.write(f"  {'BROKEN' if what in broken else 'held  '}  {what}")
        kept = not broken and not (figures["after_stop"] or figures["duplicates"] or figures["unsettled"])
        self.stdout.write(f"{len(seen.checks)} checks in {time.monotonic() - started:.0f} seconds.")
        self.stdout.write(json.dumps(figures))
        self.stdout.flush()
        if not kept or not figures["delivered"]:
            raise CommandError("a promise was broken: " + ", ".join(broken or ["see the figures above"]))

    def _stay(self, processes: Any) -> None:
        from smsapp.demo import opening, scenery

        opening.play(processes, self.stdout.write)
        self.stdout.write(
            WELCOME.format(
                web=settings.PUBLIC_BASE_URL,
                simulator=settings.TWILIO_API_BASE_URL,
                users="owner, marketer, agent, auditor or admin",
                password=scenery.PASSWORD,
                word=scenery.JOIN_WORD,
                clock=opening.clock_in_words(),
                logs=processes.log_directory,
            )
        )
        self.stdout.flush()
        while True:
            processes.check()
            time.sleep(0.5)


class _Nowhere:
    """A stream for output nobody reads."""

    def write(self, _: str) -> None:
        """Nothing."""
