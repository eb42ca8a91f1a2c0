"""What worker and speech service are told, from the settings."""

from pathlib import Path

import pytest
from livedub.dub import plan
from livedub.dub.plan import Service
from livedub.settings import ConfigFile, DubSettings
from service_kit.settings import SettingError

SERVICE = Service("http://127.0.0.1:8000", "key")


def settings(**changed: object) -> DubSettings:
    given = {"input": "in.mp4", "output": "out.mp4", "target_language": "es", **changed}
    return DubSettings(**given)  # type: ignore[arg-type]


def variables(told: DubSettings, file: ConfigFile | None = None, **environ: str) -> dict[str, str]:
    return plan.worker_variables(
        told, file or ConfigFile(), environ, SERVICE, stream_id="dub-1", control_token="control"
    )


@pytest.mark.parametrize(
    ("places", "fast"),
    [
        ({}, True),
        ({"realtime": True}, False),
        ({"input": "rtmp://127.0.0.1/live/in"}, False),
        ({"output": "rtmp://127.0.0.1/live/out"}, False),
        ({"output": "hls/"}, False),
        ({"output": "no such kind://"}, False),
    ],
)
def test_only_a_file_into_a_file_is_dubbed_as_fast_as_it_goes(places: dict[str, object], fast: bool) -> None:
    assert plan.is_fast(settings(**places)) is fast
    told = variables(settings(**places))
    assert told["WORKER_REALTIME"] == str(not fast).lower()
    assert told["WORKER_STS_GIVE_UP"] == ("exit" if fast else "never")
    assert told.get("WORKER_STS_TIMEOUT_MS") == (plan.PATIENT_MS if fast else None)


def test_the_listeners_defaults_are_cut_at_pauses_three_seconds_of_budget_and_ducking() -> None:
    told = variables(settings())
    names = ("SEGMENT_MODE", "SEGMENT_DURATION", "AV_OFFSET_MS", "MIX", "SOURCE_LANGUAGE", "TARGET_LANGUAGE")
    assert [told[f"WORKER_{name}"] for name in names] == ["pause", "6.0", "3000", "duck", "en", "es"]


def test_our_settings_beat_the_workers_variables_and_those_beat_the_file() -> None:
    file = ConfigFile(sections={"worker": {"duck_db": 12.0, "no_speech": "silence"}})
    told = variables(
        settings(), file, WORKER_MIX="replace", WORKER_NO_SPEECH="original", LIVEDUB_STS_KEY="secret"
    )
    assert told["WORKER_MIX"] == "duck"
    assert told["WORKER_DUCK_DB"] == "12.0"
    assert told["WORKER_NO_SPEECH"] == "original"
    assert "secret" not in told.values()


def test_the_speech_service_is_ours_alone_and_knows_no_stream_key() -> None:
    file = ConfigFile(sections={"engines": {"asr_engine": "pocketsphinx", "port": 9}})
    environ = {"WORKER_OUTPUT_URL": "secret", "LIVEDUB_OUTPUT": "secret", "HOST": "0.0.0.0", "PATH": "/bin"}
    told = plan.service_variables(file, environ, key="ours", port=0, fast=False)
    assert "secret" not in told.values()
    assert (told["HOST"], told["PORT"], told["STS_API_KEY"]) == ("127.0.0.1", "0", "ours")
    assert (told["ASR_ENGINE"], told["PATH"]) == ("pocketsphinx", "/bin")
    assert "ASR_TIMEOUT_MS" not in told
    patient = plan.service_variables(file, {"TTS_TIMEOUT_MS": "1"}, key="ours", port=0, fast=True)
    assert (patient["ASR_TIMEOUT_MS"], patient["TTS_TIMEOUT_MS"]) == (plan.PATIENT_MS, "1")


def test_what_the_worker_would_refuse_is_told_in_our_words(tmp_path: Path) -> None:
    (tmp_path / "in.mp4").touch()
    plan.check(variables(settings()))
    for changed, told in (
        ({"output": "in.mp4"}, "OUTPUT: is the input itself"),
        ({"target_language": "?"}, "--to: '?' is not what the protocol allows"),
        ({"input": "gone.mp4"}, "INPUT: gone.mp4: no such file"),
    ):
        with pytest.raises(SettingError) as error:
            plan.check(variables(settings(**changed)))
        assert str(error.value).startswith(told)
    (tmp_path / "out.mp4").touch()
    with pytest.raises(SettingError, match=r"^OUTPUT: out\.mp4: is there already; see --overwrite$"):
        plan.check(variables(settings(output="out.mp4")))
    plan.check(variables(settings(output="out.mp4", overwrite=True)))
    assert plan.in_our_words("WORKER_AV_OFFSET_MS and WORKER_DUCK_DB") == "--budget-ms and WORKER_DUCK_DB"
