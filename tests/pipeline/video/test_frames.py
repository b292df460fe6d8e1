"""Every picture of a video at its own time, in any order; written with FFmpeg's own encoders, one film is real."""

import itertools
from pathlib import Path

import av
import cv2
import numpy as np
import psutil
import pytest
from av.video.reformatter import Colorspace

from pipeline.drives.format import decode_jpeg
from pipeline.drives.picture import BadPictureError
from pipeline.video.frames import VideoFrames, index_video
from simulator.errors import LiquidlaneError
from tests.pipeline.ingest.filmed import write_video
from tests.pipeline.ingest.recorded import DRIVES, real

FRAMES = 60
FORMATS = {
    "a.mp4": {"codec": "libx264", "pixels": "yuv420p"},
    "reordered.mp4": {"codec": "libx264", "pixels": "yuv420p", "options": {"bf": "3", "x264-params": "open-gop=1"}},
    "sound.mp4": {"sound_first": True},
    "plain.avi": {"codec": "mpeg4", "pixels": "yuv420p", "options": {"qscale": "3", "flags": "+qscale"}},
    "reordered.avi": {"codec": "libx264", "pixels": "yuv420p", "options": {"bf": "2"}},
    "pictures.avi": {"codec": "mjpeg", "pixels": "yuvj420p"},
    "a.webm": {"codec": "libvpx-vp9", "pixels": "yuv420p"},
    "a.mov": {"codec": "libx264", "pixels": "yuv422p"},
    "ten_bits.mkv": {"codec": "libx265", "pixels": "yuv420p10le"},
    "av1.mp4": {"codec": "libsvtav1", "pixels": "yuv420p"},
    "a.ts": {"codec": "libx264", "pixels": "yuv420p"},
    "bare.hevc": {"codec": "libx265", "pixels": "yuv420p", "options": {"x265-params": "bframes=0"}, "form": "hevc"},
    "bare.h264": {"codec": "libx264", "pixels": "yuv420p", "form": "h264"},
    "rgb.mkv": {"codec": "libx264rgb", "pixels": "rgb24"},
}


