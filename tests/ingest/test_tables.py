"""Tables of deliveries, lots, places and recipes: what is understood, what is refused with words, and what comes back to be mended."""

import io
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.connector import Document, connector_for
from ingest.sheets.writing import csv_of, xlsx_of
from ingest.tables import Tables, understood
from ingest.tables.fields import KINDS
from ingest.tables.preview import preview
from ingest.tables.template import template
from ontology.errors import Refused
from ontology.facts import told
from ontology.language import Fact, Refusal

HEAD = "Delivery number,Ship date,Sender,Receiver,Product,Lot,Quantity,Unit"
ROW = "D1,2025-03-01,Mill,Bakery,Wheat flour,L42,20,kg"


def document(text: str | bytes, name: str = "deliveries.csv", mapping: dict[str, Any] | None = None, dataset: str | None = None) -> Document:
    held = text.encode() if isinstance(text, str) else text
    return Document(name, io.BytesIO(held), len(held), dataset, mapping)


def forms(read: Document) -> list[dict[str, Any]]:
    return [told(one) for one in Tables().facts(read) if isinstance(one, Fact)]


def refusals(read: Document) -> list[Refusal]:
    return [one for one in Tables().facts(read) if isinstance(one, Refusal)]


def of_kind(read: Document, kind: str) -> list[dict[str, Any]]:
    return [one for one in forms(read) if one["kind"] == kind]


def fields_of(*headings: str, kind: str = "") -> tuple[str, dict[str, str]]:
    """The kind and the fields that these headings are guessed to mean."""
    found = understood(document(",".join(headings) + "\n" + ",".join("x" for _ in headings)), kind)
    return found.mapping.kind, {column.heading: column.field for column in found.mapping.columns}


def test_a_delivery_names_its_lot_its_ends_its_amount_and_its_days() -> None:
    (shipment,) = of_kind(document(f"{HEAD}\n{ROW}\n"), "Shipment")
    assert shipment["values"]["departed"] == ["2025-03-01", "2025-03-01T00:00:00Z", "2025-03-01T23:59:59Z"]
    assert shipment["links"] == [
        ["CARRIES", "Lot", "code:name:own/Wheat flour/L42", {"quantity": [{"value": 20.0, "unit": "KGM"}]}],
        ["SHIPPED_FROM", "Place", "name:own/Mill", {}],
        ["SHIPPED_TO", "Place", "name:own/Bakery", {}],
    ]


def test_a_german_table_of_windows_is_read_with_its_commas_days_and_umlauts() -> None:
    text = "Lieferschein;Datum;Lieferant;Empfänger;Artikelbezeichnung;Charge;Menge (kg)\nL1;01.03.2025;Mühle;Bäckerei;Mehl;C1;1.234,5\n"
    (shipment,) = of_kind(document(text.encode("cp1252")), "Shipment")
    assert shipment["links"][0] == ["CARRIES", "Lot", "code:name:own/Mehl/C1", {"quantity": [{"value": 1234.5, "unit": "KGM"}]}]
    assert shipment["links"][1][2] == "name:own/Mühle" and shipment["values"]["departed"][1] == "2025-03-01T00:00:00Z"
    assert shipment["findings"] == ["deliveries.csv: it was read as Windows-1252"]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "cp1252", "latin-1"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_every_encoding_and_delimiter_tells_the_same(encoding: str, delimiter: str) -> None:
    text = f"{HEAD}\n{ROW.replace('Mill', 'Mühle')}\n".replace(",", delimiter)
    (shipment,) = of_kind(document(text.encode(encoding)), "Shipment")
    assert shipment["links"][1][2] == "name:own/Mühle" and shipment["links"][0][3] == {"quantity": [{"value": 20.0, "unit": "KGM"}]}
    assert connector_for(document(text.encode(encoding))) is not None or encoding == "utf-32"


def test_a_scanned_code_in_a_cell_tells_product_and_lot() -> None:
    for code in ("(01)09521234000020(10)L42", "https://id.gs1.org/01/09521234000020/10/L42", "urn:epc:class:lgtin:9521234.000002.L42"):
        (shipment,) = of_kind(document(f"Sender,Receiver,Lot,Quantity\nMill,Bakery,{code},2\n"), "Shipment")
        assert shipment["values"]["lot"] == "code:gtin:09521234000020/L42"


