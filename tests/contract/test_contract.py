"""What the exporter relies on in an API server: the simulated one and the real one answer alike."""

import re
from typing import Any

import pytest

from .asking import Event, names, until, version_of
from .clusters import EXIT_CODE, LINES, Cluster

pytestmark = pytest.mark.timeout(120)

SHORT_WATCH = 3
"""Seconds. A real server sends a last bookmark two seconds before the end, so it cannot be much shorter."""
WATCHES_FOR_A_BOOKMARK = 8
"""A real server looks at whole seconds, every 1 to 1.25 s: a bookmark that is due two seconds before the end of its
watch may come too late for it, however long the watch (`bookmarkTimer` and `nextBookmarkTime` of its watch cache). And
it sends none whose version is no later than what the watch was sent as it began (`process` there), so something must
change while the watch is open.
"""


def refusal(document: Any) -> tuple[Any, ...]:
    return tuple(document.get(key) for key in ("kind", "apiVersion", "status", "reason", "code"))


def failure(reason: str, code: int) -> tuple[Any, ...]:
    return ("Status", "v1", "Failure", reason, code)


def is_end_of(name: str) -> Any:
    return lambda event: event["type"] == "DELETED" and event["object"]["metadata"]["name"] == name


def types(events: list[Event], name: str) -> list[str]:
    return [event["type"] for event in events if event["object"]["metadata"]["name"] == name]


def bookmarks(cluster: Cluster, version: str | int, *, changed: str) -> list[Any]:
    """What the first of some short watches that had any was sent, oldest first; a pod changes during each."""
    for _ in range(WATCHES_FOR_A_BOOKMARK):
        watch = cluster.api.watch(resourceVersion=version, timeoutSeconds=SHORT_WATCH, allowWatchBookmarks="true")
        cluster.change(changed)
        marks = [event["object"] for event in watch.rest() if event["type"] == "BOOKMARK"]
        if marks:
            return marks
    pytest.fail(f"{WATCHES_FOR_A_BOOKMARK} watches of {SHORT_WATCH} s ended in good order, none with a bookmark")


