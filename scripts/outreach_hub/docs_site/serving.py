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


def listening(folder: Path, port: int) -> ThreadingHTTPServer:
    """A server of a folder to this machine alone, not answering yet. Port 0 takes a free one."""
    try:
        return ThreadingHTTPServer((HOST, port), partial(_Quiet, directory=str(folder)))
    except OSError as error:
        raise EnvironmentFailure(
            f"port {port} cannot be used: {error.strerror}", hint="take another by --port"
        ) from None


def serve(server: ThreadingHTTPServer, tell: Callable[[str], None]) -> None:
    """Answers until Ctrl-C."""
    tell(f"http://{HOST}:{server.server_port}/")
    try:
        server.serve_forever()
    except KeyboardInterrupt:
        return
