"""What is built again, what is not, and what ends a build with a message."""

import os
import subprocess
import zipfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from testbed.images.application import build, debian, filesystem, wheels
from testbed.images.application.build import Build
from testbed.images.application.errors import CannotBuildError
from testbed.images.application.interpreter import Interpreter, outside

BOOKWORM = 'PRETTY_NAME="Debian"\nVERSION_ID="12"\nID=debian\n'


class Recorded(Interpreter):
    """An interpreter that keeps what it was told to run."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.told: list[str] = []

    def run(self, *arguments: str | Path) -> None:
        self.told = [str(argument) for argument in arguments]


def test_a_layer_that_is_kept_is_not_made_again(tmp_path: Path) -> None:
    made = []

    def make(at: Path) -> None:
        made.append(at)
        at.write_text("layer", encoding="utf-8")

    kept = [Build(tmp_path, tmp_path)._kept("layer-1.tar", make) for _ in range(2)]
    assert kept == [tmp_path / "layer-1.tar"] * 2
    assert len(made) == 1


def test_a_layer_that_could_not_be_made_leaves_nothing(tmp_path: Path) -> None:
    def fail(at: Path) -> None:
        at.write_text("half", encoding="utf-8")
        raise CannotBuildError("disk full")

    with pytest.raises(CannotBuildError):
        Build(tmp_path, tmp_path)._kept("layer-1.tar", fail)
    assert list(tmp_path.iterdir()) == []


def test_of_each_kind_the_ones_used_last_stay_and_what_a_killed_build_left_goes(tmp_path: Path) -> None:
    for age in range(build._KEPT + 2):
        for kind in ("dependencies", "application"):
            path = tmp_path / f"{kind}-{age}.tar"
            path.write_text("", encoding="utf-8")
            os.utime(path, (1000 - age, 1000 - age))
    (tmp_path / "unfinished-x").mkdir()
    (tmp_path / ".lock").write_text("", encoding="utf-8")
    Build(tmp_path, tmp_path)._forget()
    stay = {f"{kind}-{age}.tar" for age in range(build._KEPT) for kind in ("dependencies", "application")}
    assert {path.name for path in tmp_path.iterdir()} == stay | {".lock"}


def test_what_was_used_again_is_the_newest(tmp_path: Path) -> None:
    kept = tmp_path / "application-1.tar"
    kept.write_text("", encoding="utf-8")
    os.utime(kept, (1, 1))
    Build(tmp_path, tmp_path)._kept(kept.name, Path.touch)
    assert kept.stat().st_mtime > 1


@pytest.mark.parametrize("old_lists", [False, True])
def test_lists_of_apt_that_are_missing_or_old_are_fetched_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, old_lists: bool
) -> None:
    done: list[str] = []

    def resolve() -> str:
        if "update" not in done and not old_lists:
            raise CannotBuildError("unable to locate package")
        return "versions"

    def make(at: Path) -> None:
        if "update" not in done:
            raise CannotBuildError("404 not found")
        at.mkdir()

    monkeypatch.setattr(debian, "resolve", resolve)
    monkeypatch.setattr(debian, "update", lambda: done.append("update"))
    monkeypatch.setattr(build, "_make_base", make)
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    _, base = Build(tmp_path, tmp_path)._base()
    assert base.is_dir()
    assert done == ["update"]


@pytest.mark.parametrize("changed", ["README.md", "exporter/kubevigil/new.py", "exporter/kubevigil/py.typed"])
def test_each_file_of_our_wheel_is_part_of_the_layers_key(tmp_path: Path, changed: str) -> None:
    for name in ("pyproject.toml", "README.md", "LICENSE", "exporter/kubevigil/py.typed"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("", encoding="utf-8")
    before = build._key([*Build(tmp_path, tmp_path)._source()])
    (tmp_path / "exporter/kubevigil/__pycache__").mkdir()
    (tmp_path / "exporter/kubevigil/__pycache__/a.pyc").write_bytes(b"\xff")
    assert build._key([*Build(tmp_path, tmp_path)._source()]) == before
    (tmp_path / changed).write_text("x", encoding="utf-8")
    assert build._key([*Build(tmp_path, tmp_path)._source()]) != before


def test_moving_text_from_one_part_of_a_key_to_the_next_changes_it() -> None:
    assert build._key(["ab", "c"]) != build._key(["a", "bc"])


PINNED = (
    "alpha==1 \\\n    --hash=sha256:aa\n    # via kubevigil\n"
    "jsonnet==2 \\\n    --hash=sha256:bb \\\n    --hash=sha256:cc\n    # via kubevigil\n"
    "jsonnet-more==3 \\\n    --hash=sha256:dd\n"
)


def listed(folder: Path) -> Path:
    path = folder / "runtime.txt"
    path.write_text(PINNED, encoding="utf-8")
    return path


def test_requirements_are_installed_by_their_hashes_as_they_are_listed(tmp_path: Path) -> None:
    python = Recorded(tmp_path)
    wheels.install_requirements(python, Path("/pip.whl"), listed(tmp_path), tmp_path, "x86_64")
    assert python.told[:2] == ["/pip.whl/pip", "install"]
    assert {"--require-hashes", "--no-deps", "--only-binary"} <= set(python.told)
    assert python.told[-2] == "--requirement"
    assert Path(python.told[-1]).read_text(encoding="utf-8") == PINNED


def test_what_has_no_wheel_for_a_machine_is_made_of_its_pinned_source(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    python, commands = Recorded(tmp_path), []

    def ran(command: list[str | Path], **_: object) -> "subprocess.CompletedProcess[str]":
        commands.append([str(part) for part in command])
        return subprocess.CompletedProcess(command, 0, "", "")

    monkeypatch.setattr(subprocess, "run", ran)
    wheels.install_requirements(python, Path("/pip.whl"), listed(tmp_path), tmp_path, "aarch64")
    (command,) = commands
    assert {"wheel", "--require-hashes", "--no-deps"} <= set(command)
    assert (
        Path(command[-1]).read_text(encoding="utf-8")
        == PINNED[PINNED.index("jsonnet==") : PINNED.index("jsonnet-more")]
    )
    assert python.told[-4:] == ["--no-index", "--find-links", str(tmp_path), "jsonnet==2"]


@given(
    st.lists(st.sampled_from(["a", "jsonnet", "jsonnet-more", "z"]), unique=True),
    st.sets(st.sampled_from(["a", "jsonnet"])),
)
def test_no_requirement_and_no_hash_is_lost_where_they_are_divided(names: list[str], apart: set[str]) -> None:
    blocks = {name: f"{name}==1 \\\n    --hash=sha256:{name}\n    # via x\n" for name in names}
    compiled, others = wheels.divided("# a head\n" + "".join(blocks.values()), apart)
    assert compiled == "".join(blocks[name] for name in names if name in apart)
    assert others == "# a head\n" + "".join(blocks[name] for name in names if name not in apart)


def test_our_wheel_is_installed_alone_and_by_name_from_the_folder_where_it_was_built(tmp_path: Path) -> None:
    python = Recorded(tmp_path)
    root = wheels.install_application(
        python, Path("/p"), Path("/made/kubevigil-0.1.0-py3-none-any.whl"), Path("/stage")
    )
    assert python.told[-6:] == ["--no-index", "--find-links", "/made", "--root", "/stage", "kubevigil==0.1.0"]
    assert "--no-deps" in python.told
    assert root == Path(f"/stage{tmp_path}")


def test_our_wheel_holds_our_package_alone_and_its_build_leaves_the_checkout_as_it_was(tmp_path: Path) -> None:
    project = tmp_path / "project"
    for name, text in {
        "pyproject.toml": (
            '[build-system]\nrequires = ["setuptools"]\nbuild-backend = "setuptools.build_meta"\n'
            '[project]\nname = "kubevigil"\nversion = "1"\nreadme = "README.md"\n'
            'dependencies = ["elsewhere @ file:///nonexistent/elsewhere-1-py3-none-any.whl"]\n'
            '[tool.setuptools.packages.find]\nwhere = ["exporter"]\n'
        ),
        "README.md": "",
        "LICENSE": "",
        "exporter/kubevigil/__init__.py": "",
        "exporter/kubevigil/__pycache__/__init__.cpython-311.pyc": "",
    }.items():
        (project / name).parent.mkdir(parents=True, exist_ok=True)
        (project / name).write_text(text, encoding="utf-8")
    before = sorted(project.rglob("*"))
    wheel = wheels.build_wheel(project, tmp_path)
    assert wheel.name == "kubevigil-1-py3-none-any.whl"
    modules = [name for name in zipfile.ZipFile(wheel).namelist() if "dist-info" not in name]
    assert modules == ["kubevigil/__init__.py"]
    assert sorted(project.rglob("*")) == before


def test_a_wheel_that_cannot_be_built_says_why(tmp_path: Path) -> None:
    project = tmp_path / "project"
    (project / "exporter/kubevigil").mkdir(parents=True)
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        (project / name).write_text("[project]\nname = 'kubevigil'\n", encoding="utf-8")
    with pytest.raises(CannotBuildError, match=r"must contain.*version"):
        wheels.build_wheel(project, tmp_path)


def test_bytecode_trusts_itself_and_names_files_as_the_image_has_them(tmp_path: Path) -> None:
    python = Recorded(tmp_path)
    wheels.compile_modules(python, tmp_path, "usr/lib/python3.11")
    told = " ".join(python.told)
    assert "--invalidation-mode unchecked-hash" in told
    assert told.endswith(f"-s {tmp_path} -p / {tmp_path}/usr/lib/python3.11")


def test_a_library_that_the_loader_finds_outside_of_the_image_or_nowhere_is_told() -> None:
    listed = (
        "\tlinux-vdso.so.1 (0x00007ffd)\n"
        "\tlibc.so.6 => /cache/root/usr/lib/libc.so.6 (0x00007f)\n"
        "\tlibstdc++.so.6 => /lib/x86_64-linux-gnu/libstdc++.so.6 (0x00007f)\n"
        "\tlibdb-5.3.so => not found\n"
        "\tlibz.so.1 => /cache/root2/libz.so.1 (0x00007f)\n"
    )
    assert outside(listed, Path("/cache/root")) == ["libstdc++.so.6", "libdb-5.3.so", "libz.so.1"]


def test_another_release_than_the_one_of_the_packages_is_refused_with_a_way_out() -> None:
    debian.require_release(BOOKWORM)
    for other in (BOOKWORM.replace("12", "13"), BOOKWORM.replace("debian", "ubuntu"), ""):
        with pytest.raises(CannotBuildError, match="Containerfile"):
            debian.require_release(other)


def test_the_store_finds_its_library_and_connections_their_certificates() -> None:
    assert {"libsqlite3-0", "libssl3", "ca-certificates"} <= set(debian.PACKAGES)
    assert list(debian.PACKAGES) == sorted(debian.PACKAGES)


def packages(root: Path) -> None:
    """Some of what Debian's packages would leave, where they would."""
    for name, text in {
        "usr/share/ca-certificates/mozilla/b.crt": "B\n",
        "usr/share/ca-certificates/mozilla/a.crt": "A\n",
        "usr/share/doc/libc6/copyright": "free\n",
        "usr/share/doc/libc6/changelog.gz": "long\n",
        "usr/share/man/man1/x.1": "x\n",
        "lib/x86_64-linux-gnu/libc.so.6": "c\n",
        "usr/lib/python3.11/lib-dynload/readline.cpython-311-x86_64-linux-gnu.so": "r\n",
        "usr/lib/python3.11/lib-dynload/_sqlite3.cpython-311-x86_64-linux-gnu.so": "s\n",
    }.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text, encoding="utf-8")


