"""`docs/settings.md`, written from the declarations themselves, so that it cannot differ from what is read."""

from kubevigil.app.declaring import ENVIRONMENT_PREFIX, Key
from kubevigil.app.secret_file import VARIABLE_SUFFIX
from kubevigil.app.settings import KEYS, Settings, shown
from kubevigil.app.sources import CONFIG_VARIABLE

_DEFAULTS = Settings()
_SECRET = next(key for key in KEYS.values() if key.kind.is_secret)


def page() -> str:
    """The page as Markdown."""
    parts = [
        "# Settings\n",
        "Written by `make docs`. Keys, flags and variables are public: they change with a decision record only.\n",
        (
            "A flag goes before the environment, the environment before the file, the file before the default. The file is YAML, "
            f"named by `--config FILE` or `{CONFIG_VARIABLE}`; nested maps stand for dots (`pods.info` is `info` under `pods`), "
            "and a key without a value has its default. `kubevigil config show` tells every value and where it is from.\n"
        ),
        (
            "All that is wrong is told at once, a line each, with exit code 2. Unknown keys of the file and unknown variables "
            f"that start with `{ENVIRONMENT_PREFIX}` are faults too, but for those that Kubernetes makes of a Service "
            "(`..._SERVICE_HOST`, `..._PORT` and the like).\n"
        ),
        (
            f"A secret may also stand in a file of its own, as Kubernetes mounts them: `{_SECRET.variable}{VARIABLE_SUFFIX}` "
            f"names the file that holds what `{_SECRET.variable}` would.\n"
        ),
        "| key | default | allowed | meaning |\n| --- | --- | --- | --- |",
        *map(_row, KEYS.values()),
        "\n## Names elsewhere\n",
        "| key | flag | variable |\n| --- | --- | --- |",
        *(f"| `{key.name}` | `{key.flag}` | `{key.variable}` |" for key in KEYS.values()),
        "\n## An example of the file\n",
        "```yaml\ncluster_name: europe-1\nnamespaces: [shop, payments]\nrecords:\n  retention: 14d\n```\n",
    ]
    return "\n".join(parts)


def default_of(key: Key) -> str:
    """The default in words."""
    value = shown(_DEFAULTS, key)
    return key.default_words or f"`{', '.join(value) if isinstance(value, list) else value}`"


def _row(key: Key) -> str:
    return _cells(f"`{key.name}`", default_of(key), key.kind.allowed, key.help)


def _cells(*cells: str) -> str:
    return f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |"
