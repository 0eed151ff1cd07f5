#!/bin/sh
# Installs Debian's promtool for the tests of alerts where it can; the tests do with less without it.
set -eu
if command -v promtool >/dev/null; then
  exit 0
fi
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
  apt-get update --quiet=2 \
    && DEBIAN_FRONTEND=noninteractive apt-get install --yes --no-install-recommends --quiet=2 \
      prometheus >/dev/null \
    && exit 0
fi
echo "promtool is not installed, so alerts are only parsed: apt-get install prometheus" >&2
