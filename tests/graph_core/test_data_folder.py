"""A data folder: of which version it is, and who holds it."""

import sqlite3
from pathlib import Path

import pytest

from graph_core.embedded import VERSION, DataFolder
from graph_core.registry import _STEPS, Registry, Tenant
from ontology.errors import Refused, Unavailable


def test_a_folder_is_marked_with_its_version_and_locked_once(tmp_path: Path) -> None:
    folder = DataFolder(tmp_path / "data")
    folder.lock("one program")
    assert (folder.path / "VERSION").read_text().strip() == str(VERSION)
    with pytest.raises(Unavailable, match=r"in use by one program \(process \d+\)"):
        DataFolder(folder.path).lock("another")
    folder.unlock()
    folder.lock("another")
    folder.unlock()


@pytest.mark.parametrize(("text", "words"), [("1", "older"), (str(VERSION + 1), "newer"), ("spoilt", "is no version"), (None, "older")])
def test_a_folder_of_another_version_is_refused_in_words(tmp_path: Path, text: str | None, words: str) -> None:
    (tmp_path / "registry.sqlite").touch()
    if text:
        (tmp_path / "VERSION").write_text(text)
    folder = DataFolder(tmp_path)
    with pytest.raises(Refused, match=words):
        folder.lock("a program")
    (tmp_path / "VERSION").write_text(str(VERSION))
    folder.lock("a program")
    folder.unlock()


def test_a_registry_of_an_older_version_is_upgraded_and_a_newer_one_refused(tmp_path: Path) -> None:
    file = tmp_path / "registry.sqlite"
    with sqlite3.connect(file) as old:
        old.executescript(f"{_STEPS[1]}PRAGMA user_version=1;")
        old.execute("INSERT INTO tenants VALUES('acme','t_1','2025','w','p','r','p')")
        old.execute("INSERT INTO jobs VALUES('imp_1','acme',NULL,'f','h',1,'fcl','done',1,1,1,0,0,0,'2025',NULL,NULL,NULL)")
    old.close()
    registry = Registry(file)
    assert [job.id for job in registry.jobs("acme")] == ["imp_1"] and registry.position("acme", "any") == 0
    registry.run("PRAGMA user_version=99")
    registry.close()
    with pytest.raises(Unavailable, match="newer FoodFlow OS"):
        Registry(file)


def test_a_registry_without_room_answers_in_one_sentence(tmp_path: Path) -> None:
    """SQLite's own limit stands for the full disk."""
    full = Registry(tmp_path / "registry.sqlite")
    full._db.execute("PRAGMA max_page_count=1")
    with pytest.raises(Unavailable, match="full.*make room"):
        for number in range(100):
            full.add_tenant(Tenant(f"t{number}", f"d{number}" * 50, "", "", "", "", ""))
    full.close()
