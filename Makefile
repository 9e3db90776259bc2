# Each target is a command of tools/bootstrap.py, which works without make as well.
# make bench ARGS="seating --size 42000"   make test ARGS=tests/inner   make run PYTHON=python3.12

PYTHON ?= python3
ARGS ?=

.PHONY: setup run test check generate demo bench lock

setup run test check generate demo bench lock:
	@exec $(PYTHON) tools/bootstrap.py $@ $(ARGS)
