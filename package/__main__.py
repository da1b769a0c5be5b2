"""`python -m package [FOLDER]`: writes the wheel, into dist/ if no folder is named."""

import sys
from pathlib import Path

from package.wheel import ROOT, build_wheel

folder = Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "dist"
folder.mkdir(parents=True, exist_ok=True)
sys.stdout.write(f"{folder / build_wheel(str(folder))}\n")