def test_a_missing_lot_code_is_the_line_it_stands_on_and_a_missing_end_is_said() -> None:
    text = f"{HEAD}\nD1,2025-03-01,Mill,Bakery,Flour,,20,kg\nD2,2025-03-01,Mill,,Flour,n/a,20,kg\n"
    one, other = of_kind(document(text), "Shipment")
    assert one["links"][0][2] != other["links"][0][2] and "no lot code is told" in one["findings"][0]
    assert any("no receiver is told" in finding for finding in other["findings"])
    assert [lot["values"]["code_known"] for lot in of_kind(document(text), "Lot")] == [False, False]


@pytest.mark.parametrize(
    ("row", "rule"),
    [
        ("D1,31.02.2025,Mill,Bakery,Flour,L1,20,kg", "column 'Ship date': '31.02.2025' is no day of the calendar"),
        ("D1,2025-03-01,Mill,Bakery,Flour,L1,twenty,kg", "column 'Quantity': 'twenty' is no amount"),
        ("D1,2025-03-01,Mill,Bakery,Flour,L1,-5,kg", "column 'Quantity': '-5' is negative: a return is a delivery the other way round"),
        ("D1,2025-03-01,Mill,Bakery,,,20,kg", "it names no food"),
        ("D1,2025-03-01,,,Flour,L1,20,kg", "it names no place"),
        ("D1,2025-03-01,Mill,Bakery,Flour,L1,1,234,kg", "it has 9 cells, the table 8 columns"),
        ("D1,2025-03-01,Mill,Bakery,(01)09521234000021(10)L1,,20,kg", "the check digit of 09521234000021 is 1, computed 0"),
        ("D1,2025-03-01,Mill,Bakery,Flour,L1," + "9" * 10_001 + ",kg", "a cell holds 10001 characters"),
        ('D1,2025-03-01,"Mill"s,Bakery,Flour,L1,20,kg', "its quotes cannot be read"),
    ],
)
def test_a_row_that_cannot_be_understood_is_refused_by_column_and_loses_nothing_else(row: str, rule: str) -> None:
    read = document(f"{HEAD}\n{ROW}\n{row}\n{ROW.replace('D1', 'D9')}\n")
    (refused,) = refusals(read)
    assert refused.place == "deliveries.csv line 3" and rule in refused.rule and refused.remedy
    assert len(of_kind(read, "Shipment")) == 2


def test_keys_with_a_wrong_check_digit_are_refused() -> None:
    text = "From GLN,To GLN,GTIN,Lot\n9521234000013,9521234000021,09521234000020,L1\n9521234000013,9521234000020,09521234000021,L1\n"
    assert [one.rule.partition(":")[0] for one in refusals(document(text))] == ["column 'To GLN'", "column 'GTIN'"]


BAD = (
    f"{HEAD}\n{ROW}\nD2,31.02.2025,Mill,Bakery,Flour,L1,20,kg\nD3,2025-03-01,Mill,Bakery,=1+1,L1,twenty,kg\nD4,2025-03-04,Mill,Bakery,Flour,L1,3,kg\n"
)
MENDS = (("31.02.2025", "28.02.2025"), ("twenty", "20"))


@pytest.mark.parametrize("written", ["csv", "xlsx"])
def test_refused_rows_come_back_with_why_and_import_once_they_are_mended(written: str) -> None:
    lines = [line.split(",") for line in BAD.splitlines()]
    held = BAD.encode() if written == "csv" else b"".join(xlsx_of([("Sheet 1", lines)]))
    read = document(held, f"deliveries.{written}")
    mendable = b"".join(Tables().rejects(read, refusals(read)))
    again = document(mendable, f"deliveries.refused.{written}")
    assert [one.rule for one in refusals(again)] == [one.rule for one in refusals(read)] and forms(again) == []
    rows = [[str(cell) for cell in row.cells] for row in understood(again).table.sheet.rows()]
    assert rows[0][-1] == "Why refused" and "no day of the calendar" in rows[1][-1] and len(rows) == 3
    mended = [[replaced(cell) for cell in row] for row in rows]
    back = document(b"".join(csv_of(mended) if written == "csv" else xlsx_of([("Sheet 1", mended)])), f"deliveries.refused.{written}")
    whole = document(BAD.replace(*MENDS[0]).replace(*MENDS[1]), "deliveries.csv")
    assert refusals(back) == [] and {one["id"] for one in forms(back)} <= {one["id"] for one in forms(whole)}


