"""Writes README.md's file tree: each source with the first sentence of its docstring. `python docs/file_tree.py`."""

import ast
import re
import sys
from pathlib import Path

TOP = Path(__file__).resolve().parent.parent
PACKAGES = ("liquidlane", "simulator", "pipeline", "evaluation")
BEGIN, END = "<!-- file tree: python docs/file_tree.py -->", "<!-- end of file tree -->"


def describe(file: Path) -> str:
    """Give the first sentence of a source's docstring."""
    docstring = ast.get_docstring(ast.parse(file.read_text())) or ""
    paragraph = " ".join(docstring.split("\n\n")[0].split())
    sentence = re.split(r"(?<! al)\.(?: |$)", paragraph, maxsplit=1)[0]
    return sentence.rstrip(".")


def draw_tree() -> str:
    """Give the tree as lines of text, folders after the files of the folder above."""
    lines: list[str] = []

    def add(folder: Path, depth: int) -> None:
        init = folder / "__init__.py"
        about = f"  # {describe(init)}" if init.exists() else ""
        lines.append(f"{'  ' * depth}{folder.name}/{about}")
        files = sorted(file for file in folder.glob("*.py") if file != init)
        lines.extend(f"{'  ' * (depth + 1)}{file.name:<{26 - 2 * depth}}{describe(file)}" for file in files)
        for inner in sorted(entry for entry in folder.iterdir() if entry.is_dir() and list(entry.glob("*.py"))):
            add(inner, depth + 1)

    for package in PACKAGES:
        add(TOP / package, 0)
    return "\n".join(lines)


def main() -> int:
    """Put the tree between the two marks of README.md."""
    readme = TOP / "README.md"
    text = readme.read_text()
    before, _, rest = text.partition(BEGIN)
    _, _, after = rest.partition(END)
    readme.write_text(f"{before}{BEGIN}\n\n```\n{draw_tree()}\n```\n\n{END}{after}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
