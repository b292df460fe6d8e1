"""`python -m simulator.embedded`: the same server as `liquidlane serve`."""

import argparse
import sys

from simulator.embedded.serve import LOCALHOST, serve
from simulator.errors import LiquidlaneError


def main() -> int:
    """Read the command line and serve; gives the exit code."""
    parser = argparse.ArgumentParser(prog="python -m simulator.embedded", description="Serve CARLA 0.9.16 clients.")
    parser.add_argument("--host", default=LOCALHOST, help="a loopback address (default: %(default)s)")
    parser.add_argument("--port", type=int, default=0, help="port for clients, 0 picks a free one (default)")
    parser.add_argument("--stream-port", type=int, default=0, help="port for sensor data, 0 picks a free one (default)")
    options = parser.parse_args()
    try:
        serve(options.host, options.port, options.stream_port)
    except LiquidlaneError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
