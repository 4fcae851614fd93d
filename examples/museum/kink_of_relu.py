"""ReLU is right; a check by differences takes 1/2 for its slope at exactly 0.

pytorch/pytorch#114234: gradcheck fail in torch.nn.functional.relu
BVLC/caffe#1334: Gradient checker should check subgradients at kinks
HomericIntelligence/Odyssey#2077: [Test Fix] Fix gradient checking at ReLU discontinuity
deeplearning4j/deeplearning4j#1280: Remove activation functions with discontinuities (relu,
    hardtanh) from gradient checks to avoid intermittent/random failures
Condemned by: checks of a gradient
"""
from lib import SMALL, Network, serve


class Relu(Network):
    hello = SMALL | {"activations": ["relu"]}


serve(Relu())
