"""Whether the series are there that the dashboards show: by the question that each dashboard asks of itself. Pure.

Every dashboard has a table `Which series are there`, whose one query returns a sample for each source: its value is
how many series there are, its labels say who brings them and what a lack means.
"""

import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any, Final

from kubevigil.doctor.answer import Answer, fail, ok, skipped, some, warn
from kubevigil.doctor.prometheus import Sample

CHECK: Final = "series"
_TABLE: Final = "Which series are there"
_RULES: Final = "rules"
"""Without what the rules record, every board about crashes is empty."""

_OURS: Final = frozenset({"kubevigil", _RULES})
"""Where one series of these is there, another that is missing is of something that has not happened, or is not used."""

_SIDECAR: Final = "kubevigil ship"
_SENDING: Final = "kubevigil_outbox_records"
"""Of the exporter, where crashes are to be sent."""


def questions(boards: Mapping[str, str]) -> dict[str, str]:
    """The query of each board, by its title; `boards` are Grafana's JSON by file name."""
    found: dict[str, str] = {}
    for text in boards.values():
        board = json.loads(text)
        for panel in _panels(board):
            if panel.get("title") == _TABLE and panel.get("targets"):
                found[board["title"]] = panel["targets"][0]["expr"]
    return found


def _panels(board: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    for panel in board.get("panels", ()):
        yield panel
        yield from _panels(panel)


def judge(found: Mapping[str, Sequence[Sample]]) -> list[Answer]:
    """One answer for all series of a source that are missing for one reason, or one that none is.

    `found` has the answers by board.
    """
    boards: dict[str, list[str]] = {}
    lacks: dict[str, Sample] = {}
    there: set[str] = set()
    for board, samples in found.items():
        for sample in samples:
            if sample.number:
                there.add(_source(sample))
            else:
                name = sample.metric.get("series", "?")
                boards.setdefault(name, []).append(board)
                lacks[name] = sample
    if not lacks:
        return [ok(CHECK, f"the series of all {len(found)} dashboards are there")]
    unused = {_SIDECAR} if "kubevigil" in there and _SENDING in lacks else set()
    reasons: dict[tuple[str, str], list[str]] = {}
    for name, sample in sorted(lacks.items()):
        reasons.setdefault((_source(sample), sample.metric.get("advice", "")), []).append(name)
    return [
        _lack(
            names,
            source,
            advice,
            list(dict.fromkeys(one for name in names for one in boards[name])),
            (there & _OURS) | unused,
        )
        for (source, advice), names in reasons.items()
    ]


def _lack(names: Sequence[str], source: str, advice: str, boards: Sequence[str], explained: Collection[str]) -> Answer:
    """`explained`: sources of which a lack is no fault."""
    verb = "is" if len(names) == 1 else "are"
    detail = f"{some(names)} (from {source}) {verb} missing, for {some(boards)}"
    if source in explained:
        return skipped(CHECK, f"{detail}: {advice}")
    judged = fail if source == _RULES and any("pods" in name for name in names) else warn
    return judged(CHECK, detail, advice)


def _source(sample: Sample) -> str:
    return sample.metric.get("from", "?")
