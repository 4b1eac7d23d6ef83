"""What a page of the workspace is, and the address that holds its whole view."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, urlencode

from dash import Dash
from dash.development.base_component import Component

from dashboards.asking import Ask, Asking


@dataclass(frozen=True)
class Address:
    """The address of a view: the page's path and its parameters; a link to it shows a colleague the same."""

    path: str
    parameters: dict[str, str]

    @classmethod
    def of(cls, path: str | None, search: str | None) -> "Address":
        """The address as the browser tells it."""
        return cls(path or "/", dict(parse_qsl((search or "").lstrip("?"))))

    def get(self, name: str, default: str = "") -> str:
        """A parameter, `default` where it is not given."""
        return self.parameters.get(name, default)

    def to(self, path: str | None = None, **parameters: str | None) -> str:
        """Another view of the same tenant; on the same page the other parameters stay, and None takes one away."""
        kept = self.parameters if path is None else {"tenant": self.get("tenant")}
        told = {name: value for name, value in {**kept, **parameters}.items() if value}
        return (path or self.path) + (f"?{urlencode(told)}" if told else "")

    def query(self, **parameters: str | None) -> str:
        """The part of `to` that follows the path: what a callback puts into the address."""
        return "?" + self.to(**parameters).partition("?")[2]


@dataclass(frozen=True)
class Page:
    """A page: its path, its name and icon in the navigation, what it shows at an address, and what happens on it."""

    path: str
    name: str
    icon: str
    layout: Callable[[Ask, Address], Component]
    callbacks: Callable[[Dash, Asking], None] = lambda app, asking: None
    listed: bool = True
    """Whether it stands in the navigation; others are reached from these."""


Parts = list[Any]
