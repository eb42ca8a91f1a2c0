"""The same rules as patterns, for the API's document: whoever writes a client sees what will pass.

`urls` and `words` decide; a test proves that they and these agree.
"""

_H = "[0-9A-Fa-f]{1,4}"
_BYTE = "(?:25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])"
IPV6 = (
    rf"(?:(?:{_H}:){{7}}{_H}|(?:{_H}:){{1,7}}:|(?:{_H}:){{1,6}}:{_H}|(?:{_H}:){{1,5}}(?::{_H}){{1,2}}"
    rf"|(?:{_H}:){{1,4}}(?::{_H}){{1,3}}|(?:{_H}:){{1,3}}(?::{_H}){{1,4}}|(?:{_H}:){{1,2}}(?::{_H}){{1,5}}"
    rf"|{_H}:(?::{_H}){{1,6}}|:(?:(?::{_H}){{1,7}}|:)|::(?:[Ff]{{4}}:)?(?:{_BYTE}\.){{3}}{_BYTE}"
    rf"|64:[Ff]{{2}}9[Bb]::(?:{_BYTE}\.){{3}}{_BYTE})"
)
"""As RFC 4291 writes it; an IPv4 address in it only where it stands for one."""
USER = r"(?:[A-Za-z0-9._~!$&'()*+,;=%-]+(?::[A-Za-z0-9._~!$&'()*+,;=%-]*)?@)?"
NAME = r"[A-Za-z0-9._-]{1,253}"
_HOST = rf"(?:\[{IPV6}\]|{NAME})"
PORT = r"(?:[1-9][0-9]{0,3}|[1-5][0-9]{4}|6[0-4][0-9]{3}|65[0-4][0-9]{2}|655[0-2][0-9]|6553[0-5])"
_ANY = r"""[!-"$->@-\[\]-~]"""
"""Of a path: what can be seen in ASCII, but # ? and the backslash."""
_PART = r"""[!-"$-.0->@-\[\]-~]"""
_QUERY = r"""(?:\?[!-"$-\[\]-~]*)?"""

_SERVER = rf"{USER}{_HOST}(?::{PORT})?"
_RTMP = rf"rtmps?://{_SERVER}/+{_PART}+(?:/+{_PART}+)+/*{_QUERY}"
_RTSP = rf"://{_SERVER}(?:/{_ANY}*)?{_QUERY}"
_SRT = rf"srt://{USER}{_HOST}?:{PORT}(?:/{_ANY}*)?{_QUERY}"
_HLS = rf"https?://{_SERVER}/{_ANY}*\.[mM]3[uU]8{_QUERY}"
_FILE = (
    r"file://(?!.*(?:/|%2[fF])(?:\.|%2[eE]){2}(?:/|%2[fF]|$))(?!.*%00)"
    rf"/{_ANY}*"
)
_UNMASKED = r"(?!.*\*\*\*)"

INPUT_URL = rf"^{_UNMASKED}(?:{_RTMP}|rtsps?{_RTSP}|{_SRT}|{_HLS}|{_FILE})$"
OUTPUT_URL = rf"^{_UNMASKED}(?:{_RTMP}|rtsp{_RTSP}|{_SRT})$"
LANGUAGE = r"^[A-Za-z]{2,3}(?:-[A-Za-z0-9]{2,8}){0,3}$"
VOICE = r"^[^\u0000-\u001f\u007f-\u00a0\u00ad\u200b-\u200f\u2028-\u202f\u2060-\u206f\ufeff]+$"
SOURCE = r"^[^\u0000-\u001f\u007f-\u00a0\u00ad\u200b-\u200f\u2028-\u202f\u2060-\u206f\ufeff]*$"
