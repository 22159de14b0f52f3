"""What a network that lost its way did not deliver in time is given up, not delivered later."""

import socket

from django.conf import settings

from messaging import in_flight
from messaging.providers import twilio


def test_the_system_gives_a_request_up_before_a_stop_is_answered() -> None:
    made = twilio._socket((socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP, "", ("127.0.0.1", 1)))
    with made:
        gives_up_after = made.getsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT) / 1000
    assert gives_up_after == settings.TWILIO_CONNECT_SECONDS
    # Begun as late as may be, connected as late as may be, and then not delivered.
    latest = settings.POST_WITHIN_SECONDS + settings.TWILIO_CONNECT_SECONDS + gives_up_after
    assert latest <= in_flight._reach()
