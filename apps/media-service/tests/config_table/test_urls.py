"""No secret part of a URL is ever shown."""

import json
import string
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st
from media_service.config.urls import HIDDEN, SHORTEST, concealer, mask, scrub


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("rtmp://host.example/live/key", "rtmp://host.example/live/***"),
        ("rtmp://host.example:1935/live/inner/key/", "rtmp://host.example:1935/live/inner/***/"),
        (
            "rtmps://u:p@host.example/live/key?token=t&x=y",
            "rtmps://***@host.example/live/***?token=***&x=***",
        ),
        ("rtmp://host.example/app", "rtmp://host.example/app"),
        ("rtmp://host.example/app?auth=t/key", "rtmp://host.example/app?auth=***"),
        ("rtmp://host.example/live/key live=1 pageUrl=http://x/y", "rtmp://host.example/live/*** ***"),
        ("rtsp://u:p@cam.example:554/main", "rtsp://***@cam.example:554/main"),
        ("rtsp://u:p/a?s#s@cam.example/main", "rtsp://***@cam.example/main"),
        ("rtsp://u:p@ss@cam.example/main", "rtsp://***@cam.example/main"),
        ("rtsp://u:12#34@cam.example/main", "rtsp://***@cam.example/main"),
        ("rtsp://u:12?34@cam.example/main", "rtsp://***@cam.example/main"),
        ("rtsp://u:1/2@3/4@cam.example:554/main", "rtsp://***@cam.example:554/main"),
        ("rtsp://u:1/2@3/4@cam.example:554/main?a=b@c", "rtsp://***"),
        ("rtsp://u:1 2@cam.example/main", "rtsp://***"),
        ("http://host.example/a live=1 token=x@y", "http://***"),
        (
            "srt://h.example:9000?streamid=a@b&passphrase=p@q",
            "srt://h.example:9000?streamid=***&passphrase=***",
        ),
        ("srt://u:p@h.example:9000?passphrase=p@q", "srt://***@h.example:9000?passphrase=***"),
        ("rtsp://no:port/main", "rtsp://***/main"),
        ("rtsp://cam.example/main", "rtsp://cam.example/main"),
        (
            "srt://h.example:9000?streamid=#!::r=a,m=publish&passphrase=pp",
            "srt://h.example:9000?streamid=***&passphrase=***",
        ),
        ("srt://:9000?mode=listener", "srt://:9000?mode=***"),
        ("srt://[::1]:9000?key", "srt://[::1]:9000?***"),
        ("https://h.example/a.m3u8?token=t#part", "https://h.example/a.m3u8?token=***"),
        ("https://h.example/a.m3u8#part", "https://h.example/a.m3u8#***"),
        ("http://not a url", "http://not ***"),
        ("user:secret@host/app/key", "***"),
        ("rtmp:/host/app/key", "***"),
        ("/media/match@home.ts", "/media/match@home.ts"),
        ("file:///media/a.ts", "file:///media/a.ts"),
        ("", ""),
    ],
)
def test_a_url_is_shown_without_its_secrets(url: str, shown: str) -> None:
    assert mask(url) == shown
    assert mask(shown) == shown


URL = "rtmp://user:password@host.example/live/stream-key-1?token=abcd1234"  # pragma: allowlist secret


def test_a_library_s_words_are_shown_without_the_secrets_it_quotes() -> None:
    text = f"Could not open {URL}: 'stream-key-1' refused for user:password (token abcd1234)"
    assert scrub(text, [URL]) == (
        "Could not open rtmp://***@host.example/live/***?token=***: '***' refused for *** (token ***)"
    )


@pytest.mark.parametrize("quoted", ['p@ss "word"', "p%40ss%20%22word%22", 'p@ss \\"word\\"'])
@pytest.mark.parametrize("written", ["p%40ss%20%22word%22", 'p%40ss%20"word"'])
def test_a_secret_is_known_however_it_is_quoted(written: str, quoted: str) -> None:
    text = scrub(f"wrong password {quoted} for it", [f"rtsp://user:{written}@cam.example/main"])
    assert text == "wrong password *** for it"


