"""Which engines are found, which is chosen, and what is told about the others."""

import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import ModuleType

import pytest
from sts_service.engines import Card, EngineSettings, EngineSpec, NotHere, Offer
from sts_service.engines.card import Kind
from sts_service.engines.choice import candidates, choose, needs_trial
from sts_service.engines.errors import NoEngine
from sts_service.engines.listing import listing
from sts_service.engines.registry import AnySpec, broken, find
from sts_service.testing import fakes
from sts_service.testing.script import Script

SETTINGS = EngineSettings()


def engine(name: str, kind: Kind, *, not_here: str | None = None, offer: Offer | None = None) -> AnySpec:
    spec = fakes.translator(Script(not_here=not_here))
    card: Card = replace(spec.card, name=name, kind=kind)
    check = spec.check if offer is None else lambda settings: offer
    return EngineSpec(card=card, check=check, make=spec.make)


Install = Callable[..., None]


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Install:
    """Installs a package that brings translators, in the place of every other package on the path."""
    monkeypatch.setattr(sys, "path", [str(tmp_path)])

    def install(*specs: AnySpec, package: str = "foreign", points: dict[str, str] | None = None) -> None:
        module = ModuleType(package)
        monkeypatch.setitem(sys.modules, package, module)
        points = {} if points is None else points
        for number, spec in enumerate(specs):
            setattr(module, f"SPEC{number}", spec)
            points[spec.card.name] = f"{package}:SPEC{number}"
        info = tmp_path / f"{package}-1.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {package}\nVersion: 1\n")
        lines = [f"{name} = {value}" for name, value in points.items()]
        (info / "entry_points.txt").write_text("\n".join(["[dubbing.translation]", *lines]))

    return install


def test_all_shipped_engines_are_announced() -> None:
    names = {stage: {*find(stage), *(fault.name for fault in broken(stage))} for stage in ("asr", "tts")}
    names["translation"] = {*find("translation"), *(fault.name for fault in broken("translation"))}
    assert names["asr"] >= {"faster-whisper", "pocketsphinx", "scripted"}
    assert names["translation"] >= {"deepl", "ctranslate2", "apertium", "identity"}
    assert names["tts"] >= {"xtts", "kokoro", "piper", "elevenlabs", "espeak", "tone"}


def test_no_shipped_engine_is_broken() -> None:
    assert [broken(stage) for stage in ("asr", "translation", "tts")] == [(), (), ()]


def test_auto_goes_from_production_to_embedded(install: Install) -> None:
    install(engine("rules", "embedded"), engine("net", "local"), engine("best", "production"))
    found = candidates("translation", "auto", SETTINGS)
    assert [choice.spec.card.name for choice in found.choices] == ["best", "net", "rules"]
    assert "production" in found.choices[0].why
    assert found.passed == ()


def test_auto_takes_neither_a_test_engine_nor_the_cloud(install: Install) -> None:
    install(engine("fake", "test"), engine("far-away", "cloud"))
    with pytest.raises(NoEngine, match="no engine for translation"):
        choose("translation", "auto", SETTINGS)
    assert choose("translation", "fake", SETTINGS).spec.card.kind == "test"
    assert choose("translation", "far-away", SETTINGS).spec.card.kind == "cloud"


def test_why_a_better_engine_was_passed_over_is_told(install: Install) -> None:
    install(
        engine("best", "production", not_here="no key: set KEY"),
        engine("net", "local", offer=Offer(model="m", pairs=(("en", "fr"),))),
        engine("rules", "embedded"),
    )
    found = candidates("translation", "auto", SETTINGS, ("en", "es"))
    assert [choice.spec.card.name for choice in found.choices] == ["rules"]
    assert {each.name: each.why for each in found.passed} == {
        "best": "no key: set KEY",
        "net": "does not know en to es",
    }


def test_regions_do_not_matter_for_what_is_served(install: Install) -> None:
    install(engine("net", "local", offer=Offer(model="m", pairs=(("en", "es"),))))
    assert choose("translation", "auto", SETTINGS, ("en-GB", "es-419")).spec.card.name == "net"


def test_a_named_engine_that_is_not_here_says_why(install: Install) -> None:
    install(engine("best", "production", not_here="no key: set KEY"), engine("rules", "embedded"))
    with pytest.raises(NoEngine, match="best cannot serve translation here: no key: set KEY"):
        choose("translation", "best", SETTINGS)


