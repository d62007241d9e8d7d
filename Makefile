# Every target sets up .venv first if the lock file changed. Nothing but Python >= 3.11, git and make is needed.
SHELL := /bin/sh
.DEFAULT_GOAL := help
.PHONY: help setup repro test smoke check fmt deps lock ui gate clean

export PATH := $(CURDIR)/.venv/bin:$(PATH)
export MLFLOW_DISABLE_TELEMETRY := true
# Set, it makes every process compile torch and mlflow again.
unexport PYTHONDONTWRITEBYTECODE
unexport VIRTUAL_ENV
# As DVC runs the stages: the code in this folder, also in a copy of it.
export PYTHONPATH := src

STORE := $(or $(MLFLOW_TRACKING_URI),sqlite:///$(CURDIR)/.mlflow/mlflow.db)
PORT ?= 5000

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-8s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: ## build .venv from requirements.lock (skipped when it is up to date)
	@sh scripts/setup.sh

repro: setup ## run the pipeline: whatever params.yaml, the code or the data changed
	@python scripts/repro.py

test: setup ## run the fast tests side by side, then those that run the pipeline
	python -m pytest -q -m "not slow" -n logical
	python -m pytest -q -m slow

smoke: setup ## run the whole pipeline, tiny, in a temporary clone
	@python scripts/smoke.py

check: setup ## lint, format, types, import rules, generated files, freshness of dvc.lock
	ruff check .
	ruff format --check .
	ty check --error-on-warning
	lint-imports --no-logo
	python scripts/schema.py --check
	python scripts/deps.py --check
	python scripts/fresh.py

fmt: setup ## format, sort imports, regenerate params.schema.json and the deps in dvc.yaml
	ruff check --fix-only --quiet .
	ruff format .
	python scripts/schema.py
	python scripts/deps.py

lock: setup ## resolve the dependencies again into requirements.lock
	uv pip compile --quiet --universal --upgrade --generate-hashes --no-emit-index-url --no-header \
		--group dev --extra browser pyproject.toml --output-file requirements.lock

ui: setup ## open the MLflow interface on the project's runs (PORT=5000)
	@mkdir -p .mlflow
	@echo "MLflow: http://127.0.0.1:$(PORT) in about 10 s (Ctrl-C stops it)"
	@MLFLOW_SERVER_ENABLE_JOB_EXECUTION=false mlflow server --backend-store-uri "$(STORE)" \
		--host 127.0.0.1 --port $(PORT) --workers 1

gate: setup ## fail unless metrics/readiness.json says the models are ready
	@unrender gate

clean: ## remove caches and resumable state; keep .venv, data, models and the MLflow store
	rm -rf runs dvc_plots .pytest_cache .ruff_cache .hypothesis .import_linter_cache src/*.egg-info
	find src stages scripts tests -name __pycache__ -type d -prune -exec rm -rf {} +
