"""A customer's text on its way in: opt-out handling, the inbound webhook, the fallback, replies by TwiML."""

from collections.abc import Sequence
from uuid import uuid4
from xml.etree import ElementTree as ET

from simulator.media import media_type
from simulator.opt_out import Handling, handle_opt_out
from simulator.segments import count_segments
from simulator.texts import Sender, Text, new_sid
from simulator.webhooks import Call, Webhooks
from simulator.world import World


class Inbound:
    """Takes what is typed on a handset."""

    def __init__(self, world: World, webhooks: Webhooks) -> None:
        self._world = world
        self._webhooks = webhooks

    async def receive(
        self, *, number: str, address: str, body: str, media: Sequence[str] = (), deliveries: int = 1
    ) -> tuple[Text, Call | None]:
        """Text `body` from the handset `number` to the sender `address`; wait for the product's answer.

        1. The text is on the handset and in Twilio's list.
        2. Twilio's own opt-out handling blocks or lifts, and answers on the handset.
        3. The webhook is called, whatever the words; `deliveries` times, to show a repeated delivery.
        4. On failure the fallback URL is called; TwiML `<Message>` answers reach the handset.

        The call is None when no webhook address is set.
        """
        sender = self._world.sender(address)
        text = self._record(sender, number, body, tuple(media))
        handling = handle_opt_out(self._world, sender, number, body)
        if handling.reply:
            self.reply(sender, number, handling.reply)
        self._world.on_phone_change(number)
        params = inbound_params(text, sender, handling)
        token = str(uuid4())
        call = None
        for _ in range(deliveries):
            call = await self._deliver(sender, params, token)
        if call is not None and call.is_answered:
            for said in twiml_messages(call):
                self.reply(sender, number, said)
        return text, call

    def reply(self, sender: Sender, number: str, body: str) -> None:
        """Put a text on the handset that no API request asked for; it has no callbacks."""
        text = self._make(sender, number, body, (), "outbound-reply", "delivered")
        text.sent_at = text.created_at
        self._world.keep(text)
        self._world.show(text)

    def _record(self, sender: Sender, number: str, body: str, media: tuple[str, ...]) -> Text:
        text = self._make(sender, number, body, media, "inbound", "received")
        text.sent_at = text.created_at
        self._world.keep(text)
        self._world.show(text)
        return text

    def _make(
        self, sender: Sender, number: str, body: str, media: tuple[str, ...], direction: str, status: str
    ) -> Text:
        now = self._world.now()
        return Text(
            sid=new_sid("MM" if media else "SM"),
            account_sid=sender.account_sid,
            direction=direction,
            sender=sender.address,
            handset=number,
            body=body,
            segments=count_segments(body),
            status=status,
            created_at=now,
            updated_at=now,
            media=media,
            service_sid=sender.service_sid,
        )

    async def _deliver(self, sender: Sender, params: dict[str, str], token: str) -> Call | None:
        service = self._world.services.get(sender.service_sid)
        own = service if service and service.inbound_url else sender
        url = own.inbound_url or self._world.settings.inbound_url
        fallback = own.fallback_url or self._world.settings.fallback_url
        if not url:
            return None
        call = await self._webhooks.call("inbound", url, params, token)
        if call.is_answered or not fallback:
            return call
        code = "11200" if call.status or call.attempts[-1]["outcome"] != "ct" else "11205"
        blamed = {**params, "ErrorCode": code, "ErrorUrl": url}
        return await self._webhooks.call("fallback", fallback, blamed, token)


def inbound_params(text: Text, sender: Sender, handling: Handling) -> dict[str, str]:
    """Return Twilio's parameters of an inbound text; places are blank, as they often are."""
    country = "US" if text.handset.startswith("+1") else ""
    params = {
        "ToCountry": "US",
        "ToState": "",
        "SmsMessageSid": text.sid,
        "NumMedia": str(len(text.media)),
        "ToCity": "",
        "FromZip": "",
        "SmsSid": text.sid,
        "FromState": "",
        "SmsStatus": "received",
        "FromCity": "",
        "Body": text.body,
        "FromCountry": country,
        "To": sender.address,
        "ToZip": "",
        "NumSegments": str(text.segments),
        "MessageSid": text.sid,
        "AccountSid": text.account_sid,
        "From": text.handset,
        "ApiVersion": "2010-04-01",
    }
    if sender.service_sid:
        params["MessagingServiceSid"] = sender.service_sid
    if handling.opt_out_type:
        params["OptOutType"] = handling.opt_out_type
    for index, url in enumerate(text.media):
        params[f"MediaUrl{index}"] = url
        params[f"MediaContentType{index}"] = media_type(url)
    return params


def twiml_messages(call: Call) -> list[str]:
    """Return the texts that a TwiML answer asks for; none when it is not TwiML."""
    if "xml" not in call.content_type or "<Message" not in call.body:
        return []
    try:
        root = ET.fromstring(call.body)  # noqa: S314 - the product under test wrote it
    except ET.ParseError:
        return []
    return ["".join(message.itertext()).strip() for message in root.iter("Message")]
