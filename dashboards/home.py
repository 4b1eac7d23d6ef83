"""Home: what is in this tenant."""

import dash_mantine_components as dmc
from dash.development.base_component import Component

from dashboards.asking import Ask
from dashboards.page import Address, Page


def layout(ask: Ask, address: Address) -> Component:
    """What is here."""
    found = ask("{ lots(first: 1) { totalCount } shipments(first: 1) { totalCount } places(first: 1) { totalCount } }")
    return dmc.Group([dmc.Stack([dmc.Text(str(one["totalCount"]), fz=28), dmc.Text(name)], gap=0) for name, one in found.items()], gap="xl")


PAGE = Page("/", "Home", "home", layout)
