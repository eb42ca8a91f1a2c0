# One verb for each thing a developer does; `make` lists them.
.DEFAULT_GOAL := help
.PHONY: help setup demo test coverage test-all lint audit sbom bench soak drill fuzz schemas env-example licences lock clean

BIN := .venv/bin
MEASURED := --cov --cov-report=
PYTEST := $(BIN)/python scripts/leak-check $(BIN)/python -m pytest $(MEASURED)

help: ## list the verbs
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: ## get everything that is needed into .venv and tests/js (quick when all is there)
	@scripts/setup

HEADLESS ?=
demo: setup ## a programme, dubbed live, and its page; HEADLESS=1 checks itself for a minute instead
	@$(BIN)/livedub demo $(if $(HEADLESS),--headless)

# The tests mostly wait, so that three lanes are not too many for two cores.
LANES ?= 3
test: setup ## the tests; leaves nothing behind
	@LANES=$(LANES) scripts/test

coverage: setup ## the same, with the coverage they must reach (a quarter as long again)
	@LANES=$(LANES) scripts/test $(MEASURED)
	@scripts/coverage-gate

XTTS := $(addprefix apps/sts-service/tests/neural/test_,xtts.py conformance.py)
test-all: setup ## these and the slow tests: floods, long random sessions, XTTS (1.8 GB the first time)
	@scripts/setup-xtts
	@scripts/setup-promtool
	@scripts/setup-supply
	@$(PYTEST)
	@TORCHINDUCTOR_CACHE_DIR=$(CURDIR)/.venv-xtts/inductor $(subst $(BIN)/python -m,.venv-xtts/bin/python -m,$(PYTEST)) --cov-append -m slow $(XTTS)
	@scripts/coverage-gate

lint: setup ## ruff, mypy, secret scan, lock files
	@scripts/lint

audit: setup ## known weaknesses of what is pinned, where an advisory service answers; secrets in the history
	@scripts/setup-supply
	@.venv-supply/bin/python scripts/audit

sbom: setup ## what livedub is made of, as CycloneDX: dist/sbom-*.json
	@scripts/setup-supply
	@.venv-supply/bin/python scripts/sbom

bench: setup ## the benchmarks, as a table each; `make bench echo`, `worker`, `sts` or `load` runs one
	@$(BIN)/python -m benchmarks $(BENCHMARK)

# Their names are no verbs: they follow `bench`.
BENCHMARK :=
ifneq ($(filter bench,$(MAKECMDGOALS)),)
BENCHMARK := $(filter-out bench,$(MAKECMDGOALS))
.PHONY: echo worker sts load
echo worker sts load:
	@:
endif

HOURS ?= 1
STREAMS ?= 4
SOAK_JSON ?=
soak: setup ## the whole system for HOURS=n with STREAMS=4; fails if anything drifts, grows or restarts
	@$(BIN)/python -m benchmarks.soak $(HOURS) --streams $(STREAMS) $(if $(SOAK_JSON),--json $(SOAK_JSON))

fuzz: setup ## hostile bytes for all that reads them; MINUTES=n in all, or RUNS=n of each target
	@scripts/setup-fuzz
	@PYTHONPATH=tests $(BIN)/python -m fuzz $(if $(RUNS),--runs $(RUNS),--minutes $(or $(MINUTES),5)) $(TARGETS)

ONLY ?=
SHORT ?=
WRITE ?=
drill: setup ## break a system on air in every way, and judge the recordings; ONLY=output, SHORT=1, WRITE=1 into docs
	@PYTHONPATH=tests:apps/media-service/tests $(BIN)/python -m drill $(ONLY) $(if $(SHORT),--short) $(if $(WRITE),--write)

schemas: setup ## write the JSON Schemas and asyncapi.json anew from the models
	@$(BIN)/python -m dubbing_protocol.schema

env-example: setup ## write .env.example anew from the tables of settings
	@$(BIN)/python -m livedub.settings.env_example

licences: setup ## write the tables of docs/licences.md anew from what is installed
	@$(BIN)/python scripts/licences

lock: setup ## pin the requirements anew after a change of requirements*.in or tests/js/package.json
	@scripts/lock

clean: ## remove everything that make has made, .venv too
	@rm -rf .venv .venv-xtts .venv-supply dist tests/js/node_modules .mypy_cache .ruff_cache .pytest_cache .hypothesis .coverage .coverage.* .fuzz
	@find libs apps benchmarks scripts tests -name __pycache__ -prune -exec rm -rf {} +
	@rm -rf libs/*/*.egg-info apps/*/*.egg-info libs/*/build apps/*/build
