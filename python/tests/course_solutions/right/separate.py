import numpy as np
def sigmoid(x): return 1/(1+np.exp(-x))
def forward_propagation(X, W1, b1, W2, b2):
    Z1 = np.dot(W1, X) + b1
    A1 = np.tanh(Z1)
    Z2 = np.dot(W2, A1) + b2
    A2 = sigmoid(Z2)
    return Z1, A1, Z2, A2
def compute_cost(A2, Y):
    m = len(Y[0])
    return -1/m*np.sum(Y*np.log(A2)+(1-Y)*np.log(1-A2))
def backward_propagation(X, Y, Z1, A1, Z2, A2, W1, W2):
    m = X.shape[1]
    dA2 = -(Y/A2) + (1-Y)/(1-A2)
    dZ2 = dA2*A2*(1-A2)
    dW2 = np.matmul(dZ2, A1.T)/m
    db2 = np.sum(dZ2)/m
    dA1 = np.matmul(W2.T, dZ2)
    dZ1 = dA1*(1/np.cosh(Z1)**2)
    dW1 = np.matmul(dZ1, X.T)/m
    db1 = np.mean(dZ1, axis=1)[:, np.newaxis]
    return dW2, db2, dW1, db1
def update_parameters(W1, b1, W2, b2, dW1, db1, dW2, db2, learning_rate):
    return W1-learning_rate*dW1, b1-learning_rate*db1, W2-learning_rate*dW2, b2-learning_rate*db2
