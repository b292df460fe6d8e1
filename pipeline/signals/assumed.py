"""What a recording does not say and had to be assumed: kept as facts for machines and as sentences for people."""

from typing import Any

from simulator.config import Config


class Assumed:
    """Collects assumptions.

    facts: name → value, for `Track.facts["assumed"]`. sentences: for `Recording.assumptions`. A value that the user
    gave is no assumption, but is told in the same place.
    """

    def __init__(self, options: Config | None = None) -> None:
        self._options = options
        self.facts: dict[str, Any] = {}
        self.sentences: list[str] = []

    def take(self, name: str, unit: str, because: str) -> Any:
        """Give the value of an option and write down that it was assumed, or given by the user.

        Args:
            name: of the field in the reader's Options.
            unit: such as "m"; may be empty.
            because: what the recording lacks: "the log holds normalised steering only".
        """
        value = getattr(self._options, name)
        self.note(name, value, unit, because, given=self.given(name))
        return value

    def given(self, name: str) -> bool:
        """Say whether the user gave an option."""
        return self._options is not None and name in self._options.model_fields_set

    def note(self, name: str, value: Any, unit: str, because: str, *, given: bool = False) -> None:
        """Write down an assumption that is no option."""
        if name in self.facts:
            return
        self.facts[name] = value
        shown = f"{value:g}" if isinstance(value, float) else str(value)
        what = f"{name.replace('_', ' ')} {shown}{' ' + unit if unit else ''}"
        self.sentences.append(f"{what} as given, since {because}" if given else f"{what}, since {because}")
