from kubevigil.app.audit import audit
from kubevigil.app.words import code, why
from kubevigil.demo.truth import TrueEnd
from kubevigil.model.record import Record, RecordedContainer, RecordedTermination, TerminationClass, Workload


def end(uid: str, container: str = "app", *, shown: bool = True) -> TrueEnd:
    return TrueEnd("shop", "p", uid, container, "id", 0, 1, "Error", "error", 0.0, shown=shown)


def record(id_: str, uid: str, container: str = "app", **termination: object) -> Record:
    told = {"class_": TerminationClass.ERROR, "observed_at": id_, **termination}
    return Record(
        id=id_,
        cluster="demo",
        namespace="shop",
        pod="p",
        pod_uid=uid,
        node="n",
        workload=Workload("Deployment", "web"),
        container=RecordedContainer(container, "app"),
        termination=RecordedTermination(**told),  # type: ignore[arg-type]
    )


def test_a_lost_end_and_a_doubled_one_do_not_cancel_out() -> None:
    verdict = audit([end("a"), end("b")], [record("1", "a"), record("2", "a")])
    assert (verdict.expected, verdict.seen, verdict.lost, verdict.doubled) == (2, 2, 1, 1)


def test_an_end_that_the_api_never_showed_is_not_expected() -> None:
    assert audit([end("a", shown=False)], []).lost == 0


def test_a_record_whose_details_came_later_counts_once_with_its_details() -> None:
    late = record("1", "a", exit_code=3)
    verdict = audit([end("a")], [record("1", "a"), late])
    assert verdict.terminations == [late]
    assert verdict.doubled == 0


def test_why_tells_the_cause_in_words_and_the_end_of_a_long_message() -> None:
    assert why(record("1", "a", class_=TerminationClass.OOM)) == "out of memory"
    assert why(record("1", "a", exit_code=127)) == "the command was not found"
    assert why(record("1", "a", exit_code=137, signal="SIGKILL")) == "killed"
    long = why(record("1", "a", message="first\n" + "x" * 200 + " no such file", exit_code=1))
    assert long.startswith("ended with an error: …x")
    assert long.endswith("no such file")


def test_the_code_carries_the_name_of_the_signal() -> None:
    assert code(record("1", "a", exit_code=137, signal="SIGKILL")) == "137 SIGKILL"
    assert code(record("1", "a")) == ""
