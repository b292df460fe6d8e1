"""What cameras see in every weather, how far it is, and which thing it is."""

import hashlib
import math
from typing import Any

import carla
import numpy as np
from stage import on_plain, pixels, run, spawn_camera, spawn_car, synchronous

FIELDS = (
    *("cloudiness", "precipitation", "precipitation_deposits", "wind_intensity", "sun_azimuth_angle"),
    *("sun_altitude_angle", "fog_density", "fog_distance", "fog_falloff", "wetness", "scattering_intensity"),
    *("mie_scattering_scale", "rayleigh_scattering_scale", "dust_storm"),
)
LEVEL = carla.Transform(carla.Location(x=1.0, z=1.6))


def set_weather(world: Any, **fields: float) -> None:
    preset = carla.WeatherParameters.ClearNoon
    world.set_weather(carla.WeatherParameters(**{**{name: getattr(preset, name) for name in FIELDS}, **fields}))


def see(world: Any, images: Any) -> np.ndarray:
    world.tick()
    return pixels(images.get(timeout=20)).astype(float)


def describe(picture: np.ndarray) -> dict[str, Any]:
    """Means of parts of a picture of a level camera, whose horizon is in row 38.5; blue, green, red."""
    return {
        "sky": picture[:15].mean(axis=(0, 1)).tolist(),
        "horizon": picture[34:37].mean(axis=(0, 1)).tolist(),
        "far": picture[40:44, 60:140].mean(axis=(0, 1)).tolist(),
        "far_spread": float(picture[40:44].mean(axis=2).std()),
        "near_spread": float(picture[66:].mean(axis=2).std()),
        "near": picture[62:70, 85:115].mean(axis=(0, 1)).tolist(),
        "edge": picture[50:60, :10].mean(axis=(0, 1)).tolist(),
        "top": picture[30:33].mean(axis=(0, 1)).tolist(),
        "all": float(picture.mean()),
        "left": float(picture[:30, :60].mean()),
        "right": float(picture[:30, 140:].mean()),
    }


CHANGES: dict[str, dict[str, float]] = {
    "plain": {},
    "clouds": {"cloudiness": 100.0},
    "fog": {"fog_density": 80.0},
    "far fog": {"fog_density": 80.0, "fog_distance": 60.0},
    "low fog": {"fog_density": 80.0, "fog_falloff": 3.0},
    "bright fog": {"fog_density": 80.0, "scattering_intensity": 3.0},
    "night": {"sun_altitude_angle": -60.0},
    "dusk": {"sun_altitude_angle": 1.0},
    "sun left": {"sun_altitude_angle": 12.0, "sun_azimuth_angle": -40.0},
    "sun right": {"sun_altitude_angle": 12.0, "sun_azimuth_angle": 40.0},
    "wet": {"wetness": 100.0},
    "puddles": {"precipitation_deposits": 100.0},
    "dust": {"dust_storm": 100.0},
    "no molecules": {"rayleigh_scattering_scale": 0.0},
    "hazy": {"mie_scattering_scale": 0.6},
}


def weathers(client: Any) -> dict[str, Any]:
    """Describe what a standing camera that looks along +x sees after each change."""
    world = on_plain(client)
    car = spawn_car(world, carla.Transform(carla.Location(x=2000, y=2000, z=0.2)))
    _, images = spawn_camera(world, car, mount=LEVEL)
    seen = {}
    for name, fields in CHANGES.items():
        set_weather(world, **fields)
        seen[name] = describe(see(world, images))
    return seen


def rain(client: Any) -> dict[str, Any]:
    """How much frames differ from the next one in rain and without, by wind, and after starting again."""
    means, hashes = {}, []
    for turn in range(2):
        world = on_plain(client)
        car = spawn_car(world, carla.Transform(carla.Location(x=2000, y=2000, z=0.2)))
        _, images = spawn_camera(world, car, mount=LEVEL)
        digest = hashlib.sha256()
        for name, fields in (
            ("dry", {}),
            ("rain", {"precipitation": 80.0}),
            ("storm", {"precipitation": 80.0, "wind_intensity": 100.0}),
        ):
            set_weather(world, **fields)
            frames = np.array([see(world, images) for _ in range(5)])
            means[name] = float(np.abs(np.diff(frames, axis=0)).mean())
            digest.update(frames.tobytes())
            if turn == 0:
                edges = np.abs(np.diff(frames - frames.mean(axis=0), axis=2)).mean()
                means[name + " across"] = float(edges)
        hashes.append(digest.hexdigest())
    return {"means": means, "hashes": hashes}


def presets(client: Any) -> dict[str, Any]:
    world = on_plain(client)
    car = spawn_car(world, carla.Transform(carla.Location(x=2000, y=2000, z=0.2)))
    _, images = spawn_camera(world, car, mount=LEVEL)
    names = [name for name in dir(carla.WeatherParameters) if name[0].isupper()]
    seen = {}
    for name in names:
        world.set_weather(getattr(carla.WeatherParameters, name))
        seen[name] = describe(see(world, images))
    return seen


