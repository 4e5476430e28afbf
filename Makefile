# Needs Python 3.11 to 3.13, make and git. Everything else comes into this checkout:
# uv into .tools/, the packages of constraints.txt into .venv/. Nothing needs root.

export UV_PYTHON_DOWNLOADS = never
unexport PYTHONDONTWRITEBYTECODE  # the tests start hundreds of processes: compile once for all
# As pip and git do: trust the certificates that this machine trusts.
export UV_SYSTEM_CERTS = true
export PATH := $(CURDIR)/.venv/bin:$(PATH)

# The first Python that fits; a shim that answers for another version does not.
PYTHONS = python3 python3.13 python3.12 python3.11
FITS = import ensurepip, sys; (3, 11) <= sys.version_info < (3, 14) or sys.exit(1); print(sys.executable)
PYTHON = $(shell for python in $(PYTHONS); do "$$python" -c '$(FITS)' 2>/dev/null && break; done)
PARTS = marketo-client marketo-simulator marketo-sync tap-marketo target-marketo

.PHONY: help setup lint test test-all bench docs demo demo-stop

help: ## print this list
	@awk -F ':.* ## ' '/^[a-z-]+:.* ## / { printf "make %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: .venv/installed ## bring uv and all packages into the checkout

lint: setup ## ruff, mypy, import contracts, and whether the reference pages are current
	ruff check
	ruff format --check
	mypy
	lint-imports
	python -m docs.printer --check

# Four at a time on any machine: the tests start servers and programs, and wait for them.
test: setup ## run the tests (under ten minutes on two cores)
	pytest -n 4 -m "not slow"

test-all: setup ## run all tests, the long sweeps and kills too (hours)
	pytest -n 4

bench: setup ## measure what is promised about cost: calls, CPU, memory
	python -m benchmarks

docs: setup ## print docs/reference/ from the code
	python -m docs.printer

demo: setup ## fill a Postgres from a simulated Marketo, and send tables back; both stay up
	python -m demo start

demo-stop: setup ## end what `make demo` left running
	python -m demo stop

.venv/installed: .tools/uv constraints.txt pyproject.toml $(PARTS:%=%/pyproject.toml)
	test -x .venv/bin/python || .tools/uv venv --quiet --python "$(PYTHON)" .venv
	.tools/uv pip install --quiet --python .venv -c constraints.txt -b constraints.txt \
	  --group dev $(PARTS:%=-e %)
	touch $@

.tools/uv:
	@test -n "$(PYTHON)" || { echo "No Python 3.11 to 3.13 with venv found among: $(PYTHONS)" >&2; exit 1; }
	"$(PYTHON)" -m venv .tools/uv-env
	.tools/uv-env/bin/python -m pip install --quiet -c constraints.txt uv
	ln -sf uv-env/bin/uv $@
