"""How good transcripts and translations are: word error rate by jiwer, BLEU and chrF by sacrebleu."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from sts_service.bench.dubbing import Dubbed

_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)*")


class NoScorer(Exception):
    """What is not installed, and how to get it, in one line."""


@dataclass(frozen=True, slots=True)
class Scores:
    words: int
    """Of the reference."""
    wrong: int
    lost: int
    added: int
    bleu: float | None
    """0..100, as chrF; None where there is no reference."""
    chrf: float | None

    @property
    def word_error_rate(self) -> float:
        """0..1, and more where more words were added than there are."""
        return (self.wrong + self.lost + self.added) / self.words if self.words else float(self.added > 0)


def check() -> None:
    """Before an hour of work. Raises `NoScorer`."""
    try:
        import jiwer
        import sacrebleu
    except ImportError as error:
        name = error.name or "jiwer or sacrebleu"
        message = f"{name.partition('.')[0]} is not installed: pip install 'sts-service[quality]'"
        raise NoScorer(message) from error
    del jiwer, sacrebleu


def scores(dubbed: Sequence[Dubbed]) -> Scores:
    """Of all of them together: each word counts the same, whichever recording it is in."""
    import jiwer
    import sacrebleu

    said = [" ".join(words(each.recording.transcript)) for each in dubbed]
    heard = [" ".join(words(each.transcript)) for each in dubbed]
    counted = jiwer.process_words(said, heard)
    translated = [
        (each.translation, each.recording.translation) for each in dubbed if each.recording.translation
    ]
    bleu = chrf = None
    if translated:
        hypotheses, references = [list(texts) for texts in zip(*translated, strict=True)]
        # Of few sentences some have no match of four words in a row, which would make all of it nothing.
        bleu = sacrebleu.corpus_bleu(hypotheses, [references], smooth_method="exp").score
        chrf = sacrebleu.corpus_chrf(hypotheses, [references]).score
    return Scores(
        words=sum(len(text.split()) for text in said),
        wrong=counted.substitutions,
        lost=counted.deletions,
        added=counted.insertions,
        bleu=bleu,
        chrf=chrf,
    )


def words(text: str) -> list[str]:
    """Without case and punctuation, which are no errors."""
    return _WORD.findall(text.lower().replace("’", "'"))
