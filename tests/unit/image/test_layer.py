"""A layer's bytes are decided by names, links, contents and whether a file can be executed; by nothing else."""

import os
import tarfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from testbed.images.application.layer import write_layer

NAMES = st.text("abz-_.", min_size=1, max_size=8).filter(lambda name: name not in {".", ".."})


def tree(root: Path, files: dict[str, bytes]) -> Path:
    for name, content in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return root


def written(root: Path, owners: dict[str, int] | None = None) -> dict[str, tarfile.TarInfo]:
    target = root.with_name("layer.tar")
    write_layer(root, target, owners or {})
    with tarfile.open(target) as tar:
        return {member.name: member for member in tar}


@settings(max_examples=30)
@given(files=st.dictionaries(st.tuples(NAMES, NAMES).map(lambda pair: f"d{pair[0]}/f{pair[1]}"), st.binary(max_size=9)))
def test_the_order_times_and_modes_of_this_machine_do_not_matter(
    tmp_path_factory: pytest.TempPathFactory, files: dict[str, bytes]
) -> None:
    here = tmp_path_factory.mktemp("layers")
    one = tree(here / "one" / "root", files)
    before = os.umask(0o077)
    try:
        two = tree(here / "two" / "root", dict(reversed(files.items())))
    finally:
        os.umask(before)
    for path in (one, two):
        path.mkdir(parents=True, exist_ok=True)
    for path in two.rglob("*"):
        os.utime(path, (1, 1))
    for root in (one, two):
        write_layer(root, root.with_name("layer.tar"), {})
    assert one.with_name("layer.tar").read_bytes() == two.with_name("layer.tar").read_bytes()


def test_names_are_in_order_whatever_the_disk_thinks(tmp_path: Path) -> None:
    names = [f"{number * 7 % 40:02}" for number in range(40)]
    assert list(written(tree(tmp_path / "root", dict.fromkeys(names, b"")))) == sorted(names)
    folders = [
        name for name in written(tree(tmp_path / "other", {f"{name}/f": b"" for name in names})) if "/" not in name
    ]
    assert folders == sorted(names)


def test_a_changed_content_changes_the_layer(tmp_path: Path) -> None:
    written(tree(tmp_path / "root", {"a": b"1"}))
    before = (tmp_path / "layer.tar").read_bytes()
    written(tree(tmp_path / "root", {"a": b"2"}))
    assert (tmp_path / "layer.tar").read_bytes() != before


def test_all_is_roots_but_what_has_another_owner(tmp_path: Path) -> None:
    root = tree(tmp_path / "root", {"var/lib/data/keep": b"", "etc/passwd": b""})
    members = written(root, {"var/lib/data": 65532})
    assert (members["var/lib/data"].uid, members["var/lib/data"].gid) == (65532, 65532)
    assert {(member.uid, member.gid) for name, member in members.items() if name != "var/lib/data"} == {(0, 0)}


def test_a_folder_comes_before_what_is_in_it(tmp_path: Path) -> None:
    names = list(written(tree(tmp_path / "root", {"b/c/d": b"", "b/a": b"", "a": b""})))
    assert names == ["a", "b", "b/a", "b/c", "b/c/d"]


def test_everybody_may_write_temporary_files_and_nobody_anything_else(tmp_path: Path) -> None:
    root = tree(tmp_path / "root", {"tmp/x": b"", "usr/bin/run": b"", "usr/text": b""})
    (root / "usr/bin/run").chmod(0o700)
    (root / "usr/text").chmod(0o666)
    modes = {name: member.mode for name, member in written(root).items()}
    assert modes == {
        "tmp": 0o1777,
        "tmp/x": 0o644,
        "usr": 0o755,
        "usr/bin": 0o755,
        "usr/bin/run": 0o755,
        "usr/text": 0o644,
    }


def test_links_stay_links_to_folders_too(tmp_path: Path) -> None:
    root = tree(tmp_path / "root", {"usr/lib/x": b""})
    (root / "lib").symlink_to("usr/lib")
    (root / "broken").symlink_to("/nowhere")
    members = written(root)
    assert (members["lib"].issym(), members["lib"].linkname) == (True, "usr/lib")
    assert members["broken"].linkname == "/nowhere"
    assert "lib/x" not in members
