"""GS1 numbers of the demonstration prefix 952, which no real company holds."""

_PREFIX = "952"


def gln(number: int) -> str:
    """A Global Location Number, 13 digits, for a number under 10**9."""
    return _checked(f"{_PREFIX}{number:09}")


def gtin(number: int) -> str:
    """A Global Trade Item Number, 14 digits, for a number under 10**9."""
    return "0" + _checked(f"{_PREFIX}{number:09}")


def sscc(number: int) -> str:
    """A Serial Shipping Container Code, 18 digits, for a number under 10**13."""
    return _checked(f"3{_PREFIX}{number:013}")


def _checked(payload: str) -> str:
    """The payload with its GS1 check digit: weights 3 and 1 from the right (GS1 General Specifications, section 7.9)."""
    digits = [ord(digit) - 48 for digit in reversed(payload)]
    return payload + str(-(3 * sum(digits[::2]) + sum(digits[1::2])) % 10)
