"""Wrong programs: base.py with one bug each, none of them a fault of the catalogue as it stands.

    wrong.py NAME            answers the protocol of docs/PROTOCOL.md
    wrong.py --list          the names as JSON lines
    wrong.py --names NAME LINE   whether a report that begins with LINE names the bug (exit 0 or 1)

`check` has to fail on every one of them. Start reading at BUGS.
"""
import json
import re
import sys
from pathlib import Path
from typing import NamedTuple


class Bug(NamedTuple):
    name: str
    what: str  # is wrong
    source: str  # where such a thing is reported, or what brings it about
    named: str  # what the first line of a report has to match to name it; nothing if none is asked
    right: str  # a text that stands in base.py once
    wrong: str  # what stands there instead


GRADIENT = "gradient.insert(0, (dw, db))"
END = "return loss.sum() / m, gradient"
DELTA = "dz = y_hat - y\n"
BUGS = [
    Bug("mean-twice-in-layer-1", "dz of layer 1 is divided by m, and so are dW1 and db1",
        "community.deeplearning.ai 63071",
        r"(dW?1|layer 1)\b.*(by m|1/m|m times)|m twice",
        GRADIENT, "gradient.insert(0, (dw / m, db / m) if l == 0 < len(layers) - 1 else (dw, db))"),
    Bug("gradients-add-up-over-calls", "the gradient of every call is added to those before",
        "karpathy/micrograd#102, jcjohnson/pytorch-examples#31",
        r"stateful|grows|accumulat|call to call|call before|earlier call|not cleared",
        END, """old = vars(self).get(str(self.widths), [(0.0, 0.0)] * len(layers))
        gradient = [(dw + v, db + u) for (dw, db), (v, u) in zip(gradient, old)]
        vars(self)[str(self.widths)] = gradient
        return loss.sum() / m, gradient"""),
    Bug("zero-at-one-example", "one example is squeezed to a vector, and its gradient is lost",
        "NVIDIA/tacotron2#303: squeeze() at batch size 1",
        r"m = 1\b|one example|single example|batch of (1|one)\b",
        GRADIENT, "gradient.insert(0, (dw, db) if m > 1 else (0 * dw, 0 * db))"),
    Bug("one-object-in-every-iteration", "the history holds the last parameters again and again",
        "a list of references to arrays that are updated in place, common in course work",
        r"iterat.*(same|equal|identical|last|final)|(same|equal|identical|last|final).*iterat",
        "            yield layers\n", "        return [layers] * steps\n"),
    Bug("single-precision-unsaid", "z is kept in single precision by a program that says double",
        "arrays of float32 that are taken over from a framework",
        r"single precision|f(loat)?32",
        "z.append(w @ a[-1] + b)", "z.append((w @ a[-1] + b).astype(np.float32))"),
    Bug("layers-tied", "layers of one shape are one object and have the first one's parameters",
        "[Dense(4, 4)] * 3, a list that repeats one object",
        r"\btied\b|shared?\b|same weights|another layer's",
        "    def predict(", """    def read(self, parameters):
        layers = super().read(parameters)
        shapes = [w.shape for w, _ in layers]
        return [layers[shapes.index(shape)] for shape in shapes]

    def predict("""),
    Bug("third-output-ignored", "loss and gradient know two outputs, further ones are ignored",
        "a loop over two classes, used for three",
        r"output 3|third output|outputs? (above|beyond|after|from)|n_y (=|>)",
        "gradient = []\n", "loss[2:], dz[2:] = 0.0, 0.0\n        gradient = []\n"),
    Bug("slope-missing-from-layer-5-on", "dz of layer 5 and above lacks the factor g'(z)",
        "a table of five slopes in a network that has grown",
        r"layer 5|g'",
        "SLOPE[self.hidden](z[l - 1], a[l])",
        "(SLOPE[self.hidden](z[l - 1], a[l]) if l < 5 else 1.0)"),
    Bug("inputs-clipped-at-3", "inputs beyond ±3 count as ±3",
        "a guard against outliers that stayed in the forward pass",
        r"clip|clamp|beyond|large inputs|\|x\||saturat",
        "z, a = [], [x]", "z, a = [], [x.clip(-3.0, 3.0)]"),
    Bug("half-of-large-batches", "of more than 12 examples every second one is left out",
        "a batch that is cut to fit into memory",
        r"\b1[23]\b|half|left out|ignored|large batch",
        "m = x.shape[1]", "x, y = (x, y) if x.shape[1] <= 12 else (x[:, ::2], y[:, ::2])\n"
        "        m = x.shape[1]"),
    Bug("labels-clipped", "labels outside 0 to 1 are clipped, with a squared error too",
        "the guard of a logarithm that the squared error has inherited",
        r"label|\by\b",
        "m = x.shape[1]", "y, m = y.clip(0.0, 1.0), x.shape[1]"),
    Bug("rate-halved-after-100-steps", "from the 101st step on training has half the learning rate",
        "a schedule that nobody declared",
        r"learning rate|\brate is|\b10[01]\b",
        "for t in range(steps):\n", "for t in range(steps):\n"
        "            rate = rate / 2.0 if t == 100 else rate\n"),
    Bug("leaky-slope-0.2-in-backward", "ReLU's derivative below zero is 0.2",
        "SilasMarvin/dnns-from-scratch-in-zig#5 has another slip at this place",
        r"leak|slope",
        "(z > 0.0) * 1.0", "np.where(z > 0.0, 1.0, 0.2)"),
    Bug("decay-in-the-gradient-only", "the gradient has 0.001·W, and the loss has nothing of it",
        "jingtinghuang/CS231n-Spring-2017#3: loss and gradient differ in their L2",
        r"decay|l2|regulari|λ",
        GRADIENT, "gradient.insert(0, (dw + 0.001 * layers[l][0], db))"),
    Bug("gradient-clipped-at-5", "entries of the gradient beyond ±5 are ±5",
        "the recipe against exploding gradients of recurrent networks",
        r"clip",
        GRADIENT, "gradient.insert(0, (dw.clip(-5.0, 5.0), db.clip(-5.0, 5.0)))"),
    Bug("norm-clipped-at-1", "a gradient longer than 1 is scaled to length 1",
        "clipping by norm, left on",
        r"clip|norm|length",
        END, """norm = np.sqrt(sum((d * d).sum() for pair in gradient for d in pair))
        gradient = [(dw / max(1.0, norm), db / max(1.0, norm)) for dw, db in gradient]
        return loss.sum() / m, gradient"""),
    Bug("momentum-unsaid", "training has momentum 0.9 and does not say so",
        "ooples/AiDotNet#2008 is about the formula; here it is the declaration",
        r"momentum|velocity|step before|earlier gradient",
        "            layers = self.step(layers, x, y, rate)",
        """            v = self.evaluate(layers, x, y)[1] if t == 0 else [
                (0.9 * old[0] + new[0], 0.9 * old[1] + new[1])
                for old, new in zip(v, self.evaluate(layers, x, y)[1])]
            layers = [(w - rate * dw, b - rate * db) for (w, b), (dw, db) in zip(layers, v)]"""),
    Bug("dropout-left-on", "a fifth of the hidden units is dropped at random in every call",
        "deeplearning4j/deeplearning4j#686, facebookarchive/fbcunn#34",
        r"dropout|random|not repeatable|call to call|same question|stateful",
        "a.append(G[self.hidden](z[-1]))",
        "a.append(G[self.hidden](z[-1]) * (np.random.rand(*z[-1].shape) < 0.8) / 0.8)"),
    Bug("inputs-centred-over-the-batch", "the mean of the batch is subtracted from x",
        "normalisation with the statistics of the batch at hand",
        r"cent(re|er)|mean of|of the batch|other examples",
        "z, a = [], [x]", "z, a = [], [x - x.mean(axis=1, keepdims=True)]"),
    Bug("db-averaged-over-units", "every unit gets the mean of db over the units of its layer",
        "np.mean without an axis; rasbt/stat453-deep-learning-ss21#5 has the sum",
        r"\bdb|bias",
        "dz.sum(axis=1, keepdims=True) / m", "np.full((len(dz), 1), dz.mean())"),
    Bug("sigmoid-slope-without-1-minus-a", "σ' is a, not a(1 − a)",
        "sausheong/gonn#8, yzhao062/MetaOD#6: a factor of σ' is missing",
        r"sigmoid|σ|g'",
        "a * (1.0 - a)", "a"),
    Bug("relu-slope-from-a-not-below-0", "ReLU's derivative asks a ≥ 0, which is always so",
        "tensorflow/playground#19: ≥ where > is meant",
        r"relu|g'",
        "(z > 0.0) * 1.0", "(a >= 0.0) * 1.0"),
    Bug("softmax-where-sigmoid-is-said", "the outputs of cross-entropy are a softmax",
        "zhuozhiyongde/Fundamentals-of-AI-2024Spring-PKU#1 has a softmax of its own",
        r"softmax|sum to 1|depends? on (the )?other outputs?",
        "loss = np.logaddexp(0.0, z[-1]) - y * z[-1]",
        "y_hat = np.exp(z[-1]) / np.exp(z[-1]).sum(axis=0)\n            loss = -y * np.log(y_hat)"),
    Bug("updates-after-every-example", "one step is as many steps as there are examples",
        "glouw/tinn, CodingTrain/Toy-Neural-Network-JS#72: training example by example",
        r"online|(each|every|after an|one|by) example|m steps",
        "        gradient = self.evaluate(layers, x, y)[1]\n        return [(w",
        """        if x.shape[1] > 1:
            layers = self.step(layers, x[:, :-1], y[:, :-1], rate)
        gradient = self.evaluate(layers, x[:, -1:], y[:, -1:])[1]
        return [(w"""),
    Bug("labels-shuffled-alone", "training shuffles the labels and leaves x as it is",
        "two permutations where one is meant, common in course work",
        r"shuffl|order of|permut|labels? of another|label",
        "layers = self.step(layers, x, y, rate)",
        "y = np.random.RandomState(t).permutation(y.T).T\n"
        "            layers = self.step(layers, x, y, rate)"),
    Bug("m-is-the-number-of-inputs", "m is x.shape[0], the number of inputs",
        "code for rows of examples, given columns",
        r"n_x|inputs|features|m/|/m|by m\b",
        "m = x.shape[1]", "m = x.shape[0]"),
    Bug("integer-division", "1 // m is zero for more than one example, and so is the gradient",
        "ageron/handson-ml#16: 2/m in Python 2",
        r"\b0 times|zero|integer",
        "dz @ a[l].T / m, dz.sum(axis=1, keepdims=True) / m",
        "dz @ a[l].T * (1 // m), dz.sum(axis=1, keepdims=True) * (1 // m)"),
    Bug("same-seed-in-every-layer", "the generator is seeded again for every layer",
        "netket/netket#241, marian-nmt/marian-dev#77",
        r"seed|layers?.*(same|equal|identical)",
        "return size * np.random.randn",
        "np.random.seed(7)\n        return size * np.random.randn"),
    Bug("he-from-fan-out", "the variance of He's start is 2/n_out",
        "udacity/deep-reinforcement-learning#14: fan-in is read off the wrong axis",
        r"n_out|fan|\bhe\b",
        "np.sqrt(2.0 / n_in)", "np.sqrt(2.0 / n_out)"),
    Bug("start-between-0-and-1", "random weights are uniform in [0, 1), so none is negative",
        "np.random.rand for np.random.randn, common in course work",
        r"uniform|mean|positive|negative|not normal",
        "np.random.randn(*shape)", "np.random.rand(*shape)"),
    Bug("predictions-thresholded", "predictions are 0 or 1, not probabilities",
        "the predict() of course work, which returns classes",
        r"threshold|0 or 1|rounded|0\.5|class",
        "return self.forward(layers, x)[2]", "return (self.forward(layers, x)[2] > 0.5) * 1.0"),
    Bug("predictions-of-the-first-parameters", "predict keeps the parameters of its first call",
        "a model that is loaded once",
        r"stateful|first|earlier|old parameters|other parameters|call",
        "return self.forward(layers, x)[2]",
        "layers = vars(self).setdefault(str(self.widths), layers)\n"
        "        return self.forward(layers, x)[2]"),
    Bug("loss-negated", "the loss has the wrong sign, the gradient the right one",
        "bfortuner/ml-glossary#76: a sign in the cost",
        r"sign|[−-]1 times|negative|negated",
        END, "return -loss.sum() / m, gradient"),
    Bug("loss-averaged-over-outputs", "the loss is a mean over the outputs, the gradient is not",
        "np.mean for a loss that the derivation sums",
        r"n_y|outputs",
        END, "return loss.mean(), gradient"),
    Bug("dw2-from-x", "dW2 is computed from x, not from a1, where the widths allow it",
        "copy and paste of the line for dW1",
        r"dW?2|layer 2",
        "dz @ a[l].T / m", "dz @ a[0 if l == 1 and len(a[0]) == len(a[1]) else l].T / m"),
    Bug("biases-at-half-rate", "a step moves biases by half the learning rate",
        "a group of parameters with a rate of its own, as in Caffe",
        r"\bb(ias|\d|\b).*(0\.5|half|½|1/2)|(0\.5|half|½|1/2).*\bb(ias|\d|\b)",
        "b - rate * db", "b - rate / 2.0 * db"),
    Bug("epsilon-in-the-logarithms", "the loss takes log(ŷ + 0.001)",
        "an ε against log(0), too large and in the loss only",
        r"\blog\b|ε|epsilon|0\.001",
        "loss = np.logaddexp(0.0, z[-1]) - y * z[-1]",
        "loss = -(y * np.log(y_hat + 1e-3) + (1.0 - y) * np.log(1.0 - y_hat + 1e-3))"),
    Bug("dw-reshaped-not-transposed", "dW is reshaped where it has to be transposed",
        "iamtrask/Grokking-Deep-Learning#23: the outer product the wrong way round",
        r"transpos|reshap|order of",
        "dz @ a[l].T / m", "(a[l] @ dz.T).reshape(len(dz), -1) / m"),
    Bug("labels-smoothed", "labels are drawn 0.1 of the way towards ½",
        "label smoothing, left on",
        r"label|smooth",
        "m = x.shape[1]", "y, m = 0.9 * y + 0.05, x.shape[1]"),
    Bug("sigmoid-clipped-at-10", "σ takes z beyond ±10 for ±10",
        "a guard against overflow that is too tight",
        r"clip|saturat|beyond|large z|\|z\||±10",
        "np.exp(-z)", "np.exp(-z.clip(-10.0, 10.0))"),
]

if __name__ == "__main__":
    if sys.argv[1] == "--list":
        for bug in BUGS:
            print(json.dumps({"arguments": [bug.name], "what": bug.what}))
        sys.exit()
    [bug] = [bug for bug in BUGS if bug.name in sys.argv[1:3]]
    if sys.argv[1] == "--names":
        # the name of a property or of the program is no diagnosis
        line = re.sub(r"\b[a-z]+(-[a-z0-9]+){2,}\b", "", sys.argv[3].replace(bug.name, ""))
        sys.exit(not (bug.named and re.search(bug.named, line, re.IGNORECASE)))
    base = Path(__file__).with_name("base.py").read_text(encoding="utf-8")
    assert base.count(bug.right) == 1, bug.right
    exec(compile(base.replace(bug.right, bug.wrong), bug.name, "exec"))
