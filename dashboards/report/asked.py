"""What a report asks of the API: the investigation, what all of it leads to, and every row, all as it stands at one entry of the journal."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice
from typing import Any, Protocol

from dashboards.asking import Failed
from dashboards.investigations.asked import View

Json = dict[str, Any]
PAGES = {"places": 1_000, "lots": 5_000, "acts": 5_000, "links": 5_000}
"""Rows that are asked for at once."""
SUSPECTS = 10
DRAWN = 300
"""Places that are asked for to be drawn: those with the highest scores."""
_TRIES = 3
_STATE = "journal { head { seq hash } }"
_SCORE = "id name score positive negative weight common contaminates clear"
_PLACE = "thing { ... on Place { sort country address at { latitude longitude } } }"
_FILE = """id number name by hazard note opened { text } closed { text } whatIfs
  cases { id name count weight assumed onset { text } at { id name } }
  decisions { id by decided { text } change holds weight whatIf why undone { text } of { id name } }
  holds { id by since { text } until { text } reason outcome of { id name } }
  recalls { id by since { text } until { text } reason outcome level depth of { id name } }
  tests { id number result positive method found { text } of { id name } }"""
_COUNTS = "{ places lots acts }"
_WHOLE = f"""evidence commonPlaces commonLots unknown {{ id name }} scoring {_COUNTS} total {_COUNTS} totalLinks
  lots(first: 20) {{ name score common }} suspects(first: {SUSPECTS}) {{ id name posterior began reasons }}"""
_PICTURE = f"picture(most: {DRAWN}) {{ places {{ {_SCORE} {_PLACE} }} ways {{ start end shipments score }} left }}"
_EVERY = "first: $first, offset: $offset, every: $every"
_ROWS = {
    "places": f"found: places({_EVERY}) {{ {_SCORE} {_PLACE} }}",
    **{sort: f"found: rows(of: {sort.upper()}, {_EVERY})" for sort in ("lots", "acts", "links")},
}
_KNOWN = """query($number: String!) { investigations(first: 2, where: {number: {eq: $number}}) { nodes { id name issuer } }
  every: investigations(first: 20) { nodes { id number name } pageInfo { hasNextPage } } }"""


class Asks(Protocol):
    """Whatever asks the API: a question and its variables, answered with the data. What it raises is said to who wants the report."""

    def __call__(self, document: str, **variables: Any) -> Any: ...  # noqa: D102


class Moved(Exception):
    """Something was recorded since the report was begun."""


@dataclass(frozen=True)
class Told:
    """What a report is made of, but for its rows: how it was asked, where the journal stood and since when, the company, file, scores and picture."""

    view: View
    entry: int
    hash: str
    recorded: str
    tenant: str
    file: Json
    scores: Json
    picture: Json

    @property
    def made(self) -> datetime:
        """The time (UTC) that a report bears: when the last journal entry was recorded."""
        return datetime.fromisoformat(self.recorded).astimezone(UTC).replace(tzinfo=None, microsecond=0) if self.recorded else datetime(2000, 1, 1)


class Records:
    """The records of an investigation at one entry of the journal. Every question raises Moved when another entry was written meanwhile."""

    def __init__(self, ask: Asks, view: View) -> None:
        self._ask, self.view = ask, view
        self._head: Json | None = None

    def told(self) -> Told:
        """All but the rows. Raises Failed where there is no such investigation, or no such what-if."""
        more = "entries(last: 1) { recorded }"
        found = self._asked(f"{_FILE} {self._scores(f'{_WHOLE} {_PICTURE}')}", beside=f"journal {{ {more} }} caller {{ tenant }}")
        journal, file = found["journal"], found["investigation"]
        scores = file.pop("scores")
        recorded = journal["entries"][-1]["recorded"] if journal["entries"] else ""
        return Told(
            self.view, journal["head"]["seq"], journal["head"]["hash"], recorded, found["caller"]["tenant"], file, scores, scores.pop("picture")
        )

    def rows(self, sort: str, most: int, *, every: bool = False) -> Iterator[Json]:
        """Places, lots, acts or links, the highest scores first: those that score or, with `every`, all; at most so many, a page at a time."""
        return islice(self._rows(sort, every), most)

    def _rows(self, sort: str, every: bool) -> Iterator[Json]:
        offset, first = 0, PAGES[sort]
        while True:
            page = self._asked(self._scores(_ROWS[sort]), first=first, offset=offset, every=every)["investigation"]["scores"]["found"]
            yield from page
            offset += first
            if len(page) < first:
                return

    def settled(self) -> None:
        """Raises Moved when something was recorded since the first question."""
        self._asked("id")

    def _scores(self, selected: str) -> str:
        return f"scores(whatIf: $whatIf, scope: $scope, dates: $dates) {{ {selected} }}"

    def _asked(self, selected: str, beside: str = "", **variables: Any) -> Json:
        view, kinds = self.view, {"first": "Int!", "offset": "Int!", "every": "Boolean!"}
        if "$scope" in selected:
            kinds |= {"whatIf": "String", "scope": "Scope!", "dates": "Boolean!"}
            variables |= {"whatIf": view.what_if or None, "scope": view.scope.upper(), "dates": view.dates}
        declared = "".join(f", ${name}: {kinds[name]}" for name in variables)
        found: Json = self._ask(f"query($id: ID!{declared}) {{ {_STATE} {beside} investigation(id: $id) {{ {selected} }} }}", id=view.id, **variables)
        if self._head not in (None, found["journal"]["head"]):
            raise Moved
        self._head = found["journal"]["head"]
        if found["investigation"] is None:
            raise Failed("There is no such investigation: the page Investigations lists them.", "NOT_FOUND")
        return found


def known(ask: Asks, named: str) -> str:
    """The id of the investigation of this number, or with this id. Raises Failed where there is none, or several have the number."""
    told = ask(_KNOWN, number=named)
    found, every = told["investigations"]["nodes"], told["every"]
    if len(found) > 1:
        listed = "".join(f"\n  {one['id']}  {one['name'] or ''}, opened by {one['issuer'] or 'nobody that is told'}" for one in found)
        raise Failed(f"Several investigations have the number {named}. Say which by its id:{listed}", "AMBIGUOUS")
    if found or every["pageInfo"]["hasNextPage"] or any(one["id"] == named for one in every["nodes"]):
        return str(found[0]["id"]) if found else named
    listed = "".join(f"\n  {one['number'] or one['id']}  {one['name'] or ''}" for one in every["nodes"])
    raise Failed(f"There is no investigation {named!r}; there {f'are:{listed}' if listed else 'is none yet'}", "NOT_FOUND")


def steadily(ask: Asks, view: View, write: Callable[[Records], None]) -> None:
    """Write a report of one state: begun anew when something was recorded meanwhile. Raises Failed when that goes on."""
    for _ in range(_TRIES):
        records = Records(ask, view)
        try:
            write(records)
            records.settled()
            return
        except Moved:
            continue
    raise Failed("Records are being written just now, and a report is of one state: wait until the import has ended, and ask again.", "UNAVAILABLE")
