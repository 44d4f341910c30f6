"""The SBOM lists every package that the image holds, and is valid."""

import json
from pathlib import Path
from typing import Any

import pytest
from cyclonedx.output.json import JsonV1Dot6
from hypothesis import given
from hypothesis import strategies as st
from testbed.images.application import filesystem, inventory, sbom
from testbed.images.application.errors import CannotBuildError
from testbed.images.application.inventory import Package
from testbed.images.application.layer import write_layer

SITE = "usr/local/lib/python3.11/dist-packages"
STATUS = """Package: libssl3
Status: install ok installed
Architecture: amd64
Version: 3.0.22-1~deb12u2
Depends: libc6 (>= 2.34)
Description: a library
 with more lines

Package: libc6
Status: install ok installed
Architecture: amd64
Version: 1:2.36-9+deb12u14
Pre-Depends: tool:any | other

"""
OURS = (
    "Metadata-Version: 2.4\nName: Kubevigil\nVersion: 0.1.0\nLicense-Expression: Apache-2.0\nRequires-Dist: PyYAML>=6\n"
)
YAML = "Name: PyYAML\nVersion: 6.0.3\nLicense: MIT\nRequires-Dist: cython; extra == 'build'\n"
FILES = {
    "var/lib/dpkg/status": STATUS,
    f"{SITE}/kubevigil-0.1.0.dist-info/METADATA": OURS,
    f"{SITE}/kubevigil-0.1.0.dist-info/INSTALLER": "pip\n",
    f"{SITE}/PyYAML-6.0.3.dist-info/METADATA": YAML,
    f"{SITE}/PyYAML-6.0.3.dist-info/INSTALLER": "pip\n",
}
PACKAGES = inventory.packages(FILES)


def without(files: dict[str, str], part: str) -> dict[str, str]:
    return {path: text for path, text in files.items() if part not in path}


def test_it_lists_debians_packages_and_pythons() -> None:
    listed = sbom.listed(sbom.document("kubevigil", PACKAGES))
    assert listed == {
        ("deb", "libssl3", "3.0.22-1~deb12u2"),
        ("deb", "libc6", "1:2.36-9+deb12u14"),
        ("pypi", "kubevigil", "0.1.0"),
        ("pypi", "pyyaml", "6.0.3"),
    }
    inventory.require_all(listed, FILES)


@pytest.mark.parametrize("lost", PACKAGES)
def test_a_package_that_it_lacks_ends_the_build(lost: Package) -> None:
    listed = {package[:3] for package in PACKAGES if package != lost}
    with pytest.raises(CannotBuildError, match=lost.name):
        inventory.require_all(listed, FILES)


def test_another_version_than_the_installed_one_ends_the_build() -> None:
    listed = {("pypi", "pyyaml", "6.0.2") if package.name == "pyyaml" else package[:3] for package in PACKAGES}
    with pytest.raises(CannotBuildError, match=r"6\.0\.3"):
        inventory.require_all(listed, FILES)


def test_a_package_that_declares_nothing_but_left_its_folder_ends_the_build() -> None:
    mute = without(FILES, "PyYAML-6.0.3.dist-info/METADATA")
    listed = sbom.listed(sbom.document("kubevigil", inventory.packages(mute)))
    with pytest.raises(CannotBuildError, match="pyyaml"):
        inventory.require_all(listed, mute)


def test_a_requirement_of_ours_that_was_not_locked_ends_the_build() -> None:
    inventory.require_needs("kubevigil", PACKAGES)
    unlocked = [package for package in PACKAGES if package.name != "pyyaml"]
    with pytest.raises(CannotBuildError, match=r"pyyaml.*make lock"):
        inventory.require_needs("kubevigil", unlocked)


def test_who_needs_whom_is_told_and_an_extra_is_no_need() -> None:
    needs = {package.name: package.needs for package in PACKAGES}
    assert needs == {"kubevigil": ("pyyaml",), "pyyaml": (), "libssl3": ("libc6",), "libc6": ("other", "tool")}
    told = json.loads(sbom.document("kubevigil", PACKAGES))
    edges = {edge["ref"]: edge.get("dependsOn", []) for edge in told["dependencies"]}
    assert edges["image"] == [
        "pkg:deb/debian/libssl3@3.0.22-1~deb12u2?arch=amd64&distro=debian-12",
        "pkg:pypi/kubevigil@0.1.0",
    ]
    assert edges["pkg:pypi/kubevigil@0.1.0"] == ["pkg:pypi/pyyaml@6.0.3"]


