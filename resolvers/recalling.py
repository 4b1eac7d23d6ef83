"""Recalls on the command line: how large one would be, who would be called, what is missing, kept as evidence; lots in stock by how far they went."""

import csv
import io
import json
from collections.abc import Container, Iterator, Sequence
from typing import TYPE_CHECKING, Annotated, Any

from ontology.errors import Refused
from resolvers.asking import PAGE, Choose, Json, Question, settled
from resolvers.commands import Headed

if TYPE_CHECKING:
    from resolvers.client import Api

Row = tuple[str, ...]
COLUMNS = ("scope", "name", "country", "customer", "kilograms", "other", "first", "last", "id")
SAVINGS, CONSIGNEES, GAPS = 5, 20, 10
"""How many of each are shown to a person; a program gets them all."""
_CONSIGNEE = "id kind name country customer scope amounts { unit value } first last"
_SIZE = """starts { id label } seconds accounted { share unit came used sent counted uncounted }
  expected { kilograms customers } scopes { scope lots acts customers countries kilograms amounts { unit value } totalConsignees }
  savings { found { about words kilograms customers } doubts lookedAt } missing { sort words about act }"""
_ASK = f"query($input: RecallSizeInput!) {{ recallSize(input: $input) {{ {_SIZE} }} }}"
_MOCK = (
    f"mutation($input: MockRecallInput!) {{ mockRecall(input: $input) {{ id seconds recall {{ {_SIZE} }} userErrors {{ code field message }} }} }}"
)
_RANKING = """query($first: Int!, $offset: Int!) { recallRanking(first: $first, offset: $offset) { inStock lookedAt
  lots { id name kilograms expected { kilograms customers } worst { kilograms customers } } } }"""
_LIST = f"""query($input: RecallSizeInput!, $offset: Int!) {{ recallSize(input: $input) {{
  scopes {{ scope consignees(first: {PAGE}, offset: $offset) {{ {_CONSIGNEE} }} }} }} }}"""


async def stock(api: "Api") -> Json:
    """Rank lots in stock by how large a recall of each would be.

    Before there is one: expected, by how sure each way is, and at worst, in kilograms and customers.
    """
    found: Json = {"lots": []}
    while True:
        page = (await api.ask(_RANKING, {"first": PAGE, "offset": len(found["lots"])}))["recallRanking"]
        found = {**page, "lots": [*found["lots"], *page["lots"]]}
        if len(page["lots"]) < PAGE:
            return found


def ranked(found: Json) -> Iterator[str]:
    """Lots in stock, one a line."""
    if not found["lots"]:
        yield "No lot is in stock by the books: nothing is known to lie where it was made or sent on from."
        return
    heads = ("in stock", "expected", "", "at worst", "", "lot")
    rows = [(f"{one['kilograms']:,.1f} kg", *_measured(one["expected"]), *_measured(one["worst"]), one["name"]) for one in found["lots"][:CONSIGNEES]]
    yield from _aligned(heads, rows, range(len(heads) - 1))
    if len(found["lots"]) > CONSIGNEES:
        yield f"and {len(found['lots']) - CONSIGNEES:,} more (all of them with --json)"
    if found["lookedAt"] < found["inStock"]:
        yield f"{found['lookedAt']:,} of {found['inStock']:,} lots in stock were worked out: those of which most is there."


def _measured(told: Json) -> Row:
    return f"{told['kilograms']:,.0f} kg", f"{told['customers']:,.1f}".rstrip("0").rstrip(".") + " customers"


async def recall(
    api: "Api",
    codes: Annotated[list[str], "Lot codes, names of products, numbers or keys; id:ID for an id of ours.", "CODE"],
    *,
    known_at: Annotated[str | None, "As it was known then: nothing recorded later.", "TIME"] = None,
    csv_: Annotated[bool, "Who would be called, one a line, as CSV."] = False,
    mock: Annotated[bool, "Keep the result as evidence, with the time that it took."] = False,
    note: Annotated[str | None, "A note that is kept with a mock recall.", "TEXT"] = None,
    as_json: bool,
    choose: Choose,
) -> list[str]:
    """Say how large a recall would be, and who would be called.

    Certain, probable and conceivable; what one missing record would save, and how much is accounted for. Nothing is called back.
    """
    if mock and (len(codes) != 1 or known_at):
        raise Refused("A mock recall is of one code, as it is known now.")
    if note and not mock:
        raise Refused("A note is kept with a mock recall: say --mock, too.")
    question = await settled(api, Question.of(codes, "forward", knownAt=known_at), choose)
    asked = {"starts": list(question.starts), **question.limits}
    kept = await _kept(api, asked["starts"][0], note) if mock else None
    found = kept["recall"] if kept else (await api.ask(_ASK, {"input": asked}))["recallSize"]
    found["consignees"] = await _consignees(api, asked)
    if as_json:
        return [json.dumps({**found, "mock": {"id": kept["id"], "seconds": kept["seconds"]} if kept else None}, ensure_ascii=False)]
    return csv_of(found["consignees"]).splitlines() if csv_ else Headed(_words(found, kept))


async def _kept(api: "Api", start: Json, note: str | None) -> Json:
    answer: Json = (await api.ask(_MOCK, {"input": {"start": start, "note": note}}))["mockRecall"]
    if answer["userErrors"]:
        raise Refused(answer["userErrors"][0]["message"])
    return answer


