"""What the writer knows to stand is what was added and not dropped, whether it was sorted in or not."""

from hypothesis import given
from hypothesis import strategies as st

from graph_core.known import Known

KEYS = st.tuples(st.sampled_from(("Lot", "Place")), st.text(max_size=3))
STEPS = st.lists(st.tuples(st.sampled_from(("add", "drop", "sort")), st.sets(KEYS, max_size=8)), max_size=12)


@given(STEPS, st.sets(KEYS, max_size=8))
def test_it_knows_what_a_set_knows(steps: list[tuple[str, set[tuple[str, str]]]], asked: set[tuple[str, str]]) -> None:
    """Added, dropped and sorted in whatever order."""
    known, held = Known(), set[tuple[str, str]]()
    for step, keys in steps:
        if step == "add":
            known.add(keys)
            held |= keys
        elif step == "drop":
            known.drop(keys)
            held -= keys
        else:
            known.sort()
    known.sort()
    assert known.among(asked | held) == held
    assert len(known) == len(held)
    assert known.whole


def test_what_is_added_while_it_is_sorted_in_is_kept_and_what_was_forgotten_stays_so() -> None:
    """The writer adds while the lane sorts."""
    known = Known()
    known.add(("Lot", str(number)) for number in range(1_000))
    known.sort()
    known.at((7, "elsewhere"))
    assert (len(known), known.whole) == (0, False)
    assert known.among([("Lot", "1")]) == set()


def test_a_graph_that_is_too_large_is_asked() -> None:
    """Above the limit nothing is known to be absent."""
    known = Known()
    known.LIMIT = 100
    known.add(("Lot", str(number)) for number in range(101))
    assert (len(known), known.whole) == (0, False)


def test_many_are_sorted_in_by_and_by() -> None:
    """An eighth of all, and at least so many that it is worth it."""
    known = Known()
    known.LOOSE = 10
    known.add(("Lot", str(number)) for number in range(11))
    assert known.is_loose
    known.sort()
    assert not known.is_loose
    assert len(known.among(("Lot", str(number)) for number in range(20))) == 11
