# Any number of layers in one loop, no helper functions.
import numpy as np


def sigmoid(z):
    z = np.clip(z, -500, 500)
    return 1 / (1 + np.exp(-z))


def initialise_parameters(layer_dims, seed=0):
    rng = np.random.RandomState(seed)
    params = {}
    for l in range(1, len(layer_dims)):
        scale = np.sqrt(2 / layer_dims[l - 1])
        params[f"W{l}"] = rng.randn(layer_dims[l], layer_dims[l - 1]) * scale
        params[f"b{l}"] = np.zeros((layer_dims[l], 1))
    return params


def forward_propagation(X, params):
    L = len(params) // 2
    cache = {"A0": X, "Z0": X}
    A = X
    for l in range(1, L + 1):
        Z = params[f"W{l}"] @ A + params[f"b{l}"]
        A = sigmoid(Z) if l == L else np.tanh(Z)
        cache[f"Z{l}"], cache[f"A{l}"] = Z, A
    return A, cache


def compute_cost(A, Y):
    m = Y.shape[1]
    return float(-(Y * np.log(A) + (1 - Y) * np.log(1 - A)).sum() / m)


def backward_propagation(params, cache, X, Y):
    L = len(params) // 2
    m = X.shape[1]
    grads = {}
    dZ = cache[f"A{L}"] - Y
    for l in range(L, 0, -1):
        grads[f"dW{l}"] = dZ @ cache[f"Z{l - 1}"].T / m
        grads[f"db{l}"] = dZ.mean(axis=1, keepdims=True)
        if l > 1:
            dZ = params[f"W{l}"].T @ dZ * (1 - np.tanh(cache[f"Z{l - 1}"]) ** 2)
    return grads


def update_parameters(params, grads, learning_rate):
    return {k: v - learning_rate * grads["d" + k] for k, v in params.items()}


def predict(X, params):
    A, _ = forward_propagation(X, params)
    return np.round(A)
