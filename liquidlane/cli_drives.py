"""The commands of `liquidlane drives`: list, show, export, repair."""

from pathlib import Path
from typing import Annotated

import typer

drives_app = typer.Typer(help="Look at the drives on disk; without a command, list those in data/drives.")


@drives_app.callback(invoke_without_command=True)
def drives(context: typer.Context) -> None:
    """List what is in data/drives unless a command says what to do."""
    if context.invoked_subcommand is None:
        list_drives()


@drives_app.command("list")
def list_drives(root: Annotated[Path, typer.Argument(help="A folder of drives.")] = Path("data/drives")) -> None:
    """List drives: frames, seconds, rate, recording."""
    from liquidlane.recordings import print_drives

    print_drives(root)


@drives_app.command("export")
def export(
    names: Annotated[list[str], typer.Argument(help="Drives, recordings or folders of drives, as listed.")],
    to: Annotated[Path, typer.Option(help="The folder to make.")],
    form: Annotated[str, typer.Option("--format", help="lerobot (LeRobot's format 3.0) or lerobot-2.1.")] = "lerobot",
    root: Annotated[Path, typer.Option(help="Where drives of a name are looked for.")] = Path("data/drives"),
) -> None:
    """Write drives as a data set of another format, for other programs.

    For example: liquidlane drives export my-recording --to ../my-lerobot-set --format lerobot. LeRobot then loads it
    with LeRobotDataset("me/my-lerobot-set", root="../my-lerobot-set").
    """
    from liquidlane.drive_export import export_and_print

    export_and_print(names, to, form, root)


@drives_app.command("show")
def show_drive(
    name: Annotated[str, typer.Argument(help="A drive's folder, or its name as listed.")],
    out: Annotated[Path, typer.Option(help="Where the picture goes.")] = Path("drive.png"),
    root: Annotated[Path, typer.Option(help="Where drives of a name are looked for.")] = Path("data/drives"),
) -> None:
    """Draw a contact sheet of a drive with its steering on the road, and plots of speed, curvature and time steps."""
    from liquidlane.drive_sheet import draw_drive
    from liquidlane.recordings import find_drive

    draw_drive(find_drive(name, root), out)


@drives_app.command("repair")
def repair_drive(folder: Annotated[Path, typer.Argument(help="A drive's folder.")]) -> None:
    """Finish a recording whose process was killed: all whole batches of frames become a drive."""
    from liquidlane.display import print_result
    from pipeline.drives.drive import repair

    print_result(f"{folder}: {len(repair(folder))} frames saved")
