"""Whether what was found is what was promised. Pure."""

from drill.findings import Findings
from drill.scenario import AV_MS, PAUSE_MS, Scenario

FEWEST_FLASHES = 2
FEWEST_BLOCKS = 100
"""Of 20 ms: 2 s of sound that says what it is."""
WRONG_SHARE = 0.002
HOLE_MS = 300.0
"""So long the muxer keeps the sound back for a picture that does not come."""
ROUNDING_S = 0.25


def broken(scenario: Scenario, found: Findings) -> list[str]:
    """The promises that were not kept, in words."""
    promise, late_ms = scenario.promise, found.machine_late_ms
    out = [found.problem] if found.problem else []
    if found.exit_code != promise.exit_code:
        out.append(f"the worker ended with {found.exit_code}, not {promise.exit_code}")
    if promise.exit_code is not None:
        return out
    hole_ms = HOLE_MS if promise.interrupts else 0.0
    # One that was not connected yet does not pause.
    stays = not promise.disconnects and not (scenario.from_start and promise.interrupts)
    if stays and found.sound_pause_ms > PAUSE_MS + hole_ms + late_ms:
        out.append(f"the output paused for {found.sound_pause_ms:.0f} ms")
    if found.lack_ms > scenario.most_pause_ms + late_ms:
        out.append(f"picture or sound was lacking for {found.lack_ms:.0f} ms")
    if len(found.av_ms) < FEWEST_FLASHES:
        out.append("too little was seen afterwards to tell the A/V offset")
    elif max(map(abs, found.av_ms)) > AV_MS:
        out.append(f"A/V was off by {max(found.av_ms, key=abs):+.1f} ms afterwards")
    if promise.originals == "none" and found.originals:
        out.append(f"{found.originals} slots were original")
    if promise.originals == "some" and not found.originals:
        out.append("no slot was original: the fault was none")
    if found.early_originals:
        out.append(f"{found.early_originals} slots were original before anything was wrong")
    if found.recovery_s > promise.recovery_s + ROUNDING_S + late_ms / 1000:
        out.append(f"recovered after {found.recovery_s:.1f} s, not {promise.recovery_s:.1f}")
    if promise.spoilt:
        return out
    if found.agreement.blocks < FEWEST_BLOCKS:
        out.append("too little was heard to tell original and dub apart")
    elif found.agreement.wrong > WRONG_SHARE * found.agreement.blocks:
        out.append(f"{found.agreement.wrong * 20} ms were not what the worker said they were")
    return out
