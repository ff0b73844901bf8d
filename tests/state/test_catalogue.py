"""The sentences of the logs, and how well each is known."""

from __future__ import annotations

from string import Formatter

from tofulab.state import catalogue
from tofulab.state.catalogue import TOFU_FAILED, Certainty, Sentence

SENTENCES = {
    name: value
    for name, value in vars(catalogue).items()
    if isinstance(value, Sentence)
}


def test_every_sentence_says_how_well_it_is_known() -> None:
    """No text stands in the catalogue without its certainty."""
    texts = {name for name, value in vars(catalogue).items() if name.isupper()}
    assert texts == set(SENTENCES)
    assert set(Certainty) >= {sentence.certainty for sentence in SENTENCES.values()}


def test_the_technotes_words_are_marked_so() -> None:
    """The one record that the TechNote prints is the seed's."""
    seed = {name for name in SENTENCES if SENTENCES[name].certainty is Certainty.SEED}
    assert {"TOFU_FAILED"} == seed
    assert "Trust-on-first-use is configure for this connection" in TOFU_FAILED


def test_every_gap_has_a_name() -> None:
    """A sentence is filled in by names, not by places."""
    for sentence in SENTENCES.values():
        fields = [field for _, field, _, _ in Formatter().parse(sentence)]
        assert "" not in fields
