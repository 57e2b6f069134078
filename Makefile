# Two commands do everything on a fresh machine: `make demo` and `make test`.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
DEMO := demo

.PHONY: demo test test-all bench eval lint lock samples shots clean

demo: $(READY)
	rm -rf $(DEMO)
	$(BIN)/paperclerk add --library $(DEMO)/library resources/samples || test $$? -eq 1
	$(BIN)/paperclerk list --library $(DEMO)/library
	$(BIN)/paperclerk export --library $(DEMO)/library $(DEMO)/documents.csv
	$(BIN)/paperclerk export --library $(DEMO)/library $(DEMO)/documents.xlsx
	@if [ -n "$$DISPLAY$$WAYLAND_DISPLAY" ] || [ "$$(uname -s)" = Darwin ]; then \
	  $(BIN)/paperclerk --library $(DEMO)/library; \
	else \
	  echo "There is no display here. On a computer with one, open the window with:"; \
	  echo "  $(BIN)/paperclerk --library $(DEMO)/library"; \
	fi

test: $(READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m pytest -m "not slow" -n 2

test-all: $(READY)
	$(BIN)/python -m pytest -n 2

bench: $(READY)
	$(BIN)/python -m tests.bench

# What a model is worth here, with real weights: make eval MODEL=path.gguf
# [MMPROJ=path.gguf] [FOLDER=documents with their labels.jsonl]
eval: $(READY)
	@test -n "$(MODEL)" || { echo "Say which model: make eval MODEL=path.gguf"; exit 2; }
	$(BIN)/python -m tests.eval "$(MODEL)" $(if $(MMPROJ),--mmproj "$(MMPROJ)") \
	  $(if $(FOLDER),--folder "$(FOLDER)")

# Pictures of the window for the README, and for judging it by eye.
shots: $(READY)
	$(BIN)/python -m tests.desktop.shots --readme

# The sample documents, built anew (the results are committed).
samples: $(READY)
	$(BIN)/python resources/samples/build.py

# Pin every dependency by version and hash, without naming where it was fetched from.
lock: $(READY)
	$(BIN)/pip-compile --quiet --strip-extras --generate-hashes --allow-unsafe \
	  --no-emit-index-url --no-emit-find-links --no-emit-trusted-host --no-header \
	  --extra dev --output-file requirements.lock pyproject.toml

$(READY): requirements.lock pyproject.toml installers/linux/system-packages.sh
	PYTHON=$(PYTHON) sh installers/linux/system-packages.sh
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --no-deps -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	touch $(READY)

clean:
	rm -rf $(VENV) $(DEMO)
