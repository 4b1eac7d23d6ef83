"""What a resolver finds at hand: the caller's own graph, and what is kept for its tenant between requests."""

from dataclasses import dataclass
from typing import Any

import strawberry
from strawberry.dataloader import DataLoader

from graph_core.callers import Caller, Permission
from graph_core.fold import Node, NodeKey
from graph_core.foodgraph import FoodGraph
from graph_core.platform import Platform
from resolvers.flows import Flows
from resolvers.jobs import Jobs
from resolvers.loading import Related, related_loader, thing_loader


@dataclass
class Context:
    """One request of one caller; nothing in it reaches another tenant."""

    platform: Platform
    graph: FoodGraph
    flows: Flows
    jobs: Jobs
    things: DataLoader[NodeKey, Node | None]
    related: DataLoader[Related, list[tuple[Node, dict[str, Any]]]]

    @classmethod
    def of(cls, platform: Platform, graph: FoodGraph, flows: Flows, jobs: Jobs) -> "Context":
        """The context of a request on a graph."""
        return cls(platform, graph, flows, jobs, thing_loader(graph), related_loader(graph))

    @property
    def caller(self) -> Caller:
        """Who asks."""
        return self.graph.caller


def context_of(info: strawberry.Info, *needed: Permission) -> Context:
    """The context of a field. Raises Forbidden when the caller lacks a permission that the field needs."""
    context: Context = info.context
    for permission in needed:
        context.caller.need(permission)
    return context