def replaced(cell: str) -> str:
    for bad, good in MENDS:
        cell = cell.replace(bad, good) if cell == bad else cell
    return cell


def test_what_a_spreadsheet_would_compute_is_written_as_text_and_read_back_as_it_was() -> None:
    text = f'{HEAD},Remark\nD1,soon,Mill,Bakery,Flour,L1,20,kg,"=HYPERLINK(""http://x"")"\n'
    read = document(text)
    written = b"".join(Tables().rejects(read, refusals(read))).decode()
    assert '"\'=HYPERLINK(""http://x"")"' in written
    cells = next(iter(understood(document(written)).table.rows())).cells
    assert cells[8] == '=HYPERLINK("http://x")'


def test_the_same_table_twice_tells_the_same_and_another_row_before_it_changes_no_key() -> None:
    plain = "Sender,Receiver,Product,Lot,Quantity\nMill,Bakery,Flour,L1,20 kg\nMill,Bakery,Flour,L1,20 kg\n"
    first, second = (one["record"] for one in of_kind(document(plain), "Shipment"))
    assert first != second and [one["record"] for one in of_kind(document(plain), "Shipment")] == [first, second]
    later = plain.replace("Quantity\n", "Quantity\nFarm,Mill,Wheat,W1,30 kg\n")
    assert {first, second} <= {one["record"] for one in of_kind(document(later), "Shipment")}


def test_a_delivery_line_is_replaced_by_its_number_and_refused_where_it_stands_twice_with_other_content() -> None:
    text = "Delivery number,Line,Sender,Receiver,Product,Lot,Quantity\nD1,1,Mill,Bakery,Flour,L1,20 kg\n"
    (one,) = of_kind(document(text), "Shipment")
    (other,) = of_kind(document(text.replace("20 kg", "30 kg")), "Shipment")
    assert one["record"] == other["record"] == "own/delivery/D1/1" and one["id"] != other["id"]
    assert refusals(document(text + "D1,1,Mill,Bakery,Flour,L1,20 kg\n")) == []
    (twice,) = refusals(document(text + "D1,1,Mill,Bakery,Flour,L1,30 kg\n"))
    assert twice.rule == "'D1/1' stands in line 2 already, with other content"


def test_totals_blank_lines_comments_and_repeated_headings_are_no_rows() -> None:
    text = f"# my deliveries\n\n{HEAD}\n{ROW}\n\n{HEAD}\n{ROW.replace('D1', 'D2')}\nTotal,,,,,,40,kg\n"
    read = document(text)
    assert refusals(read) == [] and len(of_kind(read, "Shipment")) == 2
    assert any("line 8 is a total" in finding for one in forms(read) for finding in one.get("findings", ()))


def test_two_rows_of_headings_and_doubled_headings_are_joined_and_told_apart() -> None:
    text = "Sender,Receiver,Product,Lot,Quantity,,Remark,Remark\n,,,,Amount,Unit,,\nMill,Bakery,Flour,L1,20,kg,a,b\n"
    found = understood(document(text))
    assert found.table.headings[4:] == ("Quantity Amount", "Quantity Unit", "Remark", "Remark (2)")
    (shipment,) = of_kind(document(text), "Shipment")
    assert shipment["links"][0][3] == {"quantity": [{"value": 20.0, "unit": "KGM"}]} and shipment["values"]["extra"]["Remark (2)"] == "b"


def test_days_that_can_be_read_both_ways_are_asked_unless_a_row_or_column_decides() -> None:
    head, row = "Sender,Receiver,Lot,Ship date,Arrival date", "Mill,Bakery,L{},{},{}"
    unclear = document("\n".join((head, row.format(1, "03/04/2025", "05/04/2025"))))
    assert "which can be day/month or month/day" in refusals(unclear)[0].rule and forms(unclear) == []
    decided = document("\n".join((head, row.format(1, "03/04/2025", "03/25/2025"))))
    assert of_kind(decided, "Shipment")[0]["values"]["departed"][1] == "2025-03-04T00:00:00Z"
    late = "\n".join((head, *(row.format(n, "03/04/2025", "") for n in range(1500)), row.format("x", "13/04/2025", "")))
    assert of_kind(document(late), "Shipment")[0]["values"]["departed"][1] == "2025-04-03T00:00:00Z"
    told_so = {"kind": "deliveries", "columns": {"Sender": "from_name", "Lot": "lot", "Ship date": {"field": "departed", "dates": "MDY"}}}
    plain = document("Sender,Lot,Ship date\nMill,L1,03/04/2025", mapping=told_so)
    assert of_kind(plain, "Shipment")[0]["values"]["departed"][1] == "2025-03-04T00:00:00Z"


