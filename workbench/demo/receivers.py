"""A webhook and a mail server on loopback that keep what they received; they outlive no process."""

from __future__ import annotations

import json
import threading
from collections import Counter
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.request import urlopen

from workbench.errors import UsageError

Received = dict[str, dict[str, int]]
"""`{"webhooks": {id: times}, "mails": {message id: times}}`."""


@dataclass(slots=True)
class Receivers:
    """Where to send: `hook` (a URL) and `smtp` (`smtp://host:port`)."""

    hook: str
    smtp: str
    _servers: list[Any] = field(default_factory=list)

    def received(self) -> Received:
        """What arrived so far, by the receivers' own count."""
        with urlopen(f"{self.hook}/received", timeout=10) as answer:  # noqa: S310  # loopback
            counted: Received = json.load(answer)
        return counted

    def stop(self) -> None:
        """End those that this process started."""
        for server in self._servers:
            server()
        self._servers.clear()


def start() -> Receivers:
    """Start both on free ports. Raises: UsageError if aiosmtpd is not installed."""
    try:
        from aiosmtpd.controller import Controller
    except ImportError:
        raise UsageError(
            "the example's mail server needs aiosmtpd", remedy="pip install 'nbworkbench[demo]'"
        ) from None
    hooks: Counter[str] = Counter()
    mails: Counter[str] = Counter()
    web = ThreadingHTTPServer(("127.0.0.1", 0), _handler(hooks, mails))
    threading.Thread(target=web.serve_forever, daemon=True).start()
    post_office = Controller(_Mailbox(mails), hostname="127.0.0.1", port=_free_port())
    post_office.start()
    return Receivers(
        hook=f"http://127.0.0.1:{web.server_address[1]}",
        smtp=f"smtp://127.0.0.1:{post_office.port}",
        _servers=[web.shutdown, web.server_close, post_office.stop],
    )


class _Mailbox:
    def __init__(self, mails: Counter[str]) -> None:
        self._mails = mails

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802
        from email import message_from_bytes

        self._mails[str(message_from_bytes(envelope.content)["Message-ID"])] += 1
        return "250 kept"


def _handler(hooks: Counter[str], mails: Counter[str]) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            hooks[str(json.loads(body).get("id"))] += 1
            self._answer({"kept": True})

        def do_GET(self) -> None:
            self._answer({"webhooks": hooks, "mails": mails})

        def _answer(self, value: Any) -> None:
            body = json.dumps(value).encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_arguments: Any) -> None:
            """Requests are counted, not printed."""

    return Handler


def _free_port() -> int:
    import socket

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port
