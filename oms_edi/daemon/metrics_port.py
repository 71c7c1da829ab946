"""Figures on a port of the loopback, for a Prometheus on this machine; none is open by default.

It serves the text of the last minute, read-only, one client at a time. A fault of it stops nothing.
"""

import logging
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

log = logging.getLogger(__name__)

_HOST = "127.0.0.1"
_TYPE = "text/plain; version=0.0.4; charset=utf-8"
#: Seconds a client may take for its request.
_CLIENT_S = 5


class _Server(HTTPServer):
    text = ""


class _Handler(BaseHTTPRequestHandler):
    timeout = _CLIENT_S
    server: _Server

    def do_GET(self) -> None:
        """Answer `/metrics`, and nothing else."""
        if self.path != "/metrics":
            self.send_error(404)
            return
        body = self.server.text.encode()
        self.send_response(200)
        self.send_header("Content-Type", _TYPE)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def version_string(self) -> str:
        """Say who answers; the versions below are nobody's business."""
        return "oms-edi"

    def log_message(self, format: str, *args: object) -> None:
        """Log nothing: what is asked may hold anything."""


class MetricsPort:
    """The open port, if there is one."""

    def __init__(self) -> None:
        self._server: _Server | None = None

    def serve(self, port: int, text: str) -> None:
        """Show `text` on this port from now on; 0 closes it."""
        if self._server and self._server.server_port != port:
            self.stop()
        if port and not self._server:
            self._server = self._opened(port)
        if self._server:
            self._server.text = text

    @staticmethod
    def _opened(port: int) -> _Server | None:
        try:
            server = _Server((_HOST, port), _Handler)
        except OSError as error:
            log.warning("metrics.not_served port=%d reason=%s", port, error.strerror)
            return None
        threading.Thread(target=server.serve_forever, name="metrics", daemon=True).start()
        return server

    def stop(self) -> None:
        """Close it."""
        if self._server:
            self._server.shutdown()
            self._server.server_close()
            self._server = None
