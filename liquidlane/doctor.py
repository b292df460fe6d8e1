"""Says what works on this machine, one line each, with the remedy where something does not."""

import os
import platform
import shutil
import subprocess
import sys
from collections.abc import Callable
from importlib import metadata
from pathlib import Path

import psutil

from simulator.errors import LiquidlaneError

CARLA_VERSION = "0.9.16"
DISK_NEEDED = 2e9
MEMORY_NEEDED = 6e9


def examine() -> bool:
    """Print a line per check and tell whether all that `liquidlane run` needs is there."""
    checks: list[tuple[str, Callable[[], tuple[bool, str]]]] = [
        ("python", _check_python),
        ("packages", _check_packages),
        ("cores and memory", _check_machine),
        ("disk", _check_disk),
        ("numba", _check_numba),
        ("torch", _check_torch),
        ("liquid cells", _check_liquid),
        ("embedded server", _check_server),
        ("ffmpeg (PyAV)", _check_video),
    ]
    good = True
    for name, check in checks:
        try:
            works, what = check()
        except (ImportError, OSError, RuntimeError, LiquidlaneError) as error:
            works, what = False, str(error)
        good = good and works
        sys.stdout.write(f"{'✓' if works else '✗'} {name:<18} {what}\n")
        sys.stdout.flush()
    return good


def _check_python() -> tuple[bool, str]:
    fits = platform.system() == "Linux" and (3, 10) <= sys.version_info[:2] <= (3, 12)
    what = f"{platform.python_version()} on {platform.system()} {platform.machine()}"
    return fits, what if fits else f"{what}; carla {CARLA_VERSION} has wheels for Linux and Python 3.10 to 3.12 only"


def _check_packages() -> tuple[bool, str]:
    wanted = ("torch", "pytorch-lightning", "carla", "albumentations", "wandb", "numba", "av", "pyarrow")
    versions = {}
    for package in wanted:
        try:
            versions[package] = metadata.version(package)
        except metadata.PackageNotFoundError:
            return False, f"{package} is not installed; run `make run` or pip install -r requirements.lock"
    listed = ", ".join(f"{package} {version}" for package, version in versions.items())
    if versions["carla"] != CARLA_VERSION:
        return False, f"{listed}; the client must be carla {CARLA_VERSION}: pip install carla=={CARLA_VERSION}"
    return True, listed


def _check_machine() -> tuple[bool, str]:
    memory = psutil.virtual_memory()
    cores = len(os.sched_getaffinity(0))
    what = f"{cores} cores, {memory.available / 1e9:.1f} of {memory.total / 1e9:.1f} GB free"
    if memory.available < MEMORY_NEEDED:
        return False, f"{what}; `run` takes up to {MEMORY_NEEDED / 1e9:.0f} GB, close something or set workers=1"
    return True, what


def _check_disk() -> tuple[bool, str]:
    free = shutil.disk_usage(Path.cwd()).free
    what = f"{free / 1e9:.1f} GB free in {Path.cwd()}"
    return free > DISK_NEEDED, what if free > DISK_NEEDED else f"{what}; `run` takes about {DISK_NEEDED / 1e9:.0f} GB"


def _check_numba() -> tuple[bool, str]:
    import numba

    compiled = numba.njit(lambda x: x + 1)
    return compiled(1) == 2, f"compiles ({numba.__version__})"


def _check_torch() -> tuple[bool, str]:
    import torch

    device = torch.cuda.get_device_name(0) if torch.cuda.is_available() else "CPU only"
    return True, f"{torch.__version__}, {device}"


def _check_liquid() -> tuple[bool, str]:
    """Say how the liquid cells compute here; without a compiler they work too, slowly."""
    import warnings

    from pipeline.liquid.backend import explain_backend

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the line says it
        choice = explain_backend()
    if choice.name == "c":
        return True, f"run in C ({choice.reason})"
    return True, f"run in torch, ten to thirty times as slowly as in C: {choice.reason}"


def _check_server() -> tuple[bool, str]:
    """Start the embedded server and let the official client, in a process of its own, ask its version."""
    script = (
        "import carla, json, subprocess, sys\n"
        "server = subprocess.Popen([sys.executable, '-m', 'simulator.embedded'], stdin=-1, stdout=-1)\n"
        "ready = json.loads(server.stdout.readline())\n"
        "client = carla.Client(ready['host'], ready['port']); client.set_timeout(20)\n"
        "print(client.get_server_version(), client.get_world().get_map().name)\n"
        "server.stdin.close(); server.wait(10)\n"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=120, check=False)
    if done.returncode != 0:
        reason = (done.stderr.strip().splitlines() or ["no message"])[-1]
        return False, f"does not answer the carla client: {reason}"
    version, town = done.stdout.split()[-2:]
    return version == CARLA_VERSION, f"answers the official client as CARLA {version}, map {town}"


def _check_video() -> tuple[bool, str]:
    import av

    present = "libx264" in av.codecs_available or "h264" in av.codecs_available
    return present, f"{av.__version__}" + ("" if present else " has no H.264 encoder; pip install --force-reinstall av")
