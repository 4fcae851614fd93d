import numpy as np
def forward(X, parameters):
    A1 = np.tanh(parameters['W1'] @ X + parameters['b1'])
    A2 = 1/(1+np.exp(-(parameters['W2'] @ A1 + parameters['b2'])))
    return A2
def cost(parameters, X, Y):
    A2 = forward(X, parameters)
    return -np.mean(Y*np.log(A2)+(1-Y)*np.log(1-A2))
def backward(parameters, X, Y):
    m = X.shape[1]
    A1 = np.tanh(parameters['W1'] @ X + parameters['b1'])
    A2 = 1/(1+np.exp(-(parameters['W2'] @ A1 + parameters['b2'])))
    d2 = (A2-Y)/m
    d1 = (parameters['W2'].T @ d2)*(1-A1**2)
    return dict(W1=d1@X.T, b1=d1.sum(axis=1,keepdims=True), W2=d2@A1.T, b2=d2.sum(axis=1,keepdims=True))
def update(parameters, gradients, alpha=.01):
    for k in parameters:
        parameters[k] = parameters[k] - alpha*gradients[k]
    return parameters
