"""What `/metrics` shows, in Prometheus' words. No label holds a name, an id or an amount."""

import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Final

from prometheus_client import (
    CONTENT_TYPE_LATEST,
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    generate_latest,
)

_SECONDS: Final = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)


@dataclass(frozen=True, slots=True)
class Measures:
    """How things stand now. Ages are in seconds; None where there is nothing to have one."""

    sessions: Mapping[str, int] = field(default_factory=dict)
    queues: Mapping[str, tuple[int, float]] = field(default_factory=dict)
    """How many wait, and how long the first has been due, by the queue's name."""
    workers: Mapping[str, int] = field(default_factory=dict)
    """How many are busy (or late), idle, and stopped."""
    quarantined: int = 0
    given_up: int = 0
    is_connected: bool = False
    latency: float | None = None
    servers: int = 0
    products: int = 0
    catalog_age: float | None = None
    backup_age: float | None = None
    free_bytes: int | None = None


Measure = Callable[[], Awaitable[Measures]]


class Metrics:
    """A registry of its own: several bots in one process don't count for each other."""

    content_type = CONTENT_TYPE_LATEST

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self._answered = self._counter("webhooks", "Webhooks by the answer that they got.", "status")
        self._applied = self._counter("events", "Webhooks by what came of them.", "outcome")
        self._requests = self._counter("store_requests", "Requests to the store by their outcome.", "outcome")
        self._logged = self._counter("log_records", "Warnings and errors in the log.", "level")
        # From zero on: what appears with its first event would look to Prometheus as if nothing had happened.
        for status in ("200", "401", "503"):
            self._answered.labels(status)
        for level in ("WARNING", "ERROR", "CRITICAL"):
            self._logged.labels(level)
        for outcome in ("200", "401", "403", "429", "500", "failed"):
            self._requests.labels(outcome)
        self._commands = Histogram(
            "bamboo_interaction_seconds",
            "From an interaction's arrival to the end of its work.",
            ["command"],
            buckets=_SECONDS,
            registry=self.registry,
        )
        self._store_seconds = Histogram(
            "bamboo_store_request_seconds",
            "How long the store takes to answer.",
            buckets=_SECONDS,
            registry=self.registry,
        )
        self._sessions = self._gauge("sessions", "Checkout sessions that are under way.", "state")
        self._waiting = self._gauge("jobs_waiting", "What waits to be done.", "queue")
        self._overdue = self._gauge("queue_overdue_seconds", "How long the first job has been due.", "queue")
        self._workers = self._gauge("workers", "What runs beside the commands, by what it does.", "state")
        self._quarantined = self._gauge("quarantined_payments", "Payments that wait for staff.")
        self._given_up = self._gauge("events_given_up", "Webhooks that couldn't be applied.")
        self._connected = self._gauge("discord_connected", "1 while Discord's gateway is connected.")
        self._latency = self._gauge("discord_latency_seconds", "Discord's answer to a heartbeat.")
        self._servers = self._gauge("servers", "Servers that are served.")
        self._products = self._gauge("products", "Products in the catalog.")
        self._catalog_age = self._gauge("catalog_age_seconds", "Since the catalog was read.")
        self._backup_age = self._gauge("backup_age_seconds", "Since the newest backup.")
        self._free = self._gauge("database_free_bytes", "Room where the database is.")
        self._failed = self._gauge("database_unreadable", "1 while the database can't be read.")
        self.counting = _CountsRecords(self._logged)

    # --- what happens ---------------------------------------------------------------------------------

    def answered(self, status: int) -> None:
        self._answered.labels(str(status)).inc()

    def applied(self, outcome: str) -> None:
        self._applied.labels(outcome).inc()

    def store_answered(self, outcome: str, seconds: float) -> None:
        """`outcome` is the status, or `failed` where there was no answer."""
        self._requests.labels(outcome).inc()
        self._store_seconds.observe(seconds)

    def interaction_ended(self, command: str, seconds: float) -> None:
        self._commands.labels(command).observe(seconds)

    # --- how things stand -----------------------------------------------------------------------------

    def set(self, now: Measures) -> None:
        self._failed.set(0)
        for state, number in now.sessions.items():
            self._sessions.labels(state).set(number)
        for queue, (number, overdue) in now.queues.items():
            self._waiting.labels(queue).set(number)
            self._overdue.labels(queue).set(overdue)
        for state, number in now.workers.items():
            self._workers.labels(state).set(number)
        self._quarantined.set(now.quarantined)
        self._given_up.set(now.given_up)
        self._connected.set(now.is_connected)
        self._servers.set(now.servers)
        self._products.set(now.products)
        for gauge, value in (
            (self._latency, now.latency),
            (self._catalog_age, now.catalog_age),
            (self._backup_age, now.backup_age),
            (self._free, now.free_bytes),
        ):
            gauge.set(float("nan") if value is None else value)

    def cannot_measure(self) -> None:
        """The database can't be read: what is shown of it is of before."""
        self._failed.set(1)

    def exposition(self) -> bytes:
        return generate_latest(self.registry)

    def _counter(self, name: str, documentation: str, label: str) -> Counter:
        return Counter(f"bamboo_{name}", documentation, [label], registry=self.registry)

    def _gauge(self, name: str, documentation: str, *labels: str) -> Gauge:
        return Gauge(f"bamboo_{name}", documentation, labels, registry=self.registry)


class _CountsRecords(logging.Handler):
    """Counts what goes to the log, and writes nothing."""

    def __init__(self, counter: Counter) -> None:
        super().__init__(logging.WARNING)
        self._counter = counter

    def emit(self, record: logging.LogRecord) -> None:
        self._counter.labels(record.levelname).inc()
