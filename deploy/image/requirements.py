"""Prints what an installation needs, one line each, for pip: the base and the extras named.

python3 deploy/image/requirements.py pyproject.toml otel > requirements.txt
"""

import sys
import tomllib
from pathlib import Path

project = tomllib.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))["project"]
needed = [*project["dependencies"]]
for extra in sys.argv[2:]:
    needed += project["optional-dependencies"][extra]
print("\n".join(needed))
