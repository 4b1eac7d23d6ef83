"""Tenants through the API: what one's own holds; and, for the owner of the data folder alone, all of them: made, suspended, resumed, deleted."""

import asyncio
from collections import defaultdict
from dataclasses import asdict
from functools import cached_property

import strawberry

from graph_core import tenants
from graph_core.callers import ALL, Permission
from graph_core.registry import Registry, Tenant
from graph_core.tenants import Holdings, Removed
from ontology.errors import Refused
from ontology.kinds import KINDS
from resolvers.context import Context, context_of, owners_context
from resolvers.glance import Glance
from resolvers.keys import ActView, KeyView, act, view
from resolvers.mutations import UserError
from resolvers.traced import page


@strawberry.type(description="How many things of a kind there are.")
class KindCount:
    """A kind and its count."""

    kind: str
    count: int

    @strawberry.field(description="What the kind is, in one sentence.")
    def definition(self) -> str:
        """What the kind is."""
        return KINDS[self.kind].definition


@strawberry.type(description="A data set: how many imports told of it, how many facts they recorded, when the last one came.")
class DataSet:
    """A data set."""

    name: str
    imports: int
    recorded: int
    latest: str


@strawberry.type(name="Tenant", description="The company whose graph the caller asks.")
class TenantView(Glance):
    """One's own tenant."""

    tenant: strawberry.Private[Tenant]
    context: strawberry.Private[Context]
    name: str
    created: str
    suspended: str | None

    @strawberry.field(description="How many things of each kind there are; kinds of which there is none are left out.")
    async def kinds(self) -> list[KindCount]:
        """Things by kind."""
        counts = [f"MATCH (n:{kind}) RETURN '{kind}' AS kind, count(n) AS count" for kind in KINDS]
        rows = await self.context.graph.read(" UNION ALL ".join(counts))
        return [KindCount(kind=kind, count=count) for kind, count in rows if count]

    @strawberry.field(description="The data sets that imports brought, the latest first.")
    def datasets(self) -> list[DataSet]:
        """Data sets."""
        sets = defaultdict(list)
        for job in self.context.platform.registry.jobs(self.name):
            if job.state not in ("undone", "refused", "checked"):
                sets[job.dataset or job.file.rpartition(".")[0] or job.file].append(job)
        return [
            DataSet(name=name, imports=len(jobs), recorded=sum(job.recorded for job in jobs), latest=max(job.created for job in jobs))
            for name, jobs in sets.items()
        ]


@strawberry.type(description="A tenant as the owner of the data folder sees it: what it holds, in numbers.")
class TenantHoldings:
    """A tenant among all."""

    registry: strawberry.Private[Registry]
    tenant: strawberry.Private[Tenant]
    name: str
    created: str
    created_by: str | None
    suspended: str | None = strawberry.field(description="Since when all its keys are refused.")

    @cached_property
    def _held(self) -> Holdings:
        return tenants.holdings(self.registry, self.tenant)

    @strawberry.field(description="Entries of its journal.")
    def entries(self) -> int:
        """Entries of its journal."""
        return self._held.entries

    @strawberry.field(description="Its keys, ended ones too.")
    def keys(self) -> int:
        """Its keys."""
        return self._held.keys

    @strawberry.field(description="Its imports.")
    def imports(self) -> int:
        """Its imports."""
        return self._held.imports

    @strawberry.field(description="Files of the data folder that are its own.")
    def files(self) -> int:
        """Its files."""
        return self._held.files

    @strawberry.field(description="Bytes of these files.")
    def bytes(self) -> float:
        """The size of its files."""
        return self._held.bytes


@strawberry.type(description="What went with a tenant. `left` says where something of it is still found, and is empty.")
class RemovedView:
    """What went."""

    tenant: str
    entries: int
    keys: int
    imports: int
    files: int
    bytes: float
    left: list[str]


@strawberry.input(description="A tenant to make.")
class CreateTenantInput:
    """A tenant to make."""

    name: str
    key: bool = strawberry.field(default=True, description="Make its first key too, with all permissions.")


@strawberry.input(description="The tenant that is meant.")
class TenantInput:
    """A tenant by name."""

    name: str


@strawberry.input(description="The tenant to delete; its name is said twice.")
class DeleteTenantInput:
    """A tenant to delete."""

    name: str
    confirm: str = strawberry.field(description="The name again: what is deleted is gone.")


@strawberry.type(description="The tenant; with its first key, whose secret is shown this once, when it was just made.")
class TenantPayload:
    """A tenant."""

    tenant: TenantHoldings | None
    key: KeyView | None
    secret: str | None
    user_errors: list[UserError]


