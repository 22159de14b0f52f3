"""Starts the stand-in: `python -m simulator`; prints one line when it is ready."""

import os
import signal
import socket
import sys
import threading
from types import FrameType

import uvicorn
import uvloop

from simulator.application import Application
from simulator.configuration import Configuration, read_configuration
from simulator.engine import Engine


class Server(uvicorn.Server):
    """A server that says where it listens and stops without waiting for open streams."""

    def __init__(self, config: uvicorn.Config, engine: Engine) -> None:
        super().__init__(config)
        self._engine = engine

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started and sockets:
            host, port = sockets[0].getsockname()[:2]
            sys.stdout.write(f"simulator ready on http://{host}:{port}\n")
            sys.stdout.flush()

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        # Not uvicorn's own handler: that one kills the process with the signal once more after a clean exit.
        del sig, frame
        self._engine.stop_waiting()
        self.should_exit = True


def main() -> int:
    """Run until SIGTERM or SIGINT; returns the exit status: 1 when the port is taken."""
    configuration = read_configuration(sys.argv[1:])
    try:
        listener = socket.create_server((configuration.host, configuration.port), backlog=2048)
    except OSError as error:
        sys.stderr.write(f"cannot listen on {configuration.host}:{configuration.port}: {error.strerror}\n")
        return 1
    if configuration.exit_with_stdin:
        threading.Thread(target=_exit_with_stdin, daemon=True).start()
    uvloop.run(_serve(configuration, listener))
    return 0


async def _serve(configuration: Configuration, listener: socket.socket) -> None:
    engine = Engine(configuration)
    # One process, an easy port 0 and a prompt stop; granian wants a second process for the same.
    config = uvicorn.Config(
        Application(engine),
        loop="uvloop",
        http="httptools",
        ws="none",
        log_level="warning",
        access_log=False,
        server_header=False,
        date_header=False,
        proxy_headers=False,
        timeout_keep_alive=75,
        timeout_graceful_shutdown=1,
    )
    await Server(config, engine).serve(sockets=[listener])


def _exit_with_stdin() -> None:
    while os.read(sys.stdin.fileno(), 1024):
        pass
    os.kill(os.getpid(), signal.SIGTERM)


if __name__ == "__main__":
    sys.exit(main())
