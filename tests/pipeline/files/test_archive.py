"""Archives that would harm are refused and leave nothing; good ones come out whole."""

import io
import os
import random
import tarfile
import zipfile
from pathlib import Path

import pytest

from pipeline.files import archive
from pipeline.files.archive import is_archive, unpack
from simulator.errors import LiquidlaneError


def tar_of(path: Path, *members: tuple[str, bytes | str], kind: bytes = tarfile.SYMTYPE, mode: str = "w:gz") -> Path:
    """Pack files (bytes) and links (text)."""
    with tarfile.open(path, mode) as packed:  # type: ignore[call-overload]
        for name, content in members:
            entry = tarfile.TarInfo(name)
            if isinstance(content, bytes):
                entry.size = len(content)
                packed.addfile(entry, io.BytesIO(content))
            else:
                entry.type, entry.linkname = kind, content
                packed.addfile(entry)
    return path


def zip_of(path: Path, *members: tuple[str, bytes | str]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, content in members:
            entry = zipfile.ZipInfo(name)
            entry.external_attr = (0o100644 if isinstance(content, bytes) else 0o120777) << 16
            packed.writestr(entry, content, zipfile.ZIP_DEFLATED)
    return path


@pytest.mark.parametrize("mode", ["w", "w:gz", "w:bz2", "w:xz", "zip"])
def test_good_archives_come_out_whole(tmp_path: Path, mode: str) -> None:
    members: list[tuple[str, bytes | str]] = [("ride/data.txt", b"0.jpg 1"), ("ride/deep/0.jpg", b"x" * 3000)]
    ending = "zip" if mode == "zip" else "tar" + mode[1:].replace(":", ".")
    path = tmp_path / f"my ride.{ending}"
    _ = zip_of(path, *members) if mode == "zip" else tar_of(path, *members, mode=mode)
    assert is_archive(path)
    folder = unpack(path, tmp_path / "out")
    assert folder.name == "my ride"
    assert (folder / "ride" / "deep" / "0.jpg").read_bytes() == b"x" * 3000
    assert unpack(path, tmp_path / "out") == folder, "found again"


BAD = ["../evil", "a/../../evil", "/tmp/evil", "..\\evil", "C:\\evil", "a/b/../../../evil", "\\\\server\\evil"]


@pytest.mark.parametrize("name", BAD)
@pytest.mark.parametrize("pack", [tar_of, zip_of])
def test_names_that_lead_out_are_refused(tmp_path: Path, name: str, pack: object) -> None:
    path = tmp_path / ("a.zip" if pack is zip_of else "a.tar.gz")
    pack(path, ("good.txt", b"1"), (name, b"2"))  # type: ignore[operator]
    with pytest.raises(LiquidlaneError, match="is refused: its member .* leads out of the folder"):
        unpack(path, tmp_path / "out" / "in")
    assert not list((tmp_path / "out").rglob("*evil*")) and not (tmp_path / "evil").exists()
    assert not list((tmp_path / "out").rglob("*.txt")), "nothing is left"


@pytest.mark.parametrize("kind", [tarfile.SYMTYPE, tarfile.LNKTYPE])
@pytest.mark.parametrize("target", ["../../../etc/passwd", "/etc/passwd"])
def test_links_that_lead_out_are_refused(tmp_path: Path, target: str, kind: bytes) -> None:
    path = tar_of(tmp_path / "a.tar.gz", ("data.txt", b"1"), ("link", target), kind=kind)
    with pytest.raises(LiquidlaneError, match="leads to .* out of the folder"):
        unpack(path, tmp_path / "out")
    if kind == tarfile.SYMTYPE:
        with pytest.raises(LiquidlaneError, match="leads to .* out of the folder"):
            unpack(zip_of(tmp_path / "a.zip", ("link", target)), tmp_path / "out")


def test_a_link_that_turns_another_is_refused(tmp_path: Path) -> None:
    """`a/b` points to the top; `a/b/c` then lies at the top and its `..`s lead out, although its name looks deep."""
    path = tar_of(tmp_path / "a.tar.gz", ("a/x", b"1"), ("a/b", ".."), ("a/b/c", "../../outside"))
    (tmp_path / "outside").write_text("secret")
    with pytest.raises(LiquidlaneError, match="out of the folder"):
        unpack(path, tmp_path / "out")


def test_files_are_not_written_through_links(tmp_path: Path) -> None:
    victim = tmp_path / "victim"
    victim.mkdir()
    path = tar_of(tmp_path / "a.tar.gz", ("here", str(victim)), ("here/file", b"1"))
    with pytest.raises(LiquidlaneError):
        unpack(path, tmp_path / "out")
    assert not list(victim.iterdir())


def test_links_within_are_kept(tmp_path: Path) -> None:
    path = tar_of(tmp_path / "a.tar.gz", ("ride/latest.jpg", "1.jpg"), ("ride/1.jpg", b"picture"))
    assert (unpack(path, tmp_path / "out") / "ride" / "latest.jpg").read_bytes() == b"picture"


def test_bombs_are_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archive, "LEAST_LIMIT", 1 << 20)
    path = zip_of(tmp_path / "bomb.zip", *((f"{index}.bin", bytes(1 << 20)) for index in range(20)))
    assert path.stat().st_size < 50_000
    with pytest.raises(LiquidlaneError, match="unpacks to more than"):
        unpack(path, tmp_path / "out")
    assert not any((tmp_path / "out").rglob("*"))


def test_devices_are_left_out(tmp_path: Path) -> None:
    path = tar_of(tmp_path / "a.tar", ("pipe", ""), ("data.txt", b"1"), kind=tarfile.FIFOTYPE, mode="w")
    folder = unpack(path, tmp_path / "out")
    assert os.listdir(folder) == ["data.txt"]  # noqa: PTH208


@pytest.mark.parametrize("ending", ["zip", "tar.gz", "tar.xz"])
def test_damage_is_said_in_words(tmp_path: Path, ending: str) -> None:
    content = random.Random(0).randbytes(20_000)
    good = tmp_path / f"good.{ending}"
    _ = (
        zip_of(good, ("a/b.bin", content))
        if ending == "zip"
        else tar_of(good, ("a/b.bin", content), mode=f"w:{ending[4:]}")
    )
    data = good.read_bytes()
    for cut in [0, 1, 5, 20, 100, len(data) // 2, len(data) - 30]:
        bad = tmp_path / f"cut{cut}.{ending}"
        bad.write_bytes(data[:cut])
        with pytest.raises(LiquidlaneError, match="can't be unpacked"):
            unpack(bad, tmp_path / "out")
    for flip in range(0, len(data), max(1, len(data) // 60)):
        bad = tmp_path / f"flip{flip}.{ending}"
        bad.write_bytes(data[:flip] + bytes([data[flip] ^ 0xFF]) + data[flip + 1 :])
        try:
            unpack(bad, tmp_path / "out")
        except LiquidlaneError:
            continue


def test_encrypted_archives_are_said_in_words(tmp_path: Path) -> None:
    path = zip_of(tmp_path / "a.zip", ("a.txt", b"secret"))
    data = bytearray(path.read_bytes())
    data[6] |= 1  # the flag of the local header
    central = data.index(b"PK\1\2")
    data[central + 8] |= 1
    path.write_bytes(data)
    with pytest.raises(LiquidlaneError, match=r"can't be unpacked .*encrypted"):
        unpack(path, tmp_path / "out")
