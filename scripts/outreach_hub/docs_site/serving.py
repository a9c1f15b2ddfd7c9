"""A folder on this machine's own address, until Ctrl-C."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from outreach_hub.errors import EnvironmentFailure

HOST = "127.0.0.1"


class _Quiet(SimpleHTTPRequestHandler):
    """Serves, and does not tell each time."""

    def log_message(self, format: str, *args: Any) -> None:
        pass


def serve(folder: Path, port: int, tell: Callable[[str], None]) -> None:
    """Serves a folder to this machine alone. Port 0 takes one that is free."""
    try:
        server = ThreadingHTTPServer((HOST, port), partial(_Quiet, directory=str(folder)))
    except OSError as error:
        raise EnvironmentFailure(
            f"port {port} cannot be used: {error.strerror}", hint="take another by --port"
        ) from None
    with server:
        tell(f"http://{HOST}:{server.server_port}/")
        try:
            server.serve_forever()
        except KeyboardInterrupt:
            return
