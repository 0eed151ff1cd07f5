#!/bin/sh
# Installs Debian's chromium for the browser tests where it can, and says what is missing where not.
set -eu
if command -v chromium >/dev/null; then
  exit 0
fi
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
  apt-get update --quiet=2 \
    && DEBIAN_FRONTEND=noninteractive apt-get install --yes --no-install-recommends --quiet=2 \
      chromium fonts-dejavu-core >/dev/null \
    && exit 0
fi
echo "chromium is not installed, so the browser tests are skipped: apt-get install chromium" >&2
