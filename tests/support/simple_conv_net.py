"""The chapter's SimpleConvNet in NumPy, to judge what ocellus makes of a params.pkl.

Shares nothing with ocellus: its own IDX reader, its own im2col, double precision. Like ocellus it
counts every sample and takes the exact logarithm (docs/chapter.md says where the book does not).
"""
import gzip
import pickle
import sys

import numpy as np


def read_idx(path):
    with gzip.open(path) as file:
        data = file.read()
    rank = data[3]
    shape = np.frombuffer(data, '>i4', rank, 4)
    return np.frombuffer(data, np.uint8, offset=4 + 4 * rank).reshape(shape)


def write_idx(path, array):
    head = bytes([0, 0, 8, array.ndim]) + np.array(array.shape, '>i4').tobytes()
    with open(path, 'wb') as file:
        file.write(head + array.tobytes())


def im2col(images, height, width):
    """(N, C, H, W) -> (N * OH * OW, C * height * width), stride 1, no padding."""
    n, c, h, w = images.shape
    oh, ow = h - height + 1, w - width + 1
    col = np.empty((n, c, height, width, oh, ow))
    for y in range(height):
        for x in range(width):
            col[:, :, y, x] = images[:, :, y:y + oh, x:x + ow]
    return col.transpose(0, 4, 5, 1, 2, 3).reshape(n * oh * ow, -1)


def hidden(params, x):
    """The 100 values in front of the last Affine."""
    filters = params['W1']
    n, _, h, w = x.shape
    fn, _, fh, fw = filters.shape
    out = im2col(x, fh, fw) @ filters.reshape(fn, -1).T + params['b1']
    out = np.maximum(out, 0).reshape(n, h - fh + 1, w - fw + 1, fn).transpose(0, 3, 1, 2)
    n, c, h, w = out.shape
    out = out.reshape(n, c, h // 2, 2, w // 2, 2).max(axis=(3, 5)).reshape(n, -1)
    return np.maximum(out @ params['W2'] + params['b2'], 0)


def loss_and_accuracy(params, x, t):
    params = {name: values.astype(np.float64) for name, values in params.items()}
    scores = hidden(params, x) @ params['W3'] + params['b3']
    scores -= scores.max(axis=1, keepdims=True)
    log_probabilities = scores - np.log(np.exp(scores).sum(axis=1, keepdims=True))
    return {'loss': -log_probabilities[np.arange(len(t)), t].mean(),
            'accuracy': (scores.argmax(axis=1) == t).mean(), 'samples': len(t)}


def make_params(x, t):
    """Random filters and hidden layer; the last layer fits them to the labels by least squares."""
    random = np.random.RandomState(1)
    params = {'W1': 0.3 * random.randn(30, 1, 5, 5), 'b1': 0.1 * random.randn(30),
              'W2': 0.02 * random.randn(4320, 100), 'b2': 0.1 * random.randn(100)}
    features = np.hstack([hidden(params, x), np.ones((len(x), 1))])
    last = 8 * np.linalg.lstsq(features, np.eye(10)[t], rcond=1e-6)[0]
    params['W3'], params['b3'] = last[:-1], last[-1]
    return params


def dumps(params, protocol, core):
    """A pickle whose modules are of `numpy.core` (NumPy 1) or `numpy._core` (NumPy 2)."""
    data = pickle.dumps(params, protocol)
    here = b'_core' if b'numpy._core' in data else b'core'
    core = core.encode()
    for module in b'multiarray', b'numeric':
        old, new = (b'numpy.' + name + b'.' + module for name in (here, core))
        data = data.replace(bytes([len(old)]) + old, bytes([len(new)]) + new).replace(old, new)
    if protocol >= 4:  # the frame's size
        data = data[:3] + (len(data) - 11).to_bytes(8, 'little') + data[11:]
    return data


def digits(mnist, split, count):
    """Pixels from 0 to 1 in the precision of the book, and labels."""
    images = read_idx(f'{mnist}/{split}-images-idx3-ubyte.gz')[:count, None]
    labels = read_idx(f'{mnist}/{split}-labels-idx1-ubyte.gz')[:count]
    return images.astype(np.float32) / 255, labels
