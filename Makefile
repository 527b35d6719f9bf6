# The commands of the project. `make demo` and `make test` need nothing but a package manager: they
# install what is missing (scripts/setup.sh), configure and build. A second run does no work twice.

OUT ?= out

.PHONY: help demo test build bench bench-pytorch format clean

help:
	@echo "make demo     train SimpleConvNet on MNIST and show what it learned (writes $(OUT)/)"
	@echo "make test     build and run all tests"
	@echo "make build    build the program: build/release/ocellus"
	@echo "make bench    measure speed and memory beside PyTorch and ONNX Runtime (docs/benchmarks.md)"
	@echo "make format   format all C++ files"
	@echo "make clean    remove build/ (and nothing else)"

demo: build
	@scripts/demo.sh $(OUT)

build:
	@scripts/setup.sh build
	@scripts/build.sh release -DOCELLUS_TESTS=OFF

test:
	@scripts/setup.sh build test
	@scripts/build.sh release -DOCELLUS_TESTS=ON
	@ctest --preset release -j $$(nproc)

# BENCH chooses: make bench BENCH="networks --rows lenet --threads 2"
bench:
	@scripts/setup.sh build bench
	@scripts/peers.sh onnx onnxruntime
	@scripts/build.sh release -DOCELLUS_BENCHMARKS=ON -- ocellus_bench
	@build/release/ocellus_bench $(BENCH)

# A current PyTorch for the benchmark. PyPI's has CUDA inside: several GB.
bench-pytorch:
	@scripts/setup.sh bench
	@scripts/peers.sh numpy torch

format:
	clang-format -i $$(git ls-files '*.h' '*.cc')

clean:
	rm -rf build
