# The two commands of the README are `make lab` and `make test`; the rest is for whoever works on optlab.

VENV := .venv
PY := $(VENV)/bin/python
SCENARIO ?=
# Two processes, each of which takes over what the other has left: a few tests are much longer than the rest.
PYTEST_ARGS ?= -n 2 --dist worksteal

.PHONY: lab test check soak clean

lab: $(VENV)/.installed
	@exec $(VENV)/bin/optlab-tui $(SCENARIO)

test: $(VENV)/.installed-for-tests
	$(PY) -m pytest $(PYTEST_ARGS)

check: $(VENV)/.installed-for-tests
	$(VENV)/bin/ruff check src tests benchmarks scenarios
	$(VENV)/bin/ruff format --check src tests benchmarks scenarios
	$(VENV)/bin/mypy
	$(VENV)/bin/lint-imports

soak: $(VENV)/.installed
	$(PY) benchmarks/simulator_soak.py $(SOAK_ARGS)
	$(PY) benchmarks/method_soak.py
	$(PY) benchmarks/engine_soak.py

clean:
	rm -rf $(VENV) build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache

$(VENV)/.installed: pyproject.toml constraints.txt
	@sh tools/set-up.sh $(VENV) .
	@touch $@

$(VENV)/.installed-for-tests: pyproject.toml constraints.txt
	@sh tools/set-up.sh $(VENV) '.[dev]'
	@touch $@ $(VENV)/.installed
