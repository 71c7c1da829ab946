"""A server that does not wait for ever: who connects and says nothing takes no place of others.

A browser that is done keeps its connection for a while, a phone sends slowly; but a few hundred
connections that never finish a request would be all there are.
"""

import time
from typing import Any

import uvicorn

#: Seconds for the head of a request, and for its body.
_HEAD_S, _BODY_S = 20.0, 60.0
#: The same while more than half of all places are waited for.
_CROWDED_HEAD_S, _CROWDED_BODY_S = 2.0, 10.0
#: Ticks of the server, each a tenth of a second, between two looks.
_LOOK_TICKS = 5


class PatientServer(uvicorn.Server):
    """Closes the connections it has waited for long enough."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        #: What is waited for on each connection, and since when.
        self._waited: dict[Any, tuple[tuple[str, int], float]] = {}

    async def on_tick(self, counter: int) -> bool:
        """Look at the connections now and then."""
        if counter % _LOOK_TICKS == 0:
            self._look(time.monotonic())
        return await super().on_tick(counter)

    def _look(self, now_s: float) -> None:
        before, self._waited = self._waited, {}
        for connection in self.server_state.connections:
            wanted = _wanted(connection)
            if wanted is not None:
                known = before.get(connection, (wanted, now_s))
                self._waited[connection] = known if known[0] == wanted else (wanted, now_s)
        is_crowded = 2 * len(self._waited) > (self.config.limit_concurrency or 0)
        head_s = _CROWDED_HEAD_S if is_crowded else _HEAD_S
        body_s = _CROWDED_BODY_S if is_crowded else _BODY_S
        for connection, ((what, _), since_s) in self._waited.items():
            if now_s - since_s > (body_s if what == "body" else head_s):
                connection.transport.abort()


def _wanted(connection: Any) -> tuple[str, int] | None:
    """Return what a connection is waited for: a part of which request; None while we answer."""
    cycle = connection.cycle
    if cycle is None or cycle.response_complete:
        return "head", id(cycle)
    return ("body", id(cycle)) if cycle.more_body else None