@strawberry.type(description="What was removed.")
class DeleteTenantPayload:
    """What was removed."""

    removed: RemovedView | None
    user_errors: list[UserError]


@strawberry.type
class HeldTenants:
    """Tenants to look at."""

    @strawberry.field(description="The caller's own tenant, and what it holds.")
    def tenant(self, info: strawberry.Info) -> TenantView:
        """One's own."""
        context = context_of(info, Permission.READ)
        held = context.graph.tenant
        now = context.platform.registry.tenant(held.name)
        return TenantView(tenant=held, context=context, name=held.name, created=held.created, suspended=now.suspended)

    @strawberry.field(description="All tenants, for the owner of the data folder.")
    def tenants(self, info: strawberry.Info) -> list[TenantHoldings]:
        """All of them."""
        registry = owners_context(info).platform.registry
        return [_holdings(registry, tenant) for tenant in registry.tenants()]

    @strawberry.field(description="What was done to tenants and keys, newest first, for the owner of the data folder.")
    def tenants_log(self, info: strawberry.Info, first: int = 50) -> list[ActView]:
        """What was done to all of them."""
        return [act(done) for done in owners_context(info).platform.registry.acts(None, page(first)[0])]


@strawberry.type
class ChangedTenants:
    """Tenants to make and end."""

    @strawberry.mutation(description="Make a tenant: its database, its database users, its first key. For the owner of the data folder.")
    async def create_tenant(self, info: strawberry.Info, input: CreateTenantInput) -> TenantPayload:
        """Make a tenant."""
        context = owners_context(info)
        registry, by = context.platform.registry, context.caller.name
        try:
            tenant = await asyncio.to_thread(context.platform.create_tenant, input.name, by)
        except Refused as error:
            return _refused(error)
        key, secret = registry.keys.create(tenant.name, "first key", ALL, by) if input.key else (None, None)
        return TenantPayload(tenant=_holdings(registry, tenant), key=view(key, True) if key else None, secret=secret, user_errors=[])

    @strawberry.mutation(description="Refuse all keys of a tenant; its data stays, running imports stop. For the owner of the data folder.")
    async def suspend_tenant(self, info: strawberry.Info, input: TenantInput) -> TenantPayload:
        """Suspend a tenant."""
        context = owners_context(info)
        try:
            tenant = context.platform.suspend(input.name, context.caller.name)
        except Refused as error:
            return _refused(error)
        async with context.jobs.halted(tenant.name):
            return TenantPayload(tenant=_holdings(context.platform.registry, tenant), key=None, secret=None, user_errors=[])

    @strawberry.mutation(description="Let the keys of a suspended tenant open it again. For the owner of the data folder.")
    def resume_tenant(self, info: strawberry.Info, input: TenantInput) -> TenantPayload:
        """Resume a tenant."""
        context = owners_context(info)
        try:
            tenant = context.platform.resume(input.name, context.caller.name)
        except Refused as error:
            return _refused(error)
        return TenantPayload(tenant=_holdings(context.platform.registry, tenant), key=None, secret=None, user_errors=[])

    @strawberry.mutation(description="Delete a tenant with all that it holds, and say what went. For the owner of the data folder.")
    async def delete_tenant(self, info: strawberry.Info, input: DeleteTenantInput) -> DeleteTenantPayload:
        """Delete a tenant."""
        context = owners_context(info)
        try:
            if input.confirm != input.name:
                raise Refused(f"Say the name {input.name!r} again in `confirm`: what is deleted is gone.")
            tenant = context.platform.suspend(input.name, context.caller.name)
        except Refused as error:
            return DeleteTenantPayload(removed=None, user_errors=[UserError(code=error.code, field="name", message=str(error))])
        async with context.jobs.halted(tenant.name):
            await context.opened.leave(tenant.name)
            context.flows.forget(tenant.database)
            removed = await asyncio.to_thread(context.platform.drop_tenant, tenant.name, context.caller.name)
        return DeleteTenantPayload(removed=_removed(removed), user_errors=[])


def _holdings(registry: Registry, tenant: Tenant) -> TenantHoldings:
    plain = {name: getattr(tenant, name) for name in ("name", "created", "created_by", "suspended")}
    return TenantHoldings(registry=registry, tenant=tenant, **plain)


def _removed(removed: Removed) -> RemovedView:
    return RemovedView(tenant=removed.tenant, left=removed.left, **asdict(removed.holdings))


def _refused(error: Refused) -> TenantPayload:
    return TenantPayload(tenant=None, key=None, secret=None, user_errors=[UserError(code=error.code, field="name", message=str(error))])
