"""The server's log: warnings on standard error, not more than somebody can read.

An attacker could fill a disk with them; and a pipe that nobody reads, once full, stops who writes to it.
"""

import logging
import sys
import time

BURST = 100
"""Warnings that may come at once."""
PER_MINUTE = 1.0
"""How many more each minute allows."""


class _Limit(logging.Filter):
    """Lets through so many records, and says how many it kept back."""

    def __init__(self) -> None:
        super().__init__()
        self._left = float(BURST)
        self._last = time.monotonic()
        self._kept_back = 0

    def filter(self, record: logging.LogRecord) -> bool:
        now = time.monotonic()
        self._left = min(self._left + (now - self._last) * PER_MINUTE / 60.0, float(BURST))
        self._last = now
        if self._left < 1.0:
            self._kept_back += 1
            return False
        self._left -= 1.0
        if self._kept_back:
            record.msg = f"{record.getMessage()} ({self._kept_back} warnings before this one were kept back)"
            record.args = ()
            self._kept_back = 0
        return True


def start_log() -> None:
    """Let warnings go to standard error."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(logging.Formatter("embedded server: %(message)s"))
    handler.addFilter(_Limit())
    logging.basicConfig(handlers=[handler], level=logging.WARNING)
