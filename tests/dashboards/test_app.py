"""What a page shows when something failed, whatever it was."""

import logging

import pytest

from dashboards.app import _told
from dashboards.asking import Failed


def test_an_error_that_is_none_of_the_apis_is_told_by_an_identifier_that_stands_in_the_log_too_and_by_none_of_its_data(
    caplog: pytest.LogCaptureFixture,
) -> None:
    with caplog.at_level(logging.ERROR):
        shown = str(_told(ValueError("lot 48088 of a secret recipe")))
    (line,) = caplog.messages
    number = line.partition("(")[2].rstrip(")")
    assert line == f"a page failed: ValueError ({number})" and number.startswith("err_") and number in shown
    assert "48088" not in shown + line and "Load the page again" in shown


def test_an_error_of_the_api_is_told_in_its_words_with_what_to_do_and_not_logged(caplog: pytest.LogCaptureFixture) -> None:
    shown = str(_told(Failed("The engine is not running.", "UNAVAILABLE")))
    assert "The engine is not running." in shown and "nothing is lost" in shown and not caplog.messages
    assert "err_12" in str(_told(Failed("Something went wrong.", "INTERNAL", {"id": "err_12"})))
