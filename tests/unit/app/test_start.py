"""What the start of the exporter leaves undone until it is needed, and what it sets once."""

import subprocess
import sys

from kubevigil.app.cleaning import Cleaner
from kubevigil.crashes.redaction.builtin import DETECTORS, selected
from kubevigil.crashes.redaction.detector import Detector
from kubevigil.crashes.redaction.names import NAMES


def _printed(program: str) -> str:
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    return done.stdout.strip()


def test_the_names_of_the_detectors_are_theirs_in_their_order() -> None:
    assert tuple(DETECTORS) == NAMES


def test_a_cleaner_names_the_detectors_that_it_uses() -> None:
    own = Detector("own", lambda _: ())
    cleaner = Cleaner({"email", "iban"}, [own], lambda _, __: None)
    assert cleaner.names == selected({"email", "iban"}, [own]).names


def test_the_start_makes_no_detector_and_the_first_text_does() -> None:
    program = (
        "import sys\n"
        "import kubevigil.cli.run\n"
        "from kubevigil.app.cleaning import Cleaner\n"
        "cleaner = Cleaner((), (), lambda *_: None)\n"
        "made = 'kubevigil.crashes.redaction.builtin' in sys.modules\n"
        "print(made, cleaner.message('password=hunter2-swordfish', ''))\n"
    )
    assert _printed(program) == "False password=[REDACTED:password]"


def test_threads_take_short_turns_and_what_was_made_is_not_searched_for_garbage() -> None:
    program = (
        "import gc, sys\n"
        "from kubevigil.app import interpreter\n"
        "interpreter.settle()\n"
        "print(sys.getswitchinterval() < 0.005, gc.get_freeze_count() > 0, gc.isenabled())\n"
    )
    assert _printed(program) == "True True True"