class TestContract:
    """One promise a test; each is run on either cluster."""

    # Lists.

    def test_the_pages_of_a_list_are_of_one_snapshot_whatever_happens_between_them(self, cluster: Cluster) -> None:
        for name in "abcde":
            cluster.create(name)
        pages = [cluster.api.list(limit=2).document]
        cluster.delete("d")
        cluster.create("z")
        while token := pages[-1]["metadata"].get("continue"):
            pages.append(cluster.api.list(limit=2, continue_=token).document)
        assert [names(page) for page in pages] == [["a", "b"], ["c", "d"], ["e"]]
        assert [page["metadata"].get("remainingItemCount") for page in pages] == [3, 1, None]
        assert len({version_of(page) for page in pages}) == 1
        assert names(cluster.api.list().document) == ["a", "b", "c", "e", "z"]

    def test_a_limit_that_is_just_enough_leaves_nothing_to_continue(self, cluster: Cluster) -> None:
        for name in "ab":
            cluster.create(name)
        metadata = cluster.api.list(limit=2).document["metadata"]
        assert not metadata.get("continue")
        assert "remainingItemCount" not in metadata

    def test_the_items_of_a_list_name_no_kind_and_a_single_pod_does(self, cluster: Cluster) -> None:
        cluster.create("a")
        got = cluster.api.list()
        (item,) = got.document["items"]
        assert got.headers["Content-Type"] == "application/json"
        assert (got.document["kind"], got.document["apiVersion"]) == ("PodList", "v1")
        assert not {"kind", "apiVersion"} & item.keys()
        assert [cluster.api.pod("a")[key] for key in ("kind", "apiVersion")] == ["Pod", "v1"]

    def test_an_empty_list_and_one_of_no_namespace_have_a_version_and_no_items(self, cluster: Cluster) -> None:
        nowhere = cluster.api.get("/api/v1/namespaces/there-is-none/pods")
        for got in (cluster.api.list(), nowhere):
            assert (got.code, got.document["items"]) == (200, [])
            assert version_of(got.document) > 0

    def test_a_field_selector_chooses_by_name(self, cluster: Cluster) -> None:
        for name in "ab":
            cluster.create(name)
        assert names(cluster.api.list(fieldSelector="metadata.name=b").document) == ["b"]

    def test_a_lists_version_is_not_older_than_any_of_its_items(self, cluster: Cluster) -> None:
        for name in "abc":
            cluster.create(name)
            cluster.change(name)
        document = cluster.api.list().document
        versions = [version_of(item) for item in document["items"]]
        assert len(set(versions)) == 3
        assert max(versions) <= version_of(document)

    def test_a_continue_token_that_is_too_old_is_410(self, cluster: Cluster) -> None:
        for name in "abc":
            cluster.create(name)
        token = cluster.api.list(limit=1).document["metadata"]["continue"]
        cluster.change("a")
        cluster.compact()
        got = cluster.api.list(limit=1, continue_=token)
        assert got.code == 410
        assert refusal(got.document) == failure("Expired", 410)
        assert got.document["message"].startswith("The provided continue parameter is too old")

    def test_a_continue_token_that_nobody_gave_is_400(self, cluster: Cluster) -> None:
        got = cluster.api.list(limit=1, continue_="nonsense")
        assert got.code == 400
        assert refusal(got.document) == failure("BadRequest", 400)

    def test_a_list_of_a_version_to_come_is_504_and_says_when_to_ask_again(self, cluster: Cluster) -> None:
        got = cluster.api.list(resourceVersion=10**12)
        assert (got.code, got.headers["Retry-After"]) == (504, "1")
        assert refusal(got.document) == failure("Timeout", 504)
        assert got.document["message"].startswith(f"Timeout: Too large resource version: {10**12}, current: ")
        details = got.document["details"]
        assert details["causes"] == [{"reason": "ResourceVersionTooLarge", "message": "Too large resource version"}]
        assert details["retryAfterSeconds"] == 1

    # Watches.

    def test_a_watch_from_a_version_tells_what_came_after_it_in_order(self, cluster: Cluster) -> None:
        cluster.create("before")
        version = cluster.api.version()
        cluster.create("a")
        cluster.change("a")
        watch = cluster.api.watch(resourceVersion=version)
        cluster.delete("a")
        events = until(watch, is_end_of("a"))
        of_a = types(events, "a")
        assert (of_a[0], of_a[-1]) == ("ADDED", "DELETED")
        assert set(of_a[1:-1]) == {"MODIFIED"}
        assert set(types(events, "before")) <= {"MODIFIED"}

    def test_the_versions_of_a_watch_only_rise(self, cluster: Cluster) -> None:
        version = cluster.api.version()
        watch = cluster.api.watch(resourceVersion=version)
        for name in "abc":
            cluster.create(name)
        for name in "cba":
            cluster.change(name)
        cluster.delete("a")
        versions = [version_of(event) for event in until(watch, is_end_of("a"))]
        assert versions == sorted(set(versions))
        assert versions[0] > int(version)

    def test_a_watch_from_the_version_of_any_event_goes_on_right_after_it(self, cluster: Cluster) -> None:
        first = cluster.api.watch(resourceVersion=cluster.api.version())
        cluster.create("a")
        cluster.change("a")
        cluster.delete("a")
        events = until(first, is_end_of("a"))
        for place, event in enumerate(events[:-1]):
            again = cluster.api.watch(resourceVersion=version_of(event))
            assert until(again, is_end_of("a")) == events[place + 1 :]

    @pytest.mark.parametrize("query", [{}, {"resourceVersion": 0}])
    def test_a_watch_from_no_version_begins_with_what_is_there(
        self, cluster: Cluster, query: dict[str, object]
    ) -> None:
        for name in "ab":
            cluster.create(name)
        watch = cluster.api.watch(**query)
        present = [watch.next() for _ in "ab"]
        assert {(event["type"], event["object"]["metadata"]["name"]) for event in present} == {
            ("ADDED", "a"),
            ("ADDED", "b"),
        }

    def test_each_object_of_a_watch_names_its_kind(self, cluster: Cluster) -> None:
        watch = cluster.api.watch(resourceVersion=cluster.api.version())
        cluster.create("a")
        cluster.delete("a")
        for event in until(watch, is_end_of("a")):
            assert (event["object"]["kind"], event["object"]["apiVersion"]) == ("Pod", "v1")

    def test_a_watch_of_a_namespace_tells_of_no_other(self, cluster: Cluster) -> None:
        watch = cluster.api.watch("/api/v1/namespaces/default/pods", resourceVersion=0, timeoutSeconds=1)
        cluster.create("a")
        assert [event for event in watch.rest() if event["object"]["metadata"]["name"] == "a"] == []

    def test_a_watch_ends_in_good_order_when_its_time_is_over_and_before_it_a_bookmark_came(
        self, cluster: Cluster
    ) -> None:
        cluster.create("a")
        version = version_of(cluster.api.pod("a"))
        marks = bookmarks(cluster, version, changed="a")
        assert {(mark["kind"], mark["apiVersion"]) for mark in marks} == {("Pod", "v1")}
        assert version_of(marks[-1]) >= version
        assert "name" not in marks[-1]["metadata"]

    def test_a_bookmark_is_a_version_to_watch_from(self, cluster: Cluster) -> None:
        cluster.create("a")
        version = version_of(bookmarks(cluster, cluster.api.version(), changed="a")[-1])
        cluster.delete("a")
        events = until(cluster.api.watch(resourceVersion=version), is_end_of("a"))
        assert version_of(events[0]) > version

    def test_no_bookmark_comes_to_who_did_not_ask(self, cluster: Cluster) -> None:
        cluster.create("a")
        watch = cluster.api.watch(resourceVersion=cluster.api.version(), timeoutSeconds=SHORT_WATCH)
        assert "BOOKMARK" not in [event["type"] for event in watch.rest()]

    def test_a_watch_from_a_version_that_is_too_old_is_200_and_one_error_of_410(self, cluster: Cluster) -> None:
        cluster.create("a")
        version = cluster.api.version()
        cluster.change("a")
        cluster.compact()
        for asked in ("1", version):
            watch = cluster.api.watch(resourceVersion=asked)
            (event,) = watch.rest()
            assert (watch.code, event["type"]) == (200, "ERROR")
            assert refusal(event["object"]) == failure("Expired", 410)
            assert re.fullmatch(rf"too old resource version: {asked} \(\d+\)", event["object"]["message"])

    def test_a_watch_goes_on_from_the_present_version_after_a_compaction(self, cluster: Cluster) -> None:
        cluster.create("a")
        cluster.compact()
        watch = cluster.api.watch(resourceVersion=cluster.api.version())
        cluster.delete("a")
        assert until(watch, is_end_of("a"))

    def test_a_watch_from_a_version_to_come_is_silent_and_sends_no_bookmark_either(self, cluster: Cluster) -> None:
        cluster.create("a")
        watch = cluster.api.watch(resourceVersion=10**12, timeoutSeconds=SHORT_WATCH, allowWatchBookmarks="true")
        cluster.change("a")
        assert (watch.code, watch.rest()) == (200, [])

    def test_a_watch_from_a_version_to_come_begins_when_that_version_is_passed(self, cluster: Cluster) -> None:
        version = int(cluster.api.version()) + 4
        watch = cluster.api.watch(resourceVersion=version)
        for name in "abcdef":
            cluster.create(name)
        cluster.delete("f")
        assert min(version_of(event) for event in until(watch, is_end_of("f"))) > version

    # What the objects tell.

    def test_a_crash_shows_the_dead_instance_beside_the_one_that_followed(self, cluster: Cluster) -> None:
        cluster.create("a", runs=True)
        (first,) = cluster.api.pod("a")["status"]["containerStatuses"]
        cluster.crash("a")
        (second,) = cluster.api.pod("a")["status"]["containerStatuses"]
        dead = second["lastState"]["terminated"]
        assert (first["restartCount"], second["restartCount"]) == (0, 1)
        assert (dead["exitCode"], dead["reason"], dead["containerID"]) == (EXIT_CODE, "Error", first["containerID"])
        assert dead["startedAt"] <= dead["finishedAt"]
        assert "running" in second["state"]
        assert second["containerID"] not in {"", dead["containerID"]}

    def test_the_event_of_a_deletion_carries_the_last_body(self, cluster: Cluster) -> None:
        cluster.create("a", runs=True)
        before = cluster.api.pod("a")
        watch = cluster.api.watch(resourceVersion=version_of(before))
        cluster.delete("a")
        *earlier, last = until(watch, is_end_of("a"))
        (status,) = last["object"]["status"]["containerStatuses"]
        assert last["object"]["metadata"]["uid"] == before["metadata"]["uid"]
        assert last["object"]["metadata"]["deletionTimestamp"]
        assert (status["name"], status["state"]["terminated"]["containerID"]) == (
            "app",
            before["status"]["containerStatuses"][0]["containerID"],
        )
        assert version_of(last) > max(version_of(event) for event in earlier)

    # Refusals.

    def test_without_a_token_that_is_known_it_is_401(self, cluster: Cluster) -> None:
        for got in (cluster.api.with_token("wrong").list(), cluster.api.with_token("wrong").list(watch="true")):
            assert got.code == 401
            assert refusal(got.document) == failure("Unauthorized", 401)

    def test_without_the_right_it_is_403_and_says_which_is_missing(self, cluster: Cluster) -> None:
        stranger = cluster.stranger()
        for verb, query in (("list", {}), ("watch", {"watch": "true"})):
            got = stranger.list(**query)
            assert got.code == 403
            assert refusal(got.document) == failure("Forbidden", 403)
            where = f'in API group "" in the namespace "{stranger.namespace}"'
            assert f'cannot {verb} resource "pods" {where}' in got.document["message"]
        got = stranger.get("/api/v1/pods")
        assert 'cannot list resource "pods" in API group "" at the cluster scope' in got.document["message"]

    def test_a_pod_that_is_not_there_is_404_and_named(self, cluster: Cluster) -> None:
        got = cluster.api.get(f"{cluster.api.pods}/none")
        assert got.code == 404
        assert refusal(got.document) == failure("NotFound", 404)
        assert got.document["message"] == 'pods "none" not found'
        assert got.document["details"] == {"name": "none", "kind": "pods"}

    def test_a_resource_that_is_not_served_is_404(self, cluster: Cluster) -> None:
        got = cluster.api.get("/api/v1/nonsense")
        assert got.code == 404
        assert refusal(got.document) == failure("NotFound", 404)
        assert got.document["message"] == "the server could not find the requested resource"

    @pytest.mark.parametrize(
        "query", [{"limit": "x"}, {"resourceVersion": "x"}, {"fieldSelector": "spec.nonsense=x"}], ids=str
    )
    def test_a_question_that_makes_no_sense_is_400(self, cluster: Cluster, query: dict[str, object]) -> None:
        got = cluster.api.list(**query)
        assert got.code == 400
        assert refusal(got.document) == failure("BadRequest", 400)

    # Logs.

    def test_a_log_has_the_lines_of_the_instance_that_lives(self, cluster: Cluster) -> None:
        cluster.create("a", runs=True)
        whole = "".join(f"{line}\n" for line in LINES).encode()
        assert cluster.api.log("a").body == whole
        assert cluster.api.log("a", container="app").body == whole
        assert cluster.api.log("a", tailLines=2).body == b"two\nthree\n"
        assert cluster.api.log("a", tailLines=0).body == b""
        assert cluster.api.log("a", tailLines=100).body == whole

    def test_a_brake_on_bytes_counts_from_the_front_of_the_tail(self, cluster: Cluster) -> None:
        cluster.create("a", runs=True)
        assert cluster.api.log("a", tailLines=2, limitBytes=5).body == b"two\nt"

    def test_each_line_is_stamped_where_that_is_asked_for(self, cluster: Cluster) -> None:
        cluster.create("a", runs=True)
        stamped = cluster.api.log("a", timestamps="true").body.decode().splitlines()
        pattern = r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{1,9}Z) (.+)"
        read = [match.groups() for line in stamped if (match := re.fullmatch(pattern, line))]
        assert [text for _, text in read] == list(LINES)
        assert [at for at, _ in read] == sorted(at for at, _ in read)

    def test_a_previous_log_is_400_until_there_is_one(self, cluster: Cluster) -> None:
        cluster.create("a", runs=True)
        got = cluster.api.log("a", previous="true")
        assert got.code == 400
        assert refusal(got.document) == failure("BadRequest", 400)
        assert got.document["message"] == 'previous terminated container "app" in pod "a" not found'
        cluster.crash("a")
        got = cluster.api.log("a", previous="true", tailLines=1)
        assert (got.code, got.body) == (200, b"three\n")

    def test_a_container_that_never_ran_has_no_log_and_says_what_it_waits_for(self, cluster: Cluster) -> None:
        cluster.create_without_image("a")
        got = cluster.api.log("a")
        assert got.code == 400
        assert refusal(got.document) == failure("BadRequest", 400)
        waits, _, reason = got.document["message"].partition(": ")
        assert waits == 'container "app" in pod "a" is waiting to start'
        assert reason in {"image can't be pulled", "trying and failing to pull image"}

    def test_a_log_of_what_is_not_there_is_refused(self, cluster: Cluster) -> None:
        cluster.create("a", runs=True)
        got = cluster.api.log("a", container="none")
        assert refusal(got.document) == failure("BadRequest", 400)
        assert got.document["message"] == "container none is not valid for pod a"
        assert refusal(cluster.api.log("none").document) == failure("NotFound", 404)
