"""The receipt is stable, complete, and says nothing that the copy does not."""

import hashlib
import json

import pytest
from pydantic import ValidationError

from tests.people_photos import Magenta, as_jpeg, with_figures
from vision.policy import Policy
from vision.privacy import safe_copy
from vision.receipt import MESSAGES, SCHEMA, RedactionReceipt

DATA = as_jpeg(with_figures((100, 100, 180, 340)))

FIELDS = {
    "schema_version", "homelens", "input_sha256", "output_sha256", "policy", "status", "code",
    "message", "people", "mask_share", "finder", "models", "redetection", "width", "height",
}  # fmt: skip


@pytest.mark.parametrize("policy", list(Policy))
def test_it_survives_json_and_repeats(policy: Policy) -> None:
    receipt = safe_copy(DATA, policy, Magenta()).receipt
    text = receipt.model_dump_json()
    assert RedactionReceipt.model_validate_json(text) == receipt
    assert safe_copy(DATA, policy, Magenta()).receipt.model_dump_json() == text


def test_its_fields_are_those_of_its_schema() -> None:
    """Change SCHEMA with the fields."""
    receipt = safe_copy(DATA, Policy.BLUR, Magenta()).receipt
    assert set(json.loads(receipt.model_dump_json())) == FIELDS
    assert (receipt.schema_version, SCHEMA) == (1, 1)


def test_hashes_are_of_the_bytes() -> None:
    copy = safe_copy(DATA, Policy.BLUR, Magenta())
    assert copy.jpeg is not None
    assert copy.receipt.input_sha256 == hashlib.sha256(DATA).hexdigest()
    assert copy.receipt.output_sha256 == hashlib.sha256(copy.jpeg).hexdigest()
    assert copy.receipt.models == {"magenta": "0" * 64}


def test_every_outcome_has_a_sentence() -> None:
    assert all(
        text.endswith(".") and code.startswith("privacy.") for code, text in MESSAGES.items()
    )


def test_it_is_immutable_and_closed() -> None:
    receipt = safe_copy(DATA, Policy.BLUR, Magenta()).receipt
    with pytest.raises(ValidationError):
        receipt.status = "failed"  # type: ignore[misc]
    with pytest.raises(ValidationError):
        RedactionReceipt.model_validate({**receipt.model_dump(), "file": "kitchen.jpg"})
