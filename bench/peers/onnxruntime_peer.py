"""ONNX Runtime as a contestant; what it is asked: peer.py."""

import os
import sys
import time

try:
    import numpy
    import onnx
    import onnxruntime
    from onnx import helper, numpy_helper
except ImportError as error:
    sys.exit(f"{sys.executable}: {error}")

import peer

# Of the operators; old enough for every ONNX Runtime of the last years.
OPSET = 13


def pair(extent):
    return list(extent) if isinstance(extent, list) else [extent, extent]


class ModelWriter:
    """Builds the ONNX model of a network, layer by layer. Shapes are those of one sample."""

    def __init__(self, network, parameters):
        self.parameters = parameters
        self.shape = list(network["input"])
        self.values = "images"
        self.nodes = []
        self.initializers = []
        first = [helper.make_tensor_value_info(self.values, onnx.TensorProto.FLOAT, ["N", *self.shape])]
        for layer in network["layers"]:
            self.add(layer)
        last = [helper.make_tensor_value_info(self.values, onnx.TensorProto.FLOAT, None)]
        graph = helper.make_graph(self.nodes, "network", first, last, self.initializers)
        self.model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", OPSET)])
        self.model.ir_version = 8

    def add(self, layer):
        add = getattr(self, "add_" + layer["type"], None)
        if add is None:
            raise ValueError(f"{layer['name']}: this peer does not know the layer {layer['type']}")
        add(layer)

    def node(self, operator, layer, inputs=(), **attributes):
        output = f"{layer['name']}.{operator}"
        self.nodes.append(helper.make_node(operator, [self.values, *inputs], [output], **attributes))
        self.values = output

    def constant(self, name, values):
        self.initializers.append(numpy_helper.from_array(numpy.ascontiguousarray(values, numpy.float32), name))
        return name

    def parameter(self, layer, name):
        full = f"{layer['name']}.{name}"
        return self.constant(full, self.parameters[full])

    def slide(self, kernel, stride, padding, dilation=(1, 1)):
        """What a window makes of height and width."""
        size = [(s + 2 * p - d * (k - 1) - 1) // t + 1
                for s, k, t, p, d in zip(self.shape[1:], kernel, stride, padding, dilation)]
        self.shape = [self.shape[0], *size]

    def add_Convolution(self, layer):
        o = peer.options(layer, peer.CONVOLUTION)
        kernel, stride, padding, dilation = (pair(o[k]) for k in ("kernel_size", "stride", "padding", "dilation"))
        self.node("Conv", layer, [self.parameter(layer, "weights"), self.parameter(layer, "biases")],
                  kernel_shape=kernel, strides=stride, pads=padding + padding, dilations=dilation, group=o["groups"])
        self.slide(kernel, stride, padding, dilation)
        self.shape[0] = o["filters"]

    def add_MaxPooling(self, layer):
        o = peer.pooling(layer)
        kernel, stride, padding = pair(o["window"]), pair(o["stride"]), pair(o["padding"])
        self.node("MaxPool", layer, kernel_shape=kernel, strides=stride, pads=padding + padding)
        self.slide(kernel, stride, padding)

    def add_Affine(self, layer):
        o = peer.options(layer, peer.AFFINE)
        if len(self.shape) > 1:
            self.node("Flatten", layer)
        self.node("Gemm", layer, [self.parameter(layer, "weights"), self.parameter(layer, "biases")])
        self.shape = [o["units"]]

    def add_Relu(self, layer):
        peer.options(layer, {})
        self.node("Relu", layer)

    def add_LocalResponseNorm(self, layer):
        o = peer.response_norm(layer)
        self.node("LRN", layer, size=o["size"], alpha=float(o["alpha"]), beta=float(o["beta"]), bias=float(o["k"]))

    def add_Dropout(self, layer):
        o = peer.options(layer, peer.DROPOUT)
        if o["scaling"] == "prediction":
            self.node("Mul", layer, [self.constant(layer["name"] + ".kept", 1 - o["ratio"])])


class OnnxRuntime:
    def version(self):
        version = onnxruntime.__version__
        return {"name": "ONNX Runtime " + ".".join(version.split(".")[:2]), "version": version,
                "works": ["prediction", "forward"]}

    def load(self, folder):
        """Writes F/model.onnx unless it is there already."""
        self.path = os.path.join(folder, "model.onnx")
        if not os.path.exists(self.path):
            network = peer.read_network(folder)
            onnx.save(ModelWriter(network, peer.read_arrays(numpy, folder, "parameters.npz")).model, self.path)
        self.images = peer.read_arrays(numpy, folder, "batch.npz")["images"]
        self.sessions = {}
        return {}

    def session(self, threads):
        if threads not in self.sessions:
            options = onnxruntime.SessionOptions()
            options.intra_op_num_threads = threads
            options.inter_op_num_threads = 1
            self.sessions = {threads: onnxruntime.InferenceSession(
                self.path, options, providers=["CPUExecutionProvider"])}
        return self.sessions[threads]

    def check(self, work, file):
        result = self.session(1).run(None, {"images": self.images})[0]
        numpy.savez(file, **{"scores" if work == "prediction" else "output": result})
        return {}

    def run(self, work, batch, threads, repetitions):
        session = self.session(threads)
        images = numpy.ascontiguousarray(self.images[:batch])
        begin = time.perf_counter()
        for _ in range(repetitions):
            session.run(None, {"images": images})
        return {"seconds": time.perf_counter() - begin}


peer.serve(OnnxRuntime())
