"""What systemd is told: READY, RELOADING, STOPPING, WATCHDOG, and a STATUS line worth reading.

The protocol of sd_notify(3): datagrams to the socket in NOTIFY_SOCKET. Without one nothing is sent.
"""

import os
import socket
import time


def notify(*lines: str) -> None:
    """Send lines such as `READY=1`; nobody listening, or nobody reading, is no error."""
    address = os.environ.get("NOTIFY_SOCKET", "")
    if not address:
        return
    if address.startswith("@"):
        address = "\0" + address[1:]
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as sock:
        sock.setblocking(False)  # a full queue must not hold up orders
        try:
            sock.sendto("\n".join(lines).encode(), address)
        except OSError:
            return  # systemd restarts, or is slow; the next line reaches it


def reloading() -> None:
    """Say that a reload begins; `READY=1` ends it."""
    notify("RELOADING=1", f"MONOTONIC_USEC={time.monotonic_ns() // 1000}")


def watchdog_s() -> float:
    """Return the seconds within which WATCHDOG=1 must come, 0 where nobody waits for it."""
    if os.environ.get("WATCHDOG_PID", str(os.getpid())) != str(os.getpid()):
        return 0.0
    text = os.environ.get("WATCHDOG_USEC", "0")
    return int(text) / 1e6 if text.isdecimal() else 0.0
