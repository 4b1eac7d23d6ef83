"""A tenant in one file, and back."""

import asyncio
import json
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from graph_core.foodgraph import FoodGraph
from graph_core.platform import Platform
from graph_core.verify import verify
from ontology.errors import Refused
from ontology.language import Fact, Source
from ontology.places import Place

pytestmark = pytest.mark.engine("embedded")  # Neo4j backs itself up


def tell(platform: Platform, tenant: str, *codes: str) -> None:
    async def work() -> None:
        graph = platform.open(platform.owner(tenant))
        try:
            await graph.record([Fact(Place(owner="o", code=code), Source("test", code)) for code in codes])
        finally:
            await graph.close()

    asyncio.run(work())


def told(platform: Platform, tenant: str) -> list[str]:
    """The codes of all places, after a whole verification."""

    async def work(graph: FoodGraph) -> list[str]:
        assert (await verify(graph, graph.head())).problems == []
        return [row[0] for row in await graph.read("MATCH (n:Place) RETURN n.code ORDER BY n.code")]

    async def opened() -> list[str]:
        graph = platform.open(platform.owner(tenant))
        try:
            return await work(graph)
        finally:
            await graph.close()

    return asyncio.run(opened())


def test_a_tenant_comes_back_under_another_name_and_goes_on(platform: Platform, tenant: str, tmp_path: Path) -> None:
    tell(platform, tenant, "a", "b")
    secret = platform.registry.create_key(tenant, "someone")
    file = platform.backup(tenant, tmp_path)
    assert secret.encode() not in file.read_bytes() and file.stat().st_mode & 0o077 == 0
    platform.restore(file, f"{tenant} again")
    assert told(platform, f"{tenant} again") == ["a", "b"]
    tell(platform, f"{tenant} again", "c")
    assert told(platform, f"{tenant} again") == ["a", "b", "c"] and told(platform, tenant) == ["a", "b"]
    before, after = (platform.registry.tenant(name) for name in (tenant, f"{tenant} again"))
    assert not {before.writer_password, before.reader_password} & {after.writer_password, after.reader_password}


def test_an_old_backup_over_a_newer_journal_must_be_asked_for_and_leaves_one_head(platform: Platform, tenant: str, tmp_path: Path) -> None:
    tell(platform, tenant, "a")
    file = platform.backup(tenant, tmp_path)
    tell(platform, tenant, "b")
    with pytest.raises(Refused, match="There is a tenant .* already"):
        platform.restore(file, tenant)
    assert told(platform, tenant) == ["a", "b"]
    dropped = platform.registry.tenant(tenant).database
    platform.restore(file, tenant, replace=True)
    assert told(platform, tenant) == ["a"] and platform.registry.head(tenant).seq == 1
    assert dropped not in platform.server.databases()
    tell(platform, tenant, "c")
    assert told(platform, tenant) == ["a", "c"]


def test_a_key_revoked_after_the_backup_stays_revoked(platform: Platform, tenant: str, tmp_path: Path) -> None:
    secret = platform.registry.create_key(tenant, "someone")
    file = platform.backup(tenant, tmp_path)
    platform.registry.run("UPDATE keys SET revoked=created WHERE tenant=?", tenant)
    platform.restore(file, tenant, replace=True)
    assert platform.registry.caller_of(secret) is None


def newer(manifest: bytes) -> bytes:
    return json.dumps(json.loads(manifest) | {"version": 99}).encode()


SPOILT: dict[str, tuple[Callable[[Path], object], str]] = {
    "cut off": (lambda file: file.write_bytes(file.read_bytes()[:-4000]), "damaged or no backup"),
    "other content": (lambda file: repacked(file, "registry.json", lambda text: text.replace(b"someone", b"anotherr")), "is damaged"),
    "newer": (lambda file: repacked(file, "manifest.json", newer), "written by a newer FoodFlow OS"),
    "no backup": (lambda file: file.write_text("hello"), "damaged or no backup"),
    "absent": (lambda file: file.unlink(), "cannot be read"),
}


def repacked(file: Path, name: str, change: Callable[[bytes], bytes]) -> None:
    with zipfile.ZipFile(file) as held:
        content = {one: held.read(one) for one in held.namelist()}
    with zipfile.ZipFile(file, "w") as out:
        for one, text in content.items():
            out.writestr(one, change(text) if one == name else text)


@pytest.mark.parametrize("how", SPOILT)
def test_a_spoilt_backup_is_refused_in_words_and_nothing_is_left_of_it(platform: Platform, tenant: str, tmp_path: Path, how: str) -> None:
    tell(platform, tenant, "a")
    platform.registry.create_key(tenant, "someone")
    file = platform.backup(tenant, tmp_path)
    spoil, words = SPOILT[how]
    spoil(file)
    before = platform.server.databases()
    with pytest.raises(Refused, match=words):
        platform.restore(file, tenant, replace=True)
    assert platform.server.databases() == before and told(platform, tenant) == ["a"]
