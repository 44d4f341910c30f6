"""Where a check's workflow comes from, and what is not read."""

import json
from pathlib import Path

import pytest

from kubevigil.healthchecks.manifest import BadTemplate
from kubevigil.healthchecks.spec import File, Inline, Source, Url
from kubevigil.healthchecks.templates import LONGEST, Templates

WORKFLOW = {"kind": "Workflow", "spec": {"entrypoint": "main"}}
TEXT = json.dumps(WORKFLOW)


def parse(text: bytes) -> object:
    return json.loads(text)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "templates").mkdir()
    (tmp_path / "secret").write_text(TEXT)
    (tmp_path / "templates" / "dns.json").write_text(TEXT)
    (tmp_path / "templates" / "way-out").symlink_to(tmp_path / "secret")
    return tmp_path / "templates"


def fetched(address: str, verify: bool) -> bytes:
    if address != "https://ours.test/a":
        raise ValueError(f"{address} is not ours")
    return TEXT.encode() if verify else b"{}"


def test_each_source_gives_the_workflow(folder: Path) -> None:
    templates = Templates(parse, folder, fetched)
    for source in (Inline(TEXT), File("dns.json"), File(str(folder / "dns.json")), Url("https://ours.test/a")):
        assert templates.of(source) == WORKFLOW
    assert templates.of(Url("https://ours.test/a", verify=False)) == {}


@pytest.mark.parametrize(
    ("source", "words"),
    [
        (Inline("{"), "source.inline is no YAML"),
        (Inline("x" * (LONGEST + 1)), "are the most"),
        (File("../secret"), "leads out of"),
        (File("way-out"), "leads out of"),
        (File("/etc/passwd"), "leads out of"),
        (File("none.json"), "cannot be read: No such file"),
        (File("."), "cannot be read"),
        (File("a\0b"), "cannot be read"),
        (Url("https://theirs.test/"), "is not ours"),
    ],
    ids=lambda value: value if isinstance(value, str) else type(value).__name__,
)
def test_what_cannot_be_had_is_told(folder: Path, source: Source, words: str) -> None:
    with pytest.raises(BadTemplate, match=words):
        Templates(parse, folder, fetched).of(source)


@pytest.mark.parametrize(("source", "key"), [(File("dns.json"), "templates_dir"), (Url("https://a.test"), "url_hosts")])
def test_a_source_that_is_not_switched_on_names_its_switch(source: Source, key: str) -> None:
    with pytest.raises(BadTemplate, match=f"checks.{key}"):
        Templates(parse).of(source)


def test_a_long_file_is_not_read_whole(folder: Path) -> None:
    (folder / "long").write_bytes(b" " * (LONGEST + 5))
    with pytest.raises(BadTemplate, match=f"has {LONGEST + 1:,} bytes"):
        Templates(parse, folder).of(File("long"))
