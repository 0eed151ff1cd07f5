"""The image's health check: exit code 0 where the service answers that it lives.

python3 /opt/homelens/health.py [/readyz]

Without curl, which the image does not have. /healthz is about the process alone: a database that
is away is told by /readyz and is no reason to start the process again.
"""

import http.client
import os
import sys

path = sys.argv[1] if len(sys.argv) > 1 else "/healthz"
connection = http.client.HTTPConnection(
    "127.0.0.1", int(os.environ.get("HOMELENS_PORT", "8000")), timeout=2
)
try:
    connection.request("GET", path)
    answer = connection.getresponse()
except OSError as error:
    sys.exit(f"{path}: {error}")
if answer.status != 200:
    sys.exit(f"{path}: {answer.status} {answer.read(500).decode(errors='replace')}")
