"""Runs a Helm on the chart, without a cluster and without what the user has set for it, and reads what it prints."""

import json
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).parents[2]
CHART = ROOT / "charts" / "kubevigil"
CI = {path.stem.removesuffix("-values"): path for path in sorted((CHART / "ci").glob("*-values.yaml"))}
"""The example values by name."""

RELEASE = "vigil"
NAMESPACE = "monitoring"

Object = dict[str, Any]
Values = Mapping[str, Any]
NO_VALUES: Values = {}


class Reader(yaml.SafeLoader):
    """YAML as Helm and the API server read it: a plain `=` is text, and not the `value` type of YAML 1.1."""


Reader.add_constructor("tag:yaml.org,2002:value", Reader.construct_yaml_str)  # type: ignore[type-var]  # the stub wants one class


class Refused(Exception):
    """Helm ended with an error; the text is what it printed."""


@dataclass(frozen=True)
class Helm:
    """One Helm binary, with a home of its own."""

    binary: str
    home: Path
    kubeconfig: str = "/dev/null"
    namespace: str = NAMESPACE

    def objects(self, values: Values = NO_VALUES, *flags: str, release: str = RELEASE) -> "Objects":
        """What `helm template` renders."""
        return Objects(list(self._documents(["template", release, str(CHART), *flags], values)))

    def notes(self, values: Values = NO_VALUES, *flags: str) -> str:
        """What an installation tells the user."""
        return self.run(["install", RELEASE, str(CHART), "--dry-run=client", *flags], values).partition("NOTES:\n")[2]

    def run(self, arguments: list[str], values: Values | None = None) -> str:
        """Standard output. Raises Refused."""
        command = [self.binary, *arguments, "--namespace", self.namespace]
        command += ["--values", "-"] if values is not None else []
        environment = {"HOME": str(self.home), "KUBECONFIG": self.kubeconfig}
        done = subprocess.run(
            command, input=json.dumps(values), capture_output=True, text=True, env=environment, check=False
        )
        if done.returncode:
            raise Refused(done.stdout + done.stderr)
        return done.stdout

    def _documents(self, arguments: list[str], values: Values) -> Iterator[Object]:
        for document in yaml.load_all(self.run(arguments, values), Loader=Reader):
            if document is not None:
                yield document


class Objects(list[Object]):
    """Rendered objects."""

    def of(self, *kinds: str) -> list[Object]:
        return [item for item in self if item["kind"] in kinds]

    def one(self, kind: str) -> Object:
        (item,) = self.of(kind)
        return item

    def identities(self) -> list[tuple[str, str, str]]:
        """Kind, namespace and name of each: what may be in a cluster once."""
        return [(item["kind"], item["metadata"].get("namespace", ""), item["metadata"]["name"]) for item in self]

    def pod(self) -> Object:
        """The Deployment's pod template."""
        template: Object = self.one("Deployment")["spec"]["template"]
        return template

    def pods(self) -> list[Object]:
        """The templates: the Deployment's, and the Job's if there is one."""
        return [item["spec"]["template"] for item in self.of("Deployment", "Job")]

    def every_pod(self) -> list[Object]:
        """These, and the pod of `helm test`."""
        return [*self.pods(), *self.of("Pod")]

    def containers(self) -> list[Object]:
        """Of the Deployment and the Job."""
        return [container for pod in self.pods() for container in pod["spec"]["containers"]]

    def container(self, name: str = "kubevigil") -> Object:
        """The exporter's, or that of another name."""
        (container,) = [item for item in self.containers() if item["name"] == name]
        return container

    def settings(self) -> str:
        """The settings file."""
        (text,) = [item["data"]["settings.yaml"] for item in self.of("ConfigMap") if "settings.yaml" in item["data"]]
        return str(text)


def ci(name: str) -> Object:
    """The example values of that name."""
    values = yaml.safe_load(CI[name].read_text(encoding="utf-8"))
    assert isinstance(values, dict)
    return values


def nested(path: str, value: Any) -> Object:
    """`a.b` and a value as a map in a map."""
    for key in reversed(path.split(".")):
        value = {key: value}
    assert isinstance(value, dict)
    return value


def joined(first: Values, second: Values) -> Object:
    """Both, key by key; `second` goes before `first`."""
    both = dict(first)
    for key, value in second.items():
        inner = both.get(key)
        both[key] = joined(inner, value) if isinstance(inner, dict) and isinstance(value, dict) else value
    return both