def test_what_is_no_text_is_hidden_as_well() -> None:
    for half in (0xDCFF, 0xD800):
        url = f"rtmp://host.example/live/key-{chr(half)}"
        assert scrub(f"no {url}: key-{chr(half)}", [url]) == "no rtmp://host.example/live/***: ***"


def test_a_url_that_a_library_has_rewritten_is_masked_as_well() -> None:
    assert (
        scrub("via rtmp://host.example:1935/live/another-key.", [])
        == "via rtmp://host.example:1935/live/***."
    )


def test_what_every_option_may_say_is_no_secret() -> None:
    text = scrub("caller waited 2000 ms", ["srt://h.example:9000?mode=caller&latency=2000"])
    assert text == "caller waited 2000 ms"


def test_words_that_stand_in_no_url_can_be_hidden_too() -> None:
    assert concealer([], ["token-of-the-service"])('x "token-of-the-service" y') == 'x "***" y'


def test_nothing_is_hidden_where_there_is_nothing_to_hide() -> None:
    assert concealer([])("as it was") == "as it was"
    assert scrub("as it was", ["", "file.ts"]) == "as it was"


SAFE = string.ascii_letters + string.digits + "-_.~"
secrets = st.text(SAFE, min_size=SHORTEST, max_size=20)
awkward = st.text(SAFE + "/?#%:!$'()\"+,; é\\", min_size=SHORTEST, max_size=20)
hosts = st.sampled_from(["h.io", "10.0.0.1", "[::1]"])


def pieces(secret: str) -> set[str]:
    return {secret[at : at + SHORTEST] for at in range(len(secret) - SHORTEST + 1)}


@given(
    hosts,
    st.sampled_from(["", ":1935"]),
    secrets,
    secrets,
    secrets,
    st.sampled_from(["rtmp", "RTMPS", "rtmpt"]),
)
def test_no_piece_of_a_secret_is_left_in_a_masked_url(
    host: str, port: str, password: str, key: str, value: str, scheme: str
) -> None:
    shown = mask(f"{scheme}://user:{password}@{host}{port}/app/{key}?name={value}&{value}#{value}")
    assert shown == f"{scheme}://{HIDDEN}@{host}{port}/app/{HIDDEN}?name={HIDDEN}&{HIDDEN}"
    for secret in (password, key, value):
        assert not any(
            piece in shown for piece in pieces(secret) - pieces(f"{scheme}://{host}{port}/app/?name=")
        )


@given(secrets, awkward, hosts)
def test_a_password_that_should_have_been_quoted_is_hidden_all_the_same(
    user: str, password: str, host: str
) -> None:
    shown = mask(f"rtsp://a{user}:b{password}@{host}/main")
    left = pieces(f"rtsp://***@{host}/main *** ***")
    assert not any(piece in shown for piece in (pieces(user) | pieces(password)) - left)


@given(st.text(), secrets, secrets, secrets, st.text())
def test_no_secret_survives_in_any_text(
    before: str, password: str, key: str, passphrase: str, after: str
) -> None:
    urls = [
        f"rtmp://me:{quote(password)}@h.io/app/{key}",
        f"srt://h.io:1?streamid={key}&passphrase={passphrase}",
    ]
    quoted = f"{quote(password, safe='')} {json.dumps(key)}{passphrase}"
    text = f"{before}{urls[0]} {password}|{quoted} {urls[1]}{after}"
    shown = scrub(text, urls)
    for secret in (password, key, passphrase):
        assert secret not in shown.replace("app", "").replace("passphrase=***", "").replace(
            "streamid=***", ""
        )


@given(st.text(), st.text())
def test_masking_never_fails_and_is_done_once(one: str, other: str) -> None:
    for text in (one, f"rtmp://{one}", f"srt://{one}@{other}", f"{one}://{other}"):
        assert mask(mask(text)) == mask(text)
        scrub(other, [text])


def test_a_stream_that_is_named_like_its_key_keeps_its_name_in_the_log_but_not_in_the_url() -> None:
    conceal = concealer(["rtmp://host/live/match-1"], public=["match-1"])
    assert conceal('{"streamId":"match-1"}') == '{"streamId":"match-1"}'
    assert "match-1" not in conceal("cannot open rtmp://host/live/match-1")
