"""How long `lint` takes on a large checkpoint, beside sha256sum and a NumPy script, in one run.

    cargo build --release
    python3 benches/lint_speed.py target/release/init-symmetry FOLDER [GIGABYTES]

One thread each, the file in the page cache, the best of three; NumPy looks for equal rows in each
tensor and for nothing else. docs/LINT.md has the numbers of one machine.
"""

import json
import os
import struct
import subprocess
import sys
import time
from pathlib import Path

import numpy as np

ROWS, COLUMNS = 4096, 4096


def make(path, tensors):
    """A file of so many random matrices in single precision, written piece by piece."""
    size = ROWS * COLUMNS * 4
    header = {
        f"layers.{k}.weight": {
            "dtype": "F32",
            "shape": [ROWS, COLUMNS],
            "data_offsets": [k * size, (k + 1) * size],
        }
        for k in range(tensors)
    }
    text = json.dumps(header).encode()
    rng = np.random.default_rng(1)
    with path.open("wb") as file:
        file.write(struct.pack("<Q", len(text)) + text)
        for _ in range(tensors):
            file.write(rng.standard_normal((ROWS, COLUMNS), dtype=np.float32).tobytes())


def equal_rows(path):
    with path.open("rb") as file:
        length = struct.unpack("<Q", file.read(8))[0]
        header = json.loads(file.read(length))
        for entry in header.values():
            start, end = entry["data_offsets"]
            values = np.frombuffer(file.read(end - start), dtype=np.float32)
            rows = values.reshape(entry["shape"])
            if len(np.unique(rows, axis=0)) < len(rows):
                print("equal rows")


def best(what, times=3):
    taken = []
    for _ in range(times):
        began = time.perf_counter()
        what()
        taken.append(time.perf_counter() - began)
    return min(taken)


def main():
    program, folder = Path(sys.argv[1]).resolve(), Path(sys.argv[2])
    gigabytes = float(sys.argv[3]) if len(sys.argv) > 3 else 2.0
    path = folder / "large.safetensors"
    make(path, max(1, round(gigabytes * 2**30 / (ROWS * COLUMNS * 4))))
    os.environ["OMP_NUM_THREADS"] = "1"
    quiet = {"stdout": subprocess.DEVNULL, "check": True}
    seconds = {
        "read alone (cat)": best(lambda: subprocess.run(["cat", path], **quiet)),
        "sha256sum": best(lambda: subprocess.run(["sha256sum", path], **quiet)),
        "lint": best(lambda: subprocess.run([program, "lint", path], **quiet)),
        "lint --fresh": best(lambda: subprocess.run([program, "lint", "--fresh", path], **quiet)),
        "NumPy, equal rows": best(lambda: equal_rows(path), times=1),
    }
    for name, taken in seconds.items():
        print(f"{name:18} {taken:7.2f} s  {taken / seconds['sha256sum']:6.2f} × sha256sum")
    path.unlink()


main()
