"""Text as it is to be spoken: numbers, scores, money, units and abbreviations become words, by rule.

`spoken` is all that is called from outside. A language is one table in `languages`; the rules are the same
for all.
"""

from sts_service.text.spoken.rules import spoken

__all__ = ["spoken"]
