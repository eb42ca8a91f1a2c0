"""The scores as a table for people, or as JSON."""

import json
from collections.abc import Sequence
from typing import Any

from sts_service.bench.dubbing import Dubbed, Outcome
from sts_service.bench.scores import Scores, scores

_HEADINGS = ("recording", "seconds", "words", "WER %", "BLEU", "chrF", "took s", "unfinished")
ALL = "all"


def table(outcome: Outcome) -> str:
    dubbed = outcome.dubbed
    rows = [_row(each.recording.name, [each], scores([each])) for each in dubbed]
    rows.append(_row(ALL, dubbed, scores(dubbed)))
    widths = [max(len(row[column]) for row in (_HEADINGS, *rows)) for column in range(len(_HEADINGS))]
    lines = [_line(_HEADINGS, widths), "  ".join("-" * width for width in widths)]
    lines += [_line(row, widths) for row in rows]
    served = ", ".join(f"{stage} {engine}" for stage, engine in outcome.engines.items())
    return "\n".join([*lines, "", f"engines: {served}"])


def as_json(outcome: Outcome) -> str:
    """Rates and scores are unrounded; `null` where there is no reference translation."""
    told = {
        "engines": dict(outcome.engines),
        "recordings": [
            {
                "name": each.recording.name,
                **_numbers([each]),
                "transcript": each.transcript,
                "translation": each.translation,
            }
            for each in outcome.dubbed
        ],
        ALL: _numbers(outcome.dubbed),
    }
    return json.dumps(told, indent=2, ensure_ascii=False)


def _numbers(dubbed: Sequence[Dubbed]) -> dict[str, Any]:
    found = scores(dubbed)
    return {
        "duration_s": sum(each.duration_s for each in dubbed),
        "took_s": sum(each.took_s for each in dubbed),
        "fragments": sum(each.fragments for each in dubbed),
        "unfinished": [code for each in dubbed for code in each.unfinished],
        "words": found.words,
        "wrong": found.wrong,
        "lost": found.lost,
        "added": found.added,
        "word_error_rate": found.word_error_rate,
        "bleu": found.bleu,
        "chrf": found.chrf,
    }


def _row(name: str, dubbed: Sequence[Dubbed], found: Scores) -> tuple[str, ...]:
    unfinished = sum(len(each.unfinished) for each in dubbed)
    return (
        name,
        f"{sum(each.duration_s for each in dubbed):.1f}",
        str(found.words),
        f"{100 * found.word_error_rate:.1f}",
        "-" if found.bleu is None else f"{found.bleu:.1f}",
        "-" if found.chrf is None else f"{found.chrf:.1f}",
        f"{sum(each.took_s for each in dubbed):.1f}",
        f"{unfinished} of {sum(each.fragments for each in dubbed)}" if unfinished else "-",
    )


def _line(cells: Sequence[str], widths: Sequence[int]) -> str:
    first, *others = zip(cells, widths, strict=True)
    return "  ".join([first[0].ljust(first[1]), *(cell.rjust(width) for cell, width in others)]).rstrip()
