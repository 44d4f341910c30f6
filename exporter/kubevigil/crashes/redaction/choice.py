"""What the owner of a pod asks of redaction by the annotation `kubevigil.io/redaction`. Pure."""

from collections.abc import Collection

_ALL_OFF = "off"


def switched_off(annotation: str, names: Collection[str]) -> frozenset[str]:
    """Which of the detectors the annotation switches off: all for `off`, else those that it lists with commas.

    What is no detector's name switches nothing off, so that a slip of the pen shows too little rather than too much.
    """
    asked = {word.strip().lower() for word in annotation.split(",")}
    return frozenset(names) if _ALL_OFF in asked else frozenset(names) & asked
