"""Which letters a voice of eSpeak NG reads: letters of any other script it spells by their names."""

import unicodedata
from typing import Final

# Not named: Latin. Of Japanese only kana, for this voice does not know how characters are read.
_SCRIPTS: Final = {
    "am": "ETHIOPIC", "ar": "ARABIC", "as": "BENGALI", "ba": "CYRILLIC", "be": "CYRILLIC", "bg": "CYRILLIC",
    "bn": "BENGALI", "bpy": "BENGALI", "chr": "CHEROKEE", "cmn": "CJK", "cv": "CYRILLIC", "el": "GREEK",
    "fa": "ARABIC", "grc": "GREEK", "gu": "GUJARATI", "he": "HEBREW", "hi": "DEVANAGARI", "hy": "ARMENIAN",
    "hyw": "ARMENIAN", "ja": "HIRAGANA KATAKANA", "ka": "GEORGIAN", "kk": "CYRILLIC", "kn": "KANNADA",
    "ko": "HANGUL", "kok": "DEVANAGARI", "ky": "CYRILLIC", "mk": "CYRILLIC", "ml": "MALAYALAM",
    "mr": "DEVANAGARI", "my": "MYANMAR", "ne": "DEVANAGARI", "nog": "CYRILLIC", "or": "ORIYA",
    "pa": "GURMUKHI", "ru": "CYRILLIC", "sd": "ARABIC", "shn": "MYANMAR", "si": "SINHALA", "sr": "CYRILLIC",
    "ta": "TAMIL", "te": "TELUGU", "th": "THAI", "tt": "CYRILLIC", "ug": "ARABIC", "uk": "CYRILLIC",
    "ur": "ARABIC", "yue": "CJK", "zh": "CJK",
}  # fmt: skip


def can_read(text: str, language: str) -> bool:
    """One letter or digit is enough. Latin letters every voice reads, if need be as English."""
    scripts = {"LATIN", *_SCRIPTS.get(language, "LATIN").split()}
    return any(
        char.isdigit() or (char.isalpha() and unicodedata.name(char, "").partition(" ")[0] in scripts)
        for char in text
    )
