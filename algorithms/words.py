"""A trace in words."""

from algorithms.answer import Common, TracedAct
from algorithms.flow import Flow
from algorithms.trace import Start, Trace, common_origins

_SHOWN = 40
_MOST_GAPS = 12


def words(trace: Trace) -> str:
    """The trace in plain words: where the food came from, where it went, and what is missing."""
    label = " and ".join(one.label for one in trace.starts)
    lines = [f"Trace of {label}: {_count(trace.total_acts, 'act')}, {_count(trace.total_links, 'link')}."]
    origins, holders = trace.total_ends()
    listed = trace.acts(max(trace.total_acts, 1))
    for title, reach, direction, ends in (
        ("Came from", trace.backward, "backward", f"{_count(origins, 'origin')}"),
        ("Went to", trace.forward, "forward", f"{_count(holders, 'last holder')}"),
    ):
        if reach is not None:
            acts = [act for act in listed if act.direction in (direction, "start")]
            lines += ["", f"{title} ({ends}):", *_acts(acts, "origin" if direction == "backward" else "end")]
    missing = trace.missing()
    if missing:
        lines += ["", f"Missing ({len(missing)}):", *(f"  - {gap.words}" for gap in missing[:_MOST_GAPS])]
        if len(missing) > _MOST_GAPS:
            lines.append(f"  and {len(missing) - _MOST_GAPS} more")
    return "\n".join(lines)


def _count(number: int, what: str) -> str:
    return f"{number:,} {what}{'' if number == 1 else 's'}"


def _acts(acts: list[TracedAct], end: str) -> list[str]:
    lines = [f"  {'  ' * min(act.depth, 8)}{_act(act)}{f' ({end})' if act.end else ''}" for act in acts[:_SHOWN]]
    if len(acts) > _SHOWN:
        lines.append(f"  and {len(acts) - _SHOWN:,} more (all of them as table, JSON or CSV)")
    return lines


def _act(act: TracedAct) -> str:
    sure = "" if act.confidence == 1 else f", confidence {act.confidence:.2f}"
    return f"{act.what}{f', {act.when}' if act.when else ''}{sure}{' (assumed)' if act.assumed else ''}"


def outbreak(flow: Flow, starts: list[Start]) -> str:
    """Where all these starts (cases of an outbreak) come from, in words: certain and probable origins first, the furthest upstream first."""
    found = common_origins(flow, starts)
    if not found:
        return f"{len(starts)} clusters of cases share no origin that the records show."
    lines = [f"All {len(starts)} clusters of cases lead back to:"]
    lines += [f"  {number}. {one.scope:<11} {_origin(one)}" for number, one in enumerate(found, 1)]
    return "\n".join(lines)


def _origin(one: Common) -> str:
    return (
        f"{one.act.what}{f', {one.act.when}' if one.act.when else ''}{' (assumed)' if one.act.assumed else ''}; {_count(one.depth, 'step')} upstream"
    )
