"""A log line says what we decided to say, and no more."""

import io
import json
import logging

import pytest

from placet.server.logs import Lines, Pretty, start_logging


def a_record(name: str, message: str, *arguments: object, **extra: object) -> logging.LogRecord:
    record = logging.LogRecord(name, logging.WARNING, "file.py", 1, message, arguments, None)
    record.__dict__.update(extra)
    return record


def test_a_line_holds_our_words_and_the_facts_in_order():
    record = a_record("placet.x", "kept %d", 3, facts={"status": 200, "app": "", "site": None, "n": 0})
    line = json.loads(Lines().format(record))
    assert list(line) == ["at", "level", "from", "says", "status", "n"]
    assert (line["level"], line["from"], line["says"], line["n"]) == ("warning", "placet.x", "kept 3", 0)


@pytest.mark.parametrize(
    "message, arguments, says",
    [
        ("Task exception was never retrieved\nfuture: <Task exception=KeyError('anna')>", (), 23),
        ("Exception in callback Conn.write(b'anna')", (), 21),
        ("duplicate key (email)=(anna)", (), 13),
        ("cannot send %s", ("anna",), 11),
        ("bad value 'anna'", (), 9),
    ],
)
def test_what_a_library_quotes_or_fills_in_is_left_out(message, arguments, says):
    line = Lines().format(a_record("library", message, *arguments))
    assert "anna" not in line
    assert json.loads(line)["says"].startswith(message[:says])


def test_of_an_exception_only_kind_and_place_are_written():
    try:
        raise ValueError("anna@example.org") from KeyError("anna@example.org")
    except ValueError as error:
        record = a_record("placet.x", "unexpected error", exc_info=(type(error), error, error.__traceback__))
    for formatter in (Lines(), Pretty(colours=True), Pretty(colours=False)):
        text = formatter.format(record)
        assert "ValueError" in text and "test_logs.py:" in text and "anna" not in text


def test_without_a_terminal_lines_are_json_and_pretty_is_words():
    kept = logging.getLogger().handlers[:], logging.getLogger().level
    try:
        for style in ("auto", "json", "pretty"):
            stream = io.StringIO()
            start_logging("info", style, stream)
            logging.getLogger("placet.x").debug("unheard")
            logging.getLogger("placet.x").info("stopped", extra={"facts": {"requests": 2}})
            text = stream.getvalue()
            assert text.count("\n") == 1
            if style == "pretty":
                assert "stopped  requests=2" in text
            else:
                assert json.loads(text)["requests"] == 2
    finally:
        logging.getLogger().handlers[:], level = kept
        logging.getLogger().setLevel(level)
