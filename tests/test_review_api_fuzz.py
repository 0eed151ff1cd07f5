"""Schemathesis against the review API, by somebody who may do all of it: no server error.

.venv/bin/pytest tests/test_review_api_fuzz.py -s     # prints how many requests were made
"""

from pathlib import Path

from labels.store import import_labels, labels_at, resolve
from serving.store.database import Database
from tests.label_sets import checks, flag_all, label_set
from tests.service import running
from tests.test_fuzz import generated
from tests.thorough import often

EXAMPLES = often(20, thorough=60)


def test_no_server_error_while_reviewing(tmp_path: Path) -> None:
    state = tmp_path / "state"
    settings = {"CHECK_EVERY": "3", "SECOND_SHARE": "0.5", "RATE_PER_MINUTE": "10000000"}
    with running(state, **settings) as service:
        key = service.make_key("admin")
        database = Database.open(f"sqlite:///{state / 'homelens.db'}")
        with database.write() as session:
            import_labels(session, "doors", label_set(30, 3), by="ana")
            flag_all(session)
            checks(session, 30)
        only = ("--include-path-regex", "^/v1/(review|labels)/")
        number = generated(service, key, tmp_path, "--max-examples", str(EXAMPLES), *only)
        print(f"\n{number} requests were generated")
        assert number >= 300
        with database.read() as session:
            assert resolve(session, "doors").number >= 1
            assert labels_at(session, "doors").images
        database.close()
        assert service.stop() == 0
