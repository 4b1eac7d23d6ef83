"""Graph servers by URL: how they are named, what is said when that is wrong, and an ArcadeDB that runs elsewhere."""

import asyncio
import socket
import threading
from pathlib import Path

import pytest

from graph_core.arcadedb import ArcadeServer
from graph_core.elsewhere import Address, named, reached
from graph_core.platform import Platform
from graph_core.server import Capability
from graph_core.verify import verify
from ontology.errors import Refused, Unavailable
from ontology.language import Fact, Source
from ontology.places import Place

Environment = pytest.MonkeyPatch


def name(monkeypatch: Environment, **settings: str) -> None:
    for setting in ("URL", "USER", "PASSWORD", "PASSWORD_FILE", "ADMIN"):
        monkeypatch.delenv(f"FOODFLOW_GRAPH_{setting}", raising=False)
    for setting, value in settings.items():
        monkeypatch.setenv(f"FOODFLOW_GRAPH_{setting}", value)


def test_without_an_address_there_is_no_server_elsewhere(monkeypatch: Environment) -> None:
    name(monkeypatch, PASSWORD="p")
    assert named() == []


def test_several_servers_share_a_password_or_have_one_a_line(monkeypatch: Environment, tmp_path: Path) -> None:
    both = "bolt://a:7687, bolt+s://b:7688"
    name(monkeypatch, URL=both, PASSWORD="p")
    assert named() == [Address("bolt://a:7687", "neo4j", "p"), Address("bolt+s://b:7688", "neo4j", "p")]
    secrets = tmp_path / "passwords"
    secrets.write_text("p1\np2\n")
    name(monkeypatch, URL=both, USER="me", PASSWORD_FILE=str(secrets))
    assert named() == [Address("bolt://a:7687", "me", "p1"), Address("bolt+s://b:7688", "me", "p2")]
    secrets.write_text("p1\n")
    assert [address.password for address in named()] == ["p1", "p1"]
    assert "p1" not in repr(named())


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"URL": "http://a:7474", "PASSWORD": "p"}, r"is named as bolt://HOST:PORT"),
        ({"URL": "neo4j://a:7687", "PASSWORD": "p"}, r"is named as bolt://HOST:PORT"),
        ({"URL": "bolt://", "PASSWORD": "p"}, r"is named as bolt://HOST:PORT"),
        ({"URL": "bolt://me:secret@a:7687"}, "FOODFLOW_GRAPH_URL holds a password: put it into FOODFLOW_GRAPH_PASSWORD"),
        ({"URL": "bolt://a:7687"}, "needs FOODFLOW_GRAPH_PASSWORD or FOODFLOW_GRAPH_PASSWORD_FILE"),
        ({"URL": "bolt://a:7687", "PASSWORD_FILE": "nowhere"}, "names nowhere, which cannot be read"),
    ],
)
def test_a_server_named_wrongly_is_refused_in_words_that_show_no_password(monkeypatch: Environment, settings: dict[str, str], words: str) -> None:
    name(monkeypatch, **settings)
    with pytest.raises(Refused, match=words) as raised:
        named()
    assert "secret" not in str(raised.value)


def test_a_file_with_too_few_passwords_is_refused_without_showing_them(monkeypatch: Environment, tmp_path: Path) -> None:
    file = tmp_path / "passwords"
    file.write_text("p1\np2\n")
    name(monkeypatch, URL="bolt://a bolt://b bolt://c", PASSWORD_FILE=str(file))
    with pytest.raises(Refused, match="holds 2 lines: write one password for all 3 servers, or one a line") as raised:
        named()
    assert "p1" not in str(raised.value)


def test_nobody_at_an_address_is_said_in_words() -> None:
    with pytest.raises(Unavailable, match=r"bolt://127.0.0.1:9 does not answer: start it, or check FOODFLOW_GRAPH_URL"):
        reached(Address("bolt://127.0.0.1:9", "neo4j", "p"))


def test_a_program_that_speaks_another_language_is_said_not_to_answer() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def answer() -> None:
            asked, _ = listening.accept()
            with asked:
                asked.recv(100)
                asked.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")

        thread = threading.Thread(target=answer)
        thread.start()
        with pytest.raises(Unavailable, match="does not answer"):
            reached(Address(f"bolt://127.0.0.1:{listening.getsockname()[1]}", "neo4j", "p"))
        thread.join()


@pytest.mark.engine("embedded")
def test_arcadedb_elsewhere_is_recognised_and_stands_behind_the_same_face(platform: Platform, tmp_path: Path, monkeypatch: Environment) -> None:
    server = platform.server
    assert isinstance(server, ArcadeServer)
    told = {"URL": server.bolt, "USER": "root", "PASSWORD": platform.folder.secret("root")}
    name(monkeypatch, **told)
    with pytest.raises(Refused, match="is ArcadeDB, which is administered over HTTP: set FOODFLOW_GRAPH_ADMIN"):
        Platform.start(tmp_path, "tests")
    name(monkeypatch, **told, ADMIN=server.http)
    elsewhere = Platform.start(tmp_path, "tests")
    try:
        elsewhere.create_tenant("acme")
        asyncio.run(_record(elsewhere))
        assert elsewhere.engine.alive()
        with pytest.raises(Unavailable, match=r"has no backups that lie where we can read them: `foodflow backup` is refused"):
            elsewhere.backup("acme", tmp_path)
        (part,) = elsewhere.server.parts()
        assert part.product.startswith("ArcadeDB ") and part.can == {Capability.DATABASES, Capability.USERS}
        elsewhere.drop_tenant("acme")
    finally:
        elsewhere.close()
    name(monkeypatch, **told, ADMIN="http://127.0.0.1:9")
    with pytest.raises(Unavailable, match="does not answer"):
        Platform.start(tmp_path, "tests")


@pytest.mark.engine("embedded")
def test_a_wrong_password_is_refused_in_words_without_it(platform: Platform, monkeypatch: Environment, tmp_path: Path) -> None:
    name(monkeypatch, URL=platform.server.bolt, USER="root", PASSWORD="not-this-one")
    with pytest.raises(Refused, match=r"refuses the user 'root': check FOODFLOW_GRAPH_USER and the password") as raised:
        Platform.start(tmp_path, "tests")
    assert "not-this-one" not in str(raised.value)


async def _record(platform: Platform) -> None:
    graph = platform.open(platform.owner("acme"))
    try:
        await graph.record([Fact(Place(owner="o", code="a"), Source("test", "a"))])
        assert await graph.read("MATCH (n:Place) RETURN n.code") == [["a"]]
        assert (await verify(graph, graph.head())).problems == []
    finally:
        await graph.close()
