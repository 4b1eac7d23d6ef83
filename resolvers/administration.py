"""What the command line does with tenants and keys. Where the API is does not matter here."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from ontology.errors import Refused, Unavailable

if TYPE_CHECKING:
    from resolvers.client import Api

Json = dict[str, Any]
Sure = Callable[[str], None]
"""Asks a person whether a consequence is meant. Raises Refused when it is not, or nobody can be asked."""

TenantName = Annotated[str, "The tenant.", "NAME"]
KeyName = Annotated[str, "The id of the key, or its name where only one valid key has it.", "KEY"]

_TENANT = "name created createdBy suspended entries keys imports files bytes"
_KEY = "id name permissions created createdBy expires lastUsed state revoked revokedBy replacedBy lastToAdminister"
_ERRORS = "userErrors { code field message }"
_TENANTS = f"{{ tenants {{ {_TENANT} }} }}"
_LOG = "query($first: Int!) { tenantsLog(first: $first) { at caller act tenant about } }"
_CREATE = f"mutation($input: CreateTenantInput!) {{ createTenant(input: $input) {{ tenant {{ {_TENANT} }} secret {_ERRORS} }} }}"
_SUSPEND = f"mutation($input: TenantInput!) {{ suspendTenant(input: $input) {{ tenant {{ {_TENANT} }} {_ERRORS} }} }}"
_RESUME = f"mutation($input: TenantInput!) {{ resumeTenant(input: $input) {{ tenant {{ {_TENANT} }} {_ERRORS} }} }}"
_REMOVED = "tenant entries keys imports files bytes left"
_DELETE = f"mutation($input: DeleteTenantInput!) {{ deleteTenant(input: $input) {{ removed {{ {_REMOVED} }} {_ERRORS} }} }}"
_KEYS = f"{{ keys {{ {_KEY} }} }}"
_CREATE_KEY = f"mutation($input: CreateKeyInput!) {{ createKey(input: $input) {{ key {{ {_KEY} }} secret {_ERRORS} }} }}"
_ROTATE = f"mutation($input: RotateKeyInput!) {{ rotateKey(input: $input) {{ key {{ {_KEY} }} secret {_ERRORS} }} }}"
_REVOKE = f"mutation($input: RevokeKeyInput!) {{ revokeKey(input: $input) {{ key {{ {_KEY} }} {_ERRORS} }} }}"


async def list_tenants(api: "Api") -> list[Json]:
    """List all tenants: since when, by whom, how much they hold."""
    return list((await api.ask(_TENANTS))["tenants"])


async def create_tenant(api: "Api", name: Annotated[str, "What the company is called.", "NAME"]) -> Json:
    """Make a tenant: its database, its database users and its first key, which is shown this once."""
    return await _done(api, _CREATE, {"name": name})


async def suspend_tenant(api: "Api", name: TenantName) -> Json:
    """Refuse all keys of a tenant until it is resumed; its data stays, running imports stop.

    The owner of the data folder still reaches it, to export it or back it up.
    """
    return dict((await _done(api, _SUSPEND, {"name": name}))["tenant"])


async def resume_tenant(api: "Api", name: TenantName) -> Json:
    """Let the keys of a suspended tenant open it again."""
    return dict((await _done(api, _RESUME, {"name": name}))["tenant"])


async def delete_tenant(api: "Api", name: TenantName, *, sure: Sure) -> Json:
    """Delete a tenant: its database, users, keys, journal, imports, uploads, refused rows and snapshots.

    Says what it removed and looks whether anything is left. Backups and exports that lie elsewhere stay.
    """
    found = next((tenant for tenant in await list_tenants(api) if tenant["name"] == name), None)
    if found is None:
        raise Refused(f"There is no tenant {name!r}: `foodflow tenants list` shows them.")
    sure(f"{name} would be gone for good: {_held(found)}. An export or a backup made before would be all that is left.")
    removed: Json = (await _done(api, _DELETE, {"name": name, "confirm": name}))["removed"]
    if removed["left"]:
        raise Unavailable(f"{name} is deleted, but something of it is left: {', '.join(removed['left'])}. Remove that by hand.")
    return removed


async def export_tenant(api: "Api", name: TenantName, *, to: Annotated[Path, "Where the archive is written.", "FOLDER"]) -> Json:
    """Export a tenant: every fact of its journal as JSON lines, with hashes, in an archive that anybody can verify.

    docs/administration.md describes its form, and how to verify it without this software.
    """
    return dict(await api.post("/local/export", {"tenant": name, "folder": str(to.resolve())}))


async def tenants_log(api: "Api", *, last: Annotated[int, "How many.", range(1, 1001)] = 50) -> list[Json]:
    """Show who made, suspended, resumed, exported and deleted tenants and who made and ended keys, the latest first."""
    return list((await api.ask(_LOG, {"first": last}))["tenantsLog"])


async def list_keys(api: "Api") -> list[Json]:
    """List the keys of a tenant: whose, what they allow, by whom made, until when, last used, how they ended."""
    return list((await api.ask(_KEYS))["keys"])


async def create_key(
    api: "Api",
    name: Annotated[str, "The person or service that is to hold it.", "NAME"],
    *,
    may: Annotated[str, "What it allows: some of read,record,approve,administer.", "PERMISSIONS"] = "read",
    expires: Annotated[str | None, "When it ends: 90d, 2027-01-31, ...; never, if not given.", "WHEN"] = None,
) -> Json:
    """Make a key for a person or a service; it is shown this once."""
    return await _done(api, _CREATE_KEY, {"name": name, "permissions": may.split(","), "expires": expires})


async def rotate_key(
    api: "Api", key: KeyName, *, grace: Annotated[str | None, "How long the old one still works: 1h, 7d; not at all, if not given.", "TIME"] = None
) -> Json:
    """Give a key a new secret, shown this once; name and permissions stay, and it lasts as long again."""
    old = await _key(api, key)
    return {**await _done(api, _ROTATE, {"id": old["id"], "grace": grace}), "old": old["id"], "grace": grace}


async def revoke_key(api: "Api", key: KeyName, *, sure: Sure) -> Json:
    """End a key at once, and the browser sessions that were opened with it."""
    found = await _key(api, key)
    if found["lastToAdminister"]:
        sure(f"{found['id']} ({found['name']}) is the last key that may administer: only the owner of the data folder could make keys then.")
    return dict((await _done(api, _REVOKE, {"id": found["id"], "evenIfLast": True}))["key"])


async def _key(api: "Api", told: str) -> Json:
    """The key that is meant. Raises Refused when none or several are."""
    keys = await list_keys(api)
    found = [key for key in keys if key["id"] == told] or [key for key in keys if key["name"] == told and key["state"] == "valid"]
    if len(found) != 1:
        which = f"{len(found)} valid keys are called {told!r} ({', '.join(key['id'] for key in found)})" if found else f"There is no key {told!r}"
        raise Refused(f"{which}: name one by its id; `foodflow keys list` shows them.")
    return found[0]


async def _done(api: "Api", document: str, given: Json) -> Json:
    (payload,) = (await api.ask(document, {"input": given})).values()
    if payload["userErrors"]:
        raise Refused(" ".join(error["message"] for error in payload["userErrors"]))
    return dict(payload)


def tenants_listed(found: list[Json]) -> list[str]:
    """Tenants, one a line."""
    rows = [[one["name"], one["created"][:16], one["createdBy"] or "", "suspended" if one["suspended"] else "", _held(one)] for one in found]
    return _table(rows) or ["No tenants yet: `foodflow tenants create NAME` makes one."]


def tenant_made(made: Json) -> list[str]:
    """A new tenant and its first key."""
    return [f"{made['tenant']['name']} is made. Its first key, shown this once:", f"  {made['secret']}"]


def tenant_suspended(tenant: Json) -> list[str]:
    """A tenant that was suspended."""
    return [f"{tenant['name']} is suspended: its keys are refused, its data stays. `foodflow tenants resume` lets them in again."]


def tenant_resumed(tenant: Json) -> list[str]:
    """A tenant that was resumed."""
    return [f"{tenant['name']} is resumed: its keys open it again."]


def tenant_deleted(removed: Json) -> list[str]:
    """What went with a tenant."""
    return [
        f"{removed['tenant']} is deleted: its database and database users, {_held(removed)}.",
        "Looked at afterwards: nothing of it is left in the data folder or the engine.",
    ]


def tenant_exported(made: Json) -> list[str]:
    """Where an export lies and what it holds."""
    return [f"{made['file']}: {made['entries']:,} journal entries, {made['facts']:,} facts, head {made['head'][:12]}...", f"SHA-256 {made['sha256']}"]


def acts_listed(found: list[Json]) -> list[str]:
    """Acts, one a line."""
    return _table([[one["at"][:19], one["caller"], one["act"], one["tenant"], one["about"] or ""] for one in found]) or ["Nothing was done yet."]


def keys_listed(keys: list[Json]) -> list[str]:
    """Keys, one a line under a heading."""
    heads = ["id", "name", "permissions", "state", "created", "by", "expires", "last used"]
    rows = [[one["id"], one["name"], ",".join(one["permissions"]), _state(one), *(_day(one[name]) for name in _DATED)] for one in keys]
    return _table([heads, *rows]) if rows else ["No keys yet: `foodflow keys create NAME` makes one."]


def key_made(made: Json) -> list[str]:
    """A new key with its secret."""
    key = made["key"]
    until = f" until {key['expires'][:16]}" if key["expires"] else ""
    return [f"{key['id']} for {key['name']} may {', '.join(key['permissions'])}{until}. The key, shown this once:", f"  {made['secret']}"]


def key_rotated(made: Json) -> list[str]:
    """A new secret in place of an old one."""
    ended = f"still works for {made['grace']}" if made["grace"] else "has ended"
    return [*key_made(made), f"{made['old']} {ended}."]


def key_revoked(key: Json) -> list[str]:
    """A key that has ended."""
    return [f"{key['id']} ({key['name']}) is revoked."]


_DATED = ("created", "createdBy", "expires", "lastUsed")


def _day(told: str | None) -> str:
    return (told[:16] if told[:4].isdigit() else told) if told else "-"


def _state(key: Json) -> str:
    by = key["replacedBy"] or key["revokedBy"]
    return f"{key['state']} by {by}" if by and key["state"] != "valid" else f"valid, {by} follows" if by else str(key["state"])


def _held(one: Json) -> str:
    counts = [f"{one[name]:,} {said}{'' if one[name] == 1 else 's'}" for name, said in (("keys", "key"), ("imports", "import"), ("files", "file"))]
    entries = f"{one['entries']:,} journal {'entry' if one['entries'] == 1 else 'entries'}"
    return f"{entries}, {', '.join(counts)}, {one['bytes'] / 1e6:,.1f} MB"


def _table(rows: list[list[str]]) -> list[str]:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
