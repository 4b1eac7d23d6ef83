"""What a resolver finds at hand: the caller's own graph, and what is kept for its tenant between requests."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import strawberry
from strawberry.dataloader import DataLoader

from graph_core.callers import Caller, Permission
from graph_core.fold import Node, NodeKey
from graph_core.foodgraph import FoodGraph
from graph_core.platform import Platform
from ontology.errors import Refused
from resolvers.flows import Flows
from resolvers.jobs import Jobs
from resolvers.loading import Related, recorded_loader, related_loader, thing_loader
from resolvers.opened import Opened


@dataclass
class Context:
    """One request of one caller; nothing in it reaches another tenant, unless the caller is the owner of the data folder."""

    platform: Platform
    caller: Caller
    opened: Opened
    flows: Flows
    jobs: Jobs
    held: FoodGraph | None = None

    @property
    def graph(self) -> FoodGraph:
        """The graph of the caller's tenant. Raises Refused for an owner who named none."""
        if self.held is None:
            raise Refused("Say which company is meant: header `FoodFlow-Tenant`.")
        return self.held

    @cached_property
    def things(self) -> DataLoader[NodeKey, Node | None]:
        """Things by kind and key, read in batches."""
        return thing_loader(self.graph)

    @cached_property
    def recorded(self) -> DataLoader[int, str | None]:
        """When journal entries were recorded, read in batches."""
        return recorded_loader(self.graph)

    @cached_property
    def related(self) -> DataLoader[Related, list[tuple[Node, dict[str, Any]]]]:
        """What is related to things, read in batches."""
        return related_loader(self.graph)


def context_of(info: strawberry.Info, *needed: Permission) -> Context:
    """The context of a field. Raises Forbidden when the caller lacks a permission that the field needs, Refused without a tenant to use it in."""
    context: Context = info.context
    for permission in needed:
        context.graph.caller.need(permission)
    return context


def owners_context(info: strawberry.Info) -> Context:
    """The context of a field for the owner of the data folder alone. Raises Forbidden for anybody else."""
    context: Context = info.context
    context.caller.need_owner()
    return context
