import numpy as np
from sklearn.datasets import make_moons
X, Y = make_moons(200)
X, Y = X.T, Y.reshape(1, -1)
n_h = 4
def sigmoid(z):
    """sigmoid"""
    s = 1/(1+np.exp(-z))
    return s
def initialize_params(nx, nh, ny, seed=None):
    rng = np.random.default_rng(seed)
    return dict(w1=rng.normal(0, .01, (nh, nx)), b1=np.zeros((nh, 1)), w2=rng.normal(0, .01, (ny, nh)), b2=np.zeros((ny, 1)))
def forward_pass(x, p):
    z1 = p["w1"] @ x + p["b1"]
    a1 = np.maximum(z1, 0.0)
    z2 = p["w2"] @ a1 + p["b2"]
    a2 = sigmoid(z2)
    return a2, dict(x=x, z1=z1, a1=a1, a2=a2)
def cost(yhat, y):
    return np.squeeze(-(y @ np.log(yhat).T + (1-y) @ np.log(1-yhat).T)/y.shape[1])
def backward_pass(p, c, y):
    m = y.shape[1]
    dz2 = c["a2"] - y
    dz1 = (p["w2"].T @ dz2) * (c["a1"] > 0)
    return dict(w1=dz1 @ c["x"].T/m, b1=dz1.mean(1, keepdims=True), w2=dz2 @ c["a1"].T/m, b2=dz2.mean(1, keepdims=True))
def update_weights(p, g, eta):
    for k in p:
        p[k] = p[k] - eta*g[k]
    return p
def fit(x, y, hidden=4, epochs=10, eta=.1):
    p = initialize_params(x.shape[0], hidden, 1)
    for _ in range(epochs):
        a, c = forward_pass(x, p)
        p = update_weights(p, backward_pass(p, c, y), eta)
    return p
def predict(p, x):
    return (forward_pass(x, p)[0] >= .5).astype(float)
