#!/usr/bin/env bash
# Installs the system packages that ocellus needs and that are missing; does nothing if none is.
# Usage: scripts/setup.sh [build] [test] [bench] [check]   (default: build)
# Works on Debian 12 and Ubuntu 24.04, as root or with sudo. What each package is for is told in
# docs/dependencies.md.
set -euo pipefail

build=(g++ cmake make ninja-build pkg-config libfmt-dev nlohmann-json3-dev libcli11-dev libhwy-dev
       zlib1g-dev libzip-dev libpng-dev libjpeg-dev libmd-dev libcairo2-dev fonts-dejavu-core)
test=(libgtest-dev libgmock-dev python3-minimal python3-numpy)
bench=(python3-minimal python3-numpy python3-torch python3-venv libopenblas0-pthread)
check=(git clang-format clang-tidy fonts-wqy-microhei)

wanted=()
for group in "${@:-build}"; do
  case "$group" in
    build) wanted+=("${build[@]}") ;;
    test) wanted+=("${test[@]}") ;;
    bench) wanted+=("${bench[@]}") ;;
    check) wanted+=("${check[@]}") ;;
    *) echo "setup: unknown group '$group'; known: build, test, bench, check" >&2; exit 2 ;;
  esac
done

if ! command -v dpkg-query >/dev/null || ! command -v apt-get >/dev/null; then
  echo "setup: this is not Debian or Ubuntu (no apt-get). Install what docs/dependencies.md lists, then" >&2
  echo "       run: cmake --preset release && cmake --build --preset release" >&2
  exit 1
fi

missing=()
for package in "${wanted[@]}"; do
  status=$(dpkg-query -W -f='${db:Status-Abbrev}' "$package" 2>/dev/null || true)
  [[ $status == ii* ]] || missing+=("$package")
done
[[ ${#missing[@]} -eq 0 ]] && exit 0

as_root=()
if [[ $(id -u) -ne 0 ]]; then
  if ! command -v sudo >/dev/null; then
    echo "setup: these packages are missing and need root to install: ${missing[*]}" >&2
    exit 1
  fi
  as_root=(sudo)
fi

echo "setup: installing ${missing[*]}" >&2
"${as_root[@]}" apt-get update -q >&2
"${as_root[@]}" env DEBIAN_FRONTEND=noninteractive \
  apt-get install -y -q --no-install-recommends "${missing[@]}" >&2
