"""What can be measured from outside, in Prometheus' words."""

from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Counter, generate_latest


class Metrics:
    """A registry of its own: several bots in one process don't count for each other."""

    content_type = CONTENT_TYPE_LATEST

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        self._answered = Counter(
            "bamboo_webhooks", "Webhooks by the answer that they got.", ["status"], registry=self._registry
        )
        self._applied = Counter(
            "bamboo_events", "Webhooks by what came of them.", ["outcome"], registry=self._registry
        )

    def answered(self, status: int) -> None:
        self._answered.labels(str(status)).inc()

    def applied(self, outcome: str) -> None:
        self._applied.labels(outcome).inc()

    def exposition(self) -> bytes:
        return generate_latest(self._registry)
