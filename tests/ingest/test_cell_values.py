"""Numbers, days and amounts in cells: every way of writing that tables use, read as one value."""

from datetime import date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.tables.values import amount, dates_of, decimal_of, number, time, unit
from ontology.errors import Refused
from ontology.values import Quantity

NUMBERS = st.integers(-(10**9), 10**9).map(lambda cents: cents / 100)
DAYS = st.dates(date(1990, 1, 1), date(2090, 12, 31))


@given(value=NUMBERS)
def test_a_number_is_the_same_with_point_or_comma_and_with_thousands_parted_or_not(value: float) -> None:
    english, plain = f"{value:,.2f}", f"{value:.2f}"
    german = english.translate(str.maketrans(",.", ".,"))
    assert number(english) == number(plain) == number(value) == number(german, ",") == number(plain.replace(".", ","), ",") == value
    assert number(english.replace(",", "'")) == number(german.replace(".", "\u00a0"), ",") == value


@given(values=st.lists(NUMBERS.map(abs), min_size=1, max_size=5), decimal=st.sampled_from([".", ","]))
def test_a_column_of_decimals_says_how_it_is_written(values: list[float], decimal: str) -> None:
    written = [f"{value:,.2f}" if decimal == "." else f"{value:,.2f}".translate(str.maketrans(",.", ".,")) for value in values]
    assert decimal_of(written) == (decimal, False)
    assert [number(one, decimal) for one in written] == values


@pytest.mark.parametrize(
    ("cells", "found"),
    [
        (["1,234"], ("", True)),
        (["1.234"], ("", True)),
        (["1,234", "0,5"], (",", False)),
        (["1,234", "1.5"], (".", False)),
        (["1,234,567"], (".", False)),
        (["0,125"], (",", False)),
        (["12", "7"], ("", False)),
        ([3.5, "kg"], ("", False)),
    ],
)
def test_what_can_be_read_both_ways_is_known(cells: list[str], found: tuple[str, bool]) -> None:
    assert decimal_of(cells) == found


@given(day=DAYS)
def test_a_day_is_the_same_in_every_order(day: date) -> None:
    iso = f"{day.isoformat()}T00:00:00Z"
    written = [(day.isoformat(), "YMD"), (f"{day:%d.%m.%Y}", "DMY"), (f"{day.day}.{day.month}.{day.year}", "DMY"), (f"{day:%d/%m/%Y}", "DMY")]
    written += [(f"{day:%m/%d/%Y}", "MDY"), (f"{day:%Y/%m/%d}", "YMD"), (f"{day:%Y%m%d}", "YMD"), (f"{day:%d-%m-%Y}", "DMY")]
    read = [time(told, order) for told, order in written] + [time(datetime(day.year, day.month, day.day), "")]
    assert {one.told_form()[1] for one in read if one} == {iso}


@given(days=st.lists(DAYS, min_size=1, max_size=6), order=st.sampled_from(["%d/%m/%Y", "%m/%d/%Y"]))
def test_a_column_of_days_says_its_order_or_that_it_must_be_asked(days: list[date], order: str) -> None:
    found, either = dates_of([day.strftime(order) for day in days])
    clear = any(day.day > 12 for day in days)
    assert found == (("DMY" if order[1] == "d" else "MDY") if clear else "")
    assert either is (not clear and any(day.day != day.month for day in days))


@pytest.mark.parametrize("told", ["31.02.2025", "2025-13-01", "0.0.0", "soon", "1/2", "25:00", "99999999", "29.02.2023"])
def test_what_is_no_day_is_refused(told: str) -> None:
    with pytest.raises(Refused, match=r"is no (day of the calendar|date)"):
        time(told, "DMY")


@pytest.mark.parametrize(
    ("told", "beside", "quantity"),
    [
        ("20 kg", "", Quantity(20.0, "KGM")),
        ("20", "kg", Quantity(20.0, "KGM")),
        ("20", "", Quantity(20.0, None, text="20")),
        ("1.250,5 kg", "", Quantity(1250.5, "KGM")),
        ("40 Stück", "", Quantity(40.0, "H87")),
        ("7 x 750 g", "", Quantity(5250.0, "GRM", text="7 x 750 g")),
        ("45", "Portions", Quantity(45.0, "Portions", text="45 Portions")),
        ("über 10.000 kg", "", Quantity(None, "KGM", low=10000.0, text="über 10.000 kg")),
        ("ca. 400 kg", "", Quantity(None, "KGM", about=400.0, text="ca. 400 kg")),
    ],
)
def test_an_amount_is_read_with_its_unit_its_bound_and_its_words(told: str, beside: str, quantity: Quantity) -> None:
    assert amount(told, beside or None, ",") == (quantity,)


def test_units_are_known_in_english_and_german_and_by_their_codes() -> None:
    assert [unit(one) for one in ("kg", "Kilogramm", "KGM", "t", "lbs", "Stück", "Palette", "Liter", "l.", "furlong")] == [
        "KGM", "KGM", "KGM", "TNE", "LBR", "H87", "PX", "LTR", "LTR", None,
    ]  # fmt: skip
