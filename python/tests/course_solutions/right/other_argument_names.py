import numpy as np

def sigmoid(t):
    return 1.0 / (1.0 + np.exp(-t))

def init_params(a, h, o):
    W1 = np.random.randn(h, a) * np.sqrt(1 / a)
    W2 = np.random.randn(o, h) * np.sqrt(1 / h)
    return W1, np.zeros((h, 1)), W2, np.zeros((o, 1))

def forward(W1, b1, W2, b2, X):
    hidden = np.tanh(np.dot(W1, X) + b1)
    yhat = sigmoid(np.dot(W2, hidden) + b2)
    return yhat, hidden

def cost(Y, yhat):
    return -np.mean(Y * np.log(yhat) + (1 - Y) * np.log(1 - yhat))

def backward(X, Y, hidden, yhat, W2):
    m = X.shape[1]
    d2 = (yhat - Y) / m
    dW2 = d2.dot(hidden.T)
    db2 = np.sum(d2, axis=1, keepdims=True)
    d1 = W2.T.dot(d2) * (1 - hidden * hidden)
    return d1.dot(X.T), np.sum(d1, axis=1, keepdims=True), dW2, db2

def update(W1, b1, W2, b2, dW1, db1, dW2, db2, lr):
    return W1 - lr * dW1, b1 - lr * db1, W2 - lr * dW2, b2 - lr * db2
