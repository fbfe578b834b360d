# Two commands do everything: `make demo` and `make test`. Needed first: Python 3.11 or newer, and make.

PYTHON ?= $(shell command -v python3.11 || command -v python3)
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check

.PHONY: demo test lint types tests clean

demo: $(VENV)/.demo  ## the web page on http://127.0.0.1:7860; options: make demo ARGS="--port 8000"
	$(BIN)/python -m demo $(ARGS)

test: lint types tests  ## ruff, mypy and the tests

lint: $(VENV)/.test
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(VENV)/.test
	$(BIN)/mypy

tests: $(VENV)/.test
	$(BIN)/python -m pytest $(ARGS)

# The stamps make a second start instant: pip runs again only when a requirements file has changed.
$(VENV)/.demo: requirements.txt | $(BIN)/python
	$(PIP) install --quiet --requirement requirements.txt
	@touch $@

$(VENV)/.test: requirements-dev.txt requirements.txt | $(BIN)/python
	$(PIP) install --quiet --requirement requirements-dev.txt
	@touch $@ $(VENV)/.demo

$(BIN)/python:
	@test -n "$(PYTHON)" || { echo "Python 3.11 or newer is needed / 需要 Python 3.11 或更高版本"; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "$(PYTHON) is too old: Python 3.11 or newer is needed; name one with PYTHON=… / Python 版本过低，需要 3.11 或更高，可用 PYTHON=… 指定"; exit 1; }
	@$(PYTHON) -m venv $(VENV) || { echo "The venv module is missing (Debian: apt install python3-venv) / 缺少 venv 模块（Debian：apt install python3-venv）"; rm -rf $(VENV); exit 1; }

clean:
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache
