"""The report as a document: the answer on its first page, then the pictures, then the tables, the most important rows of each."""

from typing import Any, BinaryIO

from reportlab.platypus import CondPageBreak, Flowable, KeepTogether, Spacer, Table, TableStyle

from dashboards.explorer.colours import LIGHT
from dashboards.explorer.words import count
from dashboards.investigations.drawing import percent
from dashboards.report import answer, rows
from dashboards.report.asked import Records, Told
from dashboards.report.lands import Map, close, spots
from dashboards.report.layers import Layers, important
from dashboards.report.letters import said, style
from dashboards.report.marks import Legend
from dashboards.report.pages import HEIGHT, WIDTH, Section, build, contents
from dashboards.report.tables import Bar, Column, bullets, field, section

MOST = 200
"""Rows of a table."""
_CASES = 400
_LINKS = 100
_FAINT = LIGHT.faint
_SMALL = style(8.5, colour=_FAINT, spaceAfter=4)


def write(records: Records, target: BinaryIO) -> None:
    """Write the document of an investigation. Raises Failed, and Moved when something was recorded meanwhile."""
    told = records.told()
    places = list(rows.places(records.rows("places", MOST)))
    story = [
        *_first(told),
        CondPageBreak(HEIGHT * 0.75),
        *_pictures(told, {row["id"]: row["number"] for row in places}),
        *_of_people(told),
        *_weighed(told),
        *_scored(records, told, places),
        *_moved(records, told),
        *_made(told),
    ]
    build(target, story, answer.title(told), told.tenant, answer.state(told), told.made)


def _first(told: Told) -> list[Flowable]:
    head = [
        said(answer.title(told), style(23, bold=True, spaceBefore=2, spaceAfter=4, leading=27)),
        _facts(told),
        Spacer(0, 9),
        _tiles(told),
        Spacer(0, 9),
    ]
    likely = answer.likeliest(told)
    found = [said("The answer", style(13, bold=True, colour=LIGHT.accent, spaceAfter=3))]
    found += [said(line, style(10, spaceAfter=3)) for line in answer.common(told) if line]
    if likely:
        found += [said(likely[0], style(10, bold=True, spaceBefore=2, spaceAfter=2)), *bullets(likely[1], 9)]
    found += [Spacer(0, 2), *(said(line, style(10, spaceAfter=2)) for line in answer.ordered(told))]
    bare = [said("What is not known, and what does not count", style(11, bold=True, colour=LIGHT.attention, spaceAfter=2))]
    bare += bullets(answer.unknown(told), 8.5)
    return [
        *head,
        _boxed(found, LIGHT.accent, "#f0fdfa"),
        Spacer(0, 9),
        _boxed(bare, LIGHT.attention, "#fffbeb"),
        Spacer(0, 8),
        *_asked(told),
        Spacer(0, 6),
        contents(),
    ]


def _asked(told: Told) -> list[Flowable]:
    how = style(8.5, colour=_FAINT, spaceAfter=2)
    return [said(answer.asked(told), how), said(f"{answer.state(told)}. The same records give the same document, byte for byte.", how)]


def _facts(told: Told) -> Flowable:
    """What the investigation is: two facts beside each other, and the note below."""
    label, text = style(8.5, colour=_FAINT), style(9.5)
    cells = [[said(heading, label), said(value, text)] for heading, value in answer.facts(told)]
    note = [[*cells.pop(), "", ""]] if told.file["note"] else []
    pairs = [[*left, *right] for left, right in zip(cells[::2], [*cells[1::2], *([["", ""]] * (len(cells) % 2))], strict=True)]
    made = Table([*pairs, *note], colWidths=[48, WIDTH / 2 - 48, 48, WIDTH / 2 - 48])
    plain = [("LEFTPADDING", (0, 0), (-1, -1), 0), ("TOPPADDING", (0, 0), (-1, -1), 1), ("BOTTOMPADDING", (0, 0), (-1, -1), 1)]
    across = [("SPAN", (1, len(pairs)), (3, len(pairs)))] if note else []
    made.setStyle(TableStyle([("VALIGN", (0, 0), (-1, -1), "TOP"), *plain, *across]))
    return made


