"""The one exception a user is meant to see: a sentence with the place, the value and the remedy."""


class LiquidlaneError(Exception):
    """Something the user can repair: bad input, a missing server, a full disk.

    The command line prints the message as one sentence and exits with code 2, without a traceback.
    The message names the file or address, the value found there, and what to do.
    """


class ServerLostError(LiquidlaneError):
    """A simulator's server died or stopped answering; the same work may succeed after a reset of the world."""
