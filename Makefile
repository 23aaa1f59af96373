# Everything a person or a machine does with the project: `make help` lists it.

VENV := .venv
BIN := $(VENV)/bin
SERVICES := $(BIN)/python -m services
FLASK := $(BIN)/flask --app manage
PYTEST_ARGS ?=

.DEFAULT_GOAL := help
.PHONY: help venv setup demo stop status reset test lint translations bench screenshots requirements clean

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-14s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

$(VENV)/runtime.stamp: requirements.txt services/venv.sh
	@sh services/venv.sh $(VENV) requirements.txt && touch $@

$(VENV)/test.stamp: requirements/test.txt $(VENV)/runtime.stamp
	@sh services/venv.sh $(VENV) requirements/test.txt && touch $@

venv: $(VENV)/runtime.stamp ## Make the virtual environment with the pinned packages

setup: venv ## Fetch and configure the servers, bring the database up to date
	@$(SERVICES) setup
	@$(FLASK) database upgrade

demo: setup ## Start everything with the sample archive; DETACH=1 leaves it running
	@$(SERVICES) session $(if $(DETACH),--detach) -- $(FLASK) demo load

stop: venv ## Stop what runs in the background
	@$(SERVICES) down

status: venv ## Say which process runs and which server answers
	@$(SERVICES) status

reset: venv ## Remove all records, files and keys (asks; YES=1 does not)
	@$(SERVICES) reset $(if $(YES),--yes)

test: $(VENV)/test.stamp ## Run every test; PYTEST_ARGS="-k word" chooses
	@$(BIN)/python -m pytest $(PYTEST_ARGS)

lint: $(VENV)/test.stamp ## Check style and types
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy .

translations: venv ## Collect the sentences of code and templates; lists what lacks a translation
	@$(BIN)/python -m portal.messages

bench: $(VENV)/test.stamp ## Measure speed and memory; writes bench/results
	@$(BIN)/python -m bench

screenshots: $(VENV)/test.stamp ## Picture every page of a running demo
	@$(BIN)/python -m tests.browser.screenshots

# PIP_FIND_LINKS and PIP_INDEX_URL of the machine must not end up in the files: they hold for every machine.
requirements: $(VENV)/test.stamp ## Compile requirements/*.in into pinned files with hashes
	@for name in runtime test; do \
		target=requirements/$$name.txt; [ $$name = runtime ] && target=requirements.txt; \
		env -u PIP_FIND_LINKS CUSTOM_COMPILE_COMMAND="make requirements" $(BIN)/pip-compile --quiet \
			--generate-hashes --allow-unsafe --strip-extras --no-emit-index-url --no-emit-trusted-host \
			--no-emit-find-links --no-emit-options --output-file=$$target requirements/$$name.in || exit 1; \
	done

clean: ## Remove caches, keep records and the virtual environment
	@rm -rf .mypy_cache .ruff_cache .hypothesis
	@find . -name __pycache__ -not -path './$(VENV)/*' -prune -exec rm -rf {} +
