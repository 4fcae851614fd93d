"""My two-layer network. ReLU in the hidden layer, caches as tuples."""
import numpy as np


def sigmoid(z):
    return 1.0 / (1.0 + np.exp(-z))


def relu(z):
    return np.maximum(0, z)


def init_params(n_in, n_hidden, n_out):
    rng = np.random.default_rng(0)
    return {
        "W1": rng.standard_normal((n_hidden, n_in)) * np.sqrt(2.0 / n_in),
        "b1": np.zeros((n_hidden, 1)),
        "W2": rng.standard_normal((n_out, n_hidden)) * np.sqrt(1.0 / n_hidden),
        "b2": np.zeros((n_out, 1)),
    }


def forward_prop(params, x):
    W1, b1, W2, b2 = params["W1"], params["b1"], params["W2"], params["b2"]
    Z1 = W1 @ x + b1
    A1 = relu(Z1)
    Z2 = W2 @ A1 + b2
    A2 = sigmoid(Z2)
    return A2, (Z1, A1, W1, b1, Z2, A2, W2, b2)


def cost(y_hat, y):
    eps = 1e-12
    m = y.size
    return -(np.dot(y, np.log(y_hat + eps).T) + np.dot(1 - y, np.log(1 - y_hat + eps).T)) / m


def backprop(x, y, cache):
    Z1, A1, W1, b1, Z2, A2, W2, b2 = cache
    m = x.shape[1]
    dZ2 = (A2 - y) / m
    dW2 = dZ2 @ A1.T
    db2 = dZ2.sum(axis=1, keepdims=True)
    dZ1 = W2.T @ dZ2
    dW1 = dZ1 @ x.T
    db1 = dZ1.sum(axis=1).reshape(-1, 1)
    return dW1, db1, dW2, db2


def update_params(params, grads, lr):
    dW1, db1, dW2, db2 = grads
    return {
        "W1": params["W1"] - lr * dW1,
        "b1": params["b1"] - lr * db1,
        "W2": params["W2"] - lr * dW2,
        "b2": params["b2"] - lr * db2,
    }


def train(x, y, n_h, epochs=2000, lr=0.5):
    params = init_params(x.shape[0], n_h, y.shape[0])
    for epoch in range(epochs):
        _, cache = forward_prop(params, x)
        grads = backprop(x, y, cache)
        params = update_params(params, grads, lr)
    return params


def predict(params, x):
    y_hat, _ = forward_prop(params, x)
    return (y_hat > 0.5).astype(int)
