"""A small product: answers webhooks as a test tells it to, and remembers them."""

import threading
from collections import deque
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self
from urllib.parse import parse_qsl


class Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, *_args: Any) -> None:
        """A caller that lost patience is what some tests are about."""


class Receiver:
    """Listens on a free port; `answers` are used up one by one, then every call gets 204."""

    def __init__(self) -> None:
        self.calls: list[dict[str, Any]] = []
        self.answers: deque[tuple[int, str]] = deque()
        self.hold = threading.Event()
        self.hold.set()
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"])).decode()
                params = dict(parse_qsl(body, keep_blank_values=True))
                receiver.calls.append({"path": self.path, "params": params, "headers": dict(self.headers)})
                receiver.hold.wait(20)
                status, content = receiver.answers.popleft() if receiver.answers else (204, "")
                self.send_response(status)
                self.send_header("Content-Type", "text/xml")
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content.encode())

            def log_message(self, *_args: Any) -> None:
                """Say nothing."""

        self._server = Server(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.hold.set()
        self._server.shutdown()
        self._server.server_close()

    def statuses(self, sid: str) -> list[str]:
        """The MessageStatus values called for one sid, in order of arrival."""
        params = [call["params"] for call in self.calls]
        return [given["MessageStatus"] for given in params if given["MessageSid"] == sid]
