import numpy as np


def init_params(n_in, n_hidden, n_out):
    rng = np.random.default_rng(0)
    return {
        "W1": rng.normal(size=(n_in, n_hidden)) * 0.1, "b1": np.zeros(n_hidden),
        "W2": rng.normal(size=(n_hidden, n_out)) * 0.1, "b2": np.zeros(n_out),
    }


def softmax(scores):
    e = np.exp(scores - scores.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)


def forward(X, params):
    hidden = np.maximum(0, X @ params["W1"] + params["b1"])
    return softmax(hidden @ params["W2"] + params["b2"]), hidden


def loss(P, y):
    return -np.sum(np.log(P[np.arange(len(y)), y]))


def backward(params, cache, X, y):
    P, hidden = cache
    m = len(y)
    dscores = P.copy()
    dscores[np.arange(m), y] -= 1
    dscores /= m
    dhidden = dscores @ params["W2"].T * (hidden > 0)
    return {
        "W1": X.T @ dhidden, "b1": dhidden.sum(axis=0),
        "W2": hidden.T @ dscores, "b2": dscores.sum(axis=0),
    }


def update(params, grads, lr):
    return {key: params[key] - lr * grads[key] for key in params}


def predict(X, params):
    return forward(X, params)[0].argmax(axis=1)
