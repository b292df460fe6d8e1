"""Where a server keeps its recorder logs. No name that a client sends leads out of there."""

from pathlib import Path

from simulator.errors import LiquidlaneError

DEFAULT = Path("carla-logs")
"""In the folder that the server was started in."""
LONGEST_NAME = 200


class LogFolder:
    """A folder for logs; made when the first one is written."""

    def __init__(self, path: Path = DEFAULT) -> None:
        self._path = path.absolute()

    def find(self, name: str) -> Path:
        """Give the file of a name; a whole path is taken if it is that of a file in the folder.

        Raises:
            LiquidlaneError: if the name is empty, too long, or leads elsewhere.
        """
        plain = "".join(" " if not letter.isprintable() else letter for letter in name)[:LONGEST_NAME]
        given = Path(plain)
        if plain != name or given.name in ("", ".."):
            raise LiquidlaneError(
                f"{plain!r} is no name for a log; give up to {LONGEST_NAME} letters that can be printed, such as "
                "drive.log"
            )
        path = self._path / given.name
        if (given != Path(given.name) and given != path) or path.is_symlink() or path.is_dir():
            raise LiquidlaneError(
                f"{plain!r} is not in the server's folder of logs; give a file's name alone, such as {given.name!r}. "
                f"The folder is {self._path}; choose another with --logs when the server starts"
            )
        return path

    def make(self, name: str) -> Path:
        """Give the file of a name, in a folder that exists.

        Raises:
            LiquidlaneError: see `find`; or if the folder can't be made.
        """
        path = self.find(name)
        try:
            self._path.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise LiquidlaneError(f"the folder {self._path} can't be made ({error.strerror})") from error
        return path
