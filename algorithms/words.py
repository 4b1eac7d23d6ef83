"""A trace in words."""

from algorithms.answer import TracedAct
from algorithms.trace import Trace

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
            lines += ["", f"{title} ({ends}):", *_acts(trace, acts, direction == "forward")]
    missing = trace.missing()
    if missing:
        lines += ["", f"Missing ({len(missing)}):", *(f"  - {gap.words}" for gap in missing[:_MOST_GAPS])]
        if len(missing) > _MOST_GAPS:
            lines.append(f"  and {len(missing) - _MOST_GAPS} more")
    return "\n".join(lines)


def _count(number: int, what: str) -> str:
    return f"{number:,} {what}{'' if number == 1 else 's'}"


def _acts(trace: Trace, acts: list[TracedAct], forward: bool) -> list[str]:
    end = " (end)" if forward else " (origin)"
    lines = [f"  {'  ' * min(act.depth, 8)}{_act(act)}{end if trace.ends_at(act.act, forward) else ''}" for act in acts[:_SHOWN]]
    if len(acts) > _SHOWN:
        lines.append(f"  and {len(acts) - _SHOWN:,} more (all of them as table, JSON or CSV)")
    return lines


def _act(act: TracedAct) -> str:
    sure = "" if act.confidence == 1 else f", confidence {act.confidence:.2f}"
    return f"{act.what}{f', {act.when}' if act.when else ''}{sure}{' (assumed)' if act.assumed else ''}"
