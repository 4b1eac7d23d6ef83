"""What a report says in sentences: the answer, what was done, how it was asked, and what is not known."""

from collections.abc import Iterable, Iterator
from typing import Any

from dashboards.explorer.words import count, day, minute, short
from dashboards.investigations.drawing import percent
from dashboards.report.asked import Told

Json = dict[str, Any]
_NAMED = 12
"""Things that a sentence names at most."""
_LINKS = {
    "certain": "links that the records report, or that follow from them with certainty",
    "probable": "certain and probable links",
    "conceivable": "all links, also those that can only not be excluded",
}


def title(told: Told) -> str:
    """What the investigation is called."""
    return str(told.file["name"] or told.file["number"] or "An investigation without a name")


def facts(told: Told) -> list[tuple[str, str]]:
    """What the investigation is, by heading."""
    file = told.file
    closed = f"closed on {day(file['closed']['text'])}" if file["closed"] else "open"
    found = [
        ("Number", file["number"]),
        ("Hazard", file["hazard"] or "not named"),
        ("Company", told.tenant),
        ("Opened", f"{day((file['opened'] or {}).get('text')) or 'on a day that is not told'} by {file['by'] or 'nobody that is told'}"),
        ("State", closed),
        ("Note", file["note"]),
    ]
    return [(heading, text) for heading, text in found if text]


def state(told: Told) -> str:
    """Which state of the records a report is of: no clock is asked, so that the same records give the same report."""
    when = f", recorded {minute(told.recorded)}" if told.recorded else ""
    return f"Records of {told.tenant} as of journal entry {told.entry:,}{when} (hash {told.hash[:16]})"


def asked(told: Told) -> str:
    """In which what-if, over which links and with or without dates the scores were worked out."""
    where = f"In the what-if “{told.view.what_if}”" if told.view.what_if else "Without a what-if"
    dates = "food goes on no earlier than it came" if told.view.dates else "dates are not asked"
    return f"{where}, over {_LINKS[told.view.scope]}; {dates}."


def gathered(told: Told) -> str:
    """How many cases there are."""
    cases = told.file["cases"]
    people = [one["count"] for one in cases if one["count"] is not None]
    told_of = f", {count(sum(people), 'person', 'people')}" if people else ""
    return f"{count(len(cases), 'case')}{told_of}" if cases else "no cases"


def common(told: Told) -> list[str]:
    """What all of the evidence leads to, in sentences."""
    scores = told.scores
    if not scores["evidence"]:
        return ["No case lies at a place that a record of food speaks of, so nothing scores yet."]
    places = [_placed(one) for one in told.picture["places"] if one["common"]]
    lots = [one["name"] for one in scores["lots"] if one["common"]]
    if not scores["commonPlaces"]:
        best = max(told.picture["places"], key=lambda one: one["score"], default=None)
        most = f" The most of it leads to {best['name']} ({percent(best['score'])})." if best and best["score"] > 0 else ""
        return [f"No single place can have caused all of it ({gathered(told)}).{most}"]
    leads = f"All of the evidence ({gathered(told)}) leads to {count(scores['commonPlaces'], 'place')}: {listed(places, scores['commonPlaces'])}."
    return [leads, f"{count(scores['commonLots'], 'lot')} can have caused all of it: {listed(lots, scores['commonLots'])}." if lots else ""]


def _placed(place: Json) -> str:
    country = (place["thing"] or {}).get("country")
    return f"{place['name']} ({country})" if country else str(place["name"])


def likeliest(told: Told) -> tuple[str, list[str]] | None:
    """The likeliest lot in one sentence, and its reasons; None where no lot can be weighed."""
    suspects = told.scores["suspects"]
    if not suspects:
        return None
    first, others = suspects[0], suspects[1:3]
    following = ", ".join(f"{one['name']} ({one['posterior']:.1%})" for one in others)
    more = f" Next: {following}." if others else ""
    said = f"The likeliest lot is {first['name']}: with {first['posterior']:.1%} all of the contamination went through it"
    return f"{said}; with {first['began']:.1%} it began there.{more}", list(first["reasons"])