def test_numbers_that_can_be_read_both_ways_are_said() -> None:
    found = understood(document('Sender,Receiver,Lot,Quantity\nMill,Bakery,L1,"1,234"\n'))
    assert any("'1,234' can mean two numbers" in note for note in found.notes)
    assert understood(document('Sender,Receiver,Lot,Quantity\nMill,Bakery,L1,"1,234"\nMill,Bakery,L2,"0,5"\n')).notes == ()


def test_lots_places_and_recipes_join_with_deliveries() -> None:
    lots = of_kind(document("Product,Lot,Best before\nBread,B7,2025-03-20\n", "lots.csv"), "Lot")
    assert (lots[0]["key"], lots[0]["values"]["best_before"][0]) == ("code:name:own/Bread/B7", "2025-03-20")
    (place,) = of_kind(
        document("Name,Street,House number,Postal code,City,Country\nMill,River Road,1,12345,Milltown,Germany\n", "places.csv"), "Place"
    )
    assert (place["key"], place["values"]["address"], place["values"]["country"]) == ("name:own/Mill", "River Road 1, 12345 Milltown", "DE")
    heads = "Order,Date,Place,Ingredient,Ingredient lot,Ingredient quantity,Product,Lot,Quantity"
    text = f"{heads}\n17,2025-03-03,Bakery,Wheat flour,L42,12 kg,Bread,B7,40\n"
    (process,) = of_kind(document(text, "recipes.csv"), "Process")
    assert [link[:3] for link in process["links"]] == [
        ["USED", "Lot", "code:name:own/Wheat flour/L42"],
        ["MADE", "Lot", "code:name:own/Bread/B7"],
        ["TOOK_PLACE_AT", "Place", "name:own/Bakery"],
    ]
    (recipe,) = forms(document("Product,Ingredient,Share\nBread,Wheat flour,60 %\n", "recipe.csv"))
    assert recipe["links"] == [["HAS_INGREDIENT", "Product", "name:own/Wheat flour", {"share": 0.6}]]


@pytest.mark.parametrize("kind", KINDS)
def test_a_template_is_recognised_as_its_kind_and_imports_as_it_stands(kind: str) -> None:
    read = document(template(kind), f"{kind}.csv")
    found = understood(read)
    assert found.mapping.kind == kind and all(column.field for column in found.mapping.columns) and found.notes == ()
    assert refusals(read) == [] and forms(read)


def test_headings_of_regulators_and_of_the_trade_are_understood() -> None:
    kind, meant = fields_of(
        "Traceability Lot Code", "Quantity", "Unit of Measure", "Product Description - Product Name",
        "Location Description for the Immediate Subsequent Recipient (other than a transporter) - Business Name",
        "Location Description for the Immediate Subsequent Recipient (other than a transporter) - Phone Number",
        "Location Description for the Location from which you Shipped the Food - Business Name", "Shipping Date (mm/dd/yyyy)",
    )  # fmt: skip
    assert kind == "deliveries" and list(meant.values()) == ["lot", "amount", "unit", "product_name", "to_name", "", "from_name", "departed"]
    kind, meant = fields_of(
        "(1) TLC - GTIN", "(1) TLC - Batch", "Date Type**", "Pallet ID*", "(2) Qty & UOM", "(4) Ship-To Location", "Ship-To Location ID**"
    )
    assert kind == "deliveries" and list(meant.values()) == ["gtin", "lot", "", "sscc", "amount", "to_name", "to_code"]
    kind, meant = fields_of(
        "Kundennummer", "Kunde", "EAN", "Artikelnummer", "Chargennummer", "Mindesthaltbarkeitsdatum", "Lieferdatum", "Liefermenge"
    )
    assert list(meant.values()) == ["to_code", "to_name", "gtin", "product_code", "lot", "best_before", "departed", "amount"]


def test_what_stands_in_a_column_betters_the_guess_of_its_heading() -> None:
    found = understood(document("Sender,Receiver,Product,Lot\n9521234000013,17,09521234000020,L1\n"))
    assert [column.field for column in found.mapping.columns] == ["from_gln", "to_code", "gtin", "lot"]
    assert found.mapping.columns[0].why == "its heading and its values, which are GLNs"


