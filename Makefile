# FoodFlow OS: the commands. Each makes the environment ready first; that costs nothing when it is.
PYTHON ?= $(shell for p in python3 python3.13 python3.12 python3.11; do $$p -c 'import sys; sys.exit(not (3,11) <= sys.version_info[:2] <= (3,13))' 2>/dev/null && echo $$p && break; done || true)
ifeq ($(PYTHON),)
PYTHON := python3
endif
BIN := .venv/bin

.PHONY: setup demo test check bench
setup:
	@$(PYTHON) bootstrap.py
demo: setup
	@exec $(BIN)/foodflow demo
test: setup
	@$(BIN)/python -m pytest
check: setup
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports
bench: setup
	@$(BIN)/python -m bench
