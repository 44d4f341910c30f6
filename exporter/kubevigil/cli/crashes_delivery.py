"""How far a crash has come on its way to where crashes are sent, in words. Pure."""

from typing import Final

from kubevigil.model.record import Delivery, DeliveryState, Record

_WORDS: Final = {
    DeliveryState.WAITING: "waiting",
    DeliveryState.SENT: "sent",
    DeliveryState.DEAD: "refused",
}


def delivery_words(record: Record) -> str:
    """'elasticsearch: sent', sink by sink; '' for a crash that goes nowhere."""
    return "; ".join(map(_one, record.delivery))


def refusals(record: Record) -> list[Delivery]:
    """By whom it was refused for good."""
    return [delivery for delivery in record.delivery if delivery.state is DeliveryState.DEAD]


def _one(delivery: Delivery) -> str:
    tried = f" after {attempts(delivery.attempts)}" if delivery.attempts and delivery.error else ""
    error = f": {delivery.error}" if delivery.error else ""
    return f"{delivery.sink}: {_WORDS[delivery.state]}{tried}{error}"


def attempts(count: int) -> str:
    """'1 attempt', '2 attempts'."""
    return f"{count} attempt{'' if count == 1 else 's'}"
