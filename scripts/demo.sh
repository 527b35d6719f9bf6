#!/usr/bin/env bash
# Trains the chapter's SimpleConvNet on MNIST and shows what it learned.
# Usage: scripts/demo.sh [OUTPUT-FOLDER]
set -euo pipefail
cd "$(dirname "$0")/.."

ocellus=build/release/ocellus
out=${1:-out}

cat <<EOF

SimpleConvNet learns to read handwritten digits: convolution, ReLU, pooling and two affine layers,
433,890 parameters, trained on 60,000 images of MNIST and judged by 10,000 others. Ctrl-C stops early.

EOF
$ocellus info simple-conv-net --batch-size 100
echo
$ocellus train --net simple-conv-net --data mnist --epochs 8 --schedule cosine --out "$out" --overwrite
$ocellus show filters "$out/model.safetensors" --before initial --out "$out/filters.png"
cat <<EOF

What to look at:
  $out/filters.png          the 30 filters before and after training: noise has become edges and blobs
  $out/curves.png           how loss and accuracy changed
  $out/metrics.jsonl        the same as numbers, one JSON object a line
  $out/model.safetensors    the model

What to try next:
  $ocellus eval $out/model.safetensors --data mnist        # which digits are mistaken for which
  $ocellus predict $out/model.safetensors mnist:test:42    # or photo.png, or a JPEG
  $ocellus check-grad simple-conv-net                      # is backpropagation right?
EOF
