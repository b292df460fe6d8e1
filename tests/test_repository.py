"""The files around the code agree with each other: lock, container, citation, docs, configs."""

import ast
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
import tomllib
import yaml
from packaging.requirements import Requirement
from packaging.version import Version

ROOT = Path(__file__).resolve().parents[1]
PROJECT: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
MOST_BYTES = 2_000_000
DOCUMENTS = sorted(
    [*(ROOT / "docs").glob("*.md"), *ROOT.glob("*.md"), ROOT / "data/README.md", ROOT / "checkpoints/README.md"]
)


def read_lock() -> dict[str, Version]:
    """Give the pins: normalised name → version. Anything but an exact pin is an error."""
    pins: dict[str, Version] = {}
    for line in (ROOT / "requirements.lock").read_text().splitlines():
        if not line or line.startswith("#"):
            continue
        requirement = Requirement(line)
        (specifier,) = requirement.specifier
        assert specifier.operator == "==" and "*" not in specifier.version, f"{line} is not an exact pin"
        name = normalise(requirement.name)
        assert name not in pins, f"{name} is pinned twice"
        pins[name] = Version(specifier.version)
    return pins


def normalise(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def list_tracked() -> list[Path]:
    """Give the files in git, or skip outside a clone (in an image, say)."""
    if not (ROOT / ".git").exists():
        pytest.skip("not a git clone")
    names = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    return [ROOT / name for name in names.split("\0") if name and (ROOT / name).is_file()]


def test_lock_covers_the_dependencies() -> None:
    pins = read_lock()
    build: list[str] = tomllib.loads((ROOT / "pyproject.toml").read_text())["build-system"]["requires"]
    extras: dict[str, list[str]] = PROJECT["optional-dependencies"]
    for text in [*PROJECT["dependencies"], *extras["dev"], *build]:
        requirement = Requirement(text)
        version = pins.get(normalise(requirement.name))
        assert version is not None, f"requirements.lock does not pin {requirement.name}"
        assert requirement.specifier.contains(version), f"the lock's {requirement.name} {version} is outside {text}"


def test_lock_is_what_the_tests_run_on() -> None:
    from importlib.metadata import distributions

    pins = read_lock()
    installed = {normalise(found.metadata["Name"]): Version(found.version) for found in distributions()}
    others = {
        f"{name}: locked {pin}, installed {installed[name]}"
        for name, pin in pins.items()
        if name in installed and Version(installed[name].public) != pin
    }
    assert not others, "run `make install`: " + "; ".join(sorted(others))


def test_container_agrees_with_the_lock() -> None:
    pins = read_lock()
    compose = yaml.safe_load((ROOT / "compose.yaml").read_text())
    services = compose["services"]
    assert services["carla"]["image"] == f"carlasim/carla:{pins['carla']}"
    assert f"carla=={pins['carla']}" in PROJECT["dependencies"]

    dockerfile = (ROOT / "Dockerfile").read_text()
    bases = dict(re.findall(r"^FROM (\S+) AS (\S+)$", dockerfile, re.MULTILINE))
    outside = [image for image in bases if image not in bases.values()]
    assert outside, "the Dockerfile has no base image"
    for image in outside:
        found = re.fullmatch(r"python:(3\.\d+)\.\d+-slim-\w+", image)
        assert found, f"{image} is not pinned to a Python release"
        assert found[1] in {"3.11", "3.12"}, "requirements.lock holds for Python 3.11 and 3.12"
    targets = set(re.findall(r"^FROM \S+ AS (\S+)$", dockerfile, re.MULTILINE))
    assert {"cpu", "cuda"} <= targets
    default = re.fullmatch(r"\$\{\w+:-(\w+)\}", services["liquidlane"]["build"]["target"])
    assert default and default[1] in targets
    users = re.findall(r"^USER (\S+)$", dockerfile, re.MULTILINE)
    assert len(users) == 2 and set(users) <= {"1000"}, "both targets run without root"


def test_compose_drives_its_own_server() -> None:
    services = yaml.safe_load((ROOT / "compose.yaml").read_text())["services"]
    verb, config, *overrides = services["liquidlane"]["command"]
    assert verb == "run" and config == "configs/carla.yaml"
    assert "world.server=carla:2000" in overrides
    assert "-carla-rpc-port=2000" in services["carla"]["command"]
    for service in services.values():
        (device,) = service["deploy"]["resources"]["reservations"]["devices"]
        assert device["capabilities"] == ["gpu"]
    for published in services["carla"]["ports"]:
        assert published.startswith("127.0.0.1:"), "CARLA has no passwords: publish its ports on loopback only"


def test_citation_is_valid() -> None:
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text())
    assert {"cff-version", "message", "title", "authors"} <= set(citation), "required by the citation file format"
    assert str(citation["version"]) == PROJECT["version"]
    assert citation["license"] == PROJECT["license"] == "Apache-2.0"
    assert f"## {PROJECT['version']}" in (ROOT / "CHANGELOG.md").read_text()
    assert "Version 2.0, January 2004" in (ROOT / "LICENSE").read_text()


