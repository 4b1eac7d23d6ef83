"""The report of an investigation on the command line: a document or a workbook, the same a second time."""

from typing import Any

import httpx

from tests.cli.shell import Server

OPEN = """mutation { openInvestigation(input: {name: "Mouldy bread", hazard: "mould", number: "B-1"}) { id userErrors { message } } }"""


def opened(server: Server) -> str:
    """The investigation of these tests."""
    headers = {"Authorization": f"Bearer {server.keys['acme']}"}

    def ask(query: str) -> Any:
        return httpx.post(f"{server.url}/graphql", json={"query": query}, headers=headers, trust_env=False).json()["data"]

    known = ask('{ investigations(where: {number: {eq: "B-1"}}) { nodes { id } } }')["investigations"]["nodes"]
    return str(known[0]["id"] if known else ask(OPEN)["openInvestigation"]["id"])


def test_a_report_is_written_by_number_and_by_id_and_is_the_same(server: Server) -> None:
    id = opened(server)
    for kind, begins in (("pdf", b"%PDF"), ("xlsx", b"PK")):
        for name, named in (("one", "B-1"), ("two", id)):
            done = server("report", named, "--to", f"{name}.{kind}", "--tenant", "acme")
            assert (done.returncode, done.stdout) == (0, f"{name}.{kind}\n"), done.stderr
        one, two = ((server.folder / f"{name}.{kind}").read_bytes() for name in ("one", "two"))
        assert one == two and one.startswith(begins)


def test_what_cannot_be_written_is_said(server: Server) -> None:
    opened(server)
    for words, said in (
        (("B-2", "--to", "no.pdf"), "There is no investigation 'B-2'; there are:\n  B-1  Mouldy bread\n"),
        (("B-1", "--to", "no.doc"), "A report is a .pdf or an .xlsx file; no.doc is neither.\n"),
        (("B-1", "--to", "no.pdf", "--scope", "sure"), "There is no scope 'sure': choose of certain, probable, conceivable.\n"),
        (("B-1", "--to", "no.pdf", "--what-if", "Rye"), "The investigation has no what-if 'Rye'; it has none.\n"),
    ):
        done = server("report", *words, "--tenant", "acme")
        assert (done.returncode, done.stdout, done.stderr) == (1, "", said)
    assert not list(server.folder.glob("no.*"))
