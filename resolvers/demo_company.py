"""The demo's second company: generated, two years of it, imported once through the one way in."""

import json
from pathlib import Path
from tempfile import TemporaryDirectory

from ontology.errors import Unavailable
from resolvers import commands
from resolvers.client import Api
from resolvers.reach import Connect, tenant_of

TENANT = "demo-company"
SEED = 2026


async def loaded(connect: Connect, shipments: int) -> bool:
    """Have the company of so many shipments in a tenant of its own; answers whether it had to be loaded. Raises Unavailable when it cannot be."""
    name = f"company-{shipments}.json"
    async with connect(await tenant_of(connect, TENANT, create=True)) as api:
        if any(job["file"] == name and job["state"] == "done" for job in await commands.imports(api, 100)):
            return False
        with TemporaryDirectory() as folder:
            await _load(api, Path(folder) / name, shipments)
    return True


async def _load(api: Api, file: Path, shipments: int) -> None:
    told = {"format": "foodflow-company/1", "note": "the demo's generated food company", "shipments": shipments, "seed": SEED}
    file.write_text(json.dumps(told))
    *_, job = [one async for one in commands.import_file(api, file, {})]
    if job["state"] != "done":
        raise Unavailable(
            f"The company was not loaded, its import is {job['state']}. {job['message'] or 'Look with `foodflow doctor`, and try again.'}"
        )
