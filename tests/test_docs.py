"""What the documentation says is true: its code runs, its links lead somewhere, and nothing that can be set or called is left out."""

import json
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import httpx
import pytest
from graphql import build_schema, parse, validate
from typer.main import get_command

import foodflow
from graph_core.callers import Permission
from ingest.connector import connectors
from resolvers import pages
from tests.cli.shell import ROOT, Shell, ended, free_port, read_until

PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
FRAGMENTS = sorted((ROOT / "docs" / "changes").glob("*.md"))
TEXT = {page: page.read_text() for page in PAGES}


class Block(NamedTuple):
    """A fenced block: where it stands, its language and attributes, its text."""

    page: Path
    language: str
    told: str
    text: str

    def __str__(self) -> str:
        """Where it stands."""
        return f"{self.page.relative_to(ROOT)}: {self.text.strip().splitlines()[0]}"


def blocks(*languages: str) -> list[Block]:
    found = [Block(page, *match) for page, text in TEXT.items() for match in re.findall(r"^```(\w*)[ ]?(.*)\n([\s\S]*?)^```$", text, re.M)]
    return [block for block in found if not languages or block.language in languages]


SCHEMA = build_schema((ROOT / "schema.graphql").read_text(), assume_valid=True)


def commands(group: object = None, before: str = "foodflow") -> Iterator[str]:
    parts = getattr(group or get_command(foodflow.app), "commands", {})
    for name, part in parts.items():
        if not part.hidden:
            yield f"{before} {name}"
            yield from commands(part, f"{before} {name}")


def test_every_block_is_of_a_language_that_is_checked_here_or_shows_text() -> None:
    assert {block.language for block in blocks()} <= {"python", "console", "sh", "json", "graphql", "text"}


@pytest.mark.parametrize("block", blocks("python"), ids=str)
def test_a_python_block_runs(block: Block) -> None:
    exec(compile(block.text, str(block.page), "exec"), {})


@pytest.mark.parametrize("block", blocks("json"), ids=str)
def test_a_json_block_is_json(block: Block) -> None:
    assert json.loads(block.text)


@pytest.mark.parametrize("block", blocks("graphql"), ids=str)
def test_a_graphql_block_asks_what_the_schema_has(block: Block) -> None:
    assert validate(SCHEMA, parse(block.text)) == []


@pytest.mark.parametrize("block", blocks("sh"), ids=str)
def test_a_make_line_names_a_target(block: Block) -> None:
    targets = re.findall(r"^([\w-]+):", (ROOT / "Makefile").read_text(), re.M)
    for line in block.text.splitlines():
        assert line.startswith("make ") and line.split()[1] in targets


def test_the_commands_and_questions_of_the_tutorial_and_the_readme_work_in_their_order(tmp_path: Path) -> None:
    shell = Shell(tmp_path)
    page = ROOT / "docs" / "tutorial.md"
    demo, *rest = [block for block in blocks("console", "json", "graphql") if block.page == page]
    assert demo.text == "$ foodflow demo --answer-only\n"
    serving = shell.start("demo", "--port", str(free_port()))  # one start of the engine: it answers as above, and then serves
    try:
        assert "re-labelled 48088 as 6832" in read_until(serving.stdout, "Ctrl-C stops.")
        said = ""
        for block in rest:
            if block.language == "json":
                (tmp_path / block.told.removeprefix("file=")).write_text(block.text)
            elif block.language == "graphql":
                assert "Flour L42" in asked(shell, "acme", block.text)
            for line in block.text.splitlines() if block.language == "console" else ():
                said = run(shell, line, said, int(block.told.removeprefix("status=") or 0))
        assert "The journal is whole" in said
        for block in blocks("graphql"):
            if block.page != page:
                made = re.search(r'"id":"(\w+)"', said)
                said = asked(shell, "outbreak-2011", block.text.replace("INVESTIGATION_ID", made[1] if made else ""))
                assert re.search(ANSWERS.get(block.page.name, "outbreak-2011"), said), said
    finally:
        assert ended(serving)[0] == 0


