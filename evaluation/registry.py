"""A folder is the registry: a file's name is what the user types, and its class carries that name in capitals."""

import importlib
import pkgutil
from difflib import get_close_matches
from types import ModuleType
from typing import Any

from simulator.errors import LiquidlaneError


def list_names(folder: ModuleType) -> tuple[str, ...]:
    """Give the names that a folder offers, in alphabetical order."""
    return tuple(
        sorted(found.name for found in pkgutil.iter_modules(folder.__path__) if not found.name.startswith("_"))
    )


def find_class(folder: ModuleType, name: str, kind: str) -> Any:
    """Give the class of `name`: `mean_offset` stands in mean_offset.py as MeanOffset.

    Args:
        folder: the package whose files are the choices.
        name: what the user typed.
        kind: what a file of this folder is called in a message ("metric", "condition").

    Raises:
        LiquidlaneError: if there is no such file.
    """
    names = list_names(folder)
    if name not in names:
        close = get_close_matches(name, names, n=1)
        hint = f"did you mean '{close[0]}'?" if close else f"there are {', '.join(names)}"
        raise LiquidlaneError(f"there is no {kind} '{name}' in {folder.__name__}: {hint}")
    module = importlib.import_module(f"{folder.__name__}.{name}")
    return getattr(module, "".join(word.capitalize() for word in name.split("_")))
