#!/usr/bin/env bash
# Installs Python packages that the benchmark compares ocellus with into build/peers, from PyPI. Says
# so and goes on if that does not work: the benchmark runs without them too.
# Usage: scripts/peers.sh PACKAGE...
set -euo pipefail
cd "$(dirname "$0")/.."

folder=build/peers
missing=()
for package in "$@"; do
  "$folder/bin/python" -c "import $package" 2>/dev/null || missing+=("$package")
done
[[ ${#missing[@]} -eq 0 ]] && exit 0

echo "peers: installing ${missing[*]} into $folder" >&2
if ! { /usr/bin/python3 -m venv "$folder" && "$folder/bin/pip" install --quiet "${missing[@]}"; } >&2; then
  echo "peers: could not install ${missing[*]}; the benchmark goes on without" >&2
fi