def _tiles(told: Told) -> Flowable:
    """What one wants to know first, in four numbers."""
    scores = told.scores
    likely = scores["suspects"][0] if scores["suspects"] else None
    tiles = [
        (f"{len(told.file['cases']):,}", "cases"),
        (f"{scores['commonPlaces']:,}", "places that all evidence leads to"),
        (f"{scores['commonLots']:,}", "lots that all evidence leads to"),
        (f"{likely['posterior']:.0%}" if likely else "–", likely["name"] if likely else "no lot can be weighed"),
    ]
    large, small = style(21, bold=True, colour=LIGHT.accent, leading=24), style(8, colour=_FAINT)
    made = Table([[said(number, large) for number, _ in tiles], [said(words, small, 70) for _, words in tiles]], colWidths=[WIDTH / 4] * 4)
    ruled = [("LINEBEFORE", (1, 0), (-1, -1), 0.5, LIGHT.mark), ("LINEABOVE", (0, 0), (-1, 0), 0.5, LIGHT.mark)]
    made.setStyle(TableStyle([("VALIGN", (0, 0), (-1, -1), "TOP"), ("TOPPADDING", (0, 1), (-1, 1), 0), *ruled]))
    return made


def _boxed(lines: list[Any], edge: str, ground: str) -> Flowable:
    """Sentences on a ground of their own, with a line at the left; the box goes on over pages where it must."""
    made = Table([[line] for line in lines], colWidths=[WIDTH])
    spaced = [("LEFTPADDING", (0, 0), (-1, -1), 10), ("TOPPADDING", (0, 0), (-1, -1), 1.5), ("BOTTOMPADDING", (0, 0), (-1, -1), 1)]
    around = [("TOPPADDING", (0, 0), (-1, 0), 7), ("BOTTOMPADDING", (0, -1), (-1, -1), 8)]
    made.setStyle(TableStyle([("BACKGROUND", (0, 0), (-1, -1), ground), ("LINEBEFORE", (0, 0), (0, -1), 3, edge), *spaced, *around]))
    return made


def _pictures(told: Told, numbers: dict[str, int]) -> list[Flowable]:
    shown = important(told.picture)
    if not shown["places"]:
        return []
    lead = f"From the farm on the left to where people fell ill on the right: {count(len(shown['places']), 'place')}, the highest scores."
    apart = "" if shown["ways"] else " No shipment leads straight from one of them to another."
    drawn = [Section("From farm to fork"), said(f"{lead}{apart} {_NUMBERS}", _SMALL), Layers(shown, numbers, WIDTH), Spacer(0, 4), Legend(WIDTH)]
    return [*(_maps(told.picture, numbers) if spots(told.picture) else []), KeepTogether(drawn), Spacer(0, 14)]


def _maps(picture: dict[str, Any], numbers: dict[str, int]) -> list[Flowable]:
    """A map of all places that have coordinates, and one of those that stand close."""
    at, there = spots(picture), len(picture["places"])
    left = f" {count(picture['left'], 'place')} with lower scores are not drawn." if picture["left"] else ""
    lead = f"{len(at):,} of {count(there, 'place')} that bear evidence or that evidence leads to, and what was shipped between them.{left}"
    near = close(at)
    coarse = said("Outlines: Natural Earth, 1:110 million; they are coarse.", style(7.5, colour=_FAINT))
    parts = [Section("Where it happened"), said(f"{lead} {_NUMBERS}", _SMALL), Map(picture, numbers, WIDTH, part=near), Spacer(0, 6), Legend(WIDTH)]
    story: list[Flowable] = [KeepTogether([*parts, Spacer(0, 3), coarse]), Spacer(0, 12)]
    if near:
        words = said(f"The frame of that map, enlarged: {count(len(near), 'place')} that stand close.", _SMALL)
        story += [KeepTogether([words, Map(picture, numbers, WIDTH, among=near)]), Spacer(0, 14)]
    return story


_NUMBERS = "Numbers are those of the table of places."