def lenses(client: Any) -> dict[str, Any]:
    """Mean brightness of pictures of lenses that differ in one attribute, and how dark their corners are."""
    world = on_plain(client)
    car = spawn_car(world, carla.Transform(carla.Location(x=2000, y=2000, z=0.2)))
    lenses: dict[str, dict[str, object]] = {
        "plain": {},
        "brighter": {"exposure_compensation": 1.0},
        "manual": {"exposure_mode": "manual"},
        "manual, closed": {"exposure_mode": "manual", "fstop": 2.8},
        "gamma": {"gamma": 3.0},
        "circle": {"lens_circle_multiplier": 3.0, "lens_circle_falloff": 3.0},
        "blurred": {"blur_radius": 12.0},
        "no effects": {"enable_postprocess_effects": "False"},
        "warm": {"temp": 9000.0},
    }
    seen = {}
    for night in (False, True):
        set_weather(world, **({"sun_altitude_angle": -60.0} if night else {}))
        for name, attributes in lenses.items():
            camera, images = spawn_camera(world, car, mount=LEVEL, **attributes)
            picture = see(world, images)
            camera.destroy()
            corners = picture[[0, 0, -1, -1], [0, -1, 0, -1]].mean()
            key = name + (" at night" if night else "")
            seen[key] = {
                "mean": float(picture.mean()),
                "corners": float(corners),
                "grain": float(np.abs(np.diff(picture[:10, 90:110], axis=1)).mean()),
                "edges": float(np.abs(np.diff(picture[45:], axis=1)).mean()),
                "warmth": float(picture[..., 2].mean() - picture[..., 0].mean()),
            }
    return seen


def depth(client: Any) -> dict[str, Any]:
    """The worst relative error of the ground's depth in a view, by the raw number and by the client's converter."""
    world = on_plain(client)
    car = spawn_car(world, carla.Transform(carla.Location(x=2000, y=2000, z=0.2)))
    for _ in range(20):
        world.tick()
    errors, gaps = [], []
    for pitch, fov in ((-8.0, 90.0), (-30.0, 60.0), (-60.0, 110.0)):
        mount = carla.Transform(carla.Location(x=3.0, z=1.6), carla.Rotation(pitch=pitch))
        camera, images = spawn_camera(world, car, "depth", mount, fov=fov)
        world.tick()
        image = images.get(timeout=20)
        raw = pixels(image).astype(np.int64)
        seen = (raw[..., 2] + 256 * raw[..., 1] + 65536 * raw[..., 0]) / (2**24 - 1) * 1000.0
        tilt, focal = -math.radians(image.transform.rotation.pitch), 100.0 / math.tan(math.radians(fov) / 2)
        down = (np.arange(78) - 38.5) / focal
        fall = math.sin(tilt) + down * math.cos(tilt)
        ground = np.where(fall > 0.02, image.transform.location.z / np.maximum(fall, 1e-9), np.nan)
        error = np.abs(seen / ground[:, None] - 1)
        errors.append(float(np.nanmax(error[ground < 18.0])))
        image.convert(carla.ColorConverter.Depth)
        gaps.append(float(np.abs(pixels(image)[..., 0] / 255.0 * 1000.0 - seen).max()))
        sky = float(seen[0].min()) if fall[0] < 0 else 1000.0
        camera.destroy()
    return {"errors": errors, "gaps": gaps, "sky": sky}


def instances(client: Any) -> dict[str, Any]:
    """All kinds of cameras at one place: what they tell of two cars ahead."""
    world = on_plain(client)
    car = spawn_car(world, carla.Transform(carla.Location(x=2000, y=2000, z=0.2)))
    near = spawn_car(world, carla.Transform(carla.Location(x=2012, y=1998, z=0.2)))
    far = spawn_car(world, carla.Transform(carla.Location(x=2030, y=2003, z=0.2)))
    cameras = {kind: spawn_camera(world, car, kind, LEVEL) for kind in ("rgb", "semantic", "depth", "instance")}
    for _ in range(20):
        world.tick()
        got = {kind: pixels(images.get(timeout=20)) for kind, (_, images) in cameras.items()}
    alone_camera, alone = spawn_camera(world, car, "instance", LEVEL)
    world.tick()
    again = pixels(alone.get(timeout=20))
    alone_camera.destroy()
    tags, numbers = got["instance"][..., 2], got["instance"][..., 1] + 256 * got["instance"][..., 0].astype(int)
    cars = tags == 14
    raw = got["depth"].astype(int)
    metres = (raw[..., 2] + 256 * raw[..., 1] + 65536 * raw[..., 0]) / (2**24 - 1) * 1000.0
    nearest = {name: float(metres[cars & (numbers == each.id)].min()) for name, each in (("near", near), ("far", far))}
    return {
        "ids": sorted(np.unique(numbers[cars]).tolist()),
        "expected": sorted([near.id, far.id]),
        "nearest": nearest,
        "same_tags": bool((tags == got["semantic"][..., 2]).all()),
        "alone": bool((again == got["instance"]).all()),
    }


def alone_or_not(client: Any) -> dict[str, Any]:
    """Whether other cameras change what a camera sees: hashes of its pictures in rain at night."""
    hashes = []
    for others in (0, 5):
        world = synchronous(client)
        set_weather(world, sun_altitude_angle=-40.0, precipitation=70.0, wetness=80.0)
        car = spawn_car(world)
        turned = [carla.Transform(carla.Location(z=2), carla.Rotation(yaw=60.0 * k)) for k in range(others)]
        extra = [spawn_camera(world, car, "rgb", mount) for mount in turned]
        camera, images = spawn_camera(world, car)
        digest = hashlib.sha256()
        for _ in range(6):
            car.apply_control(carla.VehicleControl(throttle=0.5))
            world.tick()
            digest.update(pixels(images.get(timeout=20)).tobytes())
            for _, waiting in extra:
                waiting.get(timeout=20)
        camera.stop()
        hashes.append(digest.hexdigest())
    return {"hashes": hashes}


if __name__ == "__main__":
    run(globals())
