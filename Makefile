# Two commands matter: `make run` starts the product, `make test` runs everything. `make help` lists the rest.

PYTHON ?= python3
JOBS ?= 3
CYCLES ?= 300
CUTS ?= 10000
MODELS ?= 1000
PATHS ?= 30
EXAMPLES ?= 1000
AREA ?= gate
STORIES ?= 200
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet
PACKAGES := engine hotline api web minhu tests bench
FRONT_END := $(shell find web/src -type f 2>/dev/null) web/package.json web/package-lock.json web/vite.config.js

.DEFAULT_GOAL := help
.PHONY: help run test check format crash stateful cuts models mutants fuzz spiff bench tck lock clean

help: ## this list
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/'

run: $(VENV)/.product ## start the product on http://127.0.0.1:8000 (PORT=… for another port)
	@$(BIN)/minhu serve

test: check ## everything: linters, types, layers, all tests (browser included)
	@$(BIN)/python -m pytest -n $(JOBS) --dist worksteal

check: $(VENV)/.product $(VENV)/.tests ## linters, types and layers only
	@sh scripts/ensure_chromium.sh
	$(BIN)/ruff check $(PACKAGES) hatch_build.py
	$(BIN)/ruff format --check $(PACKAGES) hatch_build.py
	$(BIN)/mypy
	$(BIN)/lint-imports

format: $(VENV)/.tests ## lay out the code
	$(BIN)/ruff format $(PACKAGES) hatch_build.py
	$(BIN)/ruff check --fix $(PACKAGES) hatch_build.py

crash: $(VENV)/.product $(VENV)/.tests ## kill -9 server and worker CYCLES times on each database
	$(BIN)/python -m tests.crash --cycles $(CYCLES)

stateful: $(VENV)/.product $(VENV)/.tests ## the API against its reference model, STORIES random stories on each database
	STORIES=$(STORIES) $(BIN)/python -m pytest tests/stateful

spiff: $(VENV)/.product $(VENV)/.tests ## SpiffWorkflow's own tests with and without our patches (FOLDER=its source)
	$(BIN)/python -m tests.spiff_suite $(FOLDER)

cuts: $(VENV)/.product $(VENV)/.tests ## cut connections CUTS times around COMMIT and between client and server
	$(BIN)/python -m tests.crash.cutting --cuts $(CUTS)

fuzz: $(VENV)/.product $(VENV)/.tests ## EXAMPLES generated requests to every operation of the API, on both databases
	$(BIN)/python -m tests.api.fuzzing --examples $(EXAMPLES)

models: $(VENV)/.product $(VENV)/.tests ## run MODELS random sound models, PATHS paths each, saved between any two steps
	$(BIN)/python -m tests.models --models $(MODELS) --paths $(PATHS)

bench: $(VENV)/.product $(VENV)/.tests ## complete-a-task through HTTP, instances/s, rounds, memory, gate: both databases
	$(BIN)/python -m bench

tck: $(VENV)/.product $(VENV)/.tests ## the public DMN TCK against our decisions (FOLDER=its TestCases)
	$(BIN)/python -m tests.dmn_tck $(FOLDER)

mutants: $(VENV)/.product $(VENV)/.tests ## take away one rule of an AREA at a time: which test notices (AREA=gate, engine, api, hotline)
	$(BIN)/python -m tests.mutation $(AREA)

lock: ## renew the locks (needs uv); the test lock is compiled first so that all three agree
	uv pip compile pyproject.toml --extra test --universal --generate-hashes --python-version 3.11 -q -o requirements-test.lock
	uv pip compile pyproject.toml --universal --generate-hashes --python-version 3.11 -q -c requirements-test.lock -o requirements.lock
	uv pip compile requirements-build.in --universal --generate-hashes --python-version 3.11 -q -c requirements-test.lock -o requirements-build.lock

clean: ## remove what can be made again (never var/, your data)
	rm -rf $(VENV) web/node_modules web/static/dist .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis .test-postgres

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo '需要 Python 3.11 或更高版本；可用 PYTHON=/路径/python3.11 make run 指定。'; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || \
		{ echo '此 Python 缺少 venv 模块；Debian/Ubuntu 上请执行 apt-get install python3-venv。'; exit 1; }
	$(PYTHON) -m venv $(VENV)

$(VENV)/.runtime: requirements.lock requirements-build.lock | $(BIN)/python
	@echo '正在安装依赖（首次约一两分钟）……'
	@$(PIP) install --require-hashes -r requirements.lock
	@$(PIP) install --require-hashes -r requirements-build.lock
	@touch $@

$(VENV)/.product: $(VENV)/.runtime hatch_build.py pyproject.toml $(FRONT_END)
	@echo '正在构建前端并安装……'
	@$(PIP) install --no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)/.tests: requirements-test.lock $(VENV)/.runtime
	@$(PIP) install --require-hashes -r requirements-test.lock
	@touch $@
