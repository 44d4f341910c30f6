"""How the sidecar signs its requests, and that a Secret that changes under it is taken over."""

import logging
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from kubevigil.app.declaring import Surroundings
from kubevigil.app.errors import Fault
from kubevigil.app.secret import Secret
from kubevigil.app.settings import Settings
from kubevigil.app.sink_credentials import AGAIN_SECONDS, FreshCredentials, credentials_of
from kubevigil.app.sources import SettingsError, load
from kubevigil.delivery.credentials import BadCredentials

WORD = "hunter2hunter2"


class Time:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def time() -> Time:
    return Time()


def user(password: str) -> Settings:
    return Settings(elasticsearch_username="kubevigil", elasticsearch_password=Secret(password))


def never() -> Settings:
    raise AssertionError("read although it was not time")


@pytest.mark.parametrize(
    ("settings", "kind", "authorization"),
    [
        pytest.param(Settings(), "none", "", id="none"),
        pytest.param(user("b"), "basic", "Basic a3ViZXZpZ2lsOmI=", id="basic"),
        pytest.param(Settings(elasticsearch_api_key=Secret("a2V5")), "API key", "ApiKey a2V5", id="key"),
        pytest.param(Settings(elasticsearch_bearer_token=Secret("t.o.k")), "bearer token", "Bearer t.o.k", id="token"),
        pytest.param(Settings(elasticsearch_aws_region="eu-west-1"), "AWS signature", "", id="aws"),
    ],
)
def test_each_way_of_signing_is_found_in_the_settings(settings: Settings, kind: str, authorization: str) -> None:
    found = credentials_of(settings)
    assert (found.kind, found.authorization) == (kind, authorization)


def test_credentials_are_used_for_a_while_before_the_settings_are_read_again(time: Time) -> None:
    fresh = FreshCredentials(user("old"), never, time)
    time.now += AGAIN_SECONDS - 0.1
    assert fresh().authorization == credentials_of(user("old")).authorization


def test_a_password_that_changed_is_used_once_it_is_time(time: Time) -> None:
    reads: list[float] = []

    def read() -> Settings:
        reads.append(time.now)
        return user(f"new at {time.now:.0f}")

    fresh = FreshCredentials(user("old"), read, time)
    for _ in range(3):
        time.now += AGAIN_SECONDS
        for _ in range(5):
            assert fresh().authorization == credentials_of(user(f"new at {time.now:.0f}")).authorization
    assert reads == [100.0 + AGAIN_SECONDS * n for n in (1, 2, 3)]


def settings_error() -> Settings:
    raise SettingsError([Fault("elasticsearch.password", "file /secret", None, "cannot be read")])


@pytest.mark.parametrize(
    "read",
    [
        pytest.param(settings_error, id="settings"),
        pytest.param(lambda: Settings(elasticsearch_api_key=Secret(f"{WORD}\n")), id="no header"),
        pytest.param(Settings, id="none any more"),
    ],
)
def test_what_cannot_be_used_leaves_the_old_ones_and_is_told_without_the_secret(
    read: Callable[[], Settings], time: Time, caplog: pytest.LogCaptureFixture
) -> None:
    fresh = FreshCredentials(user(WORD), read, time)
    time.now += AGAIN_SECONDS
    with caplog.at_level(logging.DEBUG):
        assert fresh().authorization == credentials_of(user(WORD)).authorization
    [record] = caplog.records
    assert record.message == "credentials not read again, using the old ones"
    assert WORD not in str(record.__dict__)


def test_one_bad_reading_does_not_end_the_readings(time: Time) -> None:
    fresh = FreshCredentials(user("old"), lambda: settings_error() if time.now < wrong_until else user("new"), time)
    time.now += AGAIN_SECONDS
    wrong_until = time.now + 1.0
    fresh()
    time.now += AGAIN_SECONDS
    assert fresh().authorization == credentials_of(user("new")).authorization


def test_what_no_header_can_hold_is_refused_at_the_start_and_not_shown(time: Time) -> None:
    with pytest.raises(BadCredentials) as refused:
        FreshCredentials(Settings(elasticsearch_bearer_token=Secret(f"{WORD} {WORD}")), never, time)
    assert WORD not in str(refused.value)


def test_however_many_ask_at_once_the_settings_are_read_once(time: Time) -> None:
    reads: list[Settings] = []

    def read() -> Settings:
        reads.append(user("new"))
        return reads[-1]

    fresh = FreshCredentials(user("old"), read, time)
    time.now += AGAIN_SECONDS
    with ThreadPoolExecutor(4) as threads:
        found = {one.authorization for one in threads.map(lambda _: fresh(), range(50))}
    assert found == {credentials_of(user("new")).authorization}
    assert len(reads) == 1


def test_a_file_that_is_replaced_is_taken_over_and_one_that_is_gone_is_not_missed(time: Time, tmp_path: Path) -> None:
    file = tmp_path / "password"
    environment = {
        "KUBEVIGIL_ELASTICSEARCH_HOSTS": "http://localhost:9200",
        "KUBEVIGIL_ELASTICSEARCH_USERNAME": "kubevigil",
        "KUBEVIGIL_ELASTICSEARCH_PASSWORD_FILE": str(file),
    }

    def read() -> Settings:
        return load({}, Surroundings(environment, False)).settings

    file.write_text("old\n", "utf-8")
    fresh = FreshCredentials(read(), read, time)
    file.with_suffix(".new").write_text("new\n", "utf-8")
    file.with_suffix(".new").replace(file)
    time.now += AGAIN_SECONDS
    assert fresh().authorization == credentials_of(user("new")).authorization
    for spoil in (lambda: file.write_bytes(b""), lambda: file.write_bytes(b"\xff"), file.unlink):
        spoil()
        time.now += AGAIN_SECONDS
        assert fresh().authorization == credentials_of(user("new")).authorization


def aws(service: str) -> Settings:
    return Settings(elasticsearch_aws_region="eu-west-1", elasticsearch_aws_service=service)


def test_those_for_aws_are_kept_since_they_renew_themselves_until_the_settings_say_otherwise(time: Time) -> None:
    service = "es"
    fresh = FreshCredentials(aws(service), lambda: aws(service), time)
    used = fresh()
    time.now += AGAIN_SECONDS
    assert fresh() is used
    service = "aoss"
    time.now += AGAIN_SECONDS
    assert fresh() == credentials_of(aws("aoss")) != used


def test_signing_for_aws_without_its_library_is_told_with_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in sys.modules if name.startswith("botocore") or name == "kubevigil.delivery.aws"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "botocore", None)
    with pytest.raises(SettingsError, match=r"elasticsearch.aws_region.*pip install 'kubevigil\[aws\]'"):
        credentials_of(aws("es"))
