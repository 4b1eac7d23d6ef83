"""What is missing or odd in a material flow, each gap in one sentence that names its food, and the act where it shows."""

from algorithms.answer import Gap
from algorithms.flow import Flow
from algorithms.names import act_name, good_name, lot_name
from algorithms.ways import Way


def origin(flow: Flow, number: int) -> Gap:
    """Nothing tells where the food of a shipment came from."""
    act = flow.acts[number]
    return Gap("unknown origin", f"unknown origin: nothing tells where {act_name(flow, number)} came from", act, act)


def origin_of_good(flow: Flow, number: int, good: str) -> Gap:
    """Nothing tells where one of the goods of an act came from."""
    kind = "Lot" if flow.row("Lot", good) else "LogisticUnit"
    words = f"unknown origin: nothing tells where {good_name(flow, kind, good)} came from ({act_name(flow, number)})"
    return Gap("unknown origin", words, (kind, good), flow.acts[number])


def destination(flow: Flow, number: int) -> Gap:
    """Nothing tells where a shipment went."""
    act = flow.acts[number]
    return Gap("unknown destination", f"unknown destination: nothing tells where {act_name(flow, number)} went", act, act)


def contradiction(flow: Flow, way: Way) -> Gap:
    """Food was taken before it was made."""
    words = f"dates contradict: {act_name(flow, way.end)} took food before {act_name(flow, way.start)} made it"
    return Gap("dates contradict", words, flow.acts[way.end], flow.acts[way.end])


def contents(flow: Flow, number: int, unit: str) -> Gap:
    """Nothing tells what a unit held that an act moved."""
    words = f"unknown contents: nothing tells what {good_name(flow, 'LogisticUnit', unit)} held"
    return Gap("unknown contents", words, ("LogisticUnit", unit), flow.acts[number])


def lot_code(flow: Flow, lot: str) -> Gap:
    """No record tells the code of a lot."""
    return Gap("unknown lot code", f"unknown lot code: no record tells the code of {lot_name(flow, lot)}", ("Lot", lot))
