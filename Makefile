# FoodFlow OS: the commands. Each makes the environment ready first; that costs nothing when it is.
SUITS := import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))
PYTHON ?= $(shell for one in python3 python3.13 python3.12 python3.11; do $$one -c '$(SUITS)' >/dev/null 2>&1 && echo $$one && exit; done; echo python3)
BIN := .venv/bin

.PHONY: setup demo test check bench
setup:
	@command -v $(PYTHON) >/dev/null || { echo "There is no $(PYTHON) here: install Python 3.11, 3.12 or 3.13 and run make again." >&2; exit 1; }
	@$(PYTHON) bootstrap.py
demo: setup
	@FOODFLOW_PARENT=$$PPID exec $(BIN)/foodflow demo $(ARGS)
test: setup
	@$(BIN)/python -m pytest $(ARGS)
check: setup
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports
bench: setup
	@$(BIN)/python -m bench $(ARGS)
