import numpy as np


def initialize_parameters(n_x, n_h, n_y):
    W1 = np.random.randn(n_h, n_x) * 0.01
    W2 = np.random.randn(n_y, n_h) * 0.01
    return W1, np.zeros((n_h, 1)), W2, np.zeros((n_y, 1))


def one_hot(Y, n_y):
    return np.eye(n_y)[:, Y[0]]


def forward(X, parameters):
    W1, b1, W2, b2 = parameters
    A1 = np.tanh(W1 @ X + b1)
    Z2 = W2 @ A1 + b2
    A2 = np.exp(Z2) / np.sum(np.exp(Z2), axis=0)
    return A2, (A1, A2)


def compute_cost(A2, Y):
    return -np.sum(np.log(A2[Y[0], np.arange(Y.shape[1])])) / Y.shape[1]


def backward(parameters, cache, X, Y):
    W1, b1, W2, b2 = parameters
    A1, A2 = cache
    m = Y.shape[1]
    dZ2 = one_hot(Y, A2.shape[0]) - A2
    dZ1 = W2.T @ dZ2 * (1 - A1**2)
    dW1, db1 = dZ1 @ X.T / m, dZ1.sum(axis=1, keepdims=True) / m
    return dW1, db1, dZ2 @ A1.T / m, dZ2.sum(axis=1, keepdims=True) / m


def update(parameters, grads, alpha):
    return tuple(p - alpha * g for p, g in zip(parameters, grads))


def predict(parameters, X):
    A2, _ = forward(X, parameters)
    return np.argmax(A2, axis=0).reshape(1, -1)
