"""Drivers that learn, one file per model, found by its name.

A file `NAME.py` in this folder defines `Config` (a `simulator.config.Config`) and `Model`, a
`pipeline.driver.sequence.SequenceModel` made from it; then `NAME` works everywhere a model is named, and the contract
tests cover it. Nothing here imports torch until a model is named.
"""

import difflib
import importlib
import pkgutil
from collections.abc import Iterable, Mapping
from types import ModuleType
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from simulator.config import Config
from simulator.errors import LiquidlaneError

if TYPE_CHECKING:
    from pipeline.driver.sequence import SequenceModel


def model_names() -> list[str]:
    """List the models of this folder."""
    return sorted(module.name for module in pkgutil.iter_modules(__path__))


def make_config(name: str, overrides: Mapping[str, Any]) -> Config:
    """Make the config of a model from what differs from its defaults.

    Raises:
        LiquidlaneError: for an unknown model, key or value, with the nearest right one.
    """
    kind = _load(name).Config
    try:
        config: Config = kind(**overrides)
    except ValidationError as error:
        problem = error.errors()[0]
        place = ".".join(map(str, problem["loc"]))
        if problem["type"] == "extra_forbidden":
            known = kind.model_fields
            hint = _suggest(str(problem["loc"][-1]), known)
            raise LiquidlaneError(f"{place} is not a setting of the model {name}; {hint}") from error
        message = problem["msg"][0].lower() + problem["msg"][1:]
        given = f"{place} = {problem['input']!r}" if place else f"{problem['input']}"
        raise LiquidlaneError(f"{given} won't do for the model {name}: {message}") from error
    return config


def make_model(name: str, overrides: Mapping[str, Any], *, seed: int = 0) -> "SequenceModel":
    """Make a model with start weights that depend on (seed, "weights") only.

    Raises:
        LiquidlaneError: for an unknown model, key or value, with the nearest right one.
    """
    import torch

    from simulator.randomness import derive_seed

    config = make_config(name, overrides)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(derive_seed(seed, "weights"))
        try:
            model: SequenceModel = _load(name).Model(config)
        except ValueError as error:
            raise LiquidlaneError(f"the model {name} can't be built: {error}") from error
    return model


def _load(name: str) -> ModuleType:
    names = model_names()
    if name not in names:
        raise LiquidlaneError(f"there is no model named {name!r}; {_suggest(name, names)}")
    return importlib.import_module(f"{__name__}.{name}")


def _suggest(word: str, known: Iterable[str]) -> str:
    near = difflib.get_close_matches(word, known, n=1)
    return f"did you mean {near[0]!r}?" if near else f"choose one of {', '.join(sorted(known))}"
