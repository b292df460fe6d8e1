"""The kernel's building: cached, shared by processes, and one sentence where there is no good compiler."""

import ast
import multiprocessing
import os
import shutil
import time
import warnings
from pathlib import Path

import pytest
import torch

from pipeline.liquid import build as building
from pipeline.liquid.backend import choose_backend, explain_backend
from pipeline.liquid.build import BuildError, build
from pipeline.liquid.ltc import LTC
from pipeline.liquid.native import Kernel, check_library, load_kernel
from pipeline.liquid.wiring import Wiring

SOURCES = Path(building.__file__).parent


def check(path: Path) -> None:
    check_library(path, "float32")


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path / "cache"


def pretend(folder: Path, script: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Put a compiler on PATH that does what a shell script says, and no other."""
    folder.mkdir()
    for name in ("cc", "gcc", "clang"):
        (folder / name).write_text("#!/bin/sh\n" + script)
        (folder / name).chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}:/usr/bin:/bin")


def test_built_once_and_kept(cache: Path) -> None:
    path = build("float32", check)
    stamp = path.stat().st_mtime_ns
    assert build("float32", check) == path and path.stat().st_mtime_ns == stamp
    assert path.is_relative_to(cache) and build("float64", lambda made: None) != path


def test_other_sources_are_another_library(cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = build("float32", check)
    changed = tmp_path / "kernel"
    shutil.copytree(building.SOURCES, changed)
    with (changed / "lanes.h").open("a") as file:
        file.write("\n/* changed */\n")
    monkeypatch.setattr(building, "SOURCES", changed)
    assert build("float32", check) != first


def _build_when_told(gate: object, folder: str) -> None:
    os.environ["XDG_CACHE_HOME"] = folder
    gate.wait()  # type: ignore[attr-defined]
    Kernel(build("float32", check))


def test_many_processes_at_once(cache: Path) -> None:
    context = multiprocessing.get_context("spawn")
    gate = context.Barrier(3)
    workers = [context.Process(target=_build_when_told, args=(gate, str(cache))) for _ in range(3)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(120)
    assert [worker.exitcode for worker in workers] == [0, 0, 0]
    assert len(list((cache / "liquidlane" / "kernels").glob("*.so"))) == 1
    assert not list((cache / "liquidlane" / "kernels").glob("building-*"))


def test_no_compiler(cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(BuildError, match="no C compiler on PATH.*apt-get install gcc"):
        build("float32", check)


def test_compiler_that_fails(cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pretend(tmp_path / "bin", "echo 'kernel.c:1: error: no such luck' >&2; exit 3\n", monkeypatch)
    with pytest.raises(BuildError, match=r"failed with code 3: kernel.c:1: error: no such luck"):
        build("float32", check)


def test_compiler_that_hangs(cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pretend(tmp_path / "bin", f"sleep 300 & echo $! > {tmp_path}/child; wait\n", monkeypatch)
    monkeypatch.setattr(building, "TIMEOUT", 0.7)
    start = time.monotonic()
    with pytest.raises(BuildError, match="took more than 1 s"):
        build("float32", check)
    assert time.monotonic() - start < 60
    time.sleep(0.2)
    state = Path(f"/proc/{int((tmp_path / 'child').read_text())}/stat")
    assert not state.exists() or state.read_text().split()[2] == "Z", "what the compiler had started lives on"


def test_compiler_that_makes_rubbish(cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    script = 'while [ "$1" != -o ]; do shift; done; echo rubbish > "$2"\n'
    pretend(tmp_path / "bin", script, monkeypatch)
    with pytest.raises(BuildError, match="can't be loaded"):
        build("float32", check)
    assert not list((cache / "liquidlane" / "kernels").glob("*.so"))


def test_library_that_computes_wrongly(cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    wrong = tmp_path / "kernel"
    shutil.copytree(building.SOURCES, wrong)
    lanes = (wrong / "lanes.h").read_text()
    (wrong / "lanes.h").write_text(lanes.replace("0.240222421", "0.240322421"))
    monkeypatch.setattr(building, "SOURCES", wrong)
    with pytest.raises(BuildError, match="sigmoids that are wrong"):
        build("float32", check)


def test_cache_that_is_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "cache").write_text("")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    with pytest.raises(BuildError, match="XDG_CACHE_HOME"):
        build("float32", check)


def test_a_damaged_library_is_built_again(cache: Path) -> None:
    path = build("float32", check)
    path.unlink()
    path.write_bytes(b"")
    load_kernel.cache_clear()
    try:
        assert isinstance(load_kernel("float32"), Kernel)
    finally:
        load_kernel.cache_clear()


def test_without_a_compiler_one_warning_and_right_numbers(
    cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cell, inputs = LTC(Wiring.ncp(32)), (torch.randn(2, 3, 32), torch.rand(2, 3))
    expected = cell(*inputs)[0]
    monkeypatch.setenv("PATH", str(tmp_path))
    load_kernel.cache_clear()
    try:
        with pytest.warns(UserWarning, match="run in torch.*because there is no C compiler"):
            found = cell(*inputs)[0]
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            cell(*inputs)
            assert "no C compiler" in explain_backend().reason
        cell.backend = "c"
        with pytest.raises(RuntimeError, match="can't be used: there is no C compiler"):
            cell(*inputs)
    finally:
        load_kernel.cache_clear()
    torch.testing.assert_close(found, expected, rtol=1e-5, atol=1e-6)


def test_reasons() -> None:
    assert explain_backend().name == "c"
    for tensor, word in ((torch.empty(0, dtype=torch.float16), "float16"), (torch.empty(0, device="meta"), "meta")):
        choice = choose_backend("auto", [tensor])
        assert choice.name == "torch" and word in choice.reason
    assert choose_backend("torch", [torch.empty(0)]).reason == "torch was asked for"


def test_the_core_could_be_lifted_out() -> None:
    """It imports nothing of this project but itself."""
    for path in SOURCES.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            names = [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            names += [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            for name in names:
                if name.split(".")[0] in ("pipeline", "simulator", "evaluation", "liquidlane"):
                    assert name.startswith("pipeline.liquid"), f"{path.name} imports {name}"
