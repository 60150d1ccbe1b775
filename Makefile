# make venv   sets up .venv from the lock file
# make demo   the whole way in the simulator: opens the page
# make test   all tests    make check  lint and types    make bench  figures    make fuzz  odd bytes
# make judges MAVProxy and whatever else takes long

PYTHON ?= python3
BIN := .venv/bin
VENDOR := groundstation/web/vendor
# One more than the cores of a small machine: clients that fly in real time mostly wait.
WORKERS ?= 3
COMPILE := uv pip compile --universal --generate-hashes --no-header --no-emit-index-url --no-annotate --quiet

.PHONY: venv web demo test judges check bench fuzz lock clean

venv: .venv/.done

.venv/.done: requirements/dev.txt pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed, this is " + sys.version)'
	PYTHON=$(PYTHON) requirements/system for-venv
	$(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --require-hashes -r requirements/dev.txt
	$(BIN)/pip install --quiet --no-deps --no-build-isolation -e .
	touch $@

web: $(VENDOR)/.done

$(VENDOR)/.done: package-lock.json
	npm ci --silent --no-audit --no-fund
	mkdir -p $(VENDOR)
	cp node_modules/ol/dist/ol.js node_modules/ol/ol.css $(VENDOR)/
	cp node_modules/htm/preact/standalone.module.js $(VENDOR)/htm-preact.js
	touch $@

demo: venv web
	requirements/system for-reports
	$(BIN)/python -m sim.demo

test: venv web
	requirements/system for-tests
	$(BIN)/pytest -n $(WORKERS) --dist loadgroup --no-loadscope-reorder

# MAVProxy brings 1.1 GB along: an environment of its own, and not for every run of the tests.
judges: venv .venv-judges/.done
	$(BIN)/pytest tests/judges

.venv-judges/.done: requirements/judges.txt
	$(PYTHON) -m venv .venv-judges
	.venv-judges/bin/pip install --quiet --require-hashes -r requirements/judges.txt
	touch $@

check: venv
	$(BIN)/ruff check . && $(BIN)/ruff format --check . && $(BIN)/mypy

# The peers bring an OpenCV of their own, so they live in an environment of their own.
bench: venv web .venv-peers/.done
	$(BIN)/python -m benchmarks

.venv-peers/.done: requirements/peers.txt
	$(PYTHON) -m venv .venv-peers
	.venv-peers/bin/pip install --quiet --require-hashes -r requirements/peers.txt
	touch $@

# All targets, or those named: make fuzz FUZZ="GPX ublox --seconds 600"
fuzz: venv .fuzz/.done
	$(BIN)/python -m tests.fuzz $(FUZZ)

# Where there is no wheel of atheris, hypothesis takes its place.
.fuzz/.done: requirements/fuzz.txt
	mkdir -p .fuzz
	-$(BIN)/pip install --quiet --require-hashes --only-binary :all: --upgrade --target .fuzz/atheris -r requirements/fuzz.txt
	touch $@

# Renews the hashed lock files, for every platform; needs uv.
lock:
	$(COMPILE) pyproject.toml -o requirements/companion.txt
	$(COMPILE) --extra ground pyproject.toml -o requirements/ground.txt
	$(COMPILE) --all-extras pyproject.toml requirements/build.in -o requirements/dev.txt
	$(COMPILE) requirements/peers.in -o requirements/peers.txt
	$(COMPILE) requirements/fuzz.in -o requirements/fuzz.txt
	$(COMPILE) requirements/judges.in -o requirements/judges.txt

clean:
	rm -rf .venv .venv-peers .venv-judges .fuzz node_modules $(VENDOR) .demo
