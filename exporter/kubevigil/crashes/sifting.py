r"""Sifts the answer to a log request: what is log of the dead instance, the last of it, and what else there was. Pure.

Bytes in, cut anywhere; text out. Memory stays bounded whatever comes, lines of 10 MiB included: two rings' worth.

With `timestamps=true` the kubelet puts a stamp before every line that it reads from the runtime's file. A line without
one is no log: an answer of HTTP 200 can be a sentence such as `unable to retrieve container logs for ...`. A line
whose stamp lies outside the window is another instance's.

A long line is several in that file: containerd cuts it into parts of 16 KiB, CRI-O of 8 KiB or less. Kubelets since
late 2022 stamp the first part only (kubernetes/kubernetes#113481), older ones each, in the midst of the line. So a
stamp of the kubelet's own width that stands where a part can begin, which is a multiple of 8 KiB after the last stamp,
is taken out. Source: `ReadLogs` in pkg/kubelet/kuberuntime/logs/logs.go, later in k8s.io/cri-client/pkg/logs.
"""

import re
from dataclasses import dataclass
from enum import Enum
from typing import Final

from kubevigil.crashes.clipping import size_of
from kubevigil.crashes.sanitising import sanitised
from kubevigil.crashes.window import Window
from kubevigil.model.clock import seconds_of

PART: Final = 8 * 1024
"""Bytes. Every known runtime cuts long lines into parts of a multiple of this, or of fewer bytes."""

_LONGEST_STAMP: Final = 36
_WHOLE_LINE: Final = 1 << 30
_STAMP: Final = re.compile(rb"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:\d\d)) ")
_FIXED_STAMP: Final = re.compile(rb"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}(?:Z|[+-]\d\d:\d\d)) ")


class _At(Enum):
    START = "of a line, where its stamp is"
    TEXT = "of a line that is kept"
    PART = "of a part, where a stamp may be"
    REST = "of a line that is not kept"


@dataclass(frozen=True, slots=True)
class Sifted:
    """What an answer held. `size` is its length in bytes, `cut` whether the beginning of the log is missing in `text`.

    `text` is made of at most `limit` + `lead` bytes; one that was no UTF-8 is three in it. `lines` are the instance's
    own, and `parts` what long ones have beyond their first, at the most; `foreign` are lines outside its window,
    `no_log` those without a stamp. The first `lead` bytes of a cut text are more than was asked for.
    """

    text: str
    cut: bool
    lead: int
    lines: int
    parts: int
    foreign: int
    no_log: int
    size: int

    def fills(self, tail: int) -> bool:
        """Whether a tail of so many lines is full, so that there can be older ones; parts count as lines there."""
        return self.lines + self.parts + self.foreign + self.no_log >= tail


class Sifter:
    """One answer's sifter. Keeps the last `limit` bytes of the log, and up to `lead` bytes before them.

    The lead is context: a secret that the limit cuts in two can only be recognised by what stood before it.
    """

    def __init__(self, window: Window, *, limit: int, lead: int = 0) -> None:
        self._window = window
        self._keep = limit + lead
        self._lead = lead
        self._kept = bytearray()
        self._printed = self._size = 0
        self._lines = self._parts = self._foreign = self._no_log = 0
        self._begin_line()

    def feed(self, data: bytes) -> None:
        """Takes the next bytes of the answer."""
        self._size += len(data)
        at = 0
        while at < len(data):
            at = self._step(data, at)

    def finish(self) -> Sifted:
        """What it came to; the answer is complete, its last line perhaps without a newline."""
        if self._held:
            self._judge()
        kept = bytes(self._kept[-self._keep :])
        cut = self._printed > len(kept)
        return Sifted(
            text=sanitised(kept),
            cut=cut,
            lead=size_of(sanitised(kept[: self._lead])) if cut else 0,
            lines=self._lines,
            parts=self._parts,
            foreign=self._foreign,
            no_log=self._no_log,
            size=self._size,
        )

    def _step(self, data: bytes, at: int) -> int:
        newline = data.find(b"\n", at, at + self._want)
        stop = min(at + self._want, len(data)) if newline < 0 else newline
        self._take(data[at:stop])
        if newline >= 0:
            self._end_line()
            return newline + 1
        if not self._want:
            self._judge()
        return stop

    def _take(self, data: bytes) -> None:
        self._want -= len(data)
        if self._at is _At.TEXT:
            self._print(data)
        elif self._at is not _At.REST:
            self._held += data

    def _begin_line(self) -> None:
        self._at, self._want, self._held = _At.START, _LONGEST_STAMP, b""

    def _end_line(self) -> None:
        if self._at in {_At.START, _At.PART}:
            self._judge()
        if self._at is not _At.REST:
            self._print(b"\n")
        self._begin_line()

    def _judge(self) -> None:
        """As much has come in as is needed to know how to go on."""
        held, self._held = self._held, b""
        match self._at:
            case _At.START:
                self._judge_line(held)
            case _At.PART:
                self._go_on(_FIXED_STAMP.match(held), held)
            case _At.TEXT:
                self._parts += 1
                self._at, self._want = _At.PART, _LONGEST_STAMP
            case _At.REST:
                self._want = _WHOLE_LINE

    def _judge_line(self, start: bytes) -> None:
        stamp = _STAMP.match(start)
        moment = seconds_of(stamp[1].decode()) if stamp else None
        if moment is None:
            self._no_log += 1
        elif not self._window.holds(moment):
            self._foreign += 1
        else:
            self._lines += 1
            self._go_on(stamp, start)
            return
        self._at, self._want = _At.REST, _WHOLE_LINE

    def _go_on(self, stamp: re.Match[bytes] | None, held: bytes) -> None:
        text = held[stamp.end() :] if stamp else held
        self._print(text)
        self._at, self._want = _At.TEXT, PART - len(text)

    def _print(self, data: bytes) -> None:
        self._printed += len(data)
        self._kept += data
        if len(self._kept) > 2 * self._keep:
            del self._kept[: -self._keep]
