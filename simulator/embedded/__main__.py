"""`python -m simulator.embedded`: the same server as `liquidlane serve`."""

import argparse
import sys
from pathlib import Path

from simulator.embedded.recorder.folder import DEFAULT as DEFAULT_LOGS
from simulator.embedded.serve import LOCALHOST, serve
from simulator.embedded.start import make_start
from simulator.errors import LiquidlaneError


def main() -> int:
    """Read the command line and serve; gives the exit code."""
    parser = argparse.ArgumentParser(prog="python -m simulator.embedded", description="Serve CARLA 0.9.16 clients.")
    parser.add_argument("--host", default=LOCALHOST, help="address to listen on (default: %(default)s)")
    parser.add_argument("--port", type=int, default=0, help="port for clients, 0 picks a free one (default)")
    parser.add_argument("--stream-port", type=int, default=0, help="port for sensor data, 0 picks a free one (default)")
    parser.add_argument("--road", default="", help="a road's name, as generated:7 (default: the built-in ring)")
    parser.add_argument("--season", default="summer", help="summer, autumn, winter or spring")
    parser.add_argument("--weather", default="Default", help="a preset, fields as name=value, or both")
    parser.add_argument("--seed", type=int, default=None, help="seed of the looks")
    parser.add_argument(
        "--logs", type=Path, default=DEFAULT_LOGS, help="folder of recorder logs (default: %(default)s)"
    )
    options = parser.parse_args()
    try:
        start = make_start(options.road, options.season, options.weather, options.seed)
        serve(options.host, options.port, options.stream_port, start, options.logs)
    except LiquidlaneError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
