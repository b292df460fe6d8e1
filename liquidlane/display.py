"""What a user sees while work goes on: one bar per stage with an estimate, plain lines where there is no terminal."""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    SpinnerColumn,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)

PLAIN_INTERVAL = 10.0
SHARE_TO_JUDGE_BY = 0.02


class StageBar:
    """Counts the work of one stage and shows it."""

    def __init__(self, progress: Progress | None, title: str, total: int, unit: str, console: Console) -> None:
        self._progress = progress
        self._console = console
        self._title, self._total, self._unit = title, total, unit
        self._started = self._told = time.monotonic()
        self.amount = 0
        self._task = None if progress is None else progress.add_task(title, total=total, unit=unit)

    def advance(self, amount: int) -> None:
        """Add to the amount of work that is done."""
        self.amount += amount
        if self._progress is not None and self._task is not None:
            self._progress.advance(self._task, amount)
        elif time.monotonic() - self._told > PLAIN_INTERVAL:
            self._told = time.monotonic()
            share = min(1.0, self.amount / max(1, self._total))
            spent = self._told - self._started
            left = f", about {spent * (1 - share) / share:.0f} s left" if share > SHARE_TO_JUDGE_BY else ""
            self._console.print(f"  {self._title}: {self.amount:,} of {self._total:,} {self._unit}{left}")


class Display:
    """The console of a run."""

    def __init__(self, console: Console | None = None) -> None:
        self.console = console or Console(stderr=True, highlight=False)
        self.warnings: list[str] = []

    @contextmanager
    def stage(self, title: str, total: int, unit: str) -> Iterator[StageBar]:
        """Show a bar for a stage of `total` units of work while the block runs, then one closing line."""
        started = time.monotonic()
        if self.console.is_terminal:
            columns = (
                SpinnerColumn(),
                TextColumn("{task.description:<28}"),
                BarColumn(),
                MofNCompleteColumn(),
                TextColumn("{task.fields[unit]}"),
                TimeElapsedColumn(),
                TextColumn("left"),
                TimeRemainingColumn(),
            )
            with Progress(*columns, console=self.console, transient=True) as progress:
                bar = StageBar(progress, title, total, unit, self.console)
                yield bar
        else:
            bar = StageBar(None, title, total, unit, self.console)
            yield bar
        spent = time.monotonic() - started
        rate = f", {bar.amount / spent:,.0f} {unit}/s" if bar.amount and spent > 1 else ""
        self.say(f"[green]✓[/green] {title:<28} {spent:6.1f} s{rate}")

    def reused(self, title: str, what: str) -> None:
        """Say that a stage had nothing to do."""
        self.say(f"[dim]· {title:<28} reused: {what}[/dim]")

    def say(self, text: str) -> None:
        """Print a line."""
        self.console.print(text)

    def warn(self, text: str) -> None:
        """Print a warning once, and keep it for the report."""
        if text not in self.warnings:
            self.warnings.append(text)
            self.console.print(f"[yellow]! {text}[/yellow]")


def print_result(text: str) -> None:
    """Print what the user asked for on standard output."""
    sys.stdout.write(text + "\n")
    sys.stdout.flush()
