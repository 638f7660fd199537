# Two commands do everything: make demo, make test. Both build the environment first. make paper is the
# paper's benchmark, all figures and tables of it: two runs, the second for Tables S3 to S6.
PYTHON ?= python3
BIN := .venv/bin
CORES ?= 2
GPUS ?= 1
# uv does not read pip's settings: hand on where local wheels lie, if anywhere.
export UV_FIND_LINKS ?= $(PIP_FIND_LINKS)

.PHONY: env demo paper test lint format docs clean

env: .venv/.compiled

.venv/.compiled: .venv/.complete scripts/compile.py clear/fast/kernels.py
	$(BIN)/python scripts/compile.py
	touch $@

.venv/.complete: constraints.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' || { \
		echo "Python 3.11, 3.12 or 3.13 is needed: not every pinned package is there for others."; \
		echo "Name one that is installed, for example: make PYTHON=python3.12"; exit 1; }
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet "$$(grep '^uv==' constraints.txt)"
	$(BIN)/uv pip install --quiet --compile-bytecode --python $(BIN)/python -r constraints.txt
	$(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps -e .
	touch $@

demo: env
	$(BIN)/snakemake --cores $(CORES) --configfile config/demo.yaml
	@echo "Scores: results/demo/scores.tsv"
	@echo "Page:   results/demo/report/index.html"

paper: env
	-$(BIN)/snakemake --cores $(CORES) --resources gpu=$(GPUS)
	$(BIN)/snakemake --cores $(CORES) --resources gpu=$(GPUS) \
		--configfile config/ablation.yaml config/tuning.yaml config/supplement.yaml

test: env
	OMP_NUM_THREADS=1 NUMBA_NUM_THREADS=1 $(BIN)/python -m pytest -n $(CORES) --dist worksteal

lint: env
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/snakefmt --check Snakefile rules workflow
	$(BIN)/snakemake --lint

format: env
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .
	$(BIN)/snakefmt Snakefile rules workflow

docs: env
	$(BIN)/python -m clear.benchmark.docs

clean:
	rm -rf results/demo .pytest_cache .ruff_cache
