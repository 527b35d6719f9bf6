"""PyTorch as a contestant; what it is asked: peer.py."""

import ctypes
import os
import sys
import time

try:
    import numpy
    import torch
    from torch import nn
except ImportError as error:
    sys.exit(f"{sys.executable}: {error}")

import peer

LEARNING_RATE = 1e-12
WORKS = ["training", "prediction", "forward", "input-gradient", "weight-gradient", "product"]


class PredictionDropout(nn.Module):
    """Dropout as the paper has it: outputs are scaled in prediction, not in training."""

    def __init__(self, ratio):
        super().__init__()
        self.ratio = ratio

    def forward(self, values):
        kept = nn.functional.dropout(values, self.ratio, self.training)
        return kept * (1 - self.ratio)


def make_layer(layer, shape):
    """Returns the module for a layer of ocellus that is given samples of this shape."""
    if layer["type"] == "Convolution":
        o = peer.options(layer, peer.CONVOLUTION)
        return nn.Conv2d(shape[0], o["filters"], o["kernel_size"], o["stride"], o["padding"], o["dilation"], o["groups"])
    if layer["type"] == "Affine":
        o = peer.options(layer, peer.AFFINE)
        module = nn.Linear(int(numpy.prod(shape)), o["units"])
        return module if len(shape) == 1 else nn.Sequential(nn.Flatten(), module)
    if layer["type"] == "MaxPooling":
        o = peer.pooling(layer)
        return nn.MaxPool2d(o["window"], o["stride"], o["padding"])
    if layer["type"] == "Relu":
        peer.options(layer, {})
        return nn.ReLU()
    if layer["type"] == "LocalResponseNorm":
        o = peer.response_norm(layer)
        return nn.LocalResponseNorm(o["size"], o["alpha"], o["beta"], o["k"])
    if layer["type"] == "Dropout":
        o = peer.options(layer, peer.DROPOUT)
        return nn.Dropout(o["ratio"]) if o["scaling"] == "training" else PredictionDropout(o["ratio"])
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
    # NumPy's own is not PyTorch's, and that of graphics processors is not asked.
    paths = {path for path in paths if "numpy" not in path and "cublas" not in path}
    fast = [path for path in paths if any(name in path for name in ("openblas", "mkl", "blis", "atlas"))]
    if paths and not fast:
        raise ValueError(
            f"PyTorch uses the reference BLAS ({sorted(paths)[0]}), so a comparison would say nothing; "
            "install libopenblas0-pthread")
    return sorted(fast)[0] if fast else None


def to_pytorch(module, values):
    """Affine weights are (in, out) in ocellus, (out, in) in PyTorch."""
    return values.T if isinstance(module, nn.Linear) and values.ndim == 2 else values


