"""Packed files against the packers themselves, whole, several in one, cut off and damaged."""

import bz2
from pathlib import Path

import numpy as np
import pytest
import zstandard

import pipeline.files.packed_file
from pipeline.files.packed_file import CutOffError, read_blocks

CONTENT = np.random.default_rng(0).integers(0, 40, 3_000_000, np.uint8).tobytes()
PACKED = {
    "plain": CONTENT,
    "bz2": bz2.compress(CONTENT),
    "two bz2": bz2.compress(CONTENT[:1000]) + bz2.compress(CONTENT[1000:]),
    "zst": zstandard.ZstdCompressor().compress(CONTENT),
    "two zst": zstandard.ZstdCompressor().compress(CONTENT[:1000])
    + zstandard.ZstdCompressor().compress(CONTENT[1000:]),
}


@pytest.mark.parametrize("kind", PACKED)
def test_content_comes_in_blocks(kind: str, tmp_path: Path) -> None:
    (tmp_path / "log").write_bytes(PACKED[kind])
    blocks = list(read_blocks(tmp_path / "log"))
    assert b"".join(blocks) == CONTENT
    assert max(map(len, blocks)) <= pipeline.files.packed_file.BLOCK


@pytest.mark.parametrize("kind", ["bz2", "zst"])
def test_a_file_cut_off_gives_what_it_holds(kind: str, tmp_path: Path) -> None:
    (tmp_path / "log").write_bytes(PACKED[kind][: len(PACKED[kind]) // 2])
    seen = b""
    try:
        for block in read_blocks(tmp_path / "log"):
            seen += block
        assert kind == "zst"  # whose reader can't tell
    except CutOffError as error:
        assert "log ends early" in str(error)
    assert CONTENT.startswith(seen) and len(seen) > 300_000


@pytest.mark.parametrize("kind", ["bz2", "zst"])
def test_damage_is_told(kind: str, tmp_path: Path) -> None:
    checked = zstandard.ZstdCompressor(write_checksum=True).compress(CONTENT)
    data = bytearray(PACKED[kind] if kind == "bz2" else checked)
    data[len(data) // 2 : len(data) // 2 + 50] = b"\xaa" * 50
    (tmp_path / "log").write_bytes(data)
    with pytest.raises(CutOffError, match="log is damaged"):
        list(read_blocks(tmp_path / "log"))


@pytest.mark.parametrize("pack", [bz2.compress, zstandard.ZstdCompressor().compress])
def test_a_bomb_is_let_go(pack, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pipeline.files.packed_file, "LARGEST", 5 << 20)
    (tmp_path / "log").write_bytes(pack(bytes(20 << 20)))
    with pytest.raises(CutOffError, match="unpacks to more than"):
        list(read_blocks(tmp_path / "log"))
