"""The program of the child process that holds the FoodGraph's engine and never outlives the program that started it.

Run as ``python -m graph_core.engine`` in the engine's own folder. The first line on standard input tells the parameters as JSON
(``root``, ``password``, ``heap``, ``http``, ``bolt``, ``parent``; never the command line, which every user of the machine can read).
One JSON line on standard output answers ``{"ready": true, ...}`` or ``{"ready": false, "error": ...}``. After that the engine lives as long as
standard input stays open and the parent lives.
"""

import json
import os
import select
import signal
import sys
import threading
from typing import Any

STOP_LIMIT = 10.0
"""Seconds the engine may take to stop before the process ends without it."""

JVM_ARGUMENTS = (
    "-XX:-UsePerfData -XX:+ExitOnOutOfMemoryError -Djava.io.tmpdir=./tmp -XX:+UseSerialGC -XX:NewSize=400m "
    "-XX:InlineSmallCode=1200 -XX:FreqInlineSize=150 -XX:MaxInlineLevel=8"
)
"""No shared files in /tmp; an engine out of memory ends (and is started again) instead of limping. The collector that costs least, with
room for the rows of one batch; and methods inlined less, which halves what the JVM spends on compiling them (16 CPU seconds down to 9
in the import of 100,000 shipments) and costs the compiled code nothing that we could measure."""

SETTINGS = {
    "txPageSlotMerge": False,
    "graph.edgeAppendMerge": False,
    "txStaleReadCheck": False,
    "bucketReuseSpaceMode": "medium",
    "graph.edgeListInitialChunkSize": 128,
}
"""Guards against two transactions that write the same page or record: one writer per tenant never does, and loading costs a tenth less.
Free space is looked for less eagerly, and the first piece of a node's list of edges holds the edges of a common node."""


def main() -> None:
    """Start the engine, say so, and stop it when the parent lets go of the pipe or dies."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)  # its life hangs on the pipe alone: the parent closes it when its own work is done
    answers = _take_standard_output()
    parameters: dict[str, Any] = json.loads(sys.stdin.buffer.readline() or b"{}")
    if not parameters:
        os._exit(0)
    started, ended = threading.Event(), threading.Event()
    threading.Thread(target=_watch, args=(int(parameters["parent"]), started, ended), daemon=True).start()
    try:
        server = _start(parameters)
    except BaseException as error:  # whatever went wrong, the parent hears of it
        _tell(answers, {"ready": False, "error": str(error).splitlines()[0]})
        os._exit(1)
    started.set()
    if not ended.is_set():
        _tell(answers, {"ready": True, "http": parameters["http"], "bolt": parameters["bolt"], "pid": os.getpid()})
    ended.wait()
    _limit = threading.Timer(STOP_LIMIT, os._exit, (1,))
    _limit.daemon = True
    _limit.start()
    server.stop()
    os._exit(0)  # a plain return would wait for threads of the JVM


def _take_standard_output() -> int:
    """Keep standard output for the one answer; everything the engine prints goes where errors go."""
    answers = os.dup(1)
    os.dup2(2, 1)
    return answers


def _tell(answers: int, message: dict[str, Any]) -> None:
    try:
        os.write(answers, json.dumps(message).encode() + b"\n")
    except BrokenPipeError:
        os._exit(0)


def _watch(parent: int, started: threading.Event, ended: threading.Event) -> None:
    """Wait for the end of the pipe or of the parent (a fork of the parent may hold the pipe open after its death)."""
    while os.getppid() == parent:
        readable, _, _ = select.select([0], [], [], 1.0)
        if readable and not os.read(0, 4096):
            break
    ended.set()
    if not started.wait(0):
        os._exit(0)  # nothing is open yet that would need a clean stop


def _start(parameters: dict[str, Any]) -> Any:
    """Start ArcadeDB with Bolt on loopback.

    Production mode keeps query texts out of error messages; its default, development, repeats them with their literals.
    """
    os.makedirs("tmp", exist_ok=True)
    from arcadedb_embedded.server import ArcadeDBServer

    server = ArcadeDBServer(
        parameters["root"],
        parameters["password"],
        jvm_kwargs={"heap_size": parameters["heap"], "jvm_args": JVM_ARGUMENTS},
        config={
            "mode": "production",
            "host": "127.0.0.1",
            "http_port": parameters["http"],
            "server_plugins": "Bolt:com.arcadedb.bolt.BoltProtocolPlugin",
            "bolt_port": parameters["bolt"],
            **SETTINGS,
        },
    )
    server.start()
    return server


if __name__ == "__main__":
    main()
