"""Health checks in what the chart renders: off unless asked for, and then all that belongs to them."""

from pathlib import Path

import yaml
from charts.generate import crd

from kubevigil.app.declaring import Surroundings
from kubevigil.app.settings import Settings
from kubevigil.app.sources import load

from .helm import CHART, Helm, Values, ci, joined

ON: Values = {"healthchecks": {"enabled": True}}
TEMPLATES: Values = joined(ON, {"healthchecks": {"templates": {"existingConfigMap": "check-workflows"}}})
FOLDER = "/etc/kubevigil/templates"


def test_a_bare_installation_runs_no_checks_and_has_no_right_to(helm: Helm, tmp_path: Path) -> None:
    objects = helm.objects()
    assert _read(objects.settings(), tmp_path).healthchecks == "off"
    assert objects.of("CustomResourceDefinition", "Role") == []
    assert "argoproj.io" not in str(objects.of("ClusterRole"))


def test_one_value_makes_the_setting_the_kind_the_rights_and_the_lease(helm: Helm, tmp_path: Path) -> None:
    objects = helm.objects(ON)
    assert _read(objects.settings(), tmp_path).healthchecks == "on"
    assert objects.one("CustomResourceDefinition")["metadata"]["name"] == f"healthchecks.{crd.GROUP}"
    assert "argoproj.io" in str(objects.one("ClusterRole"))
    assert "leases" in str(objects.one("Role"))


def test_the_kind_is_the_generated_one_and_helm_never_deletes_it(helm: Helm) -> None:
    made = helm.objects(ON).one("CustomResourceDefinition")
    written = yaml.safe_load((CHART / crd.FILE).read_text(encoding="utf-8"))
    assert made["spec"] == written["spec"]
    assert made["metadata"]["annotations"] == {"helm.sh/resource-policy": "keep"}


def test_the_kind_can_be_somebody_elses_to_make(helm: Helm) -> None:
    values = joined(ON, {"healthchecks": {"crd": {"create": False}}})
    assert helm.objects(values).of("CustomResourceDefinition") == []


def test_workflows_in_a_config_map_are_mounted_where_the_setting_says(helm: Helm, tmp_path: Path) -> None:
    objects = helm.objects(joined(TEMPLATES, {"config": {"elasticsearch": {"hosts": ["https://es.test:9200"]}}}))
    assert _read(objects.settings(), tmp_path).checks_templates_dir == FOLDER
    mount = {"name": "templates", "mountPath": FOLDER, "readOnly": True}
    assert mount in objects.container()["volumeMounts"]
    assert mount not in objects.container("ship")["volumeMounts"]
    volume = {"name": "templates", "configMap": {"name": "check-workflows", "optional": True}}
    assert volume in objects.pod()["spec"]["volumes"]


def test_turned_off_nothing_of_it_is_left_whatever_else_is_set(helm: Helm, tmp_path: Path) -> None:
    off = {"healthchecks": {"enabled": False}}
    objects = helm.objects(joined(joined(ci("healthchecks"), TEMPLATES), off))
    assert _read(objects.settings(), tmp_path).healthchecks == "off"
    assert objects.pod()["spec"] == helm.objects().pod()["spec"]
    assert objects.of("ClusterRole") == helm.objects().of("ClusterRole")


def test_an_instance_id_can_be_taken_away(helm: Helm, tmp_path: Path) -> None:
    assert _read(helm.objects(ON).settings(), tmp_path).checks_instance_id == "activemonitor-workflows"
    assert _read(helm.objects(ci("healthchecks")).settings(), tmp_path).checks_instance_id == ""


def _read(text: str, folder: Path) -> Settings:
    file = folder / "settings.yaml"
    file.write_text(text, encoding="utf-8")
    return load({}, Surroundings({}, is_terminal=False), str(file)).settings
