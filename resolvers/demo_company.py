"""The demo's second company: generated, two years of it, imported once through the one way in."""

import json
from pathlib import Path
from tempfile import TemporaryDirectory

from resolvers import commands
from resolvers.reach import Connect, tenant_of

TENANT = "demo-company"
SEED = 2026


async def load(connect: Connect, shipments: int) -> None:
    """Have the company of so many shipments in a tenant of its own. Raises Unavailable when it cannot be."""
    told = {"format": "foodflow-company/1", "note": "the demo's generated food company", "shipments": shipments, "seed": SEED}
    async with connect(await tenant_of(connect, TENANT, create=True)) as api:
        with TemporaryDirectory() as folder:
            file = Path(folder) / f"company-{shipments}.json"
            file.write_text(json.dumps(told))
            await commands.have(api, file, {})
