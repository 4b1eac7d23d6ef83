"""Tenants and keys on the command line, with a server running and without: made, listed, rotated, suspended, exported, deleted."""

import json
import os
import pty
import re
import subprocess

import httpx

from tests.cli.shell import PROGRAM, Server, Shell


def key_in(said: str) -> str:
    return str(re.findall(r"ffk_\S+", said)[0])


def test_a_tenant_lives_its_whole_life_without_a_server(shell: Shell) -> None:
    made = shell("tenants", "create", "mill")
    assert made.returncode == 0 and key_in(made.stdout), made.stderr
    assert re.match(r"mill  \d{4}-\d\d-\d\dT\d\d:\d\d  local:\w+ +0 journal entries, 1 key, 0 imports, \d+ files", shell("tenants", "list").stdout)
    exported = shell("tenants", "export", "mill", "--to", "out")
    assert exported.returncode == 0 and list((shell.folder / "out").glob("mill-*.export.zip")), exported.stderr
    refused = shell("tenants", "delete", "mill")
    assert refused.returncode == 1 and "gone for good: 0 journal entries, 1 key" in refused.stderr and "--yes" in refused.stderr
    deleted = shell("tenants", "delete", "mill", "--yes")
    assert deleted.returncode == 0 and "nothing of it is left" in deleted.stdout
    assert shell("tenants", "list").stdout.startswith("No tenants yet")
    log = json.loads(shell("tenants", "log", "--json").stdout)
    assert [(one["act"], one["tenant"]) for one in log] == [("deleted tenant", "mill"), ("created tenant", "mill")]


def test_a_person_is_asked_before_a_tenant_is_deleted(server: Server) -> None:
    assert server("tenants", "create", "asked").returncode == 0
    for answer, status, there in (("n", 1, True), ("y", 0, False)):
        ours, theirs = pty.openpty()
        with subprocess.Popen(
            [*PROGRAM, "tenants", "delete", "asked"], cwd=server.folder, env=server.environment, stdin=theirs, stdout=theirs, stderr=theirs
        ) as child:
            os.close(theirs)
            said = b""
            while b"[y/N]" not in said:
                said += os.read(ours, 1000)
            os.write(ours, f"{answer}\n".encode())
            assert child.wait(30) == status
        os.close(ours)
        assert b"1 key, 0 imports" in said
        assert ("asked  " in server("tenants", "list").stdout) == there


def test_a_suspended_tenant_refuses_its_keys_while_the_server_runs(server: Server) -> None:
    key = key_in(server("tenants", "create", "paused").stdout)
    headers = {"Authorization": f"Bearer {key}"}
    question = {"query": "{ caller { name } }"}
    assert httpx.post(f"{server.url}/graphql", json=question, headers=headers).status_code == 200
    assert "its keys are refused" in server("tenants", "suspend", "paused").stdout
    refused = httpx.post(f"{server.url}/graphql", json=question, headers=headers)
    assert refused.status_code == 403 and "paused is suspended since" in refused.text
    assert server("tenants", "export", "paused", "--to", "out").returncode == 0, "its owner may still export it"
    assert server("tenants", "resume", "paused").returncode == 0
    assert httpx.post(f"{server.url}/graphql", json=question, headers=headers).status_code == 200


def test_keys_are_made_listed_rotated_and_revoked(server: Server) -> None:
    made = server("keys", "create", "Scales", "--tenant", "acme", "--may", "read,record", "--expires", "90d")
    assert made.returncode == 0 and "for Scales may read, record until" in made.stdout, made.stderr
    rotated = server("keys", "rotate", "Scales", "--tenant", "acme", "--grace", "1h")
    assert rotated.returncode == 0 and "still works for 1h" in rotated.stdout and key_in(rotated.stdout) != key_in(made.stdout)
    both = server("keys", "revoke", "Scales", "--tenant", "acme")
    assert both.returncode == 1 and "2 valid keys are called 'Scales'" in both.stderr
    keys = json.loads(server("keys", "list", "--tenant", "acme", "--json").stdout)
    for key in keys:
        if key["name"] == "Scales":
            assert server("keys", "revoke", key["id"], "--tenant", "acme").returncode == 0
    shown = server("keys", "list", "--tenant", "acme").stdout
    assert shown.splitlines()[0].split() == ["id", "name", "permissions", "state", "created", "by", "expires", "last", "used"]
    assert re.search(r"Scales +read,record +revoked by local:\w+ ", shown) and "ffk_" not in shown


def test_the_last_key_that_may_administer_is_revoked_only_when_it_is_meant(server: Server) -> None:
    server("tenants", "create", "sole")
    refused = server("keys", "revoke", "first key", "--tenant", "sole")
    assert refused.returncode == 1 and "last key that may administer" in refused.stderr
    assert server("keys", "revoke", "first key", "--tenant", "sole", "--yes").returncode == 0


def test_who_administers_manages_keys_on_a_server_elsewhere_and_no_other_key_does(server: Server) -> None:
    clerk = key_in(server("keys", "create", "clerk", "--tenant", "acme").stdout)
    made = server("keys", "create", "far", "--url", server.url, FOODFLOW_KEY=server.keys["acme"])
    assert made.returncode == 0 and key_in(made.stdout), made.stderr
    refused = server("keys", "list", "--url", server.url, FOODFLOW_KEY=clerk)
    assert refused.returncode == 1 and "clerk may not administer in acme" in refused.stderr


def test_the_doctor_counts_tenants_memory_and_open_files(server: Server) -> None:
    said = server("doctor").stdout
    assert re.search(r"tenants +\d+: .*acme", said) and re.search(r"memory +[\d,]+ MB", said)
    assert re.search(r"open files +the engine holds [\d,]+ of [\d,]+; room for \d+ more tenants", said)
