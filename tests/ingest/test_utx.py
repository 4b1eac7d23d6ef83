"""UTX files are valid by the published schema, and tell the same deliveries, lots and links."""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from ingest.fcl.tables import Row
from ingest.fcl.written import Tables
from ingest.utx import utx_of

STATIONS: list[Row] = [
    {"ID": "S1", "Name": "Mill", "Address": "Mill Lane 1", "Country": "GB", "type of business": "Processor", "Latitude": 52.5, "Longitude": 0.25},
    {"ID": "S2", "Name": "Bakery", "type of business": "Baker", "Weight": 2.0, "Observed": True, "CrossContamination": False, "GLN": "4012345000009"},
    {"ID": "S3"},
]
FLOUR: Row = {"ID": "D1", "from": "S1", "to": "S2", "Name": "Flour", "Lot Number": "L42", "Lot ID": "F|L42", "Amount": "20 kg"}
DELIVERIES: list[Row] = [
    FLOUR | {"Date Delivery": "2025-03-01", "Date Delivery Arrival": "2025-03"},
    FLOUR | {"ID": "D2", "Amount": "over 3 t", "Date Delivery": "after Easter", "Silo": 4},
    {"ID": "D3", "from": "S2", "to": "S3", "Name": "Bread", "Lot ID": "lot of D3", "Amount": "40 loaves", "Kill Contamination": True},
    {"ID": "D4", "from": "S2", "to": "S3", "Name": "Bread", "Lot ID": "lot of D4", "Amount": "0 kg"},
]
RELATIONS: list[Row] = [{"from": "D1", "to": "D3"}, {"from": "D1", "to": "D4"}, {"from": "D2", "to": "D4"}]


def written(notes: tuple[str, ...] = (), relations: Iterable[Row] = RELATIONS) -> Any:
    """The core of a file of the bakery."""
    return json.loads(b"".join(utx_of(Tables(lambda: STATIONS, lambda: DELIVERIES, lambda: relations, notes=notes))))["utxCore"]


def named(core: Any, section: str) -> dict[str, Any]:
    """Records by id; no id stands twice."""
    found = {one["id"]: one for one in core[section]["current"]}
    assert len(found) == len(core[section]["current"])
    return found


@pytest.fixture
def schema(data: Path) -> jsonschema.Draft201909Validator:
    """The schema that is published of UTX."""
    text = (data / "fcl/schema/UTXSchema_20240208-woM-woD-woCV.json").read_bytes()
    return jsonschema.Draft201909Validator(json.loads(text), format_checker=jsonschema.FormatChecker())


def test_a_file_is_valid_and_the_same_each_time(schema: jsonschema.Draft201909Validator) -> None:
    core = written(("3 links left out.",))
    schema.validate({"utxCore": core})
    assert written(("3 links left out.",)) == core
    assert core["informationSource"]["current"][0]["comments"] == "3 links left out."
    core["tru"]["current"][0]["unheard"] = 1
    assert not schema.is_valid({"utxCore": core}), "the schema refuses what it does not know"


def test_deliveries_move_units_of_a_lot_between_stations_and_links_lead_from_unit_to_unit() -> None:
    core = written()
    station, contact, unit = named(core, "station"), named(core, "contact"), named(core, "tru")
    lot, product = named(core, "lot"), named(core, "product")

    def at(number: str) -> tuple[Any, ...]:
        where = contact[station[unit[number]["stationId"]]["stationNameAddress"]].get("name")
        food = lot[unit[number]["lotId"]]
        return where, product[food["productId"]]["labelName"], food.get("lotIdentifier")

    moved, became = {}, set()
    for one in core["activity"]["current"]:
        ends = [[number for end in one[side] for number in end["truIds"]] for side in ("truInput", "truOutput")]
        if one["activityPrimaryTypeCV"] == ["distribute"]:
            moved[one["comments"].partition(";")[0]] = (ends[0][0], ends[1][0])
        else:
            became |= {(before, after) for before in ends[0] for after in ends[1]}
    assert {name: (at(start), at(goal)) for name, (start, goal) in moved.items()} == {
        "delivery D1": (("Mill", "Flour", "L42"), ("Bakery", "Flour", "L42")),
        "delivery D2": (("Mill", "Flour", "L42"), ("Bakery", "Flour", "L42")),
        "delivery D3": (("Bakery", "Bread", None), (None, "Bread", None)),
        "delivery D4": (("Bakery", "Bread", None), (None, "Bread", None)),
    }
    assert became == {(moved[f"delivery {one['from']}"][1], moved[f"delivery {one['to']}"][0]) for one in RELATIONS}
    assert len(lot) == 3 and len(product) == 2


def test_amounts_dates_and_marks_stand_where_they_can_be_read_else_in_words() -> None:
    core = written()
    units = core["tru"]["current"]
    assert [(one.get("netAmountQuantity"), one.get("netAmountUnit")) for one in units[::2]] == [
        (20, "KGM"), (None, None), (40, "loaves"), (None, None),
    ]  # fmt: skip
    assert (units[0]["statusEnd"], units[1]["statusStart"]) == ("2025-03-01", "2025-03") and "statusEnd" not in units[2]
    first, second, third = (one["comments"] for one in core["activity"]["current"][:3])
    assert second == "delivery D2; amount: over 3 t; Date Delivery: after Easter; Silo: 4"
    assert (first, third) == ("delivery D1; 20 kg", "delivery D3; contamination ends here")
    mill, bakery, unnamed = core["station"]["current"]
    assert (mill["stageCV"], bakery["stageFreeText"], "stageFreeText" in unnamed) == (["Processor"], ["Baker"], False)
    assert bakery["comments"] == "id S2; weight of the evidence 2; marked; GLN: 4012345000009"
    assert core["contact"]["current"][0] | {"id": "", "informationSources": []} == {
        "id": "", "informationSources": [], "name": "Mill", "contactType": "Station", "addressOther": "Mill Lane 1", "addressCountry": "GB",
        "latitude": 52.5, "longitude": 0.25,
    }  # fmt: skip
