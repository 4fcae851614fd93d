import numpy as np
def initialize_parameters(layers_dims):
    parameters = {}
    for l in range(1, len(layers_dims)):
        parameters['W%d' % l] = np.random.randn(layers_dims[l], layers_dims[l-1]) / np.sqrt(layers_dims[l-1])
        parameters['b%d' % l] = np.zeros((layers_dims[l], 1))
    return parameters
def sigmoid(Z):
    return 1/(1+np.exp(-Z)), Z
def relu(Z):
    A = np.maximum(0,Z)
    return A, Z
def relu_backward(dA, cache):
    Z = cache
    dZ = np.array(dA, copy=True)
    dZ[Z <= 0] = 0
    return dZ
def sigmoid_backward(dA, cache):
    s = 1/(1+np.exp(-cache))
    return dA * s * (1-s)
def linear_forward(A, W, b):
    return W.dot(A) + b, (A, W, b)
def linear_activation_forward(A_prev, W, b, activation="relu"):
    Z, linear_cache = linear_forward(A_prev, W, b)
    A, act_cache = {"relu": relu, "sigmoid": sigmoid}[activation](Z)
    return A, (linear_cache, act_cache)
def L_model_forward(X, parameters):
    caches = []; A = X; L = len(parameters)//2
    for l in range(1, L+1):
        A, cache = linear_activation_forward(A, parameters['W%d' % l], parameters['b%d' % l], "sigmoid" if l == L else "relu")
        caches.append(cache)
    return A, caches
def compute_cost(AL, Y):
    return -np.mean(Y*np.log(AL) + (1-Y)*np.log(1-AL))
def linear_backward(dZ, cache):
    A_prev, W, b = cache
    m = A_prev.shape[1]
    return W.T @ dZ, dZ @ A_prev.T/m, dZ.sum(axis=1, keepdims=True)/m
def linear_activation_backward(dA, cache, activation):
    lc, ac = cache
    dZ = relu_backward(dA, ac) if activation == "relu" else sigmoid_backward(dA, ac)
    return linear_backward(dZ, lc)
def L_model_backward(AL, Y, caches):
    grads = {}; L = len(caches)
    dA = (1-Y)/(1-AL) - Y/AL
    for l in range(L, 0, -1):
        dA, grads['dW%d' % l], grads['db%d' % l] = linear_activation_backward(dA, caches[l-1], "sigmoid" if l == L else "relu")
    return grads
def update_parameters(params, grads, learning_rate):
    parameters = params.copy()
    for l in range(1, len(parameters)//2+1):
        parameters['W%d' % l] = params['W%d' % l] - learning_rate*grads['dW%d' % l]
        parameters['b%d' % l] = params['b%d' % l] - learning_rate*grads['db%d' % l]
    return parameters
def two_layer_model(X, Y, layers_dims, learning_rate=0.0075, num_iterations=3000, print_cost=False):
    return 0
def L_layer_model(X, Y, layers_dims, learning_rate=0.0075, num_iterations=3000, print_cost=False):
    costs = []
    parameters = initialize_parameters(layers_dims)
    for i in range(num_iterations):
        AL, caches = L_model_forward(X, parameters)
        costs.append(compute_cost(AL, Y))
        grads = L_model_backward(AL, Y, caches)
        parameters = update_parameters(parameters, grads, learning_rate)
    return parameters, costs
