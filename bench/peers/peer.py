"""What all peers have in common: how they are asked, and how they get a network.

A peer reads requests from standard input and answers on standard output, one JSON object a line:

  {"ask": "version"}                -> {"name": "PyTorch 1.13", "version": "1.13.0, ...", "works": [...]}
      works: which kinds of work it can do
  {"ask": "load", "folder": F}      -> {}
      F/network.json    the network, as ocellus writes it; absent for the work "product"
      F/parameters.npz  its parameters, under ocellus' names; absent where only speed and memory are
                        measured: then they have whatever values the peer gives them
      F/batch.npz       "images" {N, C, H, W} and "labels" {N}; for a convolution alone "images" and
                        "d_output"; for a product the factors "a" and "b"
  {"ask": "check", "work": W, "file": F}                              -> {}
      does the work once and writes the results to F, an npz file
  {"ask": "run", "work": W, "batch": n, "threads": t, "repetitions": r} -> {"seconds": s}
      the first n images of the batch
  {"ask": "memory"}                 -> {"peak_bytes": b}
      the largest resident size that the process had so far
  {"ask": ...} that fails           -> {"error": text}

Kinds of work:

  training         forward, softmax with cross entropy, backward, Adam. The learning rate is so small
                   that parameters stay what they are; then every repetition does the same work.
                   Results: "scores", "loss" and the gradient of each parameter, with nothing dropped
                   by Dropout.
  prediction       forward. Results: "scores".
  forward, input-gradient, weight-gradient
                   of a network that is one convolution. Results: "output"; "d_input"; "d_weights" and
                   "d_biases".
  product          a times b. Results: "product".
"""

import json
import os
import sys


def options(layer, known):
    """The layer's options, with these defaults; refuses what this peer does not know."""
    ignored = {"type", "name", "weight_init", "bias_init"}
    unknown = set(layer) - ignored - set(known)
    if unknown:
        raise ValueError(f"{layer['name']}: this peer does not know {sorted(unknown)}")
    return {**known, **{key: layer[key] for key in known if key in layer}}


CONVOLUTION = {"filters": 0, "kernel_size": 0, "stride": 1, "padding": 0, "dilation": 1, "groups": 1}
AFFINE = {"units": 0}
RESPONSE_NORM = {"size": 5, "alpha": 1e-4, "beta": 0.75, "k": 2, "alpha_mode": "sum"}
DROPOUT = {"ratio": 0.5, "scaling": "training"}


def pooling(layer):
    return options(layer, {"window": 0, "stride": layer["window"], "padding": 0})


def response_norm(layer):
    """With alpha as most libraries have it: multiplied with the mean of the window, not its sum."""
    o = options(layer, RESPONSE_NORM)
    if o["alpha_mode"] == "sum":
        o["alpha"] *= o["size"]
    return o


def read_network(folder):
    """The description, whose layers are known to form a chain; None if there is none."""
    path = os.path.join(folder, "network.json")
    if not os.path.exists(path):
        return None
    with open(path) as file:
        network = json.load(file)
    for layer in network["layers"]:
        if "inputs" in layer:
            raise ValueError(f"{layer['name']}: this peer only knows chains")
    return network


def read_arrays(numpy, folder, name):
    """The arrays of an npz file of the folder as a dict; empty if there is no such file."""
    path = os.path.join(folder, name)
    return dict(numpy.load(path)) if os.path.exists(path) else {}


def peak_bytes():
    with open("/proc/self/status") as file:
        for line in file:
            if line.startswith("VmHWM:"):
                return 1024 * int(line.split()[1])
    raise ValueError("the system does not tell how much memory a process took")


def serve(peer):
    """Answers until there are no more requests. `peer` has a method for each of them but memory."""
    for line in sys.stdin:
        request = json.loads(line)
        ask = request.pop("ask")
        try:
            answer = {"peak_bytes": peak_bytes()} if ask == "memory" else getattr(peer, ask)(**request)
        except Exception as error:
            answer = {"error": f"{type(error).__name__}: {error}"}
        print(json.dumps(answer), flush=True)
