"""Train a small classifier of digits and write it as ONNX; the locked python runs it, not ours.

    python train.py FILE [TREES [SEED [SHUFFLED]]]

Prints accuracy and F1 over the images that training did not see. The images come with scikit-learn.
"""

# pyright: basic, reportMissingImports=false
import json
import sys
from pathlib import Path
from typing import Any


def main(file: str, trees: str = "20", seed: str = "7", shuffled: str = "") -> None:
    """Write the model, and print its figures as JSON."""
    import numpy as np
    from skl2onnx import to_onnx
    from sklearn.datasets import load_digits
    from sklearn.ensemble import RandomForestClassifier
    from sklearn.metrics import accuracy_score, f1_score
    from sklearn.model_selection import train_test_split

    images, labels = load_digits(return_X_y=True)
    images = images.astype(np.float32)
    seen: Any
    seen, unseen, known, wanted = train_test_split(images, labels, test_size=0.25, random_state=7)
    if shuffled:
        known = np.random.default_rng(int(seed)).permutation(known)
    forest = RandomForestClassifier(int(trees), max_depth=8, random_state=int(seed)).fit(
        seen, known
    )
    made = to_onnx(forest, seen[:1], options={"zipmap": False}, target_opset=17)
    Path(file).write_bytes(made.SerializeToString())
    found = forest.predict(unseen)
    figures = {
        "accuracy": accuracy_score(wanted, found),
        "f1": f1_score(wanted, found, average="macro"),
    }
    print(json.dumps({name: round(float(value), 4) for name, value in figures.items()}))  # noqa: T201


if __name__ == "__main__":
    main(*sys.argv[1:])