def test_a_mapping_is_kept_as_json_and_refused_with_words_where_it_is_none() -> None:
    found = understood(document(f"{HEAD}\n{ROW}\n"))
    again = understood(document(f"{HEAD}\n{ROW}\n", mapping=found.mapping.told()))
    assert again.mapping.told() == found.mapping.told()
    for wrong, rule in (
        ({"kind": "orders", "columns": {"Lot": "lot"}}, "A mapping has a kind of deliveries"),
        ({"kind": "lots", "columns": {}}, "A mapping has columns"),
        ({"kind": "lots", "columns": {"Lot": "lots"}}, "has the field 'lots', which lots do not have"),
        ({"kind": "lots", "columns": {"Lot": "lot", "Batch": "lot"}}, "gives 'lot' to two columns"),
        ({"kind": "lots", "columns": {"Charge": "lot"}}, "reads a column 'Charge', which the file does not have"),
        ({"kind": "lots", "columns": {"Lot": {"field": "lot", "dates": "YDM"}}}, "dates is one of YMD, DMY, MDY"),
        ({"kind": "lots", "columns": {"Lot": 5}}, "is a field, or an object"),
    ):
        with pytest.raises(Refused, match=rule):
            understood(document(f"{HEAD}\n{ROW}\n", mapping=wrong))


def test_a_preview_says_in_words_what_rows_would_tell_and_which_would_be_refused() -> None:
    read = document(BAD)
    tried = preview(read, understood(read))
    assert (tried.tried, tried.refused) == (4, 2)
    assert "carries 20 KGM of Lot L42 of Product Wheat flour, shipped from Place Mill, shipped to Place Bakery" in tried.rows[0].told[0]
    assert "no day of the calendar" in tried.rows[1].problem and tried.columns[0][1] == ("D1", "D2", "D3")


@pytest.mark.parametrize("text", ["", "\n\n", "Dear Sir\nthe flour was bad\n", "one\n2\n3\n", "{}", "<a/>", "\x00\x01\x02"])
def test_what_is_no_table_is_not_recognised_and_refused_with_words(text: str) -> None:
    assert not Tables().recognises(document(text))
    items = list(Tables().facts(document(text)))
    assert all(isinstance(one, Refusal) and one.rule and one.remedy for one in items) and len(items) == 1


def test_a_quote_that_never_closes_is_said_and_what_stands_before_it_is_told() -> None:
    read = document(f'{HEAD}\n{ROW}\nD2,2025-03-01,"Mill,Bakery,Flour,L1,20,kg\nD3,2025-03-01,Mill,Bakery,Flour,L1,20,kg\n')
    assert "a quote opens here that is never closed" in refusals(read)[0].rule and len(of_kind(read, "Shipment")) == 1


CELLS = st.text(max_size=12) | st.sampled_from(
    ["", "=1", "31.02.2025", "1e309", "9521234000013", "(01)1(10)2", "٣", "𝟜", "\u200b", "-0", "1.2.3", "NaN"]
)


@settings(max_examples=150, deadline=None)
@given(rows=st.lists(st.lists(CELLS, min_size=1, max_size=9), max_size=5), kind=st.sampled_from(sorted(KINDS)))
def test_whatever_stands_in_a_table_is_told_or_refused_and_never_an_accident(rows: list[list[str]], kind: str) -> None:
    heads = template(kind).splitlines()
    heading = next(line for line in heads if not line.startswith(("#", '"#'))).split(",")
    for written in (b"".join(csv_of([heading, *rows])), b"".join(xlsx_of([("T", [heading, *rows])]))):
        items = list(Tables().facts(document(written, "table.any")))
        for one in items:
            if isinstance(one, Fact):
                told(one)
            else:
                assert isinstance(one, Refusal) and one.place.startswith("table.any") and one.rule and one.remedy
        b"".join(Tables().rejects(document(written, "table.any"), [one for one in items if isinstance(one, Refusal)]))


@settings(max_examples=100, deadline=None)
@given(text=st.binary(max_size=300))
def test_any_bytes_are_told_or_refused(text: bytes) -> None:
    Tables().recognises(document(text))
    assert all(isinstance(one, Fact | Refusal) for one in Tables().facts(document(text)))
