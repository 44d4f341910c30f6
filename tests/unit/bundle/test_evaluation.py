"""The mixin is evaluated with the user's values, which stay data, and reads no file but its own."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kubevigil.bundle.errors import MixinError
from kubevigil.bundle.evaluation import FOLDER, evaluate

from .small import mixin

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=10,
)


def test_a_value_takes_the_place_of_a_default_and_a_map_is_merged(tmp_path: Path) -> None:
    config = evaluate("mixin._config", {"restarts": 7, "alerts": {"Up": {"minutes": 3}}}, mixin(tmp_path))
    assert (config["restarts"], config["source"]) == (7, "exporter")
    assert config["alerts"]["Up"] == {"severity": "warning", "minutes": 3}
    assert config["alerts"]["Down"] == {"severity": "critical", "minutes": 1}


def test_rules_are_made_with_the_values(tmp_path: Path) -> None:
    groups = evaluate("mixin.prometheusAlerts.groups", {"alerts": {"Down": None}}, mixin(tmp_path))
    assert [rule["alert"] for rule in groups[0]["rules"]] == ["Up"]


@pytest.mark.parametrize("key", ["anything", "names", "new"])
def test_a_map_takes_the_place_of_what_is_no_map(key: str, tmp_path: Path) -> None:
    assert evaluate("mixin._config", {key: {"a": {"b": 1}}}, mixin(tmp_path))[key] == {"a": {"b": 1}}


def test_a_list_takes_the_place_of_a_list(tmp_path: Path) -> None:
    folder = mixin(tmp_path, "{ _config+:: { names: ['a', 'b'] } }")
    assert evaluate("mixin._config.names", {"names": ["c"]}, folder) == ["c"]


@settings(max_examples=10)  # an evaluation takes a tenth of a second
@given(value=st.lists(VALUES, min_size=5))
def test_whatever_is_given_arrives_as_it_is_and_is_never_code(
    value: Any, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = mixin(tmp_path_factory.getbasetemp() / "echo")
    assert evaluate("mixin._config.anything", {"anything": value}, folder) == value


@pytest.mark.parametrize("code", ["' + error 'run' + '", "%(x)s", "||| x |||", "importstr 'mixin.libsonnet'", "\0"])
def test_code_in_a_value_stays_text(code: str, tmp_path: Path) -> None:
    assert evaluate("mixin._config.source + mixin._config.names[0]", {"names": [code]}, mixin(tmp_path)) == (
        "exporter" + code
    )


def test_an_import_resolves_from_the_file_that_has_it(tmp_path: Path) -> None:
    folder = mixin(tmp_path, "(import 'rules/deep/a.libsonnet')")
    (folder / "rules/deep").mkdir()
    (folder / "rules/deep/a.libsonnet").write_text("{ a:: import '../b.libsonnet', text:: importstr 'c.md' }")
    (folder / "rules/b.libsonnet").write_text("42")
    (folder / "rules/deep/c.md").write_text("# ü\n", encoding="utf-8")
    assert evaluate("[mixin.a, mixin.text]", {}, folder) == [42, "# ü\n"]


@pytest.mark.parametrize("name", ["../secret", "/etc/passwd", "rules/../../secret", "rules/none.libsonnet"])
def test_a_file_that_is_not_the_mixins_is_refused_by_name_and_place(name: str, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("'hunter2'")
    folder = mixin(tmp_path / "mixin", f"{{ stolen:: importstr '{name}' }}")
    with pytest.raises(MixinError, match=f"^mixin.libsonnet:1: .*{name}") as refused:
        evaluate("mixin.stolen", {}, folder)
    assert "hunter2" not in str(refused.value)


def test_what_the_mixin_refuses_is_told_with_its_place_and_without_a_trace(tmp_path: Path) -> None:
    with pytest.raises(MixinError) as refused:
        evaluate("mixin", {"source": "neither"}, mixin(tmp_path))
    assert str(refused.value) == "rules/all.libsonnet:3: source must be exporter or both"


def test_all_lines_of_what_the_mixin_refuses_are_told(tmp_path: Path) -> None:
    folder = mixin(tmp_path, "{ a:: error 'slack.routes[0]: no channel\\nslack.routes[1]: no name' }")
    with pytest.raises(MixinError, match=r"^mixin.libsonnet:1: slack.routes\[0\]: no channel\nslack.*: no name$"):
        evaluate("mixin.a", {}, folder)


def test_a_file_that_is_no_jsonnet_is_told_with_its_line(tmp_path: Path) -> None:
    folder = mixin(tmp_path)
    (folder / "rules/config.libsonnet").write_text("{\n  a: }")
    with pytest.raises(MixinError, match=r"^rules/config.libsonnet:2: unexpected"):
        evaluate("mixin", {}, folder)


def test_a_mixin_without_end_ends_in_a_message(tmp_path: Path) -> None:
    folder = mixin(tmp_path, "{ a:: self.b, b:: self.a }")
    with pytest.raises(MixinError, match="max stack frames exceeded") as refused:
        evaluate("mixin.a", {}, folder)
    assert "\n" not in str(refused.value)


def test_the_files_of_the_package_are_those_of_the_checkout() -> None:
    root = Path(__file__).parents[3]
    assert (FOLDER / "mixin.libsonnet").resolve() == root / "mixin.libsonnet"
    assert (FOLDER / "rules").resolve() == root / "rules"
    assert json.dumps(evaluate("mixin._config", {})) != "{}"
