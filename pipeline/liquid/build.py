"""Builds the kernel with the machine's own compiler at first use and keeps it per user, processor and compiler.

Takes a second or two, once. Many processes may do so at the same time: one builds aside under a lock and renames, the
others wait and find it. Nothing is downloaded and nothing but the user's cache folder is written.
"""

import contextlib
import fcntl
import hashlib
import os
import platform
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

SOURCES = Path(__file__).with_name("kernel")
COMPILERS = ("cc", "gcc", "clang")
PRECISIONS = {"float32": ("-DREAL=float", "-DINT=int32_t"), "float64": ("-DREAL=double", "-DINT=int64_t")}
TIMEOUT = 60.0
"""Longest time that a compiler may take [s]."""


class BuildError(Exception):
    """Why there is no kernel: the rest of a sentence that says what happened and what to do."""


def cache_folder() -> Path:
    """Give the folder that keeps built kernels: liquidlane/kernels in the user's cache."""
    base = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    return Path(base) / "liquidlane" / "kernels"


def find_compiler() -> Path:
    """Find the system's C compiler.

    Raises:
        BuildError: if there is none.
    """
    for name in COMPILERS:
        found = shutil.which(name)
        if found:
            return Path(found).resolve()
    raise BuildError("there is no C compiler on PATH (Debian: apt-get install gcc libc6-dev)")


def compiler_flags() -> tuple[str, ...]:
    """Give the flags: this processor's instructions, but no liberties with numbers that are not finite."""
    native = "-march=native" if platform.machine() in ("x86_64", "AMD64", "i686") else "-mcpu=native"
    return ("-O2", "-funroll-loops", native, "-std=gnu11", "-fno-math-errno", "-fno-trapping-math", "-shared", "-fPIC")


def build(precision: str, check: Callable[[Path], None]) -> Path:
    """Give the library of one precision; build it if this user, processor and compiler have none yet.

    Args:
        precision: of `PRECISIONS`.
        check: is given a freshly built library and raises a BuildError if it computes wrongly.

    Raises:
        BuildError: if the compiler is missing, fails, or takes too long, or the cache folder can't be written.
    """
    compiler = find_compiler()
    folder = cache_folder()
    target = folder / f"{precision}-{_key(compiler, precision)}.so"
    if target.exists():
        return target
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with _lock(target.with_suffix(".lock")):
            if not target.exists():
                _build_aside(compiler, precision, target, check)
    except OSError as error:
        raise BuildError(f"{folder} can't be written ({error}); free it or set XDG_CACHE_HOME") from error
    return target


def _key(compiler: Path, precision: str) -> str:
    """Hash all that a library depends on. The compiler is known by its file, so that none has to run."""
    digest = hashlib.sha256()
    for path in sorted(SOURCES.glob("*.[ch]")):
        digest.update(path.name.encode() + b"\0" + path.read_bytes() + b"\0")
    stat = compiler.stat()
    digest.update(repr((str(compiler), stat.st_size, stat.st_mtime_ns)).encode())
    digest.update(repr((PRECISIONS[precision], compiler_flags(), platform.machine(), describe_processor())).encode())
    return digest.hexdigest()[:20]


def describe_processor() -> str:
    """Name the processor and what it can: a library built for one may crash another."""
    try:
        lines = Path("/proc/cpuinfo").read_text(errors="replace").splitlines()
    except OSError:
        return platform.processor()
    wanted = ("model name", "flags", "Features", "CPU part", "CPU implementer")
    return "; ".join(sorted({line for line in lines if line.split(":")[0].strip() in wanted}))


def _build_aside(compiler: Path, precision: str, target: Path, check: Callable[[Path], None]) -> None:
    with tempfile.TemporaryDirectory(dir=target.parent, prefix="building-") as name:
        made = Path(name) / "kernel.so"
        command = [str(compiler), *compiler_flags(), *PRECISIONS[precision], str(SOURCES / "kernel.c")]
        _compile([*command, "-o", str(made), "-lm"])
        check(made)
        made.replace(target)


def _compile(command: list[str]) -> None:
    """Run the compiler in a group of its own, so that one that hangs ends with all that it started."""
    with tempfile.TemporaryFile() as said:
        process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=said, stderr=subprocess.STDOUT, start_new_session=True
        )
        try:
            code = process.wait(TIMEOUT)
        except subprocess.TimeoutExpired:
            raise BuildError(f"{command[0]} took more than {TIMEOUT:.0f} s; look whether it works at all") from None
        finally:
            if process.poll() is None:
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(process.pid, signal.SIGKILL)
                process.wait()
        said.seek(0)
        lines = said.read().decode(errors="replace").strip().splitlines()
    if code != 0:
        reason = next((line for line in lines if "error" in line.lower()), lines[-1] if lines else "no message")
        raise BuildError(f"{command[0]} failed with code {code}: {reason.strip()}")


@contextlib.contextmanager
def _lock(path: Path) -> Iterator[None]:
    """Hold a lock that ends with this process; wait for others, but not for ever."""
    deadline = time.monotonic() + TIMEOUT + 10
    with path.open("a") as file:
        while True:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() > deadline:
                    raise BuildError(f"another process holds {path} for too long; end it or remove the file") from None
                time.sleep(0.05)
        yield
