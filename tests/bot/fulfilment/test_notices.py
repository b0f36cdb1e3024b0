"""Every event of an order that people are told of has its words, for staff and for the sales log."""

from bot.fulfilment.notices import FOR_STAFF, LABELS, OF_ORDERS, NoticeKind


def test_each_notice_has_a_name_in_the_sales_log() -> None:
    assert LABELS.keys() == set(NoticeKind)


def test_what_people_are_told_of_an_order_staff_are_told_too() -> None:
    assert FOR_STAFF.keys() == set(OF_ORDERS.values())
