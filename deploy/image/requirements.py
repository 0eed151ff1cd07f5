"""Prints what the base installation needs, one line each, for pip.

python3 deploy/image/requirements.py pyproject.toml > requirements.txt
"""

import sys
import tomllib
from pathlib import Path

project = tomllib.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))["project"]
print("\n".join(project["dependencies"]))
