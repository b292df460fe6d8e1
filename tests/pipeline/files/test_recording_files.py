"""Files of a recording: found by what a log writes, never through a link out, never waiting, never without bounds."""

import os
import pickle
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.drives.picture import BadPictureError
from pipeline.files import recording_files
from pipeline.files.recording_files import Files, read_lines


def make(root: Path, *names: str) -> Files:
    for name in names:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(name)
    return Files(root)


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("1.jpg", "1.jpg"),
        ("IMG/2.jpg", "IMG/2.jpg"),
        ("/home/me/Desktop/IMG/2.jpg", "IMG/2.jpg"),
        ("C:\\Users\\Me\\IMG\\2.jpg", "IMG/2.jpg"),
        (' "IMG\\2.jpg" ', "IMG/2.jpg"),
        ("img/2.JPG", "IMG/2.jpg"),
        ("left/3.jpg", "images/left/3.jpg"),
        ("center/3.jpg", "images/center/3.jpg"),
        ("./center/3.jpg", "images/center/3.jpg"),
        ("4.jpg", None),
        ("", None),
        ("../1.jpg", None),
        ("a/../../1.jpg", None),
    ],
)
def test_what_a_log_means(tmp_path: Path, written: str, expected: str | None) -> None:
    files = make(tmp_path, "1.jpg", "IMG/2.jpg", "images/left/3.jpg", "images/center/3.jpg", "deep/er/1.jpg")
    assert files.find(written) == (tmp_path.resolve() / expected if expected else None)


def test_of_equals_the_one_near_the_log(tmp_path: Path) -> None:
    files = make(tmp_path, "monday/images/1.jpg", "tuesday/images/1.jpg")
    assert files.find("1.jpg", near=files.root / "tuesday") == files.root / "tuesday/images/1.jpg"
    assert files.find("images/1.jpg", near=files.root / "tuesday") == files.root / "tuesday/images/1.jpg"


def test_links_are_followed_only_within(tmp_path: Path) -> None:
    (tmp_path / "secret").mkdir()
    (tmp_path / "secret" / "key.jpg").write_text("secret")
    root = tmp_path / "ride"
    make(root, "1.jpg")
    (root / "same.jpg").symlink_to("1.jpg")
    (root / "out.jpg").symlink_to("../secret/key.jpg")
    (root / "folder").symlink_to(tmp_path / "secret")
    (root / "loop").symlink_to(".")
    (root / "gone.jpg").symlink_to("nothing")
    files = Files(root)
    assert files.names == ["1.jpg", "same.jpg"]
    assert sorted(files.refused) == ["folder", "out.jpg"]
    assert files.picture("same.jpg")() == b"1.jpg"
    (root / "1.jpg").unlink()
    (root / "1.jpg").symlink_to(tmp_path / "secret" / "key.jpg")  # changed behind our back
    with pytest.raises(BadPictureError, match="leads to"):
        files.picture("1.jpg")()


def test_pipes_devices_and_giants_are_refused_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    files = make(tmp_path, "1.jpg", "2.jpg")
    (tmp_path / "1.jpg").unlink()
    os.mkfifo(tmp_path / "1.jpg")
    with pytest.raises(BadPictureError, match="not a regular file"):
        files.picture("1.jpg")()
    assert Files(tmp_path).names == ["2.jpg"]
    monkeypatch.setattr(recording_files, "LARGEST_PICTURE", 3)
    with pytest.raises(BadPictureError, match="5 bytes, more than 3"):
        files.picture("2.jpg")()


def test_what_other_systems_leave_is_not_there(tmp_path: Path) -> None:
    files = make(tmp_path, "._1.jpg", ".DS_Store", "__MACOSX/1.jpg", "Thumbs.db", "1.jpg")
    assert files.names == ["1.jpg"]


def test_pictures_travel_to_other_processes(tmp_path: Path) -> None:
    files = make(tmp_path, "1.jpg")
    assert pickle.loads(pickle.dumps(files.picture("1.jpg")))() == b"1.jpg"
    with pytest.raises(FileNotFoundError):
        files.picture("2.jpg")()


@settings(max_examples=150, deadline=None)
@given(content=st.binary(max_size=200))
def test_lines_are_those_of_python(tmp_path_factory: pytest.TempPathFactory, content: bytes) -> None:
    path = tmp_path_factory.mktemp("lines") / "log"
    path.write_bytes(content)
    expected = path.read_text(encoding="utf-8-sig", errors="replace").split("\n")
    expected = [line.replace("\0", "") for line in expected]
    assert list(read_lines(path)) == [(number, line) for number, line in enumerate(expected, 1) if line.strip()]


def test_endless_lines_are_cut(tmp_path: Path) -> None:
    path = tmp_path / "log"
    path.write_text("a\n" + "x" * 300_000 + "\nb")
    lines = list(read_lines(path))
    assert [(number, len(line)) for number, line in lines] == [(1, 1), (2, 65536), (3, 1)]
