"""What the command line tells about connectors: which formats are read."""

from ingest.connector import connectors


def formats() -> dict[str, str]:
    """Every format that is read, by name, with its one-sentence description."""
    return {one.name: (type(one).__doc__ or "").strip().splitlines()[0] for one in connectors()}