def test_a_root_file_system_has_users_certificates_and_an_empty_data_folder(tmp_path: Path) -> None:
    filesystem.prepare(tmp_path)
    packages(tmp_path)
    filesystem.finish(tmp_path, ["Package: b\nVersion: 1\n", "Package: a\nVersion: 2\n"])
    assert (tmp_path / "etc/ssl/certs/ca-certificates.crt").read_text(encoding="ascii") == "A\nB\n"
    assert f"nonroot:x:{filesystem.USER}:" in (tmp_path / "etc/passwd").read_text(encoding="ascii")
    status = (tmp_path / "var/lib/dpkg/status").read_text(encoding="ascii").splitlines()
    assert [line for line in status if line.startswith("Package")] == ["Package: a", "Package: b"]
    assert list((tmp_path / filesystem.DATA).iterdir()) == []


def test_what_nobody_reads_goes_and_copyrights_stay(tmp_path: Path) -> None:
    filesystem.prepare(tmp_path)
    packages(tmp_path)
    filesystem.finish(tmp_path, [])
    there = {path.name for path in tmp_path.rglob("*") if path.is_file()}
    assert {"copyright", "libc.so.6", "_sqlite3.cpython-311-x86_64-linux-gnu.so"} <= there
    assert not there & {"changelog.gz", "x.1", "readline.cpython-311-x86_64-linux-gnu.so"}
    assert (tmp_path / "usr/lib/x86_64-linux-gnu/libc.so.6").is_file()
