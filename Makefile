# make demo   set up, invent a practice, train, promote, serve, print the addresses
# make test   every promise, on this checkout; three of them at once (WORKERS=0: one after the other)
# make docs   write the generated tables of the READMEs: rooms, signals, settings, checks
# make docs-site  the READMEs, the notebooks and every docstring as a site of pages, in build/docs/site
# make notebooks  install Jupyter, run the notebooks on the demo and write them with their outputs
# make lint   ruff format, ruff check and mypy over the whole checkout
# make soak   coverage of intervals, faults and abuse at full length: 300 invented practices, twenty worlds, twenty kills under load, eight processes writing, a thousand invented cases for each address
# make bench  speed, memory, load and training time, each beside a floor measured in the same run; FULL=1 for a million and ten million leads
# Needs python3 (3.11 or newer) and make. Everything else is installed into .venv from the lock files.

PYTHON ?= python3
PORT ?= 3000
LEADS ?= 12000
# On two cores the third process fills the time in which tests wait for a browser or for a service to start.
WORKERS ?= 3
BIN := .venv/bin
DEMO := .demo

# No dependency of ours may call home, and serving needs no threads that spin.
export MLFLOW_DISABLE_TELEMETRY := true
export DO_NOT_TRACK := true
export BENTOML_DO_NOT_TRACK := true
export OMP_WAIT_POLICY := passive
export PIP_DISABLE_PIP_VERSION_CHECK := 1

.PHONY: demo test lint docs docs-site notebooks soak bench setup demo-ready clean
.DEFAULT_GOAL := demo

# A new key and a new password every time: only their sums are kept, so the last ones cannot be printed again.
demo: demo-ready
	@if [ -s $(DEMO)/insights.txt ]; then \
		echo "What the insights say of two invented years with planted stories, the whole page in $(DEMO)/insights/insights.html:"; \
		cat $(DEMO)/insights.txt; \
	else echo "The insights of the planted stories could not be computed (remove $(DEMO)/loaded to try again):"; tail -5 $(DEMO)/insights.log; fi
	@echo "A key for curl, good for a day (Authorization: Bearer, or X-API-Key):"
	@$(BIN)/leadlight key add --role crm --name demo --expires 1d --replace
	@echo "For the desk, sign in as demo with this password:"
	@$(BIN)/leadlight user add demo --role manager --make-password --keep --replace
	@$(BIN)/leadlight serve --port $(PORT)

demo-ready: $(DEMO)/loaded

$(DEMO)/data/leads.parquet: .venv/ready
	@$(BIN)/leadlight demo-data --leads $(LEADS) --seed 7 --out $(DEMO)/data

# The invented practice changes in its last two months on purpose, which LC006 may find: the demo then signs for LC006,
# as a person would. Where anything else fails, promote says why and the champion that was there goes on serving.
# Trained anew when the code that makes or reads a model has changed: a bundle of other definitions would be refused.
$(DEMO)/trained: $(DEMO)/data/leads.parquet $(shell find features training -name '*.py' -o -name '*.toml')
	@$(BIN)/leadlight train --data $(DEMO)/data --practice $(DEMO)/data/practice.toml --out $(DEMO)/report
	-@$(BIN)/leadlight promote latest --waive LC006 --by demo --because "the invented practice changes on purpose"
	@touch $@

# Leads of the last two months, up to today, for the desk; the model has learned from others.
# Beside it, on the other core: what the insights say of two years in which six stories are planted, for the last screen.
# What a shell runs in the background does not hear Ctrl-C, so it is ended by hand. Its sentences are
# printed last, and an alarm among them is no failure, though the command ends with a code of its own.
$(DEMO)/loaded: $(DEMO)/trained
	@rm -f $(DEMO)/insights.txt
	@$(BIN)/leadlight demo-data --leads 6000 --months 24 --seed 21 --stories --until "$$(date +%F)" --out $(DEMO)/stories
	@$(BIN)/leadlight insights --data $(DEMO)/stories --out $(DEMO)/insights > $(DEMO)/insights.log 2>&1 & insights=$$!; \
	trap 'kill $$insights 2> /dev/null; exit 130' HUP INT TERM; \
	if $(BIN)/leadlight demo-data --leads 600 --months 2 --seed 8 --names --until "$$(date +%F)" --out $(DEMO)/today && \
		$(BIN)/leadlight load --data $(DEMO)/today; \
	then wait $$insights; grep "^- " $(DEMO)/insights.log > $(DEMO)/insights.txt || true; \
	else kill $$insights 2> /dev/null; exit 1; fi
	@touch $@

