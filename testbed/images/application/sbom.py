"""The list of all packages in the image, as CycloneDX JSON, at a path that scanners of images look for."""

import json
from collections.abc import Iterable, Sequence
from typing import Final
from uuid import NAMESPACE_URL, UUID, uuid5

from cyclonedx.contrib.license.factories import LicenseFactory
from cyclonedx.model.bom import Bom, BomMetaData
from cyclonedx.model.component import Component, ComponentType
from cyclonedx.model.dependency import Dependency
from cyclonedx.output.json import JsonV1Dot6
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
from packageurl import PackageURL

from .errors import CannotBuildError
from .inventory import Identity, Package

PATH: Final = "usr/share/sbom/kubevigil.cdx.json"

_RELEASE: Final = "debian-12"


def document(application: str, packages: Sequence[Package]) -> str:
    """The SBOM of an image of `application` (a package's name). Raises CannotBuildError if the schema refuses it.

    The same packages give the same text: its serial number is made of them, and it has no time.
    """
    components = {package: _component(package, application) for package in packages}
    main = next(package for package in packages if (package.kind, package.name) == ("pypi", application))
    image = Component(type=ComponentType.CONTAINER, name=application, version=main.version, bom_ref="image")
    bom = Bom(
        components=components.values(),
        metadata=BomMetaData(component=image),
        dependencies=_dependencies(image, components),
        serial_number=_serial(packages),
    )
    told = json.loads(JsonV1Dot6(bom).output_as_string())
    del told["metadata"]["timestamp"]
    text = json.dumps(told, indent=1, sort_keys=True) + "\n"
    require_valid(text)
    return text


def require_valid(text: str) -> None:
    """Raises CannotBuildError unless `text` fits the schema of CycloneDX 1.6, and has nothing beside it."""
    if fault := JsonStrictValidator(SchemaVersion.V1_6).validate_str(text):
        raise CannotBuildError(f"the SBOM does not fit its schema: {fault}")


def listed(text: str) -> set[Identity]:
    """The packages in an SBOM."""
    urls = [PackageURL.from_string(component["purl"]) for component in json.loads(text)["components"]]
    return {(url.type, url.name, url.version or "") for url in urls}


def _component(package: Package, application: str) -> Component:
    url = _package_url(package)
    return Component(
        type=ComponentType.APPLICATION if package.name == application else ComponentType.LIBRARY,
        name=package.name,
        version=package.version,
        purl=url,
        bom_ref=url.to_string(),
        licenses=[LicenseFactory().make_from_string(package.license)] if package.license else [],
    )


def _package_url(package: Package) -> PackageURL:
    if package.kind != "deb":
        return PackageURL(package.kind, None, package.name, package.version)
    about = {"arch": package.architecture, "distro": _RELEASE}
    return PackageURL("deb", "debian", package.name, package.version, about)


def _dependencies(image: Component, components: dict[Package, Component]) -> Iterable[Dependency]:
    """Each package with those that it needs, and the image with those that no other one needs."""
    named = {(package.kind, package.name): component for package, component in components.items()}
    needed = {(package.kind, need) for package in components for need in package.needs if need != package.name}
    yield Dependency(image.bom_ref, [Dependency(named[key].bom_ref) for key in named if key not in needed])
    for package, component in components.items():
        needs = [named[package.kind, need] for need in package.needs if (package.kind, need) in named]
        yield Dependency(component.bom_ref, [Dependency(need.bom_ref) for need in needs])


def _serial(packages: Iterable[Package]) -> UUID:
    return uuid5(NAMESPACE_URL, repr(sorted(packages)))
