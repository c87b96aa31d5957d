# Needs git, make and Python 3.11 or newer. Everything else is in .venv, which dev/setup/prepare.py makes and keeps up to date.

PYTHON ?= python3
export PATH := $(CURDIR)/.venv/bin:$(PATH)

# Without a display there is no browser to open, or worse, one for the terminal.
ifeq ($(shell uname -s)$(DISPLAY)$(WAYLAND_DISPLAY),Linux)
export HEADLESS ?= 1
endif

ACCESS = tests/web/auth tests/web/quotas tests/web/server/test_proxies.py

PREPARE = $(PYTHON) dev/setup/prepare.py

.DEFAULT_GOAL := help
.PHONY: help run setup test test-access test-fast check lint audit format bench bench-gpu bench-calls evaluate lock clean python

help:  ## list what can be made
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/make \1	\2/p' Makefile | expand -t 18

python:
	@command -v $(PYTHON) >/dev/null || { echo "setup: there is no $(PYTHON) here: install Python 3.11 or newer (on Debian and Ubuntu: sudo apt install python3 python3-venv)." >&2; exit 1; }

run: python  ## set up what is missing and start the chat: http://localhost:8000
	@$(PREPARE) run && exec chainlit run app.py -w

setup: python  ## set up what is missing, with the tools for tests
	@$(PREPARE) test

test: setup  ## the whole test suite, with real vLLM and a real browser
	@exec pytest

test-access: setup  ## what decides who may do what, in under ten seconds
	@exec pytest -m "not slow" $(ACCESS)

test-fast: setup  ## the tests that take seconds
	@exec pytest -n $$(python -c "import os; print(1 + os.cpu_count())") -m "not e2e and not slow"

check: setup  ## lint, format and types
	ruff check .
	ruff format --check .
	mypy

lint: check

audit: setup  ## list the licences of all packages, and which are known to be vulnerable
	@exec python dev/setup/audit.py

format: setup  ## put the code in the agreed form
	ruff check --fix-only .
	ruff format .

bench: setup  ## measure the app without a GPU, print the tables and draw the plots: 12 minutes on 2 cores
	@python -m dev.bench.cpu && python -m dev.bench.report && exec python -m dev.bench.plot

bench-gpu: setup  ## the same on a GPU, with Qwen2.5-7B's shape
	@python -m dev.bench.gpu && python -m dev.bench.report && exec python -m dev.bench.plot

bench-calls: setup  ## measure what holds tool calls to their tools, and what that costs
	@exec python -m dev.bench.calls fit
	@exec python -m dev.bench.calls cost

evaluate: setup  ## judge the built-in model on chats that it was not trained on, in real vLLM
	@exec python -m dev.builtin_model.evaluate --failures

lock: python  ## make requirements*.txt from the .in files; newest versions: make lock UPGRADE=--upgrade
	@$(PYTHON) dev/setup/lock.py $(UPGRADE)

clean:  ## remove the environment and the caches of the tools
	rm -rf .venv .pytest_cache .mypy_cache .ruff_cache .ci/out