class PyTorch:
    def version(self):
        blas = find_blas()
        if blas is not None and "openblas" in blas:
            # PyTorch splits the work itself. Threads of OpenBLAS on top of that outnumber the processors
            # and cost PyTorch a third of its speed (training, 2 threads: 12 to 13 ms become 13 to 24).
            ctypes.CDLL(blas).openblas_set_num_threads(1)
        name = "PyTorch " + ".".join(torch.__version__.split(".")[:2])
        return {"name": name, "version": torch.__version__ + (f", BLAS {blas}" if blas else ""), "works": WORKS}

    def load(self, folder):
        self.arrays = {name: torch.from_numpy(values)
                       for name, values in peer.read_arrays(numpy, folder, "batch.npz").items()}
        network = peer.read_network(folder)
        if network is None:
            return {}
        modules = []
        sample = torch.zeros(1, *network["input"])
        self.named = {}  # ocellus' name -> (module, parameter)
        for layer in network["layers"]:
            module = make_layer(layer, sample.shape[1:])
            with torch.inference_mode():
                sample = module(sample)
            modules.append(module)
            for inner in module.modules():
                if isinstance(inner, (nn.Conv2d, nn.Linear)):
                    self.named[layer["name"] + ".weights"] = (inner, inner.weight)
                    self.named[layer["name"] + ".biases"] = (inner, inner.bias)
        self.set_parameters(peer.read_arrays(numpy, folder, "parameters.npz"))
        self.network = nn.Sequential(*modules)
        self.optimizer = None
        if "labels" in self.arrays:
            self.labels = self.arrays["labels"].long()
        return {}

    def set_parameters(self, parameters):
        if not parameters:
            return
        if set(self.named) != set(parameters):
            raise ValueError(f"expected parameters {sorted(self.named)}, found {sorted(parameters)}")
        with torch.no_grad():
            for name, (module, parameter) in self.named.items():
                parameter.copy_(torch.from_numpy(to_pytorch(module, parameters[name])))

    def check(self, work, file):
        results = getattr(self, "check_" + work.replace("-", "_"))()
        numpy.savez(file, **{name: numpy.ascontiguousarray(values.detach().numpy())
                             for name, values in results.items()})
        return {}

    def run(self, work, batch, threads, repetitions):
        torch.set_num_threads(threads)
        action = getattr(self, work.replace("-", "_"))
        begin = time.perf_counter()
        action(batch, repetitions)
        return {"seconds": time.perf_counter() - begin}

    def forward_and_backward(self, batch):
        scores = self.network(self.arrays["images"][:batch])
        loss = nn.functional.cross_entropy(scores, self.labels[:batch])
        loss.backward()
        return scores, loss

    def check_training(self):
        self.network.eval()
        self.network.zero_grad(set_to_none=True)
        scores, loss = self.forward_and_backward(len(self.labels))
        return {"scores": scores, "loss": loss.reshape(1),
                **{name: to_pytorch(module, parameter.grad) for name, (module, parameter) in self.named.items()}}

    def training(self, batch, repetitions):
        self.network.train()
        if self.optimizer is None:
            self.optimizer = torch.optim.Adam(self.network.parameters(), lr=LEARNING_RATE)
        for _ in range(repetitions):
            self.optimizer.zero_grad(set_to_none=True)
            self.forward_and_backward(batch)
            self.optimizer.step()

    def check_prediction(self):
        self.network.eval()
        with torch.inference_mode():
            return {"scores": self.network(self.arrays["images"])}

    def prediction(self, batch, repetitions):
        self.network.eval()
        images = self.arrays["images"][:batch]
        with torch.inference_mode():
            for _ in range(repetitions):
                self.network(images)

    def check_forward(self):
        return {"output": self.check_prediction()["scores"]}

    def forward(self, batch, repetitions):
        self.prediction(batch, repetitions)

    def gradients(self, batch, wanted, repetitions):
        """Of the one convolution: with respect to input, weights and biases, those that are wanted."""
        layer = self.network[0]
        images, d_output = self.arrays["images"][:batch], self.arrays["d_output"][:batch]
        with torch.inference_mode():
            for _ in range(repetitions):
                result = torch.ops.aten.convolution_backward(
                    d_output, images, layer.weight, [layer.out_channels], layer.stride, layer.padding,
                    layer.dilation, False, [0, 0], layer.groups, wanted)
        return result

    def check_input_gradient(self):
        return {"d_input": self.gradients(None, [True, False, False], 1)[0]}

    def input_gradient(self, batch, repetitions):
        self.gradients(batch, [True, False, False], repetitions)

    def check_weight_gradient(self):
        _, d_weights, d_biases = self.gradients(None, [False, True, True], 1)
        return {"d_weights": d_weights, "d_biases": d_biases}

    def weight_gradient(self, batch, repetitions):
        self.gradients(batch, [False, True, True], repetitions)

    def check_product(self):
        return {"product": self.arrays["a"] @ self.arrays["b"]}

    def product(self, batch, repetitions):
        a, b = self.arrays["a"], self.arrays["b"]
        result = torch.empty(a.shape[0], b.shape[1])
        for _ in range(repetitions):
            torch.mm(a, b, out=result)


peer.serve(PyTorch())
