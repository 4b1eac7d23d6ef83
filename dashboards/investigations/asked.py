"""What the page of investigations asks of the API, and the steps that it takes there."""

from dataclasses import dataclass
from typing import Any

from dashboards.asking import Ask
from dashboards.page import Address

Json = dict[str, Any]
SCOPES = ("certain", "probable", "conceivable")
REPORT = "/investigations/report"
"""Where reports lie, but for the ending that says which kind of file is wanted."""
_SCORE = "id kind name score before common weight contaminates clear"
_FILE = """id number name by hazard note opened { text } closed { text } whatIfs
  cases { id name count weight onset { text } at { id name } }
  decisions { id by decided { text } change holds weight whatIf why undone { text } of { id name } }
  holds { id by since { text } until { text } reason outcome of { id name } }
  recalls { id by since { text } until { text } reason outcome level depth of { id name }
    clocks { name said source due secondsLeft met { text } by how } }
  tests { id number result positive found { text } of { id name } }"""
_SCORES = f"""evidence commonPlaces commonLots unknown {{ name }} places(first: 15) {{ {_SCORE} }} lots(first: 15) {{ {_SCORE} }}
  suspects(first: 5) {{ id name posterior began reasons }} of(id: $at) @include(if: $chosen) {{ {_SCORE} }}
  picture(most: 120) {{ places {{ {_SCORE} }} ways {{ start end shipments score }} left }}"""
_LINKS = """brokenLinks(first: 8, atLeast: $least) { total links { id said probability reasons } }
  named: brokenLinks(first: 100, among: SAME_PLACE, atLeast: 0.9) { links { id } }"""
_WHOLE = f"""query($id: ID!, $whatIf: String, $compared: Boolean!, $scope: Scope!, $dates: Boolean!, $chosen: Boolean!, $at: ID!,
  $least: Float!) {{
  caller {{ permissions }} {_LINKS}
  investigation(id: $id) {{ {_FILE} scores(whatIf: $whatIf, scope: $scope, dates: $dates) {{ {_SCORES} }}
    changes: scores(whatIf: $whatIf, against: "", scope: $scope, dates: $dates) @include(if: $compared) {{
      places(first: 10) {{ {_SCORE} }} lots(first: 10) {{ {_SCORE} }} }} }} }}"""
_LIST = """{ caller { permissions } investigations(first: 100) { nodes { id number name hazard issuer opened { text } closed { text } } }
  cases(first: 1) { totalCount } }"""
_SIZE = """query($input: RecallSizeInput!) { recallSize(input: $input) { expected { kilograms customers }
  scopes { scope customers countries kilograms amounts { unit value } } savings { found { words kilograms customers } } } }"""
_STEPS = {
    "openInvestigation": "OpenInvestigationInput",
    "addCase": "AddCaseInput",
    "decide": "DecideInput",
    "placeHold": "HoldInput",
    "startRecall": "RecallInput",
    "settleLinks": "SettleLinksInput",
    "addTest": "AddTestInput",
    "meetClock": "MeetClockInput",
}
LEAST = 0.2
"""Links less likely than this are not shown."""


@dataclass(frozen=True)
class View:
    """What an address shows: which investigation, in which what-if, over which links, with or without dates, and what is chosen."""

    id: str
    what_if: str
    scope: str
    dates: bool
    at: str

    @classmethod
    def of(cls, address: Address) -> "View":
        """The view of an address."""
        scope = address.get("scope")
        return cls(address.get("id"), address.get("whatif"), scope if scope in SCOPES else SCOPES[0], address.get("dates") != "no", address.get("at"))

    def report(self, address: Address, kind: str, name: str) -> str:
        """The address of the report of this view as a file of a kind (pdf, xlsx); `name` becomes part of the name of the file."""
        told = {"whatif": self.what_if, "scope": self.scope if self.scope != SCOPES[0] else "", "dates": "" if self.dates else "no"}
        return address.to(f"{REPORT}.{kind}", id=self.id, name=name, **told)


def every(ask: Ask) -> Json:
    """All investigations, how many cases there are, and what the visitor may do."""
    found: Json = ask(_LIST)
    return found


def whole(ask: Ask, view: View) -> Json:
    """An investigation with its scores, those of what is chosen, and what a what-if changes in them.

    A what-if in which nothing was assumed yet is asked as if it were none.
    """
    listed = ask("query($id: ID!) { investigation(id: $id) { whatIfs } }", id=view.id)["investigation"] if view.what_if else None
    known = view.what_if if listed and view.what_if in listed["whatIfs"] else None
    variables = {"whatIf": known, "compared": known is not None, "scope": view.scope.upper(), "dates": view.dates}
    found: Json = ask(_WHOLE, id=view.id, chosen=bool(view.at), at=view.at or view.id, least=LEAST, **variables)
    return found


def size(ask: Ask, thing: str) -> Json:
    """How large a recall of a lot would be: customers, amounts and countries in three scopes, and what one record would save most."""
    found: Json = ask(_SIZE, input={"starts": [{"id": thing}]})["recallSize"]
    return found


def step(ask: Ask, name: str, /, **input: Any) -> Json:
    """Take a step. Raises Failed with what the API says against it."""
    kind = _STEPS.get(name, "ChangeInput")
    made = "count" if name == "settleLinks" else "id"
    return ask.changed(name, f"mutation($input: {kind}!) {{ {name}(input: $input) {{ {made} userErrors {{ message }} }} }}", **input)
