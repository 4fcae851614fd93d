"""W2 is updated before the errors of the hidden layer are computed through it.

CodingTrain/Toy-Neural-Network-JS#72: Adjust at the end
joelgrus/data-science-from-scratch#31: Update the weights in backpropagation after calculating the
    hidden_deltas? (neuronal_networks.py)
kim-marcel/basic_neural_network#7: wrong hidden error computation
Bot-Academy/NeuralNetworkFromScratch#3: Fixed formally wrong backpropagation/gradient descent
Seen by: a step
"""
from lib import FIXED, SMALL, Network, over, serve


class UpdatedEarly(Network):
    hello = SMALL | {"activations": ["sigmoid"], "losses": ["sigmoid-squared-error"]}

    def step(self, layers, x, y, rate):
        z, a = self.forward(layers, x)
        delta = self.output_delta(z[-1], y)
        after = list(layers)
        for l in reversed(range(len(layers))):
            gradient = [(self.weight_gradient(delta, a[l]), self.bias_gradient(delta))]
            after[l:l + 1] = over(lambda p, d: p - rate * d, layers[l:l + 1], gradient)
            if l > 0:
                w = layers[l][0] if FIXED else after[l][0]
                delta = self.hidden_delta(w, delta, z[l - 1], a[l])
        return after


serve(UpdatedEarly())
