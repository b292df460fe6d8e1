"""Films of recordings: the arcs lie where they are steered, each in its colour, and the film has every frame."""

import io
from pathlib import Path

import av
import numpy as np
import pytest

from evaluation.recorded_film import PINK, draw_prediction, film_recording
from evaluation.steering_arc import arc_on_road, assume_camera
from evaluation.video import BLUE, CAPTION, PANEL
from pipeline.drives.drive import DriveWriter, Frame, encode_jpeg
from simulator.camera import Camera
from simulator.errors import LiquidlaneError
from tests.evaluation.test_open_loop import Reader

CAMERA = Camera.from_fov(300, 150, 1.2, z=1.4, pitch=0.05)


def find_columns(image: np.ndarray, colour: tuple[int, int, int], row: int) -> np.ndarray:
    return np.flatnonzero((np.abs(image[row].astype(int) - colour) < 60).all(axis=1))


@pytest.mark.parametrize(("recorded", "predicted"), [(0.03, -0.03), (0.0, 0.02), (-0.02, 0.01)])
def test_each_arc_lies_where_it_is_steered(recorded: float, predicted: float) -> None:
    drawn = draw_prediction(np.full((150, 300, 3), 90, np.uint8), CAMERA, recorded, predicted, 1.0, 8.0)
    assert drawn.shape == (PANEL + 300, 600, 3)
    for curvature, colour in ((recorded, PINK), (predicted, BLUE)):
        left, right = arc_on_road(CAMERA, curvature)
        row = 120  # of the small picture
        wanted = [float(np.interp(-row, -wheel[::-1, 1][::-1], wheel[:, 0])) * 2 + 0.5 for wheel in (left, right)]
        columns = find_columns(drawn, colour, PANEL + 2 * row)
        assert all(np.abs(columns - x).min() < 4 for x in wanted), f"{columns} for {wanted}"
    assert not len(find_columns(drawn, PINK, PANEL + CAPTION + 2)), "nothing is drawn in the sky"


def test_a_film_shows_every_frame_and_runs_the_memory_on(tmp_path: Path) -> None:
    labels = 0.01 * np.sin(np.arange(40) / 5)
    with DriveWriter(tmp_path / "d", name="d", recording="r", source="udacity", camera=None, facts={}) as writer:
        for index, label in enumerate(labels):
            image = np.full((16, 32, 3), round(128 + 1000 * label), np.uint8)
            writer.append(Frame(0.1 * index, 7.0, float(label), float(label), encode_jpeg(image)))
        drive = writer.finish()
    reader = Reader()
    film = film_recording(reader, drive, 3.0)
    assert reader.memory == len(reader.calls) == 31, "3 s at 10 Hz, never wiped"
    with av.open(io.BytesIO(film)) as container:
        stream = container.streams.video[0]
        assert stream.average_rate == 10
        frames = [frame.to_ndarray(format="rgb24") for frame in container.decode(stream)]
    assert len(frames) == 31
    assert assume_camera(16, 32).width == 32


def test_only_a_checkpoint_can_look(tmp_path: Path) -> None:
    from liquidlane.film import film

    with pytest.raises(LiquidlaneError, match="expert is no checkpoint's folder"):
        film("expert", tmp_path, "", tmp_path / "a.mp4", 1.0, "clear", 0, "embedded")
