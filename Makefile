# Needs Python 3.11 or newer, git and make. Everything else is fetched by the targets, pinned and verified by hashes.
V   := .venv
BIN := $(V)/bin
# The newest Python that works; asked only when the virtual environment is made. Another one: make run PY=python3.12
PY   = $(shell for v in 3.13 3.12 3.11 3; do python$$v -c 'import venv, ensurepip, sys; sys.exit(sys.version_info < (3, 11))' \
         2>/dev/null && echo python$$v && break; done)
# uv is fast, pip knows the company's proxy and mirror: when the first fails the second tries.
install = $(BIN)/uv pip install -q --python $(BIN)/python --require-hashes -r $(1) 2>$(V)/uv.log \
          || $(BIN)/python -m pip install -q --disable-pip-version-check --require-hashes -r $(1)

# Some images keep Python from writing compiled modules: each start would compile the world anew, for seconds.
export PYTHONDONTWRITEBYTECODE =

.PHONY: help run test quick lint fmt bench lock messages docs assets
.DEFAULT_GOAL := help

help:
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "make %-9s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

run: $(V)/run.ok assets  ## start Cartera here; the first time it fetches what it needs and asks for nothing
	@$(BIN)/python tools/system.py run
	@$(BIN)/cartera serve --first-run $(ARGS)

test: $(V)/test.ok assets  ## everything, with PostgreSQL, Redis, S3, mail servers and a browser of their own
	@$(BIN)/python tools/system.py test
	@$(BIN)/python -m pytest -n 2 --dist loadgroup $(ARGS)

# What a change breaks most often, in a minute: the rest of what needs neither browser nor PostgreSQL takes five.
QUICK = $(addprefix tests/core/,custom_fields files identity visibility web) $(addprefix tests/plugins/,companies contacts contracts leads)

quick: $(V)/test.ok assets  ## a minute of tests that need neither browser nor PostgreSQL
	@$(BIN)/python tools/system.py run
	@$(BIN)/python -m pytest -n 2 --dist loadgroup -m "not browser and not postgres" $(QUICK) $(ARGS)

lint: $(V)/test.ok  ## ruff, mypy, who may import whom, templates, lock files, icons
	@$(BIN)/python -m tools.lint

fmt: $(V)/test.ok  ## cure what lint finds, where a machine can
	@$(BIN)/ruff check --fix -q .

bench: $(V)/test.ok assets  ## pages, import, export and PDFs, measured here
	@$(BIN)/python -m benchmarks $(ARGS)

lock: $(V)/tools.ok  ## after a change of dependencies: write the lock files anew (newer versions: make lock ARGS=--upgrade)
	@$(BIN)/python -m tools.locks write $(ARGS)

messages: $(V)/test.ok  ## bring the translation files up to date with the sources
	@$(BIN)/python -m tools.messages $(ARGS)

docs: $(V)/test.ok  ## write the tables of README.md and docs/ anew from the code
	@$(BIN)/python -m tools.docs $(ARGS)

# Asked each time, as a source may name an icon that is not in the sprite yet; 0.1 s when nothing changed.
assets: $(V)/assets.ok
	@$(BIN)/python assets/build.py

$(V)/tools.ok: requirements/tools.txt
	@test -x $(BIN)/python || { p="$(PY)"; \
	  test -n "$$p" || { echo "Cartera needs Python 3.11 or newer with its venv module (Debian: apt-get install python3-venv)"; exit 1; }; \
	  echo "Making $(V) with $$($$p -V) …"; $$p -m venv $(V); }
	@$(BIN)/python -m pip install -q --disable-pip-version-check --require-hashes -r $<
	@touch $@

$(V)/run.ok: requirements/run.txt pyproject.toml $(V)/tools.ok
	@$(call install,$<)
	@$(BIN)/python -m pip install -q --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

$(V)/test.ok: requirements/dev.txt $(V)/run.ok
	@$(call install,$<)
	@touch $@

$(V)/assets.ok: requirements/fonts.txt requirements/node.txt $(V)/tools.ok
	@$(call install,$<)
	@{ node -e 'process.exit(parseInt(process.versions.node) < 20 ? 1 : 0)' && npm -v; } >/dev/null 2>&1 \
	  || { echo "No Node 20 on this machine: fetching one into $(V) …"; $(call install,requirements/node.txt); }
	@touch $@
