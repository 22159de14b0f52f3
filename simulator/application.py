"""The ASGI application: Twilio's REST paths go straight to their handler, the rest through Starlette."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from json import JSONDecodeError

from starlette.applications import Starlette
from starlette.types import Receive, Scope, Send

from simulator.control import Control, say_what_is_wrong
from simulator.engine import Engine
from simulator.messages_api import PREFIX
from simulator.pools_api import PoolsApi
from simulator.wall import Wall


class Application:
    """Splits the hot path from everything else."""

    def __init__(self, engine: Engine) -> None:
        self._messages = engine.messages

        @asynccontextmanager
        async def lifespan(_app: Starlette) -> AsyncIterator[None]:
            async with engine.webhooks:
                engine.callbacks.start()
                yield
                await engine.callbacks.stop()

        self._pages = Starlette(
            routes=[
                *Control(engine).routes(),
                *PoolsApi(engine.world, engine.messages).routes(),
                *Wall(engine).routes(),
            ],
            exception_handlers={
                ValueError: say_what_is_wrong,
                TypeError: say_what_is_wrong,
                JSONDecodeError: say_what_is_wrong,
            },
            lifespan=lifespan,
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["path"].startswith(PREFIX):
            await self._messages(scope, receive, send)
        else:
            await self._pages(scope, receive, send)
