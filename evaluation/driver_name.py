"""The name of a driver that bounds the scale, checked when a config is read."""

from typing import Annotated

from pydantic import AfterValidator

from evaluation import drivers
from evaluation.registry import list_names


def check_driver(name: str) -> str:
    """Give the name back.

    Raises:
        ValueError: if evaluation/drivers has no such file.
    """
    if name not in list_names(drivers):
        raise ValueError(f"there is no driver '{name}'; there are {', '.join(list_names(drivers))}")
    return name


DriverName = Annotated[str, AfterValidator(check_driver)]
