"""A trace in words, as a table, and as plain values for programs."""

from typing import Any

from algorithms.flow import Flow
from algorithms.trace import Reach, Trace, common_origins, confidence, name

_SHOWN = 40


def rows(flow: Flow, answer: Trace) -> list[dict[str, Any]]:
    """One row per act: direction, depth, what, when, confidence of its shortest path."""
    listed = []
    for direction, reach in (("backward", answer.backward), ("forward", answer.forward)):
        for act, depth in sorted(reach.depth.items(), key=lambda item: (item[1], item[0])):
            if depth or direction == "backward" or not answer.backward.depth:
                listed.append(_row(flow, reach, act, depth, direction))
    return listed


def _row(flow: Flow, reach: Reach, act: int, depth: int, direction: str) -> dict[str, Any]:
    told = flow.acts[act]
    when = told.values.get("departed") or told.values.get("started") or told.values.get("arrived")
    sure = round(confidence(reach.path(act, direction == "backward")), 4)
    return {
        "direction": direction if depth else "start",
        "depth": depth,
        "kind": told.kind,
        "what": name(flow, act),
        "when": when[0] if when else None,
        "confidence": sure,
        "end": act in reach.ends,
        "key": told.key,
    }


def plain(flow: Flow, answer: Trace) -> dict[str, Any]:
    """The whole trace as JSON values."""
    links = [
        {"from": flow.acts[w.start].key, "to": flow.acts[w.end].key, "rule": w.rule, "method": w.method, "confidence": w.confidence, "scope": w.scope}
        for w in answer.links
    ]
    return {"acts": rows(flow, answer), "links": links, "missing": answer.missing}


def words(flow: Flow, answer: Trace, label: str) -> str:
    """The trace in plain words."""
    lines = [f"Trace of {label}: {len(answer.acts)} acts, {len(answer.links)} links."]
    for title, reach, backward in (("Came from", answer.backward, True), ("Went to", answer.forward, False)):
        if reach.depth:
            lines += ["", f"{title}:", *_reach(flow, reach, backward)]
    if answer.missing:
        lines += ["", f"Missing ({len(answer.missing)}):", *(f"  - {said}" for said in answer.missing[:_SHOWN])]
    return "\n".join(lines)


def _reach(flow: Flow, reach: Reach, backward: bool) -> list[str]:
    ordered = sorted(reach.depth.items(), key=lambda item: (item[1], item[0]))
    lines = []
    for act, depth in ordered[:_SHOWN]:
        when = flow.acts[act].values.get("departed") or flow.acts[act].values.get("started") or flow.acts[act].values.get("arrived")
        sure = confidence(reach.path(act, backward))
        mark = (" (origin)" if backward else " (end)") if act in reach.ends else ""
        lines.append(
            f"  {'  ' * min(depth, 8)}{name(flow, act)}{f', {when[0]}' if when else ''}{'' if sure == 1 else f', confidence {sure:.2f}'}{mark}"
        )
    if len(ordered) > _SHOWN:
        lines.append(f"  and {len(ordered) - _SHOWN} more (all of them with --json or --csv)")
    return lines


def outbreak(flow: Flow) -> str:
    """Where all cases of a tenant come from, in words: certain and probable origins first, the furthest upstream first."""
    cases = [thing for (kind, _), thing in flow.things.items() if kind == "Case"]
    places = [link[2] for case in cases for link in case.links if link[0] == "TOOK_PLACE_AT"]
    found = common_origins(flow, [flow.by_place[place] for place in places])
    if not found:
        return f"{len(cases)} clusters of cases share no origin that the records show."
    lines = [f"All {len(cases)} clusters of cases lead back to:"]
    for number, (act, scope, depth) in enumerate(found, 1):
        told = flow.acts[act]
        when = told.values.get("departed") or told.values.get("started") or told.values.get("arrived")
        assumed = " (assumed)" if any("assumed" in finding for finding in getattr(told, "findings", ())) else ""
        lines.append(f"  {number}. {scope:<11} {name(flow, act)}{f', {when[0]}' if when else ''}{assumed}; {depth} steps upstream")
    return "\n".join(lines)
