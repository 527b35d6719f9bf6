"""PyTorch as a contestant: builds the network that ocellus describes and runs it on request.

Reads requests from standard input and answers on standard output, one JSON object a line:

  {"ask": "version"}                          -> {"version": "1.13.0, BLAS openblas-pthread"}
  {"ask": "load", "folder": F}                -> {"loss": L}
      F/network.json    the network, as ocellus writes it
      F/parameters.npz  its parameters, under ocellus' names
      F/batch.npz       "images" {N, C, H, W} and "labels" {N}
      writes F/pytorch.npz: "scores", and the gradient of the mean loss for each parameter
  {"ask": "run", "work": "training" or "prediction", "batch": n, "threads": t, "repetitions": r}
                                              -> {"seconds": s}
  {"ask": ...} that fails                     -> {"error": text}

A training step is: forward, softmax with cross entropy, backward, Adam. Its learning rate is so
small that parameters stay what they are; then every repetition does the same work.
"""

import ctypes
import json
import os
import sys
import time

try:
    import numpy
    import torch
    from torch import nn
except ImportError as error:
    sys.exit(f"{sys.executable}: {error}")

LEARNING_RATE = 1e-12


def options(layer, known):
    """The layer's options, with these defaults; refuses what this peer does not know."""
    ignored = {"type", "name", "weight_init", "bias_init"}
    unknown = set(layer) - ignored - set(known)
    if unknown:
        raise ValueError(f"{layer['name']}: this peer does not know {sorted(unknown)}")
    return {**known, **{key: layer[key] for key in known if key in layer}}


def make_layer(layer, shape):
    """Returns the module for a layer of ocellus that is given samples of this shape."""
    if layer["type"] == "Convolution":
        o = options(layer, {"filters": 0, "kernel_size": 0, "stride": 1, "padding": 0, "dilation": 1, "groups": 1})
        return nn.Conv2d(shape[0], o["filters"], o["kernel_size"], o["stride"], o["padding"], o["dilation"], o["groups"])
    if layer["type"] == "Affine":
        o = options(layer, {"units": 0})
        module = nn.Linear(int(numpy.prod(shape)), o["units"])
        return module if len(shape) == 1 else nn.Sequential(nn.Flatten(), module)
    if layer["type"] == "MaxPooling":
        o = options(layer, {"window": 0, "stride": layer["window"], "padding": 0})
        return nn.MaxPool2d(o["window"], o["stride"], o["padding"])
    if layer["type"] == "Relu":
        options(layer, {})
        return nn.ReLU()
    raise ValueError(f"{layer['name']}: this peer does not know the layer {layer['type']}")


def find_blas():
    """The file of the BLAS that this process has loaded, or None where there is no /proc.

    Debian's PyTorch takes whichever BLAS the system is set to. Without any other package that is the
    reference implementation, with which PyTorch is several times slower than anybody uses it.
    """
    try:
        with open("/proc/self/maps") as file:
            paths = {line.split()[-1] for line in file if "blas" in line.split()[-1].split("/")[-1]}
    except OSError:
        return None
    fast = [path for path in paths if any(name in path for name in ("openblas", "mkl", "blis", "atlas"))]
    if paths and not fast:
        raise ValueError(
            f"PyTorch uses the reference BLAS ({sorted(paths)[0]}), so a comparison would say nothing; "
            "install libopenblas0-pthread")
    return sorted(fast)[0] if fast else None


def to_pytorch(module, values):
    """Affine weights are (in, out) in ocellus, (out, in) in PyTorch."""
    return values.T if isinstance(module, nn.Linear) and values.ndim == 2 else values


class Peer:
    def load(self, folder):
        with open(os.path.join(folder, "network.json")) as file:
            network = json.load(file)
        parameters = numpy.load(os.path.join(folder, "parameters.npz"))
        batch = numpy.load(os.path.join(folder, "batch.npz"))
        self.images = torch.from_numpy(batch["images"])
        self.labels = torch.from_numpy(batch["labels"].astype(numpy.int64))

        modules = []
        sample = torch.zeros(1, *network["input"])
        named = {}  # ocellus' name -> (module, parameter)
        for layer in network["layers"]:
            if "inputs" in layer:
                raise ValueError(f"{layer['name']}: this peer only knows chains")
            module = make_layer(layer, sample.shape[1:])
            sample = module(sample)
            modules.append(module)
            for inner in module.modules():
                if isinstance(inner, (nn.Conv2d, nn.Linear)):
                    named[layer["name"] + ".weights"] = (inner, inner.weight)
                    named[layer["name"] + ".biases"] = (inner, inner.bias)
        if set(named) != set(parameters.files):
            raise ValueError(f"expected parameters {sorted(named)}, found {sorted(parameters.files)}")
        with torch.no_grad():
            for name, (module, parameter) in named.items():
                parameter.copy_(torch.from_numpy(to_pytorch(module, parameters[name]).copy()))

        self.network = nn.Sequential(*modules)
        self.optimizer = torch.optim.Adam(self.network.parameters(), lr=LEARNING_RATE)
        scores, loss = self.forward_and_backward(len(self.labels))
        results = {"scores": scores.detach().numpy()}
        for name, (module, parameter) in named.items():
            results[name] = numpy.ascontiguousarray(to_pytorch(module, parameter.grad.numpy()))
        numpy.savez(os.path.join(folder, "pytorch.npz"), **results)
        return {"loss": loss.item()}

    def forward_and_backward(self, batch):
        self.optimizer.zero_grad(set_to_none=True)
        scores = self.network(self.images[:batch])
        loss = nn.functional.cross_entropy(scores, self.labels[:batch])
        loss.backward()
        return scores, loss

    def train(self, batch, repetitions):
        self.network.train()
        for _ in range(repetitions):
            self.forward_and_backward(batch)
            self.optimizer.step()

    def predict(self, batch, repetitions):
        self.network.eval()
        images = self.images[:batch]
        with torch.inference_mode():
            for _ in range(repetitions):
                self.network(images)

    def run(self, work, batch, threads, repetitions):
        torch.set_num_threads(threads)
        action = {"training": self.train, "prediction": self.predict}[work]
        begin = time.perf_counter()
        action(batch, repetitions)
        return {"seconds": time.perf_counter() - begin}

    def version(self):
        blas = find_blas()
        if blas is not None and "openblas" in blas:
            # PyTorch splits the work itself. Threads of OpenBLAS on top of that outnumber the processors
            # and cost PyTorch a third of its speed (training, 2 threads: 12 to 13 ms become 13 to 24).
            ctypes.CDLL(blas).openblas_set_num_threads(1)
        return {"version": torch.__version__ + (f", BLAS {blas}" if blas else "")}


def main():
    peer = Peer()
    actions = {"version": peer.version, "load": peer.load, "run": peer.run}
    for line in sys.stdin:
        request = json.loads(line)
        try:
            answer = actions[request.pop("ask")](**request)
        except Exception as error:
            answer = {"error": f"{type(error).__name__}: {error}"}
        print(json.dumps(answer), flush=True)


main()