def test_licenses_are_told_where_a_machine_can_read_them() -> None:
    told = json.loads(sbom.document("kubevigil", PACKAGES))
    licenses = {component["name"]: component.get("licenses") for component in told["components"]}
    assert licenses["kubevigil"] == [{"license": {"id": "Apache-2.0"}}]
    assert licenses["libc6"] is None


@pytest.mark.parametrize("text", ["UNKNOWN", "", "The whole text\n of a license", "x" * 61])
def test_a_license_that_is_a_text_is_left_out(text: str) -> None:
    folded = text.replace("\n", "\n ")
    [package] = inventory.packages({f"{SITE}/a-1.dist-info/METADATA": f"Name: a\nVersion: 1\nLicense: {folded}\n"})
    assert package.license == ""


def test_the_same_packages_give_the_same_text_and_others_another_serial_number() -> None:
    one, two = (sbom.document("kubevigil", packages) for packages in (PACKAGES, list(reversed(PACKAGES))))
    assert one == two
    more = [*PACKAGES, Package("pypi", "more", "1")]
    assert json.loads(sbom.document("kubevigil", more))["serialNumber"] != json.loads(one)["serialNumber"]


# Debian Policy 5.6.1 and 5.6.12
DEBIAN_NAMES = st.from_regex(r"[a-z0-9][a-z0-9+.-]+", fullmatch=True)
DEBIAN_VERSIONS = st.from_regex(r"([0-9]+:)?[0-9][A-Za-z0-9.+~-]*", fullmatch=True)


@given(name=DEBIAN_NAMES, version=DEBIAN_VERSIONS, license_=st.text(max_size=60))
def test_every_name_and_version_comes_back_whatever_its_license_says(name: str, version: str, license_: str) -> None:
    odd = Package("deb", name, version, "amd64", license_)
    listed = sbom.listed(sbom.document("kubevigil", [Package("pypi", "kubevigil", "1"), odd]))
    assert listed == {("deb", name, version), ("pypi", "kubevigil", "1")}


def test_a_document_outside_of_the_schema_ends_the_build() -> None:
    with pytest.raises(CannotBuildError, match="schema"):
        sbom.require_valid('{"bomFormat": "CycloneDX", "specVersion": "1.6", "components": [{"name": "no type"}]}')


def test_what_the_library_writes_is_checked_against_the_schema(monkeypatch: pytest.MonkeyPatch) -> None:
    class Careless(JsonV1Dot6):
        def output_as_string(self, *, indent: Any = None, **about: Any) -> str:
            return super().output_as_string(indent=indent, **about).replace('"library"', '"book"')

    monkeypatch.setattr(sbom, "JsonV1Dot6", Careless)
    with pytest.raises(CannotBuildError, match="schema"):
        sbom.document("kubevigil", PACKAGES)


def test_a_layer_declares_the_same_as_its_tree(tmp_path: Path) -> None:
    root = tmp_path / "root"
    for name, text in FILES.items() | {("etc/status", "not Debian's"), ("usr/METADATA", "nobody's")}:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text, encoding="utf-8")
    write_layer(root, tmp_path / "layer.tar", {})
    assert inventory.declared_in_tree(root) == inventory.declared_in_layer(tmp_path / "layer.tar") == FILES


def test_what_debian_says_of_a_package_becomes_an_entry_of_its_list() -> None:
    entry = filesystem.installed("Package: libc6\nVersion: 2.36\nArchitecture: amd64\n")
    assert inventory.packages({"var/lib/dpkg/status": entry}) == [Package("deb", "libc6", "2.36", "amd64")]
    assert "Status: install ok installed\n" in entry


@pytest.mark.parametrize("spelling", ["ruamel.yaml", "Ruamel_Yaml", "ruamel-_.YAML"])
def test_every_spelling_of_a_python_package_is_one_name(spelling: str) -> None:
    assert inventory.normal(spelling) == "ruamel-yaml"