ANSWERS = {
    "README.md": "48088",
    "investigations.md": r'"number":"INV-|"evidence":0',
    "repair.md": '"looseEnds":0',
    "recalls.md": r'"kilograms":14525.0|"mockRecalls"|"inStock"|"anomalies"',
}
"""What the questions of a page are answered with."""


def asked(shell: Shell, tenant: str, question: str) -> str:
    """What the server answers to a question of a page, asked as the owner of the data folder."""
    server = json.loads((shell.folder / "data" / "server.json").read_text())
    headers = {"Authorization": f"Bearer {server['secret']}", "FoodFlow-Tenant": tenant}
    answer = httpx.post(f"{server['url']}/graphql", json={"query": question}, headers=headers)
    assert "errors" not in answer.json(), answer.text
    return answer.text


def run(shell: Shell, line: str, before: str, status: int) -> str:
    """Run one line of a page as a reader does, with the names that the output before gave; answers what it printed."""
    for name, pattern in (("IMPORT_ID", r"imp_\w+"), ("BACKUP_FILE", r"\S+\.foodflow")):
        if name in line:
            found = re.search(pattern, before)
            assert found, before
            line = line.replace(name, found[0])
    program, *words = line.removeprefix("$ ").split()
    if program != "foodflow":
        assert subprocess.run(line.removeprefix("$ "), shell=True, cwd=shell.folder, check=True).returncode == 0
        return before
    done = shell(*words)
    assert done.returncode == status, f"{line}\n{done.stdout}{done.stderr}"
    return done.stdout


def test_console_blocks_stand_in_the_tutorial_alone_where_they_are_run() -> None:
    assert {block.page.name for block in blocks("console")} == {"tutorial.md"}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_to_a_page_leads_to_one(page: Path) -> None:
    for target in re.findall(r"\]\(([^)#]+)[^)]*\)", TEXT[page]):
        assert target.startswith("http") or (page.parent / target).exists(), target


def test_every_command_connector_setting_and_permission_is_documented() -> None:
    reference = TEXT[ROOT / "docs" / "commands.md"]
    assert [name for name in commands() if f"\n## {name}\n" not in reference] == []
    formats = TEXT[ROOT / "docs" / "formats.md"]
    for connector in connectors():
        assert f"\n## {connector.name}\n" in formats and connector.sample.strip() in formats, connector.name
    assert [one for one in Permission if f"`{one}`" not in TEXT[ROOT / "docs" / "tutorial.md"]] == []


def test_every_setting_in_the_code_is_documented_and_no_other() -> None:
    code = [*ROOT.glob("*.py"), ROOT / "Makefile", ROOT / "tests" / "conftest.py"]
    code += [file for folder in ("graph_core", "ingest", "resolvers", "algorithms", "ontology") for file in (ROOT / folder).rglob("*.py")]
    text = "\n".join(file.read_text() for file in code)
    used = set(re.findall(r"FOODFLOW_[A-Z_]+[A-Z]", text))
    told = set(re.findall(r"^\| `(FOODFLOW_\w+)`", TEXT[ROOT / "docs" / "settings.md"], re.M))
    assert used == told


@pytest.mark.parametrize("fragment", FRAGMENTS, ids=lambda path: path.name)
def test_a_fragment_of_the_changes_is_one_sentence(fragment: Path) -> None:
    said = fragment.read_text()
    assert re.fullmatch(r"\+?[\w-]+\.(added|changed|fixed|removed)\.md", fragment.name)
    assert re.fullmatch(r"[A-Z][^\n]*\.\n", said) and ". " not in said.replace("EPCIS 2.0", "")


def test_the_links_of_a_page_as_the_server_shows_it_lead_to_pages_of_the_server() -> None:
    shown = pages.documents()
    for name, path in shown.items():
        for target in re.findall(r'href="/docs/?([^"#]*)', pages.rendered(path.read_text(), str(Path(name).parent))):
            assert (target or "README") in shown, f"{name}: {target}"
