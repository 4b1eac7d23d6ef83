"""A server over the sample bakery for the whole run, and fresh folders without one."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.shell import Server, Shell, ended


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server over the sample bakery, stopped by Ctrl-C at the end."""
    server = Server(tmp_path_factory.mktemp("served"))
    yield server
    status, said = ended(server.process)
    assert (status, said.strip()) == (0, "Stopped.")


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    """A fresh folder without a server."""
    return Shell(tmp_path)