def ordered(told: Told) -> list[str]:
    """What was called back and held, in sentences."""
    lines = [_recalled(one) for one in told.file["recalls"]] or ["Nothing was called back."]
    held = [one for one in told.file["holds"] if not one["until"]]
    return lines + [f"On hold: {_of(one)}{_since(one)}{_because(one)}." for one in held]


def _recalled(one: Json) -> str:
    how = ", ".join(filter(None, [f"class {one['level']}" if one["level"] else "", f"down to {one['depth']}" if one["depth"] else ""]))
    done = f" Closed on {day(one['until']['text'])}: {one['outcome'] or 'no word of what it came to'}" if one["until"] else " It is under way"
    return f"Called back: {_of(one)}{f' ({how})' if how else ''}{_since(one)}{_because(one)}.{done.rstrip('.')}."


def _of(one: Json) -> str:
    return listed([thing["name"] for thing in one["of"]], len(one["of"])) or "what it is of is not told"


def _since(one: Json) -> str:
    return f", since {day(one['since']['text'])}" if one["since"] else ""


def _because(one: Json) -> str:
    return f", because: {one['reason'].rstrip('.')}" if one["reason"] else ""


def unknown(told: Told) -> list[str]:
    """What is not known, and what does not count, in sentences."""
    return [*_of_cases(told), *_of_decisions(told), *_of_records(told)]


def _of_cases(told: Told) -> Iterator[str]:
    cases, scores = told.file["cases"], told.scores
    if scores["unknown"]:
        bare = count(len(scores["unknown"]), "place or act", "places or acts")
        names = listed([one["name"] for one in scores["unknown"]], len(scores["unknown"]))
        yield f"No record of food speaks of {bare} with cases, so nothing can have led there: {names}."
    for field, what in (("onset", "when it began"), ("count", "how many people fell ill")):
        silent = sum(1 for one in cases if one[field] is None)
        if silent:
            yield f"{f'{silent:,} of {len(cases):,} cases do not tell' if silent < len(cases) else 'No case tells'} {what}."


def _of_decisions(told: Told) -> Iterator[str]:
    log = told.file["decisions"]
    undone = sum(1 for one in log if one["undone"])
    elsewhere = sum(1 for one in log if not one["undone"] and one["whatIf"] not in (None, told.view.what_if or None))
    if undone or elsewhere:
        parts = [f"{undone} undone" if undone else "", f"{elsewhere} of another what-if" if elsewhere else ""]
        yield f"Of {count(len(log), 'decision')} in the log these do not count here: {', '.join(filter(None, parts))}."


def _of_records(told: Told) -> Iterator[str]:
    if told.view.scope == "certain":
        yield "Probable and conceivable links (food that may have met, lots that were not plainly read) are not counted."
    yield "Links through places where food contaminates other food count in the scores, but are not listed one by one."
    there = len(told.picture["places"])
    bare = sum(1 for one in told.picture["places"] if not (one["thing"] or {}).get("at"))
    if bare:
        few = f"{bare:,} of the {there:,} places that matter most have no coordinates: the map lacks them."
        yield few if bare < there else "No place that matters has coordinates, so there is no map."
    yield "A place or lot without a score is not cleared by that: a record that would lead to it may be missing."
    if told.scores["suspects"]:
        without = "" if told.file["tests"] else "Lots are weighed without laboratory results, for none is known. "
        yield f"{without}Along one chain of deliveries the probabilities of lots do not add up to 100%."


def listed(names: Iterable[str], total: int) -> str:
    """Names in a row, the first of them where there are many."""
    told = [short(str(name), 80) for name in names][:_NAMED]
    return ", ".join(told) + (f" and {total - len(told):,} more" if total > len(told) else "")