def _of_people(told: Told) -> list[Flowable]:
    cases, log, orders = rows.cases(told.file), rows.decisions(told.file, told.view.what_if), rows.orders(told.file)
    columns = (
        Column("Case", 3, field("case")), Column("Where", 4, field("where")), Column("People", 1, field("people", "–"), right=True),
        Column("Weight", 1, lambda row: f"{row['weight']:g}", right=True), Column("Began", 1.4, field("onset", "–")),
        Column("Note", 2.6, field("assumed")),
    )  # fmt: skip
    logged = (
        Column("No.", 0.6, field("number"), right=True), Column("When", 1.8, field("when")), Column("By", 1.3, field("by")),
        Column("What was assumed", 4, field("assumed")), Column("What-if", 1.6, field("what_if", "all")),
        Column("Why", 3.4, field("why", "no reason told")), Column("Undone", 1.8, field("undone")),
    )  # fmt: skip
    ordered = (
        Column("Order", 1, field("order")), Column("Of", 2.4, field("of")), Column("Why", 2.4, field("why", "–")),
        Column("Since", 1.7, field("since")), Column("By", 1.2, field("by")),
        Column("Class, depth", 1.5, lambda row: ", ".join(filter(None, [row["level"], row["depth"]])) or "–"),
        Column("State", 1.6, lambda row: f"{row['state']} {row['until']}".strip()), Column("What it came to", 2.6, field("outcome", "–")),
    )  # fmt: skip
    tested = (
        Column("No.", 2, field("number")), Column("Of", 3, field("of")), Column("Looked for", 2.4, field("looked_for", "–")),
        Column("Found", 1.4, field("outcome")), Column("When", 1.4, field("found", "–")), Column("Method", 1.8, field("method", "–")),
    )  # fmt: skip
    why = "A decision lies beside the records and never changes them. What is crossed out was undone; a decision of a what-if counts there alone."
    return [
        *section("Holds and recalls", ordered, orders, none="Nothing was put on hold or called back."),
        *section(
            "Decisions", logged, log, why, none="Nothing was assumed: everything is as the records tell it.", struck=lambda row: bool(row["undone"])
        ),
        *section("Cases", columns, cases[:_CASES], _left(len(cases), _CASES, "Cases"), none="No case is gathered here."),
        *section("Laboratory", tested, rows.tests(told.file), none="No test is known."),
    ]


def _weighed(told: Told) -> list[Flowable]:
    columns = (
        Column("", 0.5, field("number"), right=True), Column("Lot", 2.4, field("lot")),
        Column("Went through it", 1.5, lambda row: Bar(row["posterior"])), 
        Column("Began with it", 1.4, lambda row: f"{row['began']:.1%}", right=True),
        Column("Reasons", 6, field("reasons")),
    )  # fmt: skip
    how = (
        "How likely all of the contamination went through each lot, by all that is known: cases and places without, the hazard in such food, dates. "
        "The rule is Bayes’: contamination entered once, with one of the recorded lots or with none of them."
    )
    return section("Lots by all that is known", columns, rows.suspects(told.scores), how, none="No lot can be weighed: no case leads to any.")


def _scored(records: Records, told: Told, places: list[rows.Row]) -> list[Flowable]:
    scores = told.scores
    lots = list(rows.lots(records.rows("lots", MOST)))
    named = (
        Column("", 0.6, field("number"), right=True), Column("Place", 3.6, field("place")), Column("Address", 3.8, field("address", "–")),
        Column("", 0.8, field("country", "–")), *_scores(places), Column("", 2.2, _signs),
    )  # fmt: skip
    of_lots = (Column("", 0.5, field("number"), right=True), Column("Lot", 6, field("lot")), *_scores(lots), Column("", 2.2, _signs))
    what = "A score is the share of the evidence that can have come from there, less the share that clears it."
    left = [_scoring(scores, sort, sheet) for sort, sheet in (("places", "Places"), ("lots", "Lots"))]
    none = "Nothing scores: no case leads anywhere."
    return [*section("Places", named, places, what, left[0], none=none), *section("Lots", of_lots, lots, what, left[1], none=none)]


def _scores(listed: list[rows.Row]) -> list[Column]:
    """The score, and what it is made of where some evidence clears."""
    parts = (("For", "positive"), ("Against", "negative")) if any(row["negative"] for row in listed) else ()
    return [Column("Score", 1.5, lambda row: Bar(row["score"])), *(Column(words, 0.9, _share(name), right=True) for words, name in parts)]