def image(number: int, height: int = 48, width: int = 64) -> np.ndarray:
    """Draw a picture that tells its number, and where up and left are."""
    picture = np.full((height, width, 3), (60 + number % 90, 120, 200 - number % 90), np.uint8)
    picture[:, 2 * number % width :][:, :4] = (250, 30, 30)
    picture[: height // 4, : width // 4] = (10, 250, 20)
    return picture


IMAGES = [image(number) for number in range(FRAMES)]


def error_of(frames: VideoFrames, number: int, wanted: np.ndarray) -> float:
    return float(np.abs(decode_jpeg(frames.load(number)).astype(int) - wanted).mean())


@pytest.mark.parametrize("name", FORMATS)
def test_every_picture_is_itself_in_any_order(name: str, tmp_path: Path) -> None:
    write_video(tmp_path / name, IMAGES, **FORMATS[name])
    index = index_video(tmp_path / name)
    assert (len(index), index.size, index.damage) == (FRAMES, (48, 64), "")
    if name.startswith("bare"):
        assert np.isnan(index.times).all()
    else:
        np.testing.assert_allclose(np.diff(index.times), 0.05, atol=1e-6)
        assert index.rate == pytest.approx(20)
    frames = VideoFrames(index)
    for number in [*range(FRAMES), FRAMES - 1, 5, 30, 31, 13, 0]:
        own = error_of(frames, number, image(number))
        assert own < 10
        assert own < min(error_of(frames, number, image(other)) for other in (number - 1, number + 1))


@pytest.mark.parametrize("turned", [90, 180, 270])
def test_a_camera_that_hung_turned_is_turned_back(turned: int, tmp_path: Path) -> None:
    write_video(tmp_path / "a.mp4", IMAGES[:20], turned=turned)
    index = index_video(tmp_path / "a.mp4")
    wanted = np.rot90(IMAGES[7], turned // 90)
    assert index.size == wanted.shape[:2]
    assert error_of(VideoFrames(index), 7, wanted) < 4


def test_uneven_times_are_the_files_own(tmp_path: Path) -> None:
    times = [0.05 * number + 0.01 * (number % 3) for number in range(FRAMES)]
    write_video(tmp_path / "a.mkv", IMAGES, times)
    index = index_video(tmp_path / "a.mkv")
    np.testing.assert_allclose(index.times - index.times[0], times, atol=1e-6)


@pytest.mark.parametrize("size", [(47, 63), (160, 320)])
@pytest.mark.parametrize("pixels", ["yuv420p", "yuv444p", "yuv422p", "yuv420p10le", "gray"])
def test_colours_come_back_without_a_tint(size: tuple[int, int], pixels: str, tmp_path: Path) -> None:
    path = tmp_path / "a.mkv"
    smooth = [cv2.GaussianBlur(image(number, *size), (0, 0), 3) for number in range(4)]  # edges: upsampling differs
    write_video(path, smooth, codec="ffv1", pixels=pixels, options={})
    frames = VideoFrames(index_video(path))
    if pixels == "gray":
        smooth = [np.repeat(cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY)[..., None], 3, axis=2) for picture in smooth]
    errors = np.array([decode_jpeg(frames.load(number)).astype(int) - smooth[number] for number in range(4)])
    assert np.abs(errors).mean() < 2
    assert (np.abs(errors.mean(axis=(0, 1, 2))) < 1.5).all(), "no tint"


@pytest.mark.parametrize("pixels", ["yuv420p", "yuvj420p"])
def test_colours_of_high_definition_are_converted(pixels: str, tmp_path: Path) -> None:
    """Reference: FFmpeg's own conversion to RGB."""
    path = tmp_path / "a.mkv"
    smooth = [cv2.GaussianBlur(image(number, 160, 320), (0, 0), 3) for number in range(4)]
    write_video(path, smooth, pixels=pixels, options={"crf": "8", "x264-params": "colormatrix=bt709"})
    with av.open(str(path)) as container:
        decoded = list(container.decode(video=0))
    assert decoded[0].colorspace == Colorspace.ITU709
    wanted = np.array([frame.to_ndarray(format="rgb24") for frame in decoded]).astype(int)
    frames = VideoFrames(index_video(path))
    errors = np.array([decode_jpeg(frames.load(number)) for number in range(4)]) - wanted
    assert np.abs(errors.mean(axis=(0, 1, 2))).max() < 3


def test_a_damaged_picture_costs_what_builds_on_it_and_no_more(tmp_path: Path) -> None:
    path = tmp_path / "a.mkv"
    write_video(path, IMAGES, options={"crf": "8", "bf": "0", "x264-params": "scenecut=0:keyint=12:min-keyint=12"})
    with av.open(str(path)) as container:
        sizes = [bytes(packet) for packet in container.demux(video=0) if packet.size]
    data = path.read_bytes()
    path.write_bytes(data.replace(sizes[16], b"\xff" * len(sizes[16])))
    frames = VideoFrames(index_video(path))
    lost = []
    for number in range(FRAMES):
        try:
            assert error_of(frames, number, IMAGES[number]) < 5
        except BadPictureError:
            lost.append(number)
    assert lost == list(range(16, 24))


def test_a_video_that_ends_early_keeps_what_it_has(tmp_path: Path) -> None:
    path = tmp_path / "a.mkv"
    write_video(path, IMAGES)
    data = path.read_bytes()
    path.write_bytes(data[: len(data) // 2])
    index = index_video(path)
    assert 10 < len(index) < FRAMES
    frames = VideoFrames(index)
    assert max(error_of(frames, number, IMAGES[number]) for number in range(len(index) - 1)) < 5


def test_few_videos_are_open_at_once(tmp_path: Path) -> None:
    for number in range(12):
        write_video(tmp_path / f"{number}.mp4", IMAGES[:5])
    films = [VideoFrames(index_video(tmp_path / f"{number}.mp4")) for number in range(12)]
    for film, number in itertools.product(films, range(5)):
        assert error_of(film, number, IMAGES[number]) < 4
    assert len([file for file in psutil.Process().open_files() if file.path.startswith(str(tmp_path))]) <= 4
    assert error_of(films[0], 3, IMAGES[3]) < 4


def test_what_is_no_video_is_said_in_words(tmp_path: Path) -> None:
    (tmp_path / "a.mp4").write_bytes(b"version https://git-lfs.github.com/spec/v1\n")
    with av.open(str(tmp_path / "sound.mp4"), "w") as container:
        stream = container.add_stream("aac", rate=44100)
        silence = av.AudioFrame.from_ndarray(np.zeros((1, 1024), np.float32), format="fltp", layout="mono")
        silence.sample_rate = 44100
        for packet in [*stream.encode(silence), *stream.encode()]:
            container.mux(packet)
    for name, words in (
        ("a.mp4", "can't be read as a video"),
        ("sound.mp4", "no stream of pictures"),
        ("b.mp4", "b.mp4"),
    ):
        with pytest.raises(LiquidlaneError, match=words):
            index_video(tmp_path / name)


@real
def test_a_real_film_with_sound_first() -> None:
    """By its SOURCE.md: 221 pictures, 960 x 540 px, 25 a second, sound is stream 0."""
    (path,) = (DRIVES / "mp4_highway").rglob("*.mp4")
    index = index_video(path)
    assert (len(index), index.size) == (221, (540, 960))
    np.testing.assert_allclose(np.diff(index.times), 0.04, atol=1e-6)
    picture = decode_jpeg(VideoFrames(index).load(130))
    with av.open(str(path)) as container:
        wanted = next(itertools.islice(container.decode(video=0), 130, None)).to_ndarray(format="rgb24")
    assert np.abs(picture.astype(int) - wanted).mean() < 3
