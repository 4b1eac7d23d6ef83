# FoodFlow OS: the commands. Each makes the environment ready first; that costs nothing when it is.
SUITS := import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))
PYTHON ?= $(shell for one in python3 python3.13 python3.12 python3.11; do $$one -c '$(SUITS)' >/dev/null 2>&1 && echo $$one && exit; done; echo python3)
BIN := .venv/bin

.PHONY: setup demo test test-neo4j check bench neo4j
setup:
	@command -v $(PYTHON) >/dev/null || { echo "There is no $(PYTHON) here: install Python 3.11, 3.12 or 3.13 and run make again." >&2; exit 1; }
	@$(PYTHON) bootstrap.py
demo: setup
	@FOODFLOW_PARENT=$$PPID exec $(BIN)/foodflow demo $(ARGS)
test: setup
	@$(BIN)/python -m pytest $(ARGS)
test-neo4j: setup neo4j
	@$(BIN)/python -m pytest --engine neo4j $(ARGS)
neo4j: .neo4j/ready
.neo4j/ready: deploy/neo4j/pom.xml
	@command -v mvn >/dev/null || { echo "There is no mvn here: install Maven (Debian, Ubuntu: apt install maven) and run make again." >&2; exit 1; }
	@echo "Bringing Neo4j into .neo4j (once; 123 MB)"
	@rm -rf .neo4j
	@mvn -B -q -Dstyle.color=never -f $< dependency:copy-dependencies
	@touch $@
check: setup
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports
bench: setup
	@$(BIN)/python -m bench $(ARGS)
