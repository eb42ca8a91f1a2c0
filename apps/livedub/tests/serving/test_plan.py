"""What the orchestrator is told is what was set, and all of it."""

import dataclasses
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from livedub.dub.plan import Service
from livedub.serve.plan import OWN, RENAMED, check, in_our_words, orchestrator_variables
from livedub.settings import ConfigFile, ServeSettings, is_key
from media_service.orchestrator.settings import OrchestratorSettings
from service_kit.settings import SettingError, name_of, variable

SERVICE = Service("http://127.0.0.1:8123", "hunter2")


def variables(
    settings: ServeSettings | None = None, environ: dict[str, str] | None = None, **file: Any
) -> dict[str, str]:
    return orchestrator_variables(
        settings or ServeSettings(), ConfigFile(sections=file), environ or {}, SERVICE
    )


def loaded(told: dict[str, str]) -> OrchestratorSettings:
    return OrchestratorSettings.load((), told, prog="", description="")


def test_every_setting_of_the_orchestrator_can_be_set_here() -> None:
    ours = {name_of(row) for row in dataclasses.fields(ServeSettings)}
    for row in dataclasses.fields(OrchestratorSettings):
        assert row.name in OWN or RENAMED.get(row.name, row.name) in ours, row.name


@given(
    port=st.integers(0, 65535),
    grace_s=st.floats(0, 86_400),
    budget_ms=st.integers(0, 120_000),
    cut=st.sampled_from(["pause", "fixed"]),
    source=st.sampled_from(["en", "de-CH"]),
    target=st.sampled_from(["es", "es-419"]),
    token=st.none() | st.just("hunter3"),
    previews=st.booleans(),
    fragment_s=st.floats(0.1, 30),
)
def test_the_orchestrator_reads_what_was_set(
    port: int,
    grace_s: float,
    budget_ms: int,
    cut: Any,
    source: str,
    target: str,
    token: str | None,
    previews: bool,
    fragment_s: float,
) -> None:
    settings = ServeSettings(
        port=port,
        grace_s=grace_s,
        budget_ms=budget_ms,
        cut=cut,
        source_language=source,
        target_language=target,
        token=token,
        previews=previews,
        fragment_s=fragment_s,
    )
    told = variables(settings)
    found = loaded(told)
    assert (found.port, found.grace_s, found.av_offset_ms) == (port, grace_s, budget_ms)
    assert (found.segment_mode, found.source_language, found.target_language) == (cut, source, target)
    assert (found.token, found.previews) == (token, previews)
    assert (found.sts_service_url, found.sts_api_key) == (SERVICE.url, SERVICE.key)
    assert float(told["WORKER_SEGMENT_DURATION"]) == fragment_s


def test_what_livedub_sets_beats_the_workers_own_variable_and_the_rest_stays() -> None:
    told = variables(
        environ={
            "WORKER_SEGMENT_MODE": "fixed",
            "WORKER_STS_API_KEY": "hunter4",  # pragma: allowlist secret
            "WORKER_DUCK_DB": "12",
            "LIVEDUB_STS_KEY": "hunter5",
            "PATH": "/bin",
        },
        worker={"duck_db": 9.0, "gop_ms": 1},
    )
    assert "WORKER_SEGMENT_MODE" not in told
    assert "hunter4" not in told.values()
    assert "hunter5" not in told.values()
    assert (told["WORKER_DUCK_DB"], told["PATH"]) == ("12", "/bin")


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"host": "0.0.0.0"}, "--token: required"),
        ({"ingest_url": "rtmp://127.0.0.1/live/in"}, "--ingest-url: a URL with {id} in it"),
        ({"target_language": "klingon!"}, "--to: "),
        ({"sts": "nowhere"}, "--sts: an http"),
        ({"allow_inputs": "ftp:"}, "--allow-inputs: "),
    ],
)
def test_what_is_wrong_is_told_by_the_name_that_it_has_here(wrong: dict[str, str], told: str) -> None:
    settings = ServeSettings(**wrong)  # type: ignore[arg-type]
    service = Service(settings.sts or SERVICE.url, None)
    with pytest.raises(SettingError, match=f"^{told}"):
        check(orchestrator_variables(settings, ConfigFile(), {}, service))


def test_workers_do_not_outlive_a_speech_service_of_our_own() -> None:
    with pytest.raises(SettingError, match="LIVEDUB_ON_EXIT"):
        ServeSettings(on_exit="keep")
    assert ServeSettings(on_exit="keep", sts="http://127.0.0.1:8000").on_exit == "keep"


def test_words_that_are_no_setting_stay_as_they_are() -> None:
    assert in_our_words("LIVEDUB_PORT, LIVEDUB_ELSE: no") == "--port, LIVEDUB_ELSE: no"


def test_tokens_and_keys_are_secret_as_a_whole() -> None:
    keys = {name_of(row) for row in dataclasses.fields(ServeSettings) if is_key(row)}
    assert keys == {"token", "hook_token", "sts_key"}
    assert variable(dataclasses.fields(ServeSettings)[0], "LIVEDUB_") == "LIVEDUB_CONFIG"
