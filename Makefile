PYTHON ?= python3
BIN := .venv/bin
INSTALL := $(BIN)/pip install --quiet --disable-pip-version-check --constraint constraints.txt

.PHONY: demo test lint wheel docs bench fuzz clean

demo: .venv/app.done
	$(BIN)/labelaudit demo

test: .venv/test.done
	$(BIN)/pytest

lint: .venv/test.done
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

wheel: .venv/test.done
	$(BIN)/pytest -m installed tests/installed

docs: .venv/app.done
	$(INSTALL) --editable '.[docs]'
	$(BIN)/zensical build --clean --strict
	@echo "open site/index.html"

bench: .venv/test.done
	$(INSTALL) --editable '.[app,bench]'
	$(BIN)/python -m benchmarks

FUZZ_SECONDS ?= 3600

fuzz: .venv/test.done
	PYTHONPATH=tests RUST_BACKTRACE=0 $(BIN)/python -m fuzz.hunt $(FUZZ_SECONDS)

clean:
	rm -rf .venv site labelaudit-demo

.venv/app.done: pyproject.toml constraints.txt
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@echo "installing labelaudit into .venv (a minute or two, once)"
	$(INSTALL) --editable '.[app]'
	@touch $@

.venv/test.done: .venv/app.done
	@echo "installing what the tests need (a minute, once)"
	$(INSTALL) --editable '.[app,test,lint]'
	@touch $@
