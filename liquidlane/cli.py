"""The command line. Imports nothing heavy until a command runs, so that `--help` answers at once."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from liquidlane.cli_drives import drives_app
from simulator.errors import LiquidlaneError

app = typer.Typer(
    name="liquidlane",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
    help="Trains a driver of 19 liquid neurons to keep a car in its lane, and proves in closed loop how well it "
    "does.\n\n"
    "Start with [bold]liquidlane run configs/quick.yaml[/bold]: it collects drives on generated roads, trains, drives "
    "unseen roads and writes a report. Everything finished is kept and reused; a stopped run goes on where it was.",
)
bench_app = typer.Typer(no_args_is_help=True, help="Measure how fast this machine works.")
app.add_typer(bench_app, name="bench")
app.add_typer(drives_app, name="drives")

ConfigPath = Annotated[Path, typer.Argument(help="The experiment, a YAML file such as configs/quick.yaml.")]
Overrides = Annotated[
    list[str] | None, typer.Argument(help="Any field as key=value, for example train.epochs=4 world.server=host:2000.")
]


def _run(config: Path, overrides: list[str] | None, until: str) -> None:
    from liquidlane.display import Display, print_result
    from liquidlane.experiment import load_experiment
    from liquidlane.run import run

    try:
        page = run(load_experiment(config, overrides or []), Display(), until=until)
    except KeyboardInterrupt:
        sys.stderr.write("liquidlane: stopped; run the same command again to go on where it was\n")
        raise typer.Exit(130) from None
    if page is not None:
        print_result(str(page))


@app.command()
def run(config: ConfigPath, overrides: Overrides = None) -> None:
    """Go the whole way: collect or ingest drives, train, benchmark in closed loop, compare, report.

    Prints the path of the report on standard output. What is finished already is reused, so a second run takes seconds.
    """
    _run(config, overrides, "report")


@app.command()
def collect(config: ConfigPath, overrides: Overrides = None) -> None:
    """Only collect the expert's drives (and ingest recordings, if the config names some)."""
    _run(config, overrides, "collect")


@app.command()
def train(config: ConfigPath, overrides: Overrides = None) -> None:
    """Collect what is missing and train the experiment's models."""
    _run(config, overrides, "train")


@app.command()
def benchmark(config: ConfigPath, overrides: Overrides = None) -> None:
    """Do all up to the closed-loop benchmark; leave the report out."""
    _run(config, overrides, "benchmark")


@app.command()
def report(config: ConfigPath, overrides: Overrides = None) -> None:
    """Write the report again, doing first whatever it still lacks (the same as `run`)."""
    _run(config, overrides, "report")


@app.command()
def ingest(
    path: Annotated[Path, typer.Argument(help="A recording: a folder, a file or an archive.")],
    options: Annotated[
        list[str] | None, typer.Argument(help="What only the reader knows, as key=value, for example wheelbase=2.5.")
    ] = None,
    source: Annotated[
        str | None, typer.Option(help="Its format, the name of a reader in pipeline/ingest/; default: recognised.")
    ] = None,
    out: Annotated[
        Path | None, typer.Option(help="Where the drives go; default data/drives/ingested/NAME-OF-PATH.")
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only inspect; write nothing.")] = False,
) -> None:
    """Turn a recording into drives; bad frames are counted and set aside with a reason.

    Says which format it is and how sure that is, prints a table of the drives, and writes the same to ingest.json.
    A killed ingest goes on where it was; a finished one is found again.
    """
    from liquidlane.recordings import ingest_and_print

    ingest_and_print(path, source, out, options or [], dry_run)


@app.command()
def inspect(
    data: Annotated[Path, typer.Argument(help="A folder of drives, or a config whose drives are there already.")],
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
    plots: Annotated[Path | None, typer.Option(help="A folder that gets a page (PNG) of each drive.")] = None,
    config: Annotated[Path | None, typer.Option(help="Compare pictures across the splits of this config.")] = None,
    pictures: Annotated[int, typer.Option(min=0, help="How many to look at in all, about; 0 looks at all.")] = 20_000,
    strict: Annotated[bool, typer.Option("--strict", help="End with exit code 1 if anything is wrong.")] = False,
) -> None:
    """Check drives before training: standstill, steering, frozen cameras, exposure, leakage, delays, time.

    Each finding says which drive, how bad, and what to do.
    """
    from liquidlane.inspection import inspect_and_print

    if not inspect_and_print(data, config, pictures, plots, as_json=as_json) and strict:
        raise typer.Exit(1)


@app.command()
def serve(
    host: Annotated[
        str, typer.Option(help="Address to listen on. 0.0.0.0 lets other machines in, with a warning.")
    ] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Port for clients; 0 takes a free one. CARLA's usual one is 2000.")] = 0,
    stream_port: Annotated[int, typer.Option(help="Port for sensor data; 0 takes a free one.")] = 0,
    road: Annotated[
        str, typer.Option(help="First map: generated:SEED, ring:SEED, file:PATH or file:PATH#ID; empty: built-in ring.")
    ] = "",
    season: Annotated[str, typer.Option(help="Season of that map: summer, autumn, winter or spring.")] = "summer",
    weather: Annotated[
        str, typer.Option(help="Weather at the start: a preset of carla.WeatherParameters, name=value, or both.")
    ] = "Default",
    seed: Annotated[int | None, typer.Option(help="Seed of that map's looks: textures, trees, houses.")] = None,
    logs: Annotated[Path, typer.Option(help="Folder of recorder logs (client.start_recorder).")] = Path("carla-logs"),
) -> None:
    """Start the embedded server: a driving world that scripts written for CARLA 0.9.16 connect to, without a GPU.

    Prints one line of JSON, {"host", "port", "version"}, when it is ready. Then,
    in another shell, with the official client (pip install carla==0.9.16):

        liquidlane serve --port 2000
        python examples/autopilot_video.py --port 2000

    [bold]Other worlds[/bold]

        liquidlane serve --road generated:7 --season winter
        liquidlane serve --road file:town.xodr --weather HardRainSunset
        liquidlane serve --weather ClearNoon,fog_density=60,fog_distance=5

    Any script can load its own OpenDRIVE road (client.generate_opendrive_world)
    and set the weather (world.set_weather). Which calls are served, and how,
    stands in docs/carla-api.md; one that is not served fails with a sentence
    that names it and what to do instead.

    [bold]Good to know[/bold]

    It ends at Ctrl-C, at SIGTERM, or when a pipe at its standard input ends.
    Take another port, or port 0, when clients of the last one may still run.

    It listens on this machine only unless --host says otherwise, and has no
    passwords: like CARLA, keep it on a network that you trust. CARLA's Traffic
    Manager (autopilot) runs inside the client and opens a port of its own there,
    on all networks, whatever you say here.
    """
    from simulator.embedded.serve import serve as serve_world
    from simulator.embedded.start import make_start

    serve_world(host, port, stream_port, make_start(road, season, weather, seed), logs)


@app.command()
def drive(
    checkpoint: Annotated[str, typer.Argument(help="A checkpoint's folder, or the name of a driver such as expert.")],
    road: Annotated[str, typer.Option(help="generated:SEED, file:PATH#ID@TURNS, osm:PATH, town:Town04#12.")] = (
        "generated:900001"
    ),
    video: Annotated[Path, typer.Option(help="Where the video goes.")] = Path("drive.mp4"),
    seconds: Annotated[float, typer.Option(help="How long to drive at most.")] = 30.0,
    condition: Annotated[str, typer.Option(help="A condition of evaluation/conditions/, such as noise.")] = "clear",
    seed: Annotated[int, typer.Option(help="Seed of the world's look.")] = 0,
    server: Annotated[str, typer.Option(help="'embedded', or host:port of a CARLA server.")] = "embedded",
    recording: Annotated[Path | None, typer.Option(help="Show it this recorded drive instead.")] = None,
) -> None:
    """Drive one road and film it, or film a recorded drive with the recorded and the predicted steering on the road."""
    from liquidlane.film import film

    film(checkpoint, recording, road, video, seconds, condition, seed, server)


@app.command()
def doctor() -> None:
    """Say what works on this machine: Python, packages, cores, memory, the embedded server, a compiler."""
    from liquidlane.doctor import examine

    if not examine():
        raise typer.Exit(1)


@app.command()
def clean(
    root: Annotated[Path, typer.Option(help="The folder that holds data/ and checkpoints/.")] = Path(),
    keep: Annotated[
        list[Path] | None, typer.Option(help="Configs whose results to keep (default: all in configs/).")
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Remove without asking.")] = False,
) -> None:
    """Show what takes space and remove what no config's results need: old drives, caches, checkpoints, episodes."""
    from liquidlane.clean import clean_up

    clean_up(root, keep, yes)


@app.command()
def schema(out: Annotated[Path | None, typer.Option(help="A file; default is standard output.")] = None) -> None:
    """Write the JSON schema of configs, for completion in editors."""
    import json

    from liquidlane.display import print_result
    from liquidlane.experiment import Experiment

    text = json.dumps(Experiment.model_json_schema(), indent=1)
    if out is None:
        print_result(text)
    else:
        out.write_text(text + "\n")


@bench_app.command("train")
def bench_train(
    eyes: Annotated[str, typer.Option(help="The convolutional head: light (32 x 100 px) or paper (78 x 200 px).")] = (
        "light"
    ),
    model: Annotated[
        list[str] | None, typer.Option(help="Only this model (ncp-cfc, ncp-ltc, lstm, cnn); may stand repeatedly.")
    ] = None,
) -> None:
    """Show where the time of a training step goes: data, augmentation, head, recurrent cell, backward, optimiser."""
    from liquidlane.step_times import SIZES, models_of, print_step_times

    if eyes not in SIZES:
        raise LiquidlaneError(f"there is no head {eyes!r}; choose light or paper")
    for name in model or ():
        if name not in models_of(eyes):
            raise LiquidlaneError(f"there is no model {name!r} to measure; choose one of {', '.join(models_of(eyes))}")
    print_step_times(eyes, model)


def main() -> None:
    """Run the command line; what the user can repair ends as one sentence and exit code 2."""
    try:
        app()
    except LiquidlaneError as error:
        sys.stderr.write(f"liquidlane: {error}\n")
        sys.exit(2)


if __name__ == "__main__":
    main()
