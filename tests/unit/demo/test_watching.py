"""The lines of a watch, without a socket."""

from collections.abc import Iterator

from kubevigil.demo.calls import parse
from kubevigil.demo.watching import Pace, watch_lines
from kubevigil.demo.world import World


def test_a_stream_that_waits_for_a_version_to_come_tells_nothing_older_though_it_is_woken() -> None:
    world = World(seed=1, wall=lambda: 1e9)
    ref = world.create_pod("a")

    def moments() -> Iterator[float]:
        yield 0.0
        world.touch(ref)
        yield 1.0
        yield 1e6

    told = moments()
    query = f"watch=1&resourceVersion={world.history.version + 2}&allowWatchBookmarks=true"
    lines = watch_lines(parse("GET", f"/api/v1/pods?{query}"), world.history, Pace(lambda: next(told), 1.0))
    world.history.bookmark()
    assert list(lines) == []
