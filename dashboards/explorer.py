"""The traceability explorer: find a lot, see where it came from and where it went."""

import dash_mantine_components as dmc
from dash.development.base_component import Component

from dashboards.asking import Ask
from dashboards.page import Address, Page


def layout(ask: Ask, address: Address) -> Component:
    """The explorer."""
    return dmc.Text("The explorer comes here.")


PAGE = Page("/explore", "Explore", "trace", layout)
