# The whole project from a checkout: make demo, make test. `make help` lists the rest.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
SITE := build/site-tools
# A wait that ran out of time is tried once more, and told by its name at the end; a wrong answer never is.
AGAIN := -rfER --reruns 1 --only-rerun 'not within [0-9.]+ s' --only-rerun TimeoutExpired --only-rerun 'Timeout .*s\)? from pytest'
# Many tests wait for real timers and processes: more at once than there are cores.
WORKERS := 4

.DEFAULT_GOAL := help
.PHONY: help demo test test-real check bench docs site pictures lock clean

help: ## this list
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/make \1|\2/p' $(MAKEFILE_LIST) | column -t -s'|'

demo: $(READY) ## a simulated cluster, the exporter beside it, and what crashed: no cluster, no account
	@$(BIN)/kubevigil demo $(ARGS)

test: $(READY) ## the tests that need nothing but this machine
	$(BIN)/python -m pytest -n $(WORKERS) $(AGAIN) $(ARGS)

test-real: $(READY) ## the tests on a real Kubernetes, kubelet and Prometheus; Linux, root, Go; built once and cached
	testbed/install
	testbed/install --databases
	testbed/build
	testbed/images/application-image build/image.tar
	tests/run-real $(BIN)/python $(AGAIN) $(ARGS)

check: $(READY) ## format, lint, types, import rules; chart, rules, routes, checks and site by the real tools (Go; built once)
	$(BIN)/ruff format --check
	$(BIN)/ruff check
	$(BIN)/mypy
	$(BIN)/lint-imports
	testbed/install --go
	testbed/build helm3 helm4 etcd kube-apiserver kubectl prometheus-operator-crds promtool amtool alertmanager \
	  prometheus jsonnetfmt jsonnet-lint
	$(MAKE) site
	KUBEVIGIL_CHART=1 KUBEVIGIL_RULES=1 KUBEVIGIL_SITE=1 $(BIN)/python -m pytest -q tests/chart tests/rules tests/alerting \
	  tests/apiserver tests/dashboards tests/website tests/unit/healthchecks/test_families.py \
	  tests/unit/healthchecks/test_custom_fuzz.py -n 2 $(AGAIN) $(ARGS)

bench: $(READY) ## side-by-side measurements, each in one run on this machine (Go; some 50 minutes)
	testbed/install --go
	testbed/build kube-state-metrics pod-protobuf etcd kube-apiserver kubectl
	$(BIN)/python -m tests.perf.bench_ksm
	$(BIN)/python -m tests.perf.bench_event
	$(BIN)/python -m tests.perf.bench_sizes sizes
	$(BIN)/python -m tests.perf.bench_sizes storm
	$(BIN)/python -m tests.perf.bench_exposition
	$(BIN)/python -m tests.perf.bench_redaction
	$(BIN)/python -m tests.perf.bench_ship backlog
	$(BIN)/python -m tests.perf.bench_ship latency
	$(BIN)/python -m tests.perf.bench_checks

docs: $(READY) ## writes the generated pages again
	$(BIN)/python -m kubevigil.cli.pages docs
	$(BIN)/python -m charts.generate
	testbed/build promtool
	$(BIN)/python -m tests.rules.crash_loops

site: $(SITE)/.ready ## the documentation as a site, build/site/index.html; a broken link or anchor ends it
	@rm -rf build/site
	$(SITE)/bin/sphinx-build --quiet --fresh-env --nitpicky --fail-on-warning --keep-going --doctree-dir build/site-cache \
	  --conf-dir docs/site . build/site

pictures: $(READY) ## the pictures in docs/dashboards.md, from a real cluster (root, Go, Node.js, Chromium; half an hour)
	tests/dashboards/pictures/make $(BIN)/python

lock: $(READY) ## resolves the pinned, hashed requirements again
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-annotate \
	  pyproject.toml --all-extras --output-file requirements/runtime.txt
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-annotate \
	  pyproject.toml --group dev --output-file requirements/dev.txt
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-annotate \
	  --group site --output-file requirements/site.txt

clean: ## removes what make made here (the testbed's cache stays)
	rm -rf $(VENV) build .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache

$(READY): pyproject.toml requirements/dev.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Kubevigil needs Python 3.11 or newer; set PYTHON=")'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements/dev.txt
	$(BIN)/pip install --quiet --disable-pip-version-check --no-build-isolation --no-deps --editable .
	@touch $@

$(SITE)/.ready: requirements/site.txt
	$(PYTHON) -m venv $(SITE)
	$(SITE)/bin/pip install --quiet --disable-pip-version-check --require-hashes -r requirements/site.txt
	@touch $@
