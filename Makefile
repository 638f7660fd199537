# Two commands do everything: make demo, make test. Both build the environment first.
PYTHON ?= python3
BIN := .venv/bin
CORES ?= 2
# uv does not read pip's settings: hand on where local wheels lie, if anywhere.
export UV_FIND_LINKS ?= $(PIP_FIND_LINKS)

.PHONY: env demo test lint format docs clean

env: .venv/.complete

.venv/.complete: constraints.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "Python 3.11 or newer is needed; choose one with make PYTHON=python3.11"; exit 1; }
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet "$$(grep '^uv==' constraints.txt)"
	$(BIN)/uv pip install --quiet --python $(BIN)/python -r constraints.txt
	$(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps -e .
	touch $@

demo: env
	$(BIN)/snakemake --cores $(CORES) --configfile config/demo.yaml
	@echo "Scores: results/demo/scores.tsv"
	@echo "Page:   results/demo/report/index.html"

test: env
	$(BIN)/python -m pytest

lint: env
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/snakefmt --check Snakefile rules
	$(BIN)/snakemake --lint

format: env
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .
	$(BIN)/snakefmt Snakefile rules

docs: env
	$(BIN)/python -m clear.benchmark.docs

clean:
	rm -rf results/demo .pytest_cache .ruff_cache
