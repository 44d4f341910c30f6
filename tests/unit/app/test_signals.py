import signal
import threading
from collections.abc import Iterator

import pytest

from kubevigil.app.signals import on_stop_signal
from kubevigil.app.supervisor import Supervisor


@pytest.fixture(autouse=True)
def handlers_as_before() -> Iterator[None]:
    before = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_the_wait_with_code_0(number: signal.Signals) -> None:
    supervisor = Supervisor()
    on_stop_signal(supervisor.ask_to_stop)
    signal.raise_signal(number)
    supervisor.wait()
    assert supervisor.exit_code == 0


def test_a_signal_that_another_thread_took_ends_the_wait_too() -> None:
    supervisor = Supervisor()
    on_stop_signal(supervisor.ask_to_stop)

    def take() -> None:
        threading.Event().wait(0.3)  # by then the main thread waits
        signal.pthread_kill(threading.get_ident(), signal.SIGTERM)

    thread = threading.Thread(target=take)
    thread.start()
    supervisor.wait()
    thread.join()
    assert supervisor.exit_code == 0


def test_the_second_signal_is_not_held_up() -> None:
    asked: list[bool] = []
    on_stop_signal(lambda: asked.append(True))
    signal.raise_signal(signal.SIGTERM)
    assert asked == [True]
    assert signal.getsignal(signal.SIGTERM) is signal.SIG_DFL
    with pytest.raises(KeyboardInterrupt):
        signal.raise_signal(signal.SIGINT)
