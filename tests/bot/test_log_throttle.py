import logging

from bot.logs import ThrottledLog


def test_what_repeats_is_written_once_a_minute_with_how_often_it_happened(caplog):
    moment = 0.0
    throttled = ThrottledLog(logging.getLogger("bot.test"), clock=lambda: moment)
    for second in range(130):
        moment = float(second)
        throttled.warning("Refused: %s", second)
    assert [record.getMessage() for record in caplog.records] == [
        "Refused: 0",
        "Refused: 60 (and 59 times more since the last such line)",
        "Refused: 120 (and 59 times more since the last such line)",
    ]


def test_each_kind_of_line_has_its_own_minute(caplog):
    throttled = ThrottledLog(logging.getLogger("bot.test"), clock=lambda: 0.0)
    for _ in range(3):
        throttled.warning("The database is locked")
        throttled.error("%s is forged", "one")
    assert [(record.levelname, record.getMessage()) for record in caplog.records] == [
        ("WARNING", "The database is locked"),
        ("ERROR", "one is forged"),
    ]