# One thread of OpenBLAS in each process: they spin while they wait for each other. Bytecode is written whatever the shell says: the tests
# start many processes, and each would compile the same 500 modules for a second.
test: .venv/ready-test
	@PYTHONDONTWRITEBYTECODE= OPENBLAS_NUM_THREADS=1 $(BIN)/python -m pytest -n $(WORKERS) --dist worksteal $(PYTEST_ARGS)

docs: .venv/ready-test
	@PYTHONPATH=. $(BIN)/python -m tests.house.readme_tables

docs-site: .venv/ready-docs
	@$(BIN)/python .ci/docs_site.py

notebooks: .venv/ready-notebooks $(DEMO)/trained
	@$(BIN)/python .ci/notebooks.py $(NUMBERS)
	@echo "To open them: $(BIN)/jupyter lab notebooks"

lint: .venv/ready-test
	@$(BIN)/ruff format --check --quiet .
	@$(BIN)/ruff check --quiet .
	@$(BIN)/mypy --no-error-summary

soak: .venv/ready-test
	@LEADLIGHT_SOAK=1 $(BIN)/python -m pytest tests/serving/store/database/test_crash_safety.py tests/serving/store/repositories/test_statement_history.py tests/serving/store/repositories/test_killed_histories.py tests/journeys/test_kill_under_load.py tests/journeys/test_three_services.py tests/serving/http/test_fuzzing.py tests/serving/http/test_page_fuzzing.py tests/journeys/test_canary.py tests/serving/insights/test_interval_coverage.py tests/journeys/test_invented_worlds.py --timeout 3600 $(PYTEST_ARGS)

bench: .venv/ready-test
	@PYTHONPATH=. OMP_NUM_THREADS=$(shell nproc) $(BIN)/python -m tests.bench.measure $(if $(FULL),--full) $(BENCH_ARGS)
	@PYTHONPATH=. OMP_NUM_THREADS=1 $(BIN)/python -m tests.bench.training_time $(TRAINING_ARGS)
	@PYTHONPATH=. OMP_NUM_THREADS=1 $(BIN)/python -m tests.bench.training_time --fast $(TRAINING_ARGS)
	@PYTHONPATH=. OMP_NUM_THREADS=1 $(BIN)/python -m tests.bench.load $(LOAD_ARGS)
	@PYTHONPATH=. OMP_NUM_THREADS=1 $(BIN)/python -m tests.bench.desk_page
	@PYTHONPATH=. OMP_NUM_THREADS=1 $(BIN)/python -m tests.bench.cost_curves $(if $(FULL),--full) $(CURVES_ARGS)

setup: .venv/ready

.venv/python: 
	@$(PYTHON) .ci/check_python.py
	@$(PYTHON) -m venv .venv
	@touch $@

.venv/ready: requirements.lock pyproject.toml | .venv/python
	@echo "Installing Leadlight's packages into .venv (about 850 MB, once) ..."
	@$(BIN)/python .ci/install.py requirements.lock
	@touch $@

.venv/ready-test: requirements-test.lock .venv/ready
	@$(BIN)/python .ci/install.py requirements-test.lock
	@touch $@

.venv/ready-notebooks: requirements-notebooks.lock .venv/ready
	@echo "Installing Jupyter into .venv (about 150 MB, once) ..."
	@$(BIN)/python .ci/install.py requirements-notebooks.lock
	@touch $@

# Not .venv/ready: the site reads our source without importing it, so it needs 35 small packages only.
.venv/ready-docs: requirements-docs.lock pyproject.toml | .venv/python
	@$(BIN)/python .ci/install.py requirements-docs.lock
	@touch $@

clean:
	rm -rf .venv $(DEMO) build *.egg-info
