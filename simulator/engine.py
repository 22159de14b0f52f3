"""Wires the parts of the stand-in together and starts, resets, settles and stops them as one."""

import asyncio
from time import monotonic

from simulator.callbacks import StatusCallbacks
from simulator.carrier import Carrier
from simulator.configuration import Configuration
from simulator.inbound import Inbound
from simulator.live import Live
from simulator.messages_api import MessagesApi
from simulator.timeline import Timeline
from simulator.webhooks import Webhooks
from simulator.world import World

_SETTLE_STEP_SECONDS = 0.005


class Engine:
    """One running stand-in."""

    def __init__(self, configuration: Configuration) -> None:
        self.world = World(configuration)
        self.live = Live()
        self.world.on_phone_change = self.live.publish
        self.timeline = Timeline()
        self.webhooks = Webhooks(self.world)
        self.callbacks = StatusCallbacks(self.world, self.webhooks)
        self.carrier = Carrier(self.world, self.timeline, self.callbacks.add)
        self.inbound = Inbound(self.world, self.webhooks)
        self.messages = MessagesApi(self.world, self.carrier)
        self.messages.learn_accounts()

    def reset(self) -> None:
        """Back to the start; callbacks on the wire end on their own, queued ones are dropped."""
        self.timeline.clear()
        self.carrier.moving = 0
        self.callbacks.clear()
        self.world.reset()
        self.webhooks.log.clear()
        self.messages.learn_accounts()
        self.callbacks.start()

    async def settle(self, timeout_seconds: float) -> bool:
        """Wait until no text moves and no callback is open; False when that took too long."""
        deadline = monotonic() + timeout_seconds
        while self.carrier.moving or self.callbacks.open:
            if monotonic() > deadline:
                return False
            await asyncio.sleep(_SETTLE_STEP_SECONDS)
        return True

    def stop_waiting(self) -> None:
        """Let go of every stream and every silent request, so that exit is prompt."""
        self.live.stop()
        self.messages.stopping.set()
