import numpy as np


def initialize_parameters(layer_dims):
    parameters = {}
    for l in range(1, len(layer_dims)):
        n_out, n_in = layer_dims[l], layer_dims[l - 1]
        parameters[f"W{l}"] = np.random.randn(n_out, n_in) * np.sqrt(2 / n_in)
        parameters[f"b{l}"] = np.zeros((n_out, 1))
    return parameters


def softmax(Z):
    Z = Z - np.max(Z)
    return np.exp(Z) / np.sum(np.exp(Z), axis=0)


def forward(X, parameters):
    L = len(parameters) // 2
    cache = {"A0": X}
    for l in range(1, L + 1):
        cache[f"Z{l}"] = parameters[f"W{l}"] @ cache[f"A{l - 1}"] + parameters[f"b{l}"]
        cache[f"A{l}"] = softmax(cache[f"Z{l}"]) if l == L else np.maximum(0, cache[f"Z{l}"])
    return cache[f"A{L}"], cache


def compute_cost(AL, Y):
    return -(Y * np.log(AL)).sum(axis=0).mean()


def backward(parameters, cache, Y):
    L, m, grads = len(parameters) // 2, Y.shape[1], {}
    dZ = cache[f"A{L}"] - Y
    for l in reversed(range(1, L + 1)):
        grads[f"dW{l}"] = dZ @ cache[f"A{l - 1}"].T / m
        grads[f"db{l}"] = np.mean(dZ, axis=1, keepdims=True)
        if l > 1:
            dZ = parameters[f"W{l}"].T @ dZ * (cache[f"Z{l - 1}"] > 0)
    return grads


def update(parameters, grads, learning_rate):
    return {key: parameters[key] - learning_rate * grads["d" + key] for key in parameters}