def test_an_unknown_name_is_told_with_those_there_are(install: Install) -> None:
    install(engine("rules", "embedded"))
    with pytest.raises(NoEngine, match="depl is no engine for translation; there are auto, rules"):
        choose("translation", "depl", SETTINGS)


@pytest.mark.parametrize(
    ("value", "why"),
    [
        ("not_there:SPEC", "ModuleNotFoundError"),
        ("sts_service.engines:NOTHING", "AttributeError"),
        ("sts_service.engines:Card", "is no EngineSpec"),
        ("sts_service.testing.fakes:SYNTHESIZER", "is an engine for tts, not for translation"),
        ("sts_service.testing.fakes:TRANSLATOR", "calls itself fake"),
    ],
)
def test_a_broken_engine_is_told_and_keeps_no_other_from_working(
    install: Install, value: str, why: str
) -> None:
    install(engine("rules", "embedded"), points={"cracked": value})
    (fault,) = broken("translation")
    assert fault.name == "cracked"
    assert why in fault.why
    found = candidates("translation", "auto", SETTINGS)
    assert [choice.spec.card.name for choice in found.choices] == ["rules"]
    assert [each.name for each in found.passed] == ["cracked"]
    with pytest.raises(NoEngine, match="cracked is broken"):
        choose("translation", "cracked", SETTINGS)
    assert "cracked         broken" in listing(SETTINGS)


def test_an_engine_whose_check_breaks_is_passed_over(install: Install) -> None:
    def breaks(settings: EngineSettings) -> Offer:
        raise ZeroDivisionError

    whole = engine("rules", "embedded")
    install(whole, EngineSpec(card=replace(whole.card, name="odd"), check=breaks, make=whole.make))
    assert choose("translation", "auto", SETTINGS).spec is whole
    with pytest.raises(NoEngine, match="its check failed: ZeroDivisionError"):
        choose("translation", "odd", SETTINGS)


def test_of_two_engines_of_one_name_the_second_is_told_of(install: Install) -> None:
    first, second = engine("rules", "embedded"), engine("rules", "local")
    install(first, package="a_package")
    install(second, package="b_package")
    assert find("translation")["rules"] in (first, second)
    (fault,) = broken("translation")
    assert "another package brings an engine of this name" in fault.why


def test_no_other_package_takes_the_place_of_a_shipped_engine(
    install: Install, monkeypatch: pytest.MonkeyPatch
) -> None:
    shipped = {"identity": "sts_service.translation.identity:SPEC"}
    install(points=shipped, package="z_shipped")
    install(engine("identity", "production"), package="a_foreign")
    assert find("translation")["identity"].card.kind == "test"


def test_an_engine_can_be_named_by_where_it_is() -> None:
    where = "sts_service.testing.fakes:TRANSLATOR_ON_LOOP"
    assert choose("translation", where, SETTINGS).spec is fakes.TRANSLATOR_ON_LOOP
    with pytest.raises(NoEngine, match="not_there"):
        choose("translation", "not_there:SPEC", SETTINGS)


def test_what_sends_work_away_is_not_tried() -> None:
    card = engine("a", "production").card
    assert needs_trial(card)
    assert not needs_trial(replace(card, home="loop"))
    assert not needs_trial(replace(card, home="loop", kind="cloud"))
    assert needs_trial(replace(card, home="loop", kind="embedded"))


def test_the_list_says_what_there_is_and_what_is_missing(install: Install) -> None:
    pairs = tuple(("en", f"{first}{second}") for first in "ab" for second in "cdefghij")
    install(
        engine("best", "production", not_here="no key: set KEY"),
        engine("many", "local", offer=Offer(model="m-1", pairs=pairs)),
        engine("some", "local", offer=Offer(model="m-2", sources=("en",), targets=("es", "de"))),
    )
    told = listing(SETTINGS)
    assert "best            production  not here: no key: set KEY" in told
    assert "many            local       ready: m-1" in told
    assert "en-ac en-ad en-ae" in told
    assert "and 4 more" in told
    assert "languages: en to de es" in told


def test_not_here_is_one_line_for_every_shipped_engine() -> None:
    for stage in ("asr", "translation", "tts"):
        for spec in find(stage).values():
            try:
                spec.check(SETTINGS)
            except NotHere as reason:
                assert str(reason).count("\n") == 0  # noqa: PT017 - most of them are here or not by the machine
