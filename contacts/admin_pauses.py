"""What a press on a pause button asks for, and the words that answer it."""

from typing import TYPE_CHECKING, Any, cast

from django.http import HttpRequest

from contacts import pausing

if TYPE_CHECKING:
    from django.contrib.auth.models import User


def press(request: HttpRequest, target: Any) -> str:
    """Pause a program, a brand or (None) everything, or resume it where the form says so; what became of it.

    A form that says nothing pauses: a slip stops texts, and never lets them go.
    """
    user = cast("User", request.user)
    if request.POST.get("do") == "resume":
        return "Running again." if pausing.resume(target, by=user) else "It was running."
    is_new = pausing.pause(target, by=user, why=request.POST.get("why", ""))
    return "Paused: automatic texts wait." if is_new else "It was paused already."
