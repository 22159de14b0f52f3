"""A cable as a process: what connects at one end comes out at the other.

    python relay.py LISTEN TARGET [SOURCE [ASKS_AFTER_SECONDS GIVES_UP_AFTER_MS]]

An end is host:port, or the path of a socket. SOURCE is the address to connect from. Whoever connected and is silent is
asked whether it is still there, and given up as PostgreSQL would. It says `ready`, and ends with its standard input.
"""

import asyncio
import contextlib
import socket
import sys

End = tuple[asyncio.StreamReader, asyncio.StreamWriter]


async def _carry(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(OSError):
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()
    writer.close()


async def _connect(target: str, source: str) -> End:
    if "/" in target:
        return await asyncio.open_unix_connection(target)
    host, _, port = target.rpartition(":")
    return await asyncio.open_connection(host, int(port), local_addr=(source, 0) if source else None)


def _ask(end: socket.socket, after_seconds: str, gives_up_after_ms: str) -> None:
    end.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    end.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE, int(after_seconds))
    end.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPINTVL, 1)
    end.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, int(gives_up_after_ms))


async def _serve(listen: str, target: str, source: str = "", *patience: str) -> None:
    async def meet(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if patience:
            _ask(writer.get_extra_info("socket"), *patience)
        try:
            far_reader, far_writer = await _connect(target, source)
        except OSError:
            writer.close()
            return
        await asyncio.gather(_carry(reader, far_writer), _carry(far_reader, writer))

    if "/" in listen:
        await asyncio.start_unix_server(meet, listen)
    else:
        host, _, port = listen.rpartition(":")
        await asyncio.start_server(meet, host, int(port))
    ended = asyncio.Event()
    asyncio.get_running_loop().add_reader(sys.stdin, ended.set)
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    await ended.wait()


if __name__ == "__main__":
    asyncio.run(_serve(*sys.argv[1:]))
