import numpy as np
def forward_propagation(X, parameters):
    W1, b1, W2, b2 = (parameters[k] for k in ("W1", "b1", "W2", "b2"))
    Z1 = np.matmul(W1, X) + b1
    A1 = np.tanh(Z1)
    Z2 = np.matmul(W2, A1) + b2
    A2 = 1. / (1. + np.exp(-Z2))
    return A2, {"Z1": Z1, "A1": A1, "Z2": Z2, "A2": A2}
def compute_cost(A2, Y):
    m = Y.size
    total = 0.
    for i in range(m):
        if Y[0, i] == 1:
            total -= np.log(A2[0, i])
        else:
            total -= np.log(1 - A2[0, i])
    return total / m
def backward_propagation(parameters, cache, X, Y):
    m = X.shape[1]
    n_h = parameters["W1"].shape[0]
    dW1 = np.zeros_like(parameters["W1"]); db1 = np.zeros((n_h, 1))
    dW2 = np.zeros_like(parameters["W2"]); db2 = np.zeros((1, 1))
    for i in range(m):
        dz2 = cache["A2"][0, i] - Y[0, i]
        a1 = cache["A1"][:, i]
        dW2[0] += dz2 * a1
        db2 += dz2
        dz1 = parameters["W2"][0] * dz2 * (1 - a1**2)
        dW1 += np.outer(dz1, X[:, i])
        db1[:, 0] += dz1
    return {"dW1": dW1/m, "db1": db1/m, "dW2": dW2/m, "db2": db2/m}
def predict(parameters, X):
    A2, _ = forward_propagation(X, parameters)
    return [1 if a > 0.5 else 0 for a in A2[0]]
def update_parameters(parameters, grads):
    lr = 0.5
    return {k: parameters[k] - lr*grads["d"+k] for k in parameters}
