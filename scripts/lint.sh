#!/usr/bin/env bash
# clang-tidy over the library and the program (not the kernels: each is compiled once for every
# instruction set, which clang-tidy takes minutes for, and their warnings are the compiler's).
set -euo pipefail
cd "$(dirname "$0")/.."

git ls-files 'ocellus/*.cc' | grep -v '^ocellus/kernels/' |
  xargs -P "$(nproc)" -n 4 clang-tidy --quiet -p build/asan-ubsan 2>&1 |
  { grep -v -E '^[0-9]+ warnings generated|^Suppressed|^Use -header-filter' || true; }
