"""The house rules hold in every file."""

import ast
import importlib.metadata
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
NOWHERE = ("/".join(("", "work", "")), "-".join(("-", "index", "url")), "-".join(("-", "find", "links")))
"""A path of one machine and addresses of an index, written so that this file may be looked at too."""
FOLDERS = ("ontology", "graph_core", "ingest", "algorithms", "resolvers", "enrichers", "edge", "dashboards")
TRACKED = subprocess.run(["git", "ls-files", "-co", "--exclude-standard"], cwd=ROOT, capture_output=True, text=True, check=True).stdout.splitlines()
MODULES = [ROOT / name for name in TRACKED if name.endswith(".py") and (ROOT / name).exists()]


@pytest.mark.parametrize("module", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_module_is_short_says_what_it_is_and_has_short_functions(module: Path) -> None:
    text = module.read_text()
    tree = ast.parse(text)
    assert len(text.splitlines()) <= 500
    assert ast.get_docstring(tree)
    assert not {"utils", "helpers", "manager", "common"} & set(module.relative_to(ROOT).with_suffix("").parts)
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            assert (node.end_lineno or 0) - node.lineno < 60, f"{node.name} is longer than 60 lines"


@pytest.mark.parametrize("folder", FOLDERS)
def test_a_folder_says_in_one_sentence_what_it_is(folder: str) -> None:
    said = ast.get_docstring(ast.parse((ROOT / folder / "__init__.py").read_text()))
    assert said and said.endswith(".")


def test_no_machine_path_and_no_index_address_stands_in_a_tracked_file() -> None:
    for name in TRACKED:
        path = ROOT / name
        if path.suffix in {".py", ".md", ".toml", ".txt", ".yml", ".json", ""} and path.is_file():
            text = path.read_text(errors="ignore")
            assert not [one for one in NOWHERE if one in text], name


def test_no_installed_distribution_brings_a_module_with_one_of_our_names() -> None:
    for distribution in importlib.metadata.distributions():
        if distribution.name == "foodflow-os":
            continue
        tops = {str(file).split("/")[0].removesuffix(".py") for file in distribution.files or ()}
        assert not tops & {*FOLDERS, "foodflow"}, distribution.name
