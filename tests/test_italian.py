"""Italian addresses people as Lei everywhere; the labels of buttons are commands to the page."""

import re
from pathlib import Path

import pytest

from tests.test_avm_explain import files, leaves
from tests.test_web_messages import WEB, texts

FILES = sorted(path.stem for path in (WEB / "messages").glob("*it.json"))

TU = re.compile(
    r"\b(tu|te|ti|tuo|tua|tuoi|tue|hai|sei|puoi|vuoi|devi|sai|fai|stai|faresti|vorresti|potresti"
    r"|potrai|vedrai|troverai|lavori)\b",
    re.IGNORECASE,
)
"""Words that are said to a friend alone."""

COMMAND = re.compile(
    r"\b(aggiungi|annulla|apri|attendi|cambia|chiedi|chiudi|continua|controlla|conferma|correggi"
    r"|disegna|guarda|indica|inizia|inserisci|lascia|metti|modifica|premi|prenota|prova|ricarica"
    r"|rifai|rimuovi|riprova|rispondi|salva|salta|scegli|scrivi|sposta|tieni|tocca|togli|torna"
    r"|trascina|usa|rivolgiti|vai|vedi)(lo|la|li|le|ne)?\b",
    re.IGNORECASE,
)
"""Commands in the form that a button has: "Salva"."""

NONE = re.compile(
    r"(\b(la|sua|nessuna)|#) modifica\b|\ble indica\b|\bquando torna\b|\binvio (la )?salva\b"
    r"|\bU annulla\b",
    re.IGNORECASE,
)
"""What only looks like a command."""


def said(name: str) -> dict[str, str]:
    """The texts of a file."""
    return leaves(files()["it"]) if name == "avm" else texts(name)


@pytest.mark.parametrize("name", [*FILES, "avm"])
def test_nobody_is_a_friend(name: str) -> None:
    assert {key: text for key, text in said(name).items() if TU.search(text)} == {}


@pytest.mark.parametrize("name", [*FILES, "avm"])
def test_sentences_ask_politely(name: str) -> None:
    sentences = {key: text for key, text in said(name).items() if re.search(r"[.!?]\W*$", text)}
    assert len(sentences) > 10
    wrong = {key: text for key, text in sentences.items() if COMMAND.search(NONE.sub("", text))}
    assert wrong == {}


def test_the_patterns_find_what_they_are_for() -> None:
    for text in ("Quanto vale la tua casa?", "Che altro sai?", "Ti indica il prezzo."):
        assert TU.search(text)
    for text in ("Riprova.", "Saltala con S.", "Poi scegli dall'elenco.", "Indica il piano."):
        assert COMMAND.search(text)
    for text in ("Quanto vale la Sua casa?", "Riprovi.", "La salti con S.", "Le indica il prezzo."):
        assert not TU.search(text)


def test_every_file_is_looked_at() -> None:
    assert FILES == ["it", "review.it", "value.it"]
    here = Path(__file__).resolve().parent.parent
    found = [*here.glob("avm/*.it.yaml"), *here.glob("serving/**/*.it.yaml")]
    assert [path.name for path in found] == ["messages.it.yaml"]
