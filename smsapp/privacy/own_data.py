"""A person's own data, shown to whoever presses the button on their preference page."""

import datetime as dt

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from smsapp.privacy import export_files
from webhooks.preferences import door, pages

# A link lets its reader leave for as long as the text is kept. What was written to somebody is shown to a younger one
# only: a text that was passed on a year ago must not read along today.
YOUNG = dt.timedelta(days=30)


@csrf_exempt  # as on the preference page itself
@require_http_methods(["GET", "HEAD", "POST"])
def page(request: HttpRequest, token: str) -> HttpResponse:
    """Show the person's data, or give it as a ZIP with the machine-readable files and the receipts."""
    try:
        opened = door.enter(request, token)
    except door.Shut as shut:
        return pages.shut_page(request, shut)
    if request.method != "POST":
        # Whoever loads the data's address again is led back to the button.
        return pages.led_back(token)
    if not pages.may_change(request, opened.point):
        return pages.show(request, opened, notice="stale")
    if opened.age > YOUNG:
        return pages.show(request, opened, notice="data_old")
    contact_id, language = opened.point.contact_id, pages.said_to(request, opened.point).language
    if request.POST.get("do") == "download":
        answer = HttpResponse(
            export_files.zipped(contact_id, language=language), content_type="application/zip"
        )
        answer["Content-Disposition"] = 'attachment; filename="my-data.zip"'
    else:
        way_back = f"{reverse('preferences', args=[token])}?lang={language}"
        answer = HttpResponse(
            export_files.files(contact_id, language=language, way_back=way_back)["person.html"]
        )
    answer["Content-Security-Policy"] = (
        "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'"
    )
    pages.keep_private(answer)
    return answer