async def _consignees(api: "Api", asked: Json) -> list[Json]:
    """Everybody who would be called in the widest scope."""
    rows: list[Json] = []
    while True:
        page = (await api.ask(_LIST, {"input": asked, "offset": len(rows)}))["recallSize"]["scopes"][-1]["consignees"]
        rows += page
        if len(page) < PAGE:
            return rows


def csv_of(consignees: list[Json]) -> str:
    """Consignees as CSV with a heading (RFC 4180, lines end with a line feed); amounts in other units than kilograms stand in one column."""
    text = io.StringIO()
    table = csv.DictWriter(text, COLUMNS, lineterminator="\n", extrasaction="ignore")
    table.writeheader()
    table.writerows({**one, "kilograms": _kilograms(one), "other": _others(one)} for one in consignees)
    return text.getvalue()


def _kilograms(one: Json) -> str:
    return next((f"{amount['value']:.15g}" for amount in one["amounts"] if amount["unit"] == "KGM"), "")


def _others(one: Json) -> str:
    return "; ".join(f"{amount['value']:.15g} {amount['unit']}" for amount in one["amounts"] if amount["unit"] != "KGM")


def _words(found: Json, kept: Json | None) -> list[str]:
    return [*_sizes(found), *_savings(found["savings"]), *_accounted(found), *_called(found["consignees"]), *(_clock(kept) if kept else ())]


def _aligned(heads: Row, rows: Sequence[Row], right: Container[int]) -> Iterator[str]:
    """Rows under a head, in columns; those at `right` end on one line."""
    widths = [max(map(len, column)) for column in zip(heads, *rows, strict=True)]
    for row in (heads, *rows):
        cells = [cell.rjust(width) if at in right else cell.ljust(width) for at, (cell, width) in enumerate(zip(row, widths, strict=True))]
        yield "  ".join(cells).rstrip()


def _sizes(found: Json) -> Iterator[str]:
    yield f"Recall of {' and '.join(one['label'] for one in found['starts'])}, worked out in {found['seconds']:.2f} s:"
    heads = ("", "lots", "customers", "kilograms", "other amounts", "countries")
    rows = [
        (one["scope"], f"{one['lots']:,}", f"{one['customers']:,}", f"{one['kilograms']:,.1f}", _others(one), " ".join(one["countries"]))
        for one in found["scopes"]
    ]
    yield from (f"  {line}" for line in _aligned(heads, rows, range(1, 4)))
    expected = found["expected"]
    yield f"  To be expected, by how sure each way is: {expected['kilograms']:,.1f} kg from {expected['customers']:,.1f} customers."


def _savings(told: Json) -> Iterator[str]:
    if not told["doubts"]:
        return
    looked = f", of which the {told['lookedAt']} nearest were looked at" if told["lookedAt"] < told["doubts"] else ""
    yield ""
    yield f"What one record would save at most ({told['doubts']} doubt{'' if told['doubts'] == 1 else 's'} on the way{looked}):"
    for one in told["found"][:SAVINGS]:
        yield f"  {one['kilograms']:,.1f} kg, {one['customers']:,} customer{'' if one['customers'] == 1 else 's'}: {one['words']}"
    if not told["found"]:
        yield "  nothing: no doubt alone makes the recall larger"


def _accounted(found: Json) -> Iterator[str]:
    told, missing = found["accounted"], found["missing"]
    yield ""
    if told is None:
        yield "Accounted for: cannot be said, for no record tells how much came."
    else:
        yield f"Accounted for: {told['share']:.1%} of {told['came']:,.1f} {_unit(told['unit'])}"
        parts = (("used", "used"), ("sent to known places", "sent"), ("counted in stock", "counted"), ("in the books, not counted", "uncounted"))
        yield f"  {', '.join(f'{words} {told[name]:,.1f}' for words, name in parts if told[name])}"
    if missing:
        yield ""
        yield f"Missing ({len(missing)}):"
        yield from (f"  - {gap['words']}" for gap in missing[:GAPS])
        if len(missing) > GAPS:
            yield f"  and {len(missing) - GAPS} more (all of them as JSON)"


def _called(consignees: list[Json]) -> Iterator[str]:
    yield ""
    yield f"Who holds it or got it last ({len(consignees):,}):"
    for one in consignees[:CONSIGNEES]:
        amounts = ", ".join(f"{amount['value']:,.15g} {_unit(amount['unit'])}" for amount in one["amounts"]) or "amount not told"
        dates = " to ".join(dict.fromkeys(date for date in (one["first"], one["last"]) if date))
        where = f" ({one['country']})" if one["country"] else ""
        made = "" if one["customer"] else ", where it was made"
        yield f"  {one['scope']:<11}  {one['name']}{where}: {amounts}{f', {dates}' if dates else ''}{made}"
    if len(consignees) > CONSIGNEES:
        yield f"  and {len(consignees) - CONSIGNEES:,} more (all of them as CSV or JSON)"


def _unit(code: str) -> str:
    return "kg" if code == "KGM" else code


def _clock(kept: Any) -> Iterator[str]:
    yield ""
    yield f"Mock recall: {kept['seconds']:.2f} s from the question to the full list; kept as {kept['id']}."
