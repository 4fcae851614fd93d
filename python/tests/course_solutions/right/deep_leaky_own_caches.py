import numpy as np
def compute_cost(AL, Y):
    m = Y.shape[1]
    cost = -np.sum(np.multiply(Y, np.log(AL)) + np.multiply(1-Y, np.log(1-AL)), axis=1, keepdims=True)/m
    cost = np.squeeze(cost)
    assert(cost.shape == ())
    return cost
def L_model_forward(X, parameters):
    caches = []
    A = X
    L = len(parameters)//2
    for l in range(1, L):
        Z = parameters['W'+str(l)] @ A + parameters['b'+str(l)]
        caches.append((A, Z))
        A = np.maximum(0.01*Z, Z)
    Z = parameters['W'+str(L)] @ A + parameters['b'+str(L)]
    caches.append((A, Z))
    return 1/(1+np.exp(-Z)), caches
def L_model_backward(AL, Y, parameters, caches):
    grads = {}
    m = Y.shape[1]
    dZ = AL - Y
    for l in range(len(caches), 0, -1):
        A, Z = caches[l-1]
        grads['dW'+str(l)] = dZ @ A.T / m
        grads['db'+str(l)] = np.sum(dZ, axis=1, keepdims=True)/m
        if l > 1:
            dZ = (parameters['W'+str(l)].T @ dZ) * np.where(caches[l-2][1] > 0, 1, 0.01)
    return grads
def update_parameters(parameters, grads, learning_rate):
    L = len(parameters)//2
    new = parameters.copy()
    for l in range(1, L+1):
        new['W'+str(l)] = parameters['W'+str(l)] - learning_rate*grads['dW'+str(l)]
        new['b'+str(l)] = parameters['b'+str(l)] - learning_rate*grads['db'+str(l)]
    return new
