"""Open files and memory: counted as the system counts them, and no tenant is made for which the engine could open too few files."""

import os
import resource
import subprocess
import sys
from pathlib import Path

import pytest

from graph_core.commands import usage_checks
from graph_core.platform import Platform
from graph_core.usage import FILES_OF_A_TENANT, Files, memory, open_files
from ontology.errors import Unavailable


def test_the_files_of_a_process_are_counted_with_their_limit() -> None:
    before = open_files(os.getpid())
    assert before
    with Path("/dev/null").open(), Path("/dev/null").open():
        within = open_files(os.getpid())
    assert within and within.used == before.used + 2 and within.limit == resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    assert open_files(None) is None and open_files(2**22 - 1) is None


def test_the_memory_of_a_tree_holds_that_of_its_children() -> None:
    alone = memory(os.getpid())
    child = subprocess.Popen(
        [sys.executable, "-c", "held = b'x' * 50_000_000; print(flush=True); input()"], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert child.stdout
    child.stdout.readline()
    together = memory(os.getpid(), child.pid)
    child.communicate(b"\n")
    assert alone and together and 50e6 < together - alone < 90e6


def test_the_room_is_told_in_tenants() -> None:
    assert Files(used=500, limit=20_000).room == (20_000 - 500 - 100) // FILES_OF_A_TENANT
    assert Files(used=950, limit=1_024).room == 0
    with pytest.raises(Unavailable, match=r"holds 950 of the 1,024 files.*ulimit -n"):
        Files(used=950, limit=1_024).need_room()


def test_a_tenant_takes_as_many_files_as_we_count_on_and_none_is_made_without_room(tmp_path: Path) -> None:
    platform = Platform.start(tmp_path, "test")
    try:
        pid = platform.engine.pid
        assert pid
        platform.create_tenant("one")
        before = open_files(pid)
        platform.create_tenant("two")
        after = open_files(pid)
        assert before and after and FILES_OF_A_TENANT - 20 < after.used - before.used <= FILES_OF_A_TENANT
        assert usage_checks(pid, ["one", "two"])[-1].problem is None
        resource.prlimit(pid, resource.RLIMIT_NOFILE, (after.used + 100 + 2 * FILES_OF_A_TENANT, after.limit))
        files = usage_checks(pid, ["one", "two"])[-1]
        assert "room for 2 more tenants" in files.found and files.problem and "ulimit -n" in files.problem
        resource.prlimit(pid, resource.RLIMIT_NOFILE, (after.used + FILES_OF_A_TENANT, after.limit))
        with pytest.raises(Unavailable, match="ulimit -n"):
            platform.create_tenant("three")
        assert [tenant.name for tenant in platform.registry.tenants()] == ["one", "two"] and len(platform.server.databases()) == 2
        platform.drop_tenant("one")
        dropped = open_files(pid)
        assert dropped and dropped.used < after.used - 100
    finally:
        platform.close()
