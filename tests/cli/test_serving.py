"""Servers come and go cleanly: one per data folder, none left behind, and one sentence when one cannot start."""

import signal
import socket
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from tests.cli.shell import PROGRAM, ROOT, Server, Shell, all_gone, children, ended, free_port, read_until


def test_a_port_in_use_is_said_in_one_sentence(shell: Shell) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        done = shell("serve", "--port", str(port))
    assert (done.returncode, done.stderr) == (1, f"Port {port} is in use by another program: stop it, or choose another with --port.\n")


def test_the_server_listens_where_it_is_told_to(shell: Shell) -> None:
    port = free_port()
    for host, reached in (("0.0.0.0", True), ("127.0.0.1", False)):
        shell.environment["FOODFLOW_HOST"] = host
        child = shell.start("serve", "--port", str(port))
        read_until(child.stdout, "Ctrl-C stops.")
        assert httpx.get(f"http://127.0.0.1:{port}/livez").text == "ok\n"
        with socket.socket() as other:
            assert (other.connect_ex(("127.0.0.2", port)) == 0) is reached
        assert ended(child)[0] == 0
    for nowhere in ("no-such-machine.invalid", "192.0.2.1"):
        done = shell("serve", "--port", str(port), FOODFLOW_HOST=nowhere)
        assert (done.returncode, done.stderr) == (1, "FOODFLOW_HOST is no address of this machine: name one, or unset it for 127.0.0.1.\n")


def test_a_second_server_or_demo_says_where_the_first_one_is(server: Server) -> None:
    for command in ("serve", "demo"):
        done = server(command, "--port", str(server.port))
        assert done.returncode == 1 and done.stderr.startswith(f"FoodFlow OS runs here already, at {server.url} (process {server.process.pid})")


def test_a_killed_server_leaves_nothing_behind_and_does_not_block_the_next(shell: Shell) -> None:
    for number in (signal.SIGKILL, signal.SIGTERM, signal.SIGINT):
        port = free_port()
        child = shell.start("serve", "--port", str(port))
        read_until(child.stdout, "Ctrl-C stops.")
        engines = children(child.pid)
        assert engines and httpx.get(f"http://127.0.0.1:{port}/livez").text == "ok\n"
        status, said = ended(child, number)
        assert (status, said.strip()) == ((-9, "") if number == signal.SIGKILL else (0, "Stopped."))
        if number != signal.SIGKILL:
            assert all_gone(engines, within=1)
            assert not (shell.folder / "data" / "server.json").exists()
    assert all_gone(engines)


def test_ctrl_c_while_the_engine_starts_ends_cleanly_and_can_be_repeated(shell: Shell) -> None:
    for _ in range(2):
        child = shell.start("serve", "--port", str(free_port()))
        assert child.stdout
        assert child.stdout.read(8) == "Starting"
        status, said = ended(child)
        assert status == 0 and said.rstrip().endswith("Stopped.") and "Traceback" not in said
        assert all_gone(children(child.pid), within=1)


def test_a_ctrl_c_that_falls_into_a_callback_is_not_lost(tmp_path: Path) -> None:
    done = subprocess.run([sys.executable, "-c", DROPPED], cwd=ROOT, capture_output=True, text=True, timeout=30, check=False)
    assert (done.stdout, done.stderr) == ("heard\n", "")


DROPPED = """
import signal, sys, time, weakref
import foodflow

class Thing:
    pass

def work():
    thing = Thing()
    kept = weakref.ref(thing, lambda _: signal.raise_signal(signal.SIGINT))  # Python prints and drops what a callback raises
    try:
        del thing
        time.sleep(20)
    except KeyboardInterrupt:
        print("heard")

foodflow.app = work
foodflow.main()
"""


def test_a_data_folder_that_cannot_be_made_is_said_in_one_sentence(tmp_path: Path) -> None:
    shell = Shell(tmp_path)
    (tmp_path / "data").write_text("a file in the way")
    for command in (("serve",), ("journal", "verify"), ("doctor",)):
        done = shell(*command)
        assert done.returncode == 1 and "FOODFLOW_DATA" in done.stderr + done.stdout and "Traceback" not in done.stderr


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no /dev/full")
def test_a_full_standard_output_ends_without_a_traceback(server: Server) -> None:
    with Path("/dev/full").open("w") as full:
        done = subprocess.run([*PROGRAM, "schema"], stdout=full, stderr=subprocess.PIPE, text=True, env=server.environment, check=False)
    assert done.returncode != 0 and "Traceback" not in done.stderr
