"""From flags, environment and file to `Settings`: flag > environment > file > default, all faults told at once.

Only the value that wins is judged, so a flag gets past a broken file; names that nobody knows are always faults, as
they are most often a setting that does not do what its author thinks.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import Any, Final, NamedTuple

from kubevigil.app import secret_file, settings_file
from kubevigil.app.contradictions import contradictions
from kubevigil.app.declaring import ENVIRONMENT_PREFIX, Key, Surroundings
from kubevigil.app.errors import AppError, Fault
from kubevigil.app.kinds import Explained, Raw
from kubevigil.app.secret import Secret
from kubevigil.app.settings import KEYS, Settings

CONFIG_VARIABLE: Final = ENVIRONMENT_PREFIX + "CONFIG"
"""Names the file where no `--config` does."""

_FOR_THE_TESTBED: Final = ENVIRONMENT_PREFIX + "TESTBED"
"""The test cluster of a checkout reads these."""

_OF_A_SERVICE: Final = re.compile(
    r"\w+_SERVICE_(HOST|PORT(_\w+)?)=.*|\w+_PORT=[a-z]+://.*|\w+_PORT_[0-9]+_(TCP|UDP|SCTP)(_(PROTO|PORT|ADDR))?=.*"
)
"""A Service called `kubevigil` or `kubevigil-...` puts these into every pod of its namespace (Kubernetes, "Service",
environment variables). Were they faults, creating that Service would keep the exporter from starting."""

_BY_VARIABLE: Final = {key.variable: key for key in KEYS.values()}
_BY_FILE_VARIABLE: Final = {
    key.variable + secret_file.VARIABLE_SUFFIX: key for key in KEYS.values() if key.kind.is_secret
}
_SHOWN_AS_KEY: Final = {name: name for name in KEYS}
_SHOWN_AS_VARIABLE: Final = {key.field: key.variable for key in KEYS.values()}
"""What a name may have been meant for: compared without the prefix, which makes all variables alike."""


class SettingsError(AppError):
    """The settings cannot be used; `faults` holds all that is wrong, never empty."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        super().__init__("\n".join(fault.line() for fault in faults))
        self.faults = tuple(faults)


class Chosen(NamedTuple):
    """Where a setting's value is from: `flag --x`, `environment X`, `file PATH:LINE` or `default`."""

    key: Key
    source: str


class Loaded(NamedTuple):
    """The settings, and the source of each in the order of their declaration."""

    settings: Settings
    chosen: Sequence[Chosen]


class _Given(NamedTuple):
    key: Key
    source: str
    raw: Raw
    is_flag: bool = False


def load(flags: Mapping[str, Sequence[str]], surroundings: Surroundings, config: str | None = None) -> Loaded:
    """Settings from `flags` (key to the values it was given), the environment and the file `config`.

    Raises SettingsError with everything that is wrong.
    """
    faults: list[Fault] = []
    levels = [_from_flags(flags), _from_environment(surroundings.env, faults)]
    path = config if config is not None else surroundings.env.get(CONFIG_VARIABLE, "")
    if path or config is not None:
        levels.append(_from_file(Path(path), faults))
    chosen: dict[str, _Given] = {}
    for level in levels:
        chosen = _once_each(level, faults) | chosen
    values = {key.field: _value(key, chosen.get(key.name), surroundings, faults) for key in KEYS.values()}
    faults += contradictions(values, {name: given.source for name, given in chosen.items()})
    if faults:
        raise SettingsError(faults)
    told = [Chosen(key, chosen[name].source if name in chosen else "default") for name, key in KEYS.items()]
    return Loaded(Settings(**values), told)


def _from_flags(flags: Mapping[str, Sequence[str]]) -> list[_Given]:
    return [_Given(KEYS[name], f"flag {KEYS[name].flag}", raw, True) for name, raws in flags.items() for raw in raws]


def _from_environment(env: Mapping[str, str], faults: list[Fault]) -> list[_Given]:
    given = []
    for variable, raw in sorted(env.items()):
        if variable in _BY_VARIABLE:
            given.append(_Given(_BY_VARIABLE[variable], f"environment {variable}", raw))
        elif variable in _BY_FILE_VARIABLE:
            given += _from_secret_file(variable, raw, faults)
        elif _is_meant_for_us(variable, raw):
            name = variable.removeprefix(ENVIRONMENT_PREFIX).lower()
            faults.append(Fault(name, f"environment {variable}", None, _unknown(name, _SHOWN_AS_VARIABLE)))
    return given


def _from_secret_file(variable: str, path: str, faults: list[Fault]) -> list[_Given]:
    key, source = _BY_FILE_VARIABLE[variable], f"file {path} (environment {variable})"
    try:
        return [_Given(key, source, secret_file.read(Path(path)))]
    except secret_file.Unreadable as error:
        faults.append(Fault(key.name, source, None, str(error)))
        return []


def _is_meant_for_us(variable: str, raw: str) -> bool:
    if not variable.startswith(ENVIRONMENT_PREFIX) or variable == CONFIG_VARIABLE:
        return False
    return not variable.startswith(_FOR_THE_TESTBED) and _OF_A_SERVICE.fullmatch(f"{variable}={raw}") is None


def _from_file(path: Path, faults: list[Fault]) -> list[_Given]:
    entries, unreadable = settings_file.read(path)
    faults += unreadable
    faults += [Fault(e.key, e.source, None, _unknown(e.key, _SHOWN_AS_KEY)) for e in entries if e.key not in KEYS]
    return [_Given(KEYS[e.key], e.source, e.raw) for e in entries if e.key in KEYS]


def _unknown(name: str, known: Mapping[str, str]) -> str:
    """The value is never shown: a misspelt name may be that of a secret."""
    nearest = get_close_matches(name, known, n=1)
    return (
        f"unknown; did you mean {known[nearest[0]]}?"
        if nearest
        else "unknown; `kubevigil config show` lists all settings"
    )


def _once_each(level: Iterable[_Given], faults: list[Fault]) -> dict[str, _Given]:
    found: dict[str, _Given] = {}
    for given in level:
        first = found.setdefault(given.key.name, given)
        if first is not given:
            faults.append(Fault(given.key.name, given.source, None, f"given twice, first by {first.source}"))
    return found


def _value(key: Key, given: _Given | None, surroundings: Surroundings, faults: list[Fault]) -> Any:
    if given is None:
        return key.default_in(surroundings) if key.default_in else key.default
    try:
        value = key.kind.read(given.raw)
    except ValueError as error:
        why = f"{error}; " if isinstance(error, Explained) else ""
        faults.append(Fault(key.name, given.source, _visible(key, given.raw), f"{why}allowed: {key.kind.allowed}"))
        return key.default
    if given.is_flag and isinstance(value, Secret) and value.hides:
        advice = f"a secret on a command line is seen by every user; give it by {key.variable} or in the file"
        faults.append(Fault(key.name, given.source, str(value), advice))
    return value


def _visible(key: Key, raw: Raw) -> str:
    if key.kind.is_secret:
        return "***"
    return raw if isinstance(raw, str) else ", ".join(raw)
