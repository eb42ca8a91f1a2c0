"""Language tags as DeepL wants them: a source without its region, a target with the one it insists on."""

from sts_service.engines.card import primary

LANGUAGES = (
    "ar", "bg", "cs", "da", "de", "el", "en", "es", "et", "fi", "fr", "he", "hu", "id", "it", "ja",
    "ko", "lt", "lv", "nb", "nl", "no", "pl", "pt", "ro", "ru", "sk", "sl", "sv", "th", "tr", "uk",
    "vi", "zh",
)  # fmt: skip
"""Primary subtags."""

_SAME = {"no": "nb", "iw": "he", "in": "id"}

_DEFAULT_TARGETS = {"en": "EN-US", "pt": "PT-BR", "zh": "ZH-HANS"}
"""It refuses these without a region; most people mean this one."""

_LATIN_AMERICA = (
    "ar", "bo", "cl", "co", "cr", "cu", "do", "ec", "gt", "hn", "mx", "ni", "pa", "pe", "pr", "py",
    "sv", "us", "uy", "ve",
)  # fmt: skip
_TARGETS = {
    "en-gb": "EN-GB", "en-au": "EN-GB", "en-nz": "EN-GB", "en-ie": "EN-GB", "en-za": "EN-GB",
    "pt-pt": "PT-PT", "pt-ao": "PT-PT", "pt-mz": "PT-PT",
    "zh-hant": "ZH-HANT", "zh-tw": "ZH-HANT", "zh-hk": "ZH-HANT", "zh-mo": "ZH-HANT",
    "es-419": "ES-419", **{f"es-{country}": "ES-419" for country in _LATIN_AMERICA},
}  # fmt: skip


def source_code(language: str) -> str | None:
    """None where DeepL does not know it."""
    code = _SAME.get(primary(language), primary(language))
    return code.upper() if code in LANGUAGES else None


def target_code(language: str) -> str | None:
    """None where DeepL does not know it."""
    code = source_code(language)
    if code is None:
        return None
    tag = language.lower()
    # `zh-Hant-TW` goes by its script.
    for known in (tag, "-".join(tag.split("-")[:2])):
        if known in _TARGETS:
            return _TARGETS[known]
    return _DEFAULT_TARGETS.get(primary(language), code)
