"""What only the owner of the data folder may do, and the file that says where the server is."""

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from resolvers.serving import Serving, new_secret, serving
from tests.resolvers.conftest import Desk

Run = Callable[[Any], Any]


def test_nobody_else_may(at_desk: Run, tenant: str) -> None:
    async def work(desk: Desk) -> None:
        for headers in ({}, desk.of(tenant).headers, {"Authorization": f"Bearer {new_secret()}"}):
            for path in ("/local/links", "/local/backup", "/local/restore", "/local/export"):
                answer = await desk.client.post(path, json={"name": "x", "tenant": tenant, "folder": "/tmp", "file": "/tmp/x"}, headers=headers)
                assert answer.status_code == 403 and answer.json()["errors"][0]["extensions"]["code"] == "FORBIDDEN"

    at_desk(work)


def test_the_owner_asks_for_any_tenant_by_name(at_desk: Run, company: str) -> None:
    async def work(desk: Desk) -> None:
        owner = {"Authorization": f"Bearer {desk.service.secret}"}
        query = {"query": "{ caller { name tenant } lots { totalCount } }"}
        found = (await desk.client.post("/graphql", json=query, headers=owner | {"FoodFlow-Tenant": company})).json()["data"]
        assert found["caller"]["name"].startswith("local:") and found["lots"]["totalCount"] == 120
        unsaid = await desk.client.post("/graphql", json=query, headers=owner)
        assert unsaid.json()["errors"][0]["extensions"]["code"] == "REFUSED" and "FoodFlow-Tenant" in unsaid.text

    at_desk(work)


def test_the_state_file_is_the_owners_alone_and_a_stale_one_is_recognised(tmp_path: Path) -> None:
    assert serving(tmp_path) is None
    here = Serving("http://127.0.0.1:1", os.getpid(), new_secret())
    here.write(tmp_path)
    assert serving(tmp_path) == here
    assert (tmp_path / "server.json").stat().st_mode & 0o777 == 0o600
    gone = Serving("http://127.0.0.1:1", 2**22 - 1, new_secret())
    gone.write(tmp_path)
    assert serving(tmp_path) is None
    here.remove(tmp_path)
    assert json.loads((tmp_path / "server.json").read_text())["secret"] == gone.secret, "the file of another server stays"
