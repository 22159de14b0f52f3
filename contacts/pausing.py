"""The pause buttons: a program, a brand, or everything stops sending what is automatic, until somebody resumes it."""

from typing import TYPE_CHECKING, Any

from django.db import transaction

from contacts import clock
from contacts.models import Brand, Pause

if TYPE_CHECKING:
    from django.contrib.auth.models import User

LONGEST_WHY = 200


def pause(target: Any, *, by: "User | None" = None, why: str = "") -> bool:
    """Pause a program, a brand or (None) everything; False when it was paused already.

    It holds from this commit on: the gate reads it anew with every batch. Answers to people and the consent texts
    still go out.
    """
    with transaction.atomic():
        _lock(target)
        if open_pause(target) is not None:
            return False
        at = clock.now()
        Pause.objects.create(**_scope(target), paused_at=at, paused_by=by, why=why.strip()[:LONGEST_WHY])
        if target is not None:
            target.paused_at = at
            target.save(update_fields=["paused_at"])
    return True


def resume(target: Any, *, by: "User | None" = None) -> bool:
    """Let it go on; every text that waited is judged anew. False when it was not paused."""
    with transaction.atomic():
        _lock(target)
        ended = Pause.objects.filter(**_scope(target), resumed_at=None)
        was_paused = bool(ended.update(resumed_at=clock.now(), resumed_by=by))
        if target is not None and target.paused_at is not None:
            target.paused_at, was_paused = None, True
            target.save(update_fields=["paused_at"])
    return was_paused


def open_pause(target: Any) -> Pause | None:
    """The pause that now holds a program, a brand or (None) everything: who, when and why."""
    return Pause.objects.filter(**_scope(target), resumed_at=None).select_related("paused_by").first()


def is_everything_paused() -> bool:
    return Pause.objects.filter(**_scope(None), resumed_at=None).exists()


def what_holds(program: Any) -> str:
    """Which pause holds the automatic texts of a program: "Everything", "The brand", "The program", or "" for none."""
    if is_everything_paused():
        return "Everything"
    if program.brand.paused_at is not None:
        return "The brand"
    return "The program" if program.paused_at is not None else ""


def _scope(target: Any) -> dict[str, Any]:
    if target is None:
        return {"brand": None, "program_id": None}
    if isinstance(target, Brand):
        return {"brand": target, "program_id": None}
    return {"brand": target.brand, "program_id": target.pk}


def _lock(target: Any) -> None:
    """Two clicks at once are one after the other; for everything the unique open row is the referee."""
    if target is not None:
        target.refresh_from_db(fields=["paused_at"], from_queryset=type(target).objects.select_for_update())
