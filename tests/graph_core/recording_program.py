"""A program that records one place after another and says which records were acknowledged; killed by the crash tests."""

import asyncio
import sys
from pathlib import Path

from graph_core.platform import Platform
from ontology.errors import Unavailable
from ontology.language import Fact, Source
from ontology.places import Place


async def record(platform: Platform, first: int) -> None:
    """Record without end from a number on; an engine that is away is asked again until it is back."""
    graph = platform.open(platform.owner("acme"))
    number = first
    while True:
        facts = [Fact(Place(owner="o", code=f"{number}-{part}"), Source("test", f"{number}-{part}")) for part in range(40)]
        try:
            await graph.record(facts)
        except Unavailable as error:
            sys.stdout.write(f"unavailable {error}\n")
            sys.stdout.flush()
            await asyncio.sleep(0.2)
            continue
        sys.stdout.write(f"recorded {number}\n")
        sys.stdout.flush()
        number += 1


def main() -> None:
    """Start on the folder that the command line names, tell the engine's process, and record."""
    platform = Platform.start(Path(sys.argv[1]), "recording program", wait=20)
    if not platform.registry.tenants():
        platform.create_tenant("acme")
    sys.stdout.write(f"engine {platform.engine.pid}\n")
    sys.stdout.flush()
    asyncio.run(record(platform, int(sys.argv[2])))


if __name__ == "__main__":
    main()