def find_paths(text: str) -> set[str]:
    """Give what a document names in back-quotes that looks like a path under one of the repository's folders."""
    top = r"(?:benchmarks|checkpoints|configs|data|docs|evaluation|liquidlane|pipeline|simulator|tests)"
    found = re.findall(rf"`({top}/[^`\s#]*)`", text)
    return {path for path in found if not re.search(r"[<>{}*…]|NAME", path)}


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_documents_name_what_exists(document: Path) -> None:
    text = document.read_text()
    made_by_commands = ("data/", "checkpoints/")
    missing = {
        path for path in find_paths(text) if not path.startswith(made_by_commands) and not (ROOT / path).exists()
    }
    links = re.findall(r"\]\((?!https?://|#|mailto:)([^)#\s]+)[^)]*\)", text)
    missing |= {link for link in links if not (document.parent / link).exists()}
    assert not missing, f"{document.relative_to(ROOT)} names what isn't there: {sorted(missing)}"


def test_paths_are_found_in_documents() -> None:
    text = "see `pipeline/ingest/<name>.py`, `simulator/world.py`, `pipeline/`, `data/drives/` and `make run`"
    assert find_paths(text) == {"simulator/world.py", "pipeline/", "data/drives/"}


def test_no_large_file_is_tracked() -> None:
    large = {path.relative_to(ROOT).as_posix(): path.stat().st_size for path in list_tracked()}
    large = {name: size for name, size in large.items() if size > MOST_BYTES}
    assert not large, f"keep data out of git: {large}"


def test_data_stays_out_of_git() -> None:
    tracked = {path.relative_to(ROOT).as_posix() for path in list_tracked()}
    assert {name for name in tracked if name.startswith("data/")} <= {"data/README.md"}
    assert not {name for name in tracked if name.endswith((".nbi", ".nbc", ".pyc", ".parquet"))}


def test_liquid_core_depends_on_nothing_else_here() -> None:
    """import-linter can't forbid a package its own siblings, so this does."""
    sources = sorted((ROOT / "pipeline/liquid").rglob("*.py"))
    assert sources
    for path in sources:
        for node in ast.walk(ast.parse(path.read_text())):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            if isinstance(node, ast.ImportFrom):
                names = [node.module or ""]
            for name in names:
                ours = name.split(".")[0] in {"liquidlane", "evaluation", "pipeline", "simulator"}
                assert not ours or name.startswith("pipeline.liquid"), f"{path.relative_to(ROOT)} imports {name}"


@pytest.mark.parametrize(
    "config", sorted((ROOT / "configs").rglob("*.yaml")), ids=lambda path: path.relative_to(ROOT).as_posix()
)
def test_every_config_is_valid(config: Path) -> None:
    from liquidlane.experiment import load_experiment

    load_experiment(config)


def test_readme_lists_every_source() -> None:
    readme = (ROOT / "README.md").read_text()
    for package in ("liquidlane", "simulator", "pipeline", "evaluation"):
        for file in (ROOT / package).rglob("*.py"):
            if file.name != "__init__.py":
                assert f" {file.name} " in readme, f"{file}: run python docs/file_tree.py"
