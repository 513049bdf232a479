#!/bin/sh
# The tests look at pages in a real Chromium. Find one, or install the system's where that is possible.
set -eu
for name in chromium chromium-browser google-chrome google-chrome-stable; do
  if command -v "$name" >/dev/null 2>&1; then exit 0; fi
done
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
  echo "installing chromium, which the page tests need"
  apt-get update -qq
  DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends chromium >/dev/null
else
  echo "the page tests need Chromium: install it (Debian: sudo apt-get install chromium), then try again" >&2
  exit 1
fi