def _share(name: str) -> Any:
    return lambda row: percent(row[name])


def _signs(row: rows.Row) -> str:
    told = {"common": "common link", "weight": "people fell ill", "clear": "ends contamination", "contaminates": "contaminates"}
    found = [words for name, words in told.items() if row.get(name)]
    return ", ".join("clears" if words == told["weight"] and row["weight"] < 0 else words for words in found)


def _moved(records: Records, told: Told) -> list[Flowable]:
    deliveries = list(rows.deliveries(records.rows("acts", MOST)))
    numbers = {row["id"]: row["number"] for row in deliveries}
    links = [row for row in rows.links(records.rows("links", _LINKS), numbers) if row["score"]]
    columns = (
        Column("No.", 0.7, field("number"), right=True), Column("Left, arrived", 1.6, _days), Column("Product, lot", 2.7, _food),
        Column("From", 2.5, field("from")), Column("To or at", 2.5, field("to")), Column("Amount", 1.5, field("amount", "not told")),
        *_scores(deliveries),
    )  # fmt: skip
    linked = (
        Column("No.", 0.6, field("from_number", "–"), right=True), Column("From delivery", 4.2, field("from")),
        Column("No.", 0.6, field("into_number", "–"), right=True), Column("Into delivery", 4.2, field("into")),
        Column("How it is known", 1.7, lambda row: f"{row['how']}, {row['scope']}"), Column("Score", 1.4, lambda row: Bar(row["score"])),
    )  # fmt: skip
    total = told.scores["totalLinks"]
    what = "Food of the first delivery went into the second; the score is that of the second."
    none = f"No evidence leads along a link. {_left(total, 0, 'Links')}"
    return [
        *section("Deliveries", columns, deliveries, _undated(deliveries), _scoring(told.scores, "acts", "Deliveries"), none="No delivery scores."),
        *section("Links between deliveries", linked, links, what, _left(total, len(links), "Links"), none=none),
    ]


def _food(row: rows.Row) -> str:
    what = "" if row["what"] == "shipment" else f"{row['what']}: "
    return what + " ".join(filter(None, [row["product"], row["lot"]]))


def _days(row: rows.Row) -> str:
    days = list(dict.fromkeys(filter(None, [row["left"], row["arrived"]])))
    return " to ".join(days) or "no date"


def _undated(deliveries: list[rows.Row]) -> str:
    bare = {what: sum(1 for row in deliveries if not row[name]) for what, name in (("date", "left"), ("amount", "amount"))}
    told = [f"{number:,} {'tells' if number == 1 else 'tell'} no {what}" for what, number in bare.items() if number]
    return f"Of the {count(len(deliveries), 'delivery', 'deliveries')} shown {' and '.join(told)}." if told else ""


def _scoring(scores: dict[str, Any], sort: str, sheet: str) -> str:
    """How many of a table are shown, and where the others stand."""
    scoring, total = scores["scoring"][sort], scores["total"][sort]
    parts = [
        f"{scoring - MOST:,} with lower scores" if scoring > MOST else "",
        f"{total - scoring:,} that no evidence leads to" if total > scoring else "",
    ]
    left = " and ".join(filter(None, parts))
    return f"Left out here: {left}; the workbook (XLSX) has them on its sheet {sheet}." if left else ""


def _left(total: int, most: int, sheet: str) -> str:
    return f"Left out here: {total - most:,} of {total:,}; the workbook (XLSX) has them on its sheet {sheet}." if total > most else ""


def _made(told: Told) -> list[Flowable]:
    lines = [
        answer.asked(told),
        "Scores follow the published rules of FoodChain-Lab: a case is led back along every link that the records allow, as far as dates and the end "
        "of contamination let it.",
        "A common link is a place, lot or delivery that all of the evidence leads to. Where there are several, the cases alone do not decide.",
        f"{answer.state(told)}. No clock was asked: the same records give the same document, byte for byte.",
        "■ stands for a letter that this typeface lacks. Texts of more than 600 characters are cut in tables. The workbook (XLSX) has them in full.",
    ]
    return [KeepTogether([Section("How this report was made"), *bullets(lines, 8.5)])]
