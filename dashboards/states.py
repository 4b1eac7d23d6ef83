"""The states of an import, in words: where it stands, and what to do now."""

from typing import Any

from dash.development.base_component import Component

from dashboards.parts import counted, number, state

AT_WORK = ("checking", "recording")
_SHOWN = {
    "checking": ("being checked", "busy"),
    "recording": ("being recorded", "busy"),
    "done": ("recorded", "good"),
    "checked": ("checked only", "calm"),
    "refused": ("refused", "bad"),
    "failed": ("stopped", "bad"),
    "interrupted": ("interrupted", "warn"),
    "undone": ("undone", "calm"),
}


def shown_state(told: str, refused: int = 0) -> Component:
    """The state of an import as a mark."""
    words, tone = _SHOWN.get(told, (told, "calm"))
    if told in ("done", "checked") and refused:
        return state(f"{words}, {counted(refused, 'row')} refused", "warn")
    return state(words, tone)


def what_now(job: dict[str, Any]) -> str:
    """What happened to an import, and what to do now, in one or two sentences."""
    told = job["state"]
    recorded, known = counted(job["recorded"], "fact"), counted(job["known"], "fact")
    if told == "checking":
        read = f", {job['share']:.0%} of the file read" if job["share"] else ""
        return f"Checking every row before anything is recorded: {counted(job['total'], 'fact')} good so far{read}."
    if told == "recording":
        return f"Recording: {number(job['position'])} of {counted(job['total'], 'fact')}."
    if told == "checked":
        good = counted(job["total"], "fact")
        return f"Checked, and nothing recorded: {good} would be recorded" + (
            f", {counted(job['refused'], 'row')} refused." if job["refused"] else "."
        )
    if told == "done":
        again = f"; {known} known already" if job["known"] else ""
        return f"{recorded} recorded{again}."
    if told == "undone":
        return "Undone: its facts were taken back. The journal still tells what they were."
    if told == "refused":
        return "Nothing was recorded. Mend the file and send it again."
    left = f"What was recorded stays ({number(job['position'])} of {counted(job['total'], 'fact')})." if job["position"] else "Nothing was recorded."
    why = "The server was stopped. " if told == "interrupted" else ""
    return f"{why}{left} Send the same file again: it goes on where it stood."
