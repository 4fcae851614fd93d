import numpy as np


def forward(X, W1, b1, W2, b2):
    Z1 = X @ W1 + b1
    A1 = 1 / (1 + np.exp(-Z1))
    Z2 = A1 @ W2 + b2
    E = np.exp(Z2)
    return Z1, A1, Z2, E / E.sum(axis=1)[:, np.newaxis]


def cost(y_true, y_pred):
    return -np.mean(np.sum(y_true * np.log(y_pred + 1e-12), axis=1))


def backward(X, Y, A1, A2, W2):
    n = X.shape[0]
    dZ2 = (A2 - Y) / n
    dZ1 = dZ2 @ W2.T * A1 * (1 - A1)
    dW1, db1 = X.T @ dZ1, dZ1.sum(axis=0, keepdims=True)
    dW2, db2 = A1.T @ dZ2, dZ2.sum(axis=0, keepdims=True)
    return {"dW1": dW1, "db1": db1, "dW2": dW2, "db2": db2}


def update(params, grads, lr):
    for key in ("W1", "b1", "W2", "b2"):
        params = {**params, key: params[key] - lr * grads["d" + key]}
    return params
