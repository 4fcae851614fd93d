import numpy as np


def sigmoid(x):
    return np.where(x >= 0, 1 / (1 + np.exp(-np.abs(x))), np.exp(-np.abs(x)) / (1 + np.exp(-np.abs(x))))


def init_params(input_size, hidden_size, output_size):
    p = {}
    p["W1"] = 0.01 * np.random.randn(input_size, hidden_size)
    p["b1"] = np.zeros(hidden_size)
    p["W2"] = 0.01 * np.random.randn(hidden_size, output_size)
    p["b2"] = np.zeros(output_size)
    return p


def forward(x, W1, b1, W2, b2):
    z1 = x @ W1 + b1
    a1 = sigmoid(z1)
    z2 = a1 @ W2 + b2
    a2 = sigmoid(z2)
    return z1, a1, z2, a2


def loss(y_true, y_pred):
    y_pred = np.clip(y_pred, 1e-15, 1 - 1e-15)
    return -np.average(y_true * np.log(y_pred) + (1 - y_true) * np.log(1 - y_pred))


def backward(x, y, a1, a2, W2):
    n = len(x)
    dz2 = (a2 - y) / n
    dw2 = a1.T @ dz2
    db2 = dz2.sum(axis=0)
    dz1 = dz2 @ W2.T * a1 * (1 - a1)
    dw1 = x.T @ dz1
    db1 = dz1.sum(axis=0)
    return {"dw1": dw1, "db1": db1, "dw2": dw2, "db2": db2}
