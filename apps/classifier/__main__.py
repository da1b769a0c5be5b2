"""Trains the classifier, and compares two versions of it: `python -m apps.classifier VERB`."""

import argparse
import json
import os
import subprocess
import sys
import warnings
from pathlib import Path
from typing import Any

from apps.classifier import report as reports
from apps.classifier import runs
from apps.classifier.asking import asked
from apps.classifier.data import KNOWN, ClassifierError, Data, checked, digits, split
from apps.classifier.observed import Plan, lines, plan_of, seen
from apps.classifier.proportions import samples
from apps.classifier.report import Report
from apps.classifier.tracking import told as as_run
from apps.classifier.tracking import track
from apps.classifier.training import CANDIDATES, Trained, train


def train_all(told: argparse.Namespace) -> None:
    """Train every candidate, keep the runs, and write the files of the best one."""
    # Sums of other orders are other bytes; read as numpy is imported.
    os.environ.update(OPENBLAS_NUM_THREADS="1", OMP_NUM_THREADS="1", ORT_DISABLE_TELEMETRY="1")
    os.environ.update(MLFLOW_DISABLE_TELEMETRY="true", DO_NOT_TRACK="true")
    warnings.filterwarnings("ignore", category=FutureWarning)
    data = checked(digits(), (told.data, KNOWN))
    parts, revision = split(data), _revision()
    trained = [train(name, parts, data.digest, told.seed) for name in told.only or CANDIDATES]
    kept = [(one, as_run(one, revision)) for one in trained]
    folder = Path(told.out)
    folder.mkdir(parents=True, exist_ok=True)
    every = track(os.environ.get("MLFLOW_TRACKING_URI", ""), folder, kept)
    best = runs.ordered([run for _, run in kept])[0]
    (chosen,) = [one for one, run in kept if run is best]
    (folder / "model.onnx").write_bytes(chosen.onnx)
    for name, found in _files(chosen, best, every, parts.held_out).items():
        (folder / name).write_text(found, encoding="utf-8")
    _say(*runs.table(every), "", f"best of this run: {chosen.name}, {chosen.digest}",
         f"written: model.onnx, metrics.json, card.md, runs.svg and others in {folder}",
         f"register it: localai-gitops registry register {folder}/model.onnx --name digits "
         f"--metrics {folder}/metrics.json --data-digest {data.digest} "
         f"--parameters {folder}/parameters.json")  # fmt: skip


def _files(
    chosen: Trained, best: runs.Run, every: list[dict[str, Any]], held_out: Data
) -> dict[str, str]:
    """Return the files next to the model: figures, card, samples of a rollout, runs so far."""
    samples = {"rows": held_out.pictures.tolist(), "labels": held_out.labels.tolist()}
    return {
        "samples.json": json.dumps(samples, separators=(",", ":")),
        "metrics.json": json.dumps({"accuracy": chosen.accuracy, "f1": chosen.f1}),
        "parameters.json": json.dumps(dict(chosen.parameters), indent=1),
        "card.md": runs.card(best),
        "runs.json": json.dumps(every, indent=1),
        "runs.svg": runs.picture(every),
    }


def plan(told: argparse.Namespace) -> None:
    """Say how many answers a comparison needs, and write that down before it begins."""
    number = samples(told.expected, told.least, told.confidence, told.power)
    fields = {name: getattr(told, name) for name in
              ("first", "second", "confidence", "power", "least")}  # fmt: skip
    content = json.dumps({**fields, "samples": number}, indent=1)
    plan_of(content, told.file)
    Path(told.file).write_text(f"{content}\n", encoding="utf-8")
    _say(f"{number} answers of each version find a difference of {told.least:.1%} "
         f"{told.power:.0%} of the time, at a confidence of {told.confidence:.0%}",
         f"written: {told.file}")  # fmt: skip


