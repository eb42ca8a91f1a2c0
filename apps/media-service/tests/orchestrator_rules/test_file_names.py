"""No name of a file leads out of its folder."""

import os
from pathlib import Path
from urllib.parse import unquote

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from media_service.orchestrator.http.files import open_file
from media_service.orchestrator.http.page import find
from media_service.orchestrator.names.files import is_preview_name, static_parts

NASTY = st.lists(
    st.sampled_from(
        ["..", ".", "", "/", "\\", "%2e%2e", "%2f", "\0", "~", "a", "index.html", ".git", "C:", " "]
    )
    | st.text(max_size=5),
    max_size=12,
).map("/".join)


@given(NASTY)
@example("../secret.txt")
@example("..%2fsecret.txt")
@example("/etc/passwd")
@example("a/../../secret.txt")
@example("a//b")
@example(".hidden")
def test_a_path_that_passes_stays_below_its_folder(path: str) -> None:
    for given_path in (path, unquote(path)):
        parts = static_parts(given_path)
        if parts is None:
            continue
        joined = os.path.normpath(Path("/root/static", *parts))
        assert joined == "/root/static/" + given_path
        assert not any(part.startswith(".") for part in parts)


@pytest.mark.parametrize(
    "path", ["index.html", "js/app.js", "vendor/swagger-ui/swagger-ui.css", "a+b_c-1.0@x.js"]
)
def test_the_names_of_files_pass(path: str) -> None:
    assert static_parts(path) == tuple(path.split("/"))


@pytest.mark.parametrize("name", ["index.m3u8", "0.ts", "123456789.ts"])
def test_what_a_worker_writes_is_a_previews_name(name: str) -> None:
    assert is_preview_name(name)


@given(NASTY | st.text(max_size=30) | st.from_regex(r"\d+\.ts(\.part|\n)?"))
@example("index.m3u8.part")
@example("1.ts.part")
@example("1.ts\n")
@example("\u0661.ts")
@example("../index.m3u8")
def test_nothing_else_is(name: str) -> None:
    if is_preview_name(name):
        assert name == "index.m3u8" or (name.endswith(".ts") and name[:-3].isascii() and name[:-3].isdigit())
        assert Path("folder", name).parent == Path("folder")


def test_no_link_and_no_pipe_is_opened(tmp_path: Path) -> None:
    (tmp_path / "secret.txt").write_text("secret")
    root = tmp_path / "static"
    (root / "plain").mkdir(parents=True)
    (root / "link.txt").symlink_to(tmp_path / "secret.txt")
    (root / "folder").symlink_to(tmp_path)
    os.mkfifo(root / "pipe.txt")
    for parts in (("link.txt",), ("folder", "secret.txt"), ("pipe.txt",), ("plain",), ("none.txt",)):
        assert find(root, parts) is None
        assert parts == ("folder", "secret.txt") or open_file(root.joinpath(*parts)) is None
    (root / "plain" / "a.txt").write_text("told")
    opened = find(root, ("plain", "a.txt"))
    assert opened is not None
    with opened.file as file:
        assert file.read() == b"told"
