"""Tables on the command line: an example, a look before the import, a mapping that is told and kept, rows that are mended."""

import json

from tests.cli.shell import Server

TABLE = "Beleg;Wann;Von;An;Ware;Charge;Menge\nL1;03/04/2025;Mühle;Bäckerei;Mehl;C1;1.250,5 kg\nL2;05/04/2025;Mühle;Bäckerei;Mehl;C2;zwei kg\n"
MAPPING = {
    "kind": "deliveries",
    "columns": {
        "Beleg": "number",
        "Wann": {"field": "departed", "dates": "DMY"},
        "Von": "from_name",
        "An": "to_name",
        "Ware": "product_name",
        "Charge": "lot",
        "Menge": {"field": "amount", "decimal": ","},
    },
}


def test_a_template_is_printed_without_a_tenant_and_imports_as_it_stands(server: Server) -> None:
    printed = server("import", "--template", "lots").stdout
    (server.folder / "lots.csv").write_text(printed)
    assert printed.startswith('"# One lot a row') and server("import", "lots.csv", "--tenant", "shop", "--create").returncode == 0
    wrong = server("import", "--template", "orders")
    assert wrong.returncode == 1 and "choose one of deliveries, lots, places, cases, recipes" in wrong.stderr


def test_a_table_is_looked_at_mapped_imported_and_mended(server: Server) -> None:
    (server.folder / "liefer.csv").write_bytes(TABLE.encode("cp1252"))
    (server.folder / "mapping.json").write_text(json.dumps(MAPPING))
    seen = server("import", "liefer.csv", "--tenant", "table", "--create", "--preview")
    assert seen.returncode == 0 and "? column 'Wann' holds days such as 03/04/2025" in seen.stdout and "it was read as Windows-1252" in seen.stdout
    asked = server("import", "liefer.csv", "--tenant", "table")
    assert asked.returncode == 1 and "day/month or month/day" in asked.stderr
    told = json.loads(server("import", "liefer.csv", "--tenant", "table", "--preview", "--mapping", "mapping.json", "--json").stdout)
    assert told["table"]["refused"] == 1 and told["mapping"]["columns"]["Wann"]["dates"] == "DMY"
    done = server("import", "liefer.csv", "--tenant", "table", "--mapping", "mapping.json", "--save-mapping", "mühle")
    assert done.returncode == 3 and "'zwei kg' is no amount" in done.stdout and "Mend the refused rows in liefer.refused.csv" in done.stdout
    refused = server.folder / "liefer.refused.csv"
    refused.write_text(refused.read_text().replace("zwei kg;", "2 kg;", 1))
    mended = server("import", "liefer.refused.csv", "--tenant", "table", "--mapping", "mühle")
    assert mended.returncode == 0 and "2 facts recorded" in mended.stdout
    assert "by the mapping 'mühle'" in server("import", "liefer.csv", "--tenant", "table", "--preview").stdout
    assert "Mehl C2 from Mühle to Bäckerei, 05/04/2025" in server("trace", "C2", "--tenant", "table").stdout


def test_a_mapping_that_is_none_or_not_there_is_said(server: Server) -> None:
    (server.folder / "d.csv").write_text("Lot,Product\nL1,Flour\n")
    (server.folder / "wrong.json").write_text("[]")
    for mapping, said in (
        ("wrong.json", "wrong.json is no mapping"),
        ("absent.json", "absent.json cannot be read"),
        ("nobody", "There is no mapping 'nobody'"),
    ):
        done = server("import", "d.csv", "--tenant", "acme", "--mapping", mapping)
        assert done.returncode == 1 and said in done.stderr, done.stderr
