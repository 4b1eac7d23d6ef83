"""What the command line tells about connectors: which formats are read, and examples of tables."""

from ingest.connector import connectors


def formats() -> dict[str, str]:
    """Every format that is read, by name, with its one-sentence description."""
    return {one.name: (type(one).__doc__ or "").strip().splitlines()[0] for one in connectors()}


def template(kind: str) -> str:
    """A commented example of a kind of table, as CSV. Raises Refused for a kind that there is none of."""
    from ingest.tables.template import template as written

    return written(kind)
