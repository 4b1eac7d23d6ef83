"""What is to be said about the graph servers: what each is, what it holds, what it can do and cannot."""

from graph_core.commands import Check
from graph_core.elsewhere import Elsewhere
from graph_core.embedded import EmbeddedEngine
from graph_core.server import Capability
from ontology.errors import Unavailable


def engine_checks(engine: EmbeddedEngine | Elsewhere) -> list[Check]:
    """What holds the graphs, server by server. Raises Unavailable when none answers."""
    if engine.server is None:
        raise Unavailable("The graph engine is not running: start it and try again.")
    checks: list[Check] = []
    for server in engine.server.parts():
        what = f"{server.product}, {server.bolt}"
        if not server.answers():
            checks.append(Check("engine", what, f"{server.bolt} does not answer now: start it; its tenants wait for it."))
            continue
        holds = len(server.databases())
        checks.append(Check("engine", f"{what}; holds {({0: 'no tenant', 1: 'a tenant'}).get(holds, f'{holds} tenants')}"))
        for capability in Capability:
            can = capability in server.can
            checks.append(Check(f"  {capability.name.lower()}", f"yes: {capability.does}" if can else f"no: {capability.lacks}"))
    if engine.log:
        checks.append(Check("engine log", str(engine.log)))
    return checks + [Check("engine", "does not work", str(error)) for error in engine.server.failures()]
