"""The page's decisions, each by itself."""

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from control_room.chrome import desk
from control_room.stand_in import StandIn


@pytest.fixture(scope="module")
def page(browser: Browser, served: tuple[StandIn, str]) -> Iterator[Page]:
    with desk(browser, served[1]) as opened:
        opened.may_complain = "favicon"
        yield opened.open("/static/icon.svg")


def run(page: Page, module: str, code: str, given: Any = None) -> Any:
    return page.evaluate(
        f"async (given) => {{ const it = await import('/static/js/{module}.js'); {code} }}", given
    )


@pytest.mark.parametrize("ahead_ms", [-900, -200, -20, 0, 45, 700, 950])
def test_a_small_offset_goes_gently_and_does_not_come_back(ahead_ms: int, page: Page) -> None:
    code = """
      let ahead = given, most = 0;
      for (let i = 0; i < 400; i++) {
        const { rate, jump } = it.steer({ leaderMs: 0, followerMs: ahead, nowMs: i * 250, jumpedMs: -1e9 });
        if (jump) return "jumped";
        most = Math.max(most, Math.abs(rate - 1));
        ahead += (rate - 1) * 250;
      }
      return [ahead, most];"""
    left_ms, most = run(page, "stream/align", code, ahead_ms)
    assert abs(left_ms) <= 30
    assert most < 0.061


def test_a_great_offset_is_a_jump_and_not_one_upon_another(page: Page) -> None:
    code = """
      const at = (jumpedMs) => it.steer({ leaderMs: 0, followerMs: 8000, nowMs: 10000, jumpedMs }).jump;
      return [at(-1e9), at(9000), at(5000)];"""
    assert run(page, "stream/align", code) == [True, False, True]


def test_a_moment_and_its_place_in_a_playlist_are_each_others_inverse(page: Page) -> None:
    code = """
      const one = (i) => ({ start: 100 + i * 2, duration: 2, programDateTime: 5000 + i * 2000 });
      const all = [0, 1, 2, 3].map(one);
      const again = (ms) => it.momentOf(all, it.positionOf(all, 5000 + ms)) - 5000;
      const undated = it.positionOf([{ start: 0, duration: 2 }], 1);
      return [given.map(again), it.positionOf(all, 0), it.positionOf(all, 1e9), undated];"""
    moments = [0, 0.5, 1999, 2000, 4321, 7999]
    there, first, last, undated = run(page, "stream/align", code, moments)
    assert there == pytest.approx(moments, abs=0.01)
    assert (first, last, undated) == (100, 108, None)


def test_history_keeps_ten_minutes_and_no_more(page: Page) -> None:
    code = """
      const kept = new it.History(2);
      for (let i = 0; i < 5000; i++) kept.add(i, [i, null]);
      kept.add(10, [1, 1]);
      return [kept.times.length, kept.times[0], kept.data.map((one) => one.length)];"""
    assert run(page, "stream/history", code) == [601, 4399, [601, 601, 601]]


@pytest.mark.parametrize(
    ("detail", "fields"),
    [
        ("stream_id: too long; input_url: no host", {"stream_id": "too long", "input_url": "no host"}),
        ("forward_urls.0: wrong; forward_urls.1: wrong too", {"forward_urls": "wrong; wrong too"}),
        (
            "input_url: a URL is scheme://host; quote odd characters",
            {"input_url": "a URL is scheme://host; quote odd characters"},
        ),
        ("the output is the input itself", {"": "the output is the input itself"}),
    ],
)
def test_a_problem_is_told_by_field(detail: str, fields: dict[str, str], page: Page) -> None:
    assert run(page, "api", "return Object.fromEntries(new it.Problem(422, given).fields);", detail) == fields


@pytest.mark.parametrize(
    ("call", "told"),
    [
        ("duration(59.9)", "59 s"),
        ("duration(3599)", "59 min 59 s"),
        ("duration(86400)", "1 d 00 h"),
        ("duration(null)", "–"),
        ("signed(-12.4)", "−12 ms"),
        ("signed(1539)", "+1.5 s"),
        ("signed(0.2)", "±0 ms"),
        ("percent(0.966)", "97 %"),
    ],
)
def test_numbers_are_told_briefly(call: str, told: str, page: Page) -> None:
    assert run(page, "format", f"return it.{call};") == told


def test_as_many_rows_as_can_stay_where_they_are(page: Page) -> None:
    code = """
      const best = (places) => {  // by trying all
        let most = 0;
        for (let bits = 0; bits < 2 ** places.length; bits++) {
          const kept = places.filter((one, i) => (bits >> i) & 1 && one >= 0);
          if (kept.every((one, i) => !i || kept[i - 1] < one)) most = Math.max(most, kept.length);
        }
        return most;
      };
      let seed = 7;
      const random = (n) => (seed = (seed * 48271) % 2147483647) % n;
      for (let round = 0; round < 300; round++) {
        const places = Array.from({ length: random(9) }, (_, i) => i);
        places.sort(() => random(3) - 1);
        for (let i = 0; i < places.length; i++) if (!random(5)) places[i] = -1;
        const kept = [...it.stay(places)].sort((a, b) => a - b).map((i) => places[i]);
        if (!kept.every((one, i) => one >= 0 && (!i || kept[i - 1] < one))) return ["no run", places];
        if (kept.length !== best(places)) return ["not the longest", places];
      }
      return "right";"""
    assert run(page, "list/stay", code) == "right"
