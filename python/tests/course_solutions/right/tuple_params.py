import numpy as np
def init(n_x, n_h, n_y=1):
    return np.random.randn(n_h, n_x)*0.01, np.zeros((n_h,1)), np.random.randn(n_y,n_h)*0.01, np.zeros((n_y,1))
def forward(X, params):
    W1,b1,W2,b2 = params
    Z1 = W1.dot(X)+b1
    A1 = 1/(1+np.exp(-Z1))
    Z2 = W2.dot(A1)+b2
    return 1/(1+np.exp(-Z2)), (A1,)
def cost(Y, Yhat):
    return np.mean(-Y*np.log(Yhat)-(1-Y)*np.log(1-Yhat), axis=1)
def backward(X, Y, Yhat, cache, params):
    (A1,) = cache
    W1,b1,W2,b2 = params
    m = Y.shape[1]
    dZ2 = (Yhat-Y)/m
    dZ1 = W2.T.dot(dZ2)*A1*(1-A1)
    return dZ1.dot(X.T), dZ1.sum(1, keepdims=True), dZ2.dot(A1.T), dZ2.sum(1, keepdims=True)
def update(params, grads, lr=0.1):
    return tuple(p - lr*g for p, g in zip(params, grads))
def train(X, Y, n_h, n_iter=100, lr=.1):
    params = init(X.shape[0], n_h)
    for i in range(n_iter):
        Yhat, cache = forward(X, params)
        params = update(params, backward(X, Y, Yhat, cache, params), lr)
    return params
