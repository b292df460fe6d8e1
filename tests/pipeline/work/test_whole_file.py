"""Files are whole or not there, and a disk that refuses is told in words."""

import errno
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from pipeline.work.whole_file import explain_write_error, is_refusal, write_bytes, write_text, writing_aside
from simulator.errors import LiquidlaneError


def test_content_comes_back_and_nothing_else_is_left(tmp_path: Path) -> None:
    write_text(tmp_path / "a", "κ [1/m]")
    write_bytes(tmp_path / "a", "κ = 0".encode())
    assert (tmp_path / "a").read_text() == "κ = 0"
    assert [path.name for path in tmp_path.iterdir()] == ["a"]


def test_failure_keeps_what_was_there(tmp_path: Path) -> None:
    write_text(tmp_path / "a", "old")
    with pytest.raises(RuntimeError, match="stop"), writing_aside(tmp_path / "a") as aside:
        aside.write_text("half")
        raise RuntimeError("stop")
    assert (tmp_path / "a").read_text() == "old"
    assert [path.name for path in tmp_path.iterdir()] == ["a"]


def test_kill_keeps_what_was_there_and_the_next_attempt_sweeps(tmp_path: Path) -> None:
    write_text(tmp_path / "a", "old")
    script = (
        "import sys, time; from pathlib import Path; from pipeline.work.whole_file import writing_aside\n"
        "with writing_aside(Path(sys.argv[1])) as aside:\n"
        "    aside.write_text('half'); print('ready', flush=True); time.sleep(60)\n"
    )
    child = subprocess.Popen([sys.executable, "-c", script, str(tmp_path / "a")], stdout=subprocess.PIPE)
    assert child.stdout is not None
    assert child.stdout.readline() == b"ready\n"
    os.kill(child.pid, signal.SIGKILL)
    child.wait()
    assert (tmp_path / "a").read_text() == "old"
    write_text(tmp_path / "a", "new")
    assert (tmp_path / "a").read_text() == "new"
    assert [path.name for path in tmp_path.iterdir()] == ["a"]


def test_device_that_is_always_full_is_told_in_words() -> None:
    with pytest.raises(OSError, match="No space") as caught:
        Path("/dev/full").write_text("x")
    assert is_refusal(caught.value)
    assert "free some space" in str(explain_write_error(Path("weights"), caught.value))


def test_folder_that_is_missing_is_a_sentence_too(tmp_path: Path) -> None:
    with pytest.raises(LiquidlaneError, match="b can't be written: No such file"):
        write_text(tmp_path / "missing" / "b", "x")
    assert not is_refusal(OSError(errno.ENOENT, "x"))
