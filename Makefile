# The two commands of the README; everything they need is installed into .venv.
PYTHON ?= python3

.PHONY: serve test

.venv/serve: pyproject.toml
	$(PYTHON) -m venv .venv
	.venv/bin/pip install --quiet --editable .
	touch $@

.venv/test: pyproject.toml
	$(PYTHON) -m venv .venv
	.venv/bin/pip install --quiet --editable '.[train,dev]'
	touch $@

serve: .venv/serve
	.venv/bin/homelens models
	@echo
	@echo 'Check a folder of photos:'
	@echo '  .venv/bin/homelens check PHOTOS --home bedrooms=3,bathrooms=2,type=house --out report'

test: .venv/test
	.venv/bin/ruff check .
	.venv/bin/ruff format --check .
	.venv/bin/mypy
	.venv/bin/pytest
