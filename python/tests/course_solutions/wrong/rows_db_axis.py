# Examples are rows here: X is (m, n_x), Y is (m, 1).
import numpy as np

sigmoid = lambda t: 1 / (1 + np.exp(-t))


def initialize_parameters(n_x, n_h, n_y):
    W1 = np.random.randn(n_x, n_h) * 0.1
    b1 = np.zeros((1, n_h))
    W2 = np.random.randn(n_h, n_y) * 0.1
    b2 = np.zeros((1, n_y))
    return {"W1": W1, "b1": b1, "W2": W2, "b2": b2}


def forward(X, params):
    Z1 = X.dot(params["W1"]) + params["b1"]
    A1 = np.tanh(Z1)
    Z2 = A1.dot(params["W2"]) + params["b2"]
    A2 = sigmoid(Z2)
    return A2, {"A1": A1, "A2": A2}


def compute_loss(A2, Y):
    return -np.mean(Y * np.log(A2) + (1 - Y) * np.log(1 - A2))


def backward(X, Y, cache, params):
    m = X.shape[0]
    delta2 = cache["A2"] - Y
    dW2 = cache["A1"].T.dot(delta2) / m
    db2 = np.sum(delta2, axis=0, keepdims=True) / m
    delta1 = delta2.dot(params["W2"].T) * (1 - cache["A1"] ** 2)
    dW1 = X.T.dot(delta1) / m
    db1 = np.sum(delta1, axis=1) / m
    return {"dW1": dW1, "db1": db1, "dW2": dW2, "db2": db2}


def update(params, grads, alpha=0.1):
    new = {}
    for key in params:
        new[key] = params[key] - alpha * grads["d" + key]
    return new


def model(X, Y, n_h, epochs=1000, alpha=0.1, verbose=False):
    params = initialize_parameters(X.shape[1], n_h, Y.shape[1])
    for _ in range(epochs):
        A2, cache = forward(X, params)
        params = update(params, backward(X, Y, cache, params), alpha)
    return params