def ask(told: argparse.Namespace) -> None:
    """Ask an address about held-out digits, and write answers and truths down."""
    held_out = split(checked(digits())).held_out
    with (
        Path(told.answers).open("a", encoding="utf-8") as answers,
        Path(told.truths).open("a", encoding="utf-8") as truths,
    ):
        for answer, truth in asked(told.address, held_out, told.number, told.seed):
            answers.write(f"{answer}\n")
            truths.write(f"{truth}\n")
    _say(f"asked {told.number} times: {told.answers}, {told.truths}")


def compare(told: argparse.Namespace) -> None:
    """Print which of two versions is better, and how sure that is."""
    planned: Plan = plan_of("".join(lines(Path(told.file))), told.file)
    found = seen(planned, lines(Path(told.answers)), lines(Path(told.truths)))
    made = Report(plan=planned, seen=found)
    if told.html:
        Path(told.html).write_text(reports.html(made), encoding="utf-8")
    _say(json.dumps(reports.data(made), indent=1) if told.json else reports.text(made).rstrip())


def _revision() -> str:
    """Return the commit of this code, `-changed` where it has uncommitted changes."""
    if told := os.environ.get("REVISION"):
        return told
    git = ["git", "-C", str(Path(__file__).parent)]
    try:
        found = subprocess.run(
            [*git, "describe", "--always", "--abbrev=40", "--exclude=*", "--dirty=-changed"],
            capture_output=True, text=True, check=True,
        )  # fmt: skip
    except (OSError, subprocess.CalledProcessError):
        return "unknown"
    return found.stdout.strip()


def _say(*said: str) -> None:
    sys.stdout.write("".join(f"{line}\n" for line in said))


def _share(text: str) -> float:
    found = float(text)
    if not 0 < found < 1:
        raise ValueError(text)
    return found


def parser() -> argparse.ArgumentParser:
    """Return what reads the words of the command line."""
    made = argparse.ArgumentParser(prog="python -m apps.classifier", description=__doc__)
    verbs = made.add_subparsers(required=True)
    one = verbs.add_parser("train", help=train_all.__doc__)
    one.add_argument("--out", default="build/classifier", help="folder of what is written")
    one.add_argument("--seed", type=int, default=7)
    one.add_argument("--data", default=KNOWN, help="digest of other data that are accepted")
    one.add_argument("--only", action="append", help="a candidate; every one if absent")
    one.set_defaults(call=train_all)
    one = verbs.add_parser("plan", help=plan.__doc__)
    one.add_argument("file")
    one.add_argument("--first", required=True, help="version that is served")
    one.add_argument("--second", required=True, help="version that may replace it")
    one.add_argument("--expected", type=_share, required=True, help="share of right answers now")
    one.add_argument("--least", type=_share, default=0.02, help="difference that must be found")
    one.add_argument("--confidence", type=_share, default=0.95)
    one.add_argument("--power", type=_share, default=0.8)
    one.set_defaults(call=plan)
    one = verbs.add_parser("ask", help=ask.__doc__)
    one.add_argument("address")
    for name in ("answers", "truths"):
        one.add_argument(f"--{name}", default=f"{name}.jsonl")
    one.add_argument("--number", type=int, default=100)
    one.add_argument("--seed", type=int, default=1)
    one.set_defaults(call=ask)
    one = verbs.add_parser("compare", help=compare.__doc__)
    one.add_argument("file", help="what `plan` wrote")
    for name in ("answers", "truths"):
        one.add_argument(f"--{name}", default=f"{name}.jsonl")
    one.add_argument("--json", action="store_true", help="print JSON")
    one.add_argument("--html", help="file for a page with plots")
    one.set_defaults(call=compare)
    return made


def main(words: list[str]) -> int:
    """Run a verb and return 0, or 1 after one sentence on stderr."""
    told = parser().parse_args(words)
    try:
        told.call(told)
    except ClassifierError as error:
        said = str(error)
    except ModuleNotFoundError as error:
        said = f"{error.name} is not installed: `make train` sets up what this needs"
    except OSError as error:
        said = f"{error.filename}: {error.strerror or error}; name a file that can be used"
    else:
        return 0
    sys.stderr.write(f"{said}\n")
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
