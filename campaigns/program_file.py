"""A program as code: applies one checked TOML file to the database, whole or not at all."""

from pathlib import Path

from django.db import transaction

from campaigns.program_file_diff import Change, Diff
from campaigns.program_file_reading import BadProgramFile, Problem, parse, read
from campaigns.program_file_references import problems_in
from campaigns.program_file_rows import Applying, put_brand, put_program, put_sender
from campaigns.program_file_schema import ProgramFile
from campaigns.program_file_speech import put_campaign, put_journey, put_segment, put_template

__all__ = ["BadProgramFile", "Change", "Problem", "ProgramFile", "apply", "apply_file", "parse", "read"]


def apply_file(path: Path, *, is_dry_run: bool = False) -> list[Change]:
    """Read `path` and apply it; raises BadProgramFile, with every problem, and then nothing is written."""
    return apply(read(path), is_dry_run=is_dry_run)


def apply(file: ProgramFile, *, is_dry_run: bool = False) -> list[Change]:
    """Bring the database to what the file says, in one transaction; returns what changed, in order.

    1. Refuse references that do not hold, all at once (BadProgramFile).
    2. Make or change rows, top down. Nothing is ever deleted, and what the file leaves out stays.
    3. A dry run does the same and takes it back, so that its diff cannot disagree.
    """
    diff = Diff()
    with transaction.atomic():
        if problems := problems_in(file):
            raise BadProgramFile(problems)
        brand = put_brand(file.brand, diff)
        for sender in file.sender:
            put_sender(sender, brand, diff)
        to = Applying(brand=brand, program=put_program(file, brand, diff), diff=diff)
        _put_speech(file, to)
        if is_dry_run:
            transaction.set_rollback(True)
    return diff.changes


def _put_speech(file: ProgramFile, to: Applying) -> None:
    for template in file.template:
        put_template(template, to)
    for segment in file.segment:
        put_segment(segment, to)
    for campaign in file.campaign:
        put_campaign(campaign, to)
    for journey in file.journey:
        put_journey(journey, to)
