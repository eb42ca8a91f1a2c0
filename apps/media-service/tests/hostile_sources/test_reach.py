"""Which addresses a source may lead to."""

import pytest
from media_service.config.reach import Internal, LedAstray, Reach, host_of

NAMES = {"inside.example": ["10.0.0.1"], "both.example": ["8.8.8.8", "10.0.0.1"], "out.example": ["8.8.8.8"]}


def reach(url: str, internal: Internal) -> Reach:
    return Reach(url, internal, lambda host: NAMES.get(host, []))


@pytest.mark.parametrize(
    ("internal", "host", "goes"),
    [
        ("same-host", "8.8.8.8", True),
        ("same-host", "out.example", True),
        ("same-host", "10.0.0.9", True),
        ("same-host", "10.0.0.1", False),
        ("same-host", "inside.example", False),
        ("same-host", "both.example", False),
        ("same-host", "169.254.169.254", False),
        ("same-host", "[::1]", False),
        ("same-host", "64:ff9b::a00:1", False),
        ("same-host", "0.0.0.0", False),
        ("same-host", "no-such-name.example", True),
        ("none", "10.0.0.9", False),
        ("none", "out.example", True),
        ("any", "inside.example", True),
        ("any", "169.254.169.254", True),
    ],
)
def test_public_addresses_and_of_others_what_the_setting_says(
    internal: Internal, host: str, goes: bool
) -> None:
    made = reach("rtsp://user:word@10.0.0.9:554/main", internal)
    if goes:
        made.check(host)
    else:
        with pytest.raises(LedAstray):
            made.check(host)


def test_of_a_name_s_addresses_the_public_ones_remain() -> None:
    made = reach("https://host.example/a.m3u8", "same-host")
    assert made.allowed("both.example", NAMES["both.example"]) == ["8.8.8.8"]
    assert made.allowed("host.example", ["10.0.0.1"]) == ["10.0.0.1"]
    assert made.allowed("HOST.example.", ["10.0.0.1"]) == ["10.0.0.1"]


@pytest.mark.parametrize("url", ["", "http://[", "a.mp4", "file:///a"])
def test_where_there_is_no_host_none_is_the_same(url: str) -> None:
    assert host_of(url) == ""
    with pytest.raises(LedAstray):
        reach(url, "same-host").check("10.0.0.1")
