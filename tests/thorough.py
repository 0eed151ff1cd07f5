"""How much of what is drawn by chance is tried: enough for each change, more with THOROUGH=1.

EXAMPLES = often(30, thorough=80)

THOROUGH=1 .venv/bin/pytest tests/test_fuzz.py tests/test_review_api_fuzz.py tests/test_crash.py
"""

import os


def often(quick: int, *, thorough: int) -> int:
    """`quick`, or `thorough` where the environment asks for it."""
    return thorough if os.environ.get("THOROUGH") == "1" else quick
