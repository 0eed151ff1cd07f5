# The two commands of the README; everything they need is installed into .venv.
PYTHON ?= python3
WEB = $(shell find serving/web -path '*/node_modules' -prune -o -path '*/dist' -prune -o -type f -print)

.PHONY: serve test image

.venv/serve: pyproject.toml
	$(PYTHON) -m venv .venv
	.venv/bin/pip install --quiet --editable .
	touch $@

.venv/test: pyproject.toml
	$(PYTHON) -m venv .venv
	.venv/bin/pip install --quiet --editable '.[train,dev]'
	touch $@ .venv/serve

# Without PyTorch: enough to check an image.
.venv/image: pyproject.toml
	$(PYTHON) -m venv .venv
	.venv/bin/pip install --quiet --editable '.[dev]'
	touch $@

# Built pages; no part of the repository.
serving/web/dist/index.html: $(WEB)
	@test -x .venv/bin/python || $(PYTHON) -m venv .venv
	serving/web/build.sh .venv/bin/python
	touch $@

serve: .venv/serve serving/web/dist/index.html
	.venv/bin/homelens serve

test: .venv/test serving/web/dist/index.html
	tests/chromium.sh
	tests/prometheus.sh
	.venv/bin/ruff check .
	.venv/bin/ruff format --check .
	.venv/bin/mypy
	# Compiled once: tests start the command hundreds of times, and may not write byte code.
	.venv/bin/python -m compileall -q avm labels serving training vision tests -x node_modules
	# small matrices: threads of linear algebra only wait for each other
	OPENBLAS_NUM_THREADS=1 .venv/bin/pytest -n 2 --dist loadfile

# Builds the image, runs it, checks and measures it; docs/image.md. BASE=debootstrap makes the base.
BASE ?= pull
image: .venv/image
	.venv/bin/python -m deploy.image.check --base $(BASE)
