"""Webhooks and the store's lists tell of the same subscription: each turn counts once."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from bot.pandabase import orders
from bot.pandabase.schemas.orders import StoreSubscription
from bot.payments.models import SubscriptionChange
from bot.payments.observations import Observation
from sandbox.models import Subscription
from sandbox.order_shapes import order_in_webhook, subscription_in_webhook, subscription_shape
from tests.harness.lists import TRIAL, WEEKLY, Lists, subscription_rows, subscriptions_told


async def _webhook(lists: Lists, kind: str, subscription: Subscription, order: Any = None) -> str:
    if order is not None:
        return await lists.books.tell(kind, order_in_webhook(order))
    return await lists.books.tell(kind, subscription=subscription_in_webhook(subscription))


_TURNED = {"pause": "paused", "fall_behind": "past_due", "cancel": "cancelled"}


@pytest.mark.parametrize("turn", _TURNED)
@pytest.mark.parametrize("first", ["list", "webhook", "at once"])
async def test_webhook_and_list_tell_a_turn_once(lists: Lists, turn: str, first: str) -> None:
    subscription = await lists.subscribed()
    lists.books.pass_time(days=1)
    getattr(lists.sandbox.ledger, turn)(subscription)
    kind = lists.sandbox.webhooks.events[-1].type

    async def webhook() -> None:
        await _webhook(lists, kind, subscription)

    if first == "at once":
        await asyncio.gather(webhook(), lists.poll(), webhook(), lists.poll())
    else:
        for tell in (lists.poll, webhook) if first == "list" else (webhook, lists.poll):
            await tell()
            lists.books.pass_time(minutes=3)

    # A list that was asked before the webhook came adds when the subscription ends: no news to anybody.
    news = [change for change in subscriptions_told(lists) if change != SubscriptionChange.UPDATED]
    assert news == ["created", _TURNED[turn]]
    assert await subscription_rows(lists) == [(subscription.status, 1)]


@pytest.mark.parametrize("first", ["list", "webhook", "at once"])
async def test_webhook_and_list_tell_a_renewal_once(lists: Lists, first: str) -> None:
    subscription = await lists.subscribed()
    lists.books.pass_time(days=7, minutes=2)
    order = lists.sandbox.ledger.renew(subscription)

    async def webhooks() -> None:
        await _webhook(lists, "SUBSCRIPTION_RENEWED", subscription)
        await _webhook(lists, "PAYMENT_COMPLETED", subscription, order)

    if first == "at once":
        await asyncio.gather(webhooks(), lists.poll())
    else:
        for tell in (lists.poll, webhooks) if first == "list" else (webhooks, lists.poll):
            await tell()
    await lists.skip(days=1)

    assert subscriptions_told(lists) == ["created", "renewed"]
    assert lists.books.heard.changes == ["paid", "renewed"]


@pytest.mark.parametrize("title", [WEEKLY, TRIAL])
async def test_webhook_and_list_tell_a_beginning_once(lists: Lists, title: str) -> None:
    order, subscription = lists.pay(await lists.link(title))
    assert subscription is not None
    lists.books.pass_time(minutes=1)

    async def webhooks() -> None:
        await _webhook(lists, "PAYMENT_COMPLETED", subscription, order)
        await _webhook(lists, "SUBSCRIPTION_CREATED", subscription)

    await asyncio.gather(webhooks(), lists.poll())
    await lists.pass_time(minutes=10)

    assert subscriptions_told(lists) == ["created"]
    assert lists.books.heard.changes == ["paid"]
    assert await lists.books.reasons() == []


async def test_a_period_whose_webhook_left_its_order_out_gets_it_from_the_list(lists: Lists) -> None:
    subscription = await lists.subscribed()
    await lists.skip(days=7)
    lists.sandbox.ledger.renew(subscription)
    await _webhook(lists, "SUBSCRIPTION_RENEWED", subscription)

    await lists.skip(days=1)

    assert lists.books.heard.changes == ["paid", "renewed"]
    assert subscriptions_told(lists) == ["created", "renewed"]


async def test_an_answer_from_before_a_webhook_changes_nothing(lists: Lists) -> None:
    subscription = await lists.subscribed()
    lists.books.pass_time(days=1)
    await lists.poll()
    asked = lists.books.now
    lists.sandbox.ledger.cancel(subscription)
    lists.books.now += timedelta(seconds=1)
    await _webhook(lists, "SUBSCRIPTION_CANCELLED", subscription)

    shown = {**subscription_shape(subscription), "status": "ACTIVE", "endsAt": None, "cancelledAt": None}
    before = orders.subscription(StoreSubscription.model_validate(shown))
    async with lists.books.database.write() as tx:
        verdict = await lists.books.payments.observe(tx, Observation.of_subscription(before, asked))

    assert verdict == "known"
    assert await subscription_rows(lists) == [("CANCELLED", 1)]
