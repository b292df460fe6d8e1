"""What every config class shares: frozen, strict, made of plain values."""

from pydantic import BaseModel, ConfigDict


class Config(BaseModel):
    """Base of all configs. A wrong key, type or later assignment is an error.

    A config class stands beside the code that it configures; `liquidlane.experiment` assembles them.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", validate_default=True)
