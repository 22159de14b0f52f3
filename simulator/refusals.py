"""Twilio's error answers: one exception that carries code, HTTP status and message."""

_MESSAGES = {
    20003: "Authenticate",
    20404: "The requested resource was not found",
    20429: "Too Many Requests",
    20500: "Internal Server Error",
    21211: "Invalid 'To' Phone Number",
    21212: "Invalid 'From' Number",
    21266: "'To' and 'From' number cannot be the same",
    21408: "Permission to send an SMS has not been enabled for the region indicated by the 'To' number",
    21602: "Message body is required.",
    21603: "A 'From' phone number is required.",
    21604: "A 'To' phone number is required.",
    21606: "The 'From' number is not a valid, message-capable Twilio phone number",
    21609: "The 'StatusCallback' URL is not a valid URL",
    21610: "Attempt to send to unsubscribed recipient",
    21611: "This 'From' number has exceeded the maximum number of queued messages",
    21612: "Message cannot be sent with the current combination of 'To' and/or 'From' parameters",
    21614: "'To' number is not a valid mobile number",
    21617: "The concatenated message body exceeds the 1600 character limit",
    21620: "Invalid media URL(s)",
    21623: "Number of media files exceeds allowed limit",
    21624: "ValidityPeriod must be an integer between 1 and 36000",
    21701: "The Messaging Service does not exist",
    21703: "The Messaging Service does not have a phone number available to send a message",
    21704: "The Messaging Service contains no phone numbers",
    30001: "Queue overflow",
    30003: "Unreachable destination handset",
    30004: "Message blocked",
    30005: "Unknown destination handset",
    30006: "Landline or unreachable carrier",
    30007: "Message filtered",
    30008: "Unknown error",
    30034: "Message from an unregistered number",
    30036: "Validity Period Expired",
    30409: "This message cannot be canceled or changed in its current state",
    35111: "SendAt is required to schedule a message",
    35114: "Scheduling does not support this timestamp",
    35118: "MessagingServiceSid is required to schedule a message",
}
_STATUSES = {20003: 401, 20404: 404, 20429: 429, 20500: 500, 21701: 404, 30409: 409}
_UNNAMED_STATUS = 400


def describe(code: int) -> str:
    """Return Twilio's short message for `code`, or a neutral one for a code not listed here."""
    return _MESSAGES.get(code, f"Error {code}")


class Refusal(Exception):
    """A request that Twilio answers with an error body instead of a resource."""

    def __init__(self, code: int, detail: str = "") -> None:
        self.code = code
        self.status = _STATUSES.get(code, _UNNAMED_STATUS)
        self.message = f"{describe(code)}: {detail}" if detail else describe(code)
        super().__init__(self.message)

    def body(self) -> dict[str, object]:
        """Return the JSON body in Twilio's shape: code, message, more_info, status."""
        return {
            "code": self.code,
            "message": self.message,
            "more_info": f"https://www.twilio.com/docs/errors/{self.code}",
            "status": self.status,
        }
