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
SHARES = "%"
"""Begins the unit of work that can't be counted: then amounts are parts of the total, and no speed is told."""


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
            done = f"{self.amount:,} of {self._total:,}" if is_countable(self._unit) else f"{100 * share:.0f}"
            self._console.print(f"  {self._title}: {done} {self._unit}{left}")


def is_countable(unit: str) -> bool:
    """Say whether a unit of work is one of which there are several, such as frames, and not a share of the whole."""
    return not unit.startswith(SHARES)


def say_rate(amount: int, unit: str, spent: float) -> str:
    """Tell how fast work went; nothing where that would say nothing: of shares, of single things, of a moment."""
    if not is_countable(unit) or amount < 2 or spent <= 1:
        return ""
    rate = amount / spent
    return f", {rate:,.0f} {unit}/s" if rate >= 10 else f", {rate:.1f} {unit}/s" if rate >= 0.1 else ""


class Display:
    """The console of a run."""

    def __init__(self, console: Console | None = None) -> None:
        self.console = console or Console(stderr=True, highlight=False)
        self.warnings: list[str] = []

    @contextmanager
    def stage(self, title: str, total: int, unit: str) -> Iterator[StageBar]:
        """Show a bar for a stage of `total` units of work while the block runs, then one closing line.

        unit: what is counted, in the plural; "% of …" if amounts are only shares of the total.
        """
        started = time.monotonic()
        if self.console.is_terminal:
            columns = (
                SpinnerColumn(),
                TextColumn("{task.description:<28}"),
                BarColumn(),
                MofNCompleteColumn() if is_countable(unit) else TextColumn("{task.percentage:>4.0f}"),
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
        self.say(f"[green]✓[/green] {title:<28} {spent:6.1f} s{say_rate(bar.amount, unit, spent)}")

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
