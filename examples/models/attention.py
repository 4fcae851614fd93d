"""A block of causal self-attention with layer norm and an MLP, its backward pass by hand."""
import sys
import numpy as np
import protocol

NAME = "attention"
TENSORS = {
    "embedding": [5, 4],
    "positions": [4, 4],
    "norm1.gain": [4],
    "norm1.shift": [4],
    "qkv.weight": [12, 4],
    "projection.weight": [4, 4],
    "projection.bias": [4],
    "norm2.gain": [4],
    "norm2.shift": [4],
    "up.weight": [6, 4],
    "up.bias": [6],
    "down.weight": [4, 6],
    "down.bias": [4],
}
GROUPS = [
    {"name": "residual coordinates", "units": 4, "axes": [
        {"tensor": "embedding", "axis": 1},
        {"tensor": "positions", "axis": 1},
        *({"tensor": name, "axis": 0} for name in TENSORS if name[:4] in ("norm", "proj", "down")),
        {"tensor": "qkv.weight", "axis": 1, "outgoing": True},
        {"tensor": "up.weight", "axis": 1, "outgoing": True}]},
    {"name": "heads", "units": 2, "axes": [
        {"tensor": "qkv.weight", "axis": 0, "repeats": 3, "each": 2},
        {"tensor": "projection.weight", "axis": 1, "each": 2, "outgoing": True}]},
    {"name": "units of the MLP", "units": 6, "homogeneous": True, "axes": [
        {"tensor": "up.weight", "axis": 0},
        {"tensor": "up.bias", "axis": 0},
        {"tensor": "down.weight", "axis": 1, "outgoing": True}]},
]
EXAMPLES = 3
T, HEADS, EACH, EPSILON = 4, 2, 2, 1 / 64
MASKED = np.triu(np.ones((T, T), bool), k=1)  # no position sees those after it


def data(batch):
    """Tokens, the first of which stands twice, and the tokens that follow them."""
    tokens = np.random.default_rng(batch).integers(5, size=(EXAMPLES, T + 1))
    tokens[:, 2] = tokens[:, 0]
    return tokens[:, :-1], tokens[:, 1:]


def norm(x):
    """x̂ = (x − mean)/√(variance + ε) over the coordinates."""
    scale = 1 / np.sqrt(x.var(axis=-1, keepdims=True) + EPSILON)
    return (x - x.mean(axis=-1, keepdims=True)) * scale, scale


def norm_backward(p, d, name, x_hat, scale, dy):
    """dx = (dx̂ − mean(dx̂) − x̂·mean(dx̂·x̂))/√(variance + ε) with dx̂ = gain·dy."""
    d[f"{name}.gain"], d[f"{name}.shift"] = (dy * x_hat).sum(axis=(0, 1)), dy.sum(axis=(0, 1))
    mean = lambda values: values.mean(axis=-1, keepdims=True)
    dx_hat = dy * p[f"{name}.gain"]
    return (dx_hat - mean(dx_hat) - x_hat * mean(dx_hat * x_hat)) * scale


def attend(qkv):
    """p·v for each head with p = softmax(q·kᵀ/√width) of what is not masked."""
    q, k, v = qkv.reshape(-1, T, 3, HEADS, EACH).transpose(2, 0, 3, 1, 4)
    scores = np.where(MASKED, -np.inf, q @ k.swapaxes(2, 3) / np.sqrt(EACH))
    p = np.exp(scores - np.logaddexp.reduce(scores, axis=3, keepdims=True))
    return (p @ v).swapaxes(1, 2).reshape(-1, T, HEADS * EACH), (q, k, v, p)


def attend_backward(kept, d_heads):
    """dv = pᵀ·do, dp = do·vᵀ, ds = p∘(dp − Σ p∘dp), dq = ds·k/√width, dk = dsᵀ·q/√width."""
    q, k, v, p = kept
    do = d_heads.reshape(-1, T, HEADS, EACH).swapaxes(1, 2)
    dp = do @ v.swapaxes(2, 3)
    ds = p * (dp - (p * dp).sum(axis=3, keepdims=True)) / np.sqrt(EACH)
    d_qkv = np.stack([ds @ k, ds.swapaxes(2, 3) @ q, p.swapaxes(2, 3) @ do])
    return d_qkv.transpose(1, 3, 0, 2, 4).reshape(-1, T, 3 * HEADS * EACH)


def forward(p, tokens, targets):
    """The mean loss over examples and positions, and what the backward pass needs."""
    x0 = p["embedding"][tokens] + p["positions"]
    norm1 = norm(x0)
    n1 = norm1[0] * p["norm1.gain"] + p["norm1.shift"]
    heads, kept = attend(n1 @ p["qkv.weight"].T)
    x1 = x0 + heads @ p["projection.weight"].T + p["projection.bias"]
    norm2 = norm(x1)
    n2 = norm2[0] * p["norm2.gain"] + p["norm2.shift"]
    u = n2 @ p["up.weight"].T + p["up.bias"]
    x2 = x1 + u.clip(0) @ p["down.weight"].T + p["down.bias"]
    logits = x2 @ p["embedding"].T  # the embedding once more
    log_p = logits - np.logaddexp.reduce(logits, axis=2, keepdims=True)
    loss = -np.take_along_axis(log_p, targets[:, :, None], axis=2).mean()
    return float(loss), (norm1, n1, heads, kept, norm2, n2, u, x2, log_p)


def evaluate(p, tokens, targets):
    """The mean loss and its gradient."""
    loss, (norm1, n1, heads, kept, norm2, n2, u, x2, log_p) = forward(p, tokens, targets)
    over = lambda a, b: np.einsum("eti,etj->ij", a, b)  # Σ aᵀ·b over examples
    dz, d = (np.exp(log_p) - (targets[:, :, None] == np.arange(5))) / targets.size, {}
    d["embedding"], dx2 = over(dz, x2), dz @ p["embedding"]
    d["down.weight"], d["down.bias"] = over(dx2, u.clip(0)), dx2.sum(axis=(0, 1))
    du = (dx2 @ p["down.weight"]) * (u > 0)
    d["up.weight"], d["up.bias"] = over(du, n2), du.sum(axis=(0, 1))
    dx1 = dx2 + norm_backward(p, d, "norm2", *norm2, du @ p["up.weight"])
    d["projection.weight"], d["projection.bias"] = over(dx1, heads), dx1.sum(axis=(0, 1))
    d_qkv = attend_backward(kept, dx1 @ p["projection.weight"])
    d["qkv.weight"] = over(d_qkv, n1)
    dx0 = dx1 + norm_backward(p, d, "norm1", *norm1, d_qkv @ p["qkv.weight"])
    d["positions"] = dx0.sum(axis=0)
    np.add.at(d["embedding"], tokens, dx0)  # a token may stand twice
    return loss, d


if __name__ == "__main__":
    protocol.run(sys.modules[__name__])
