"""Service level objectives as people write them."""

from __future__ import annotations

import pytest

from tokenaudit.errors import UsageError
from tokenaudit.model.slo import PRESETS, Slo, slo


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("ttft=450ms,tpot=40ms,e2e=5s", Slo(450.0, 40.0, 5000.0)),
        (" E2E = 1.5 s ", Slo(e2e_ms=1500.0)),
        ("tpot=800us", Slo(tpot_ms=0.8)),
        ("e2e=2min", Slo(e2e_ms=120_000.0)),
        ("mlperf-interactive", Slo(450.0, 40.0)),
        ("MLPerf-Server,e2e=30s", Slo(2000.0, 200.0, 30_000.0)),
        ("mlperf-interactive,ttft=1s", Slo(1000.0, 40.0)),
        ("e2e=9s,llama3.1-405b-interactive", Slo(4500.0, 80.0, 9000.0)),
    ],
)
def test_what_is_written_is_what_is_meant(text: str, meant: Slo) -> None:
    assert slo(text) == meant
    assert slo(str(meant)) == meant


@pytest.mark.parametrize(
    ("text", "message", "hint"),
    [
        ("mlperf-interactiv", "'mlperf-interactiv' is no limit and no preset", "did you mean mlperf-interactive?"),
        ("quick", "'quick' is no limit and no preset", "ttft=450ms"),
        ("ttfb=1s", "no limit on 'ttfb'", "did you mean ttft?"),
        ("speed=1s", "no limit on 'speed'", "ttft, tpot, e2e"),
        ("ttft=450", "'ttft=450' is no limit", "unit"),
        ("ttft=0ms", "'ttft=0ms' is no limit", "above 0"),
        ("ttft=-1ms", "'ttft=-1ms' is no limit", "above 0"),
        ("ttft=1e3ms", "'ttft=1e3ms' is no limit", "unit"),
        ("e2e=2000min", "'e2e=2000min' is no limit", "at most a day"),
        ("ttft=1h", "'ttft=1h' is no limit", "us, ms, s or min"),
        ("", "limits nothing", "mlperf-server"),
        (",", "limits nothing", "mlperf-server"),
    ],
)
def test_what_is_neither_limit_nor_preset_is_refused(text: str, message: str, hint: str) -> None:
    with pytest.raises(UsageError, match=message) as refused:
        slo(text)
    assert hint in refused.value.hint


def test_presets_limit_the_first_token_and_those_after_it() -> None:
    """Milliseconds as MLPerf Inference has them for its server and interactive scenarios."""
    told = {name: (each.ttft_ms, each.tpot_ms) for name, each in PRESETS.items()}
    assert {told[name] for name in ("llama2-70b", "mlperf-server", "mixtral-8x7b")} == {(2000, 200)}
    assert {told[name] for name in ("llama2-70b-interactive", "mlperf-interactive")} == {(450, 40)}
    assert (told["llama3.1-8b"], told["llama3.1-8b-interactive"]) == ((2000, 100), (500, 30))
    assert (told["llama3.1-405b"], told["llama3.1-405b-interactive"]) == ((6000, 175), (4500, 80))
    assert (told["deepseek-r1"], told["deepseek-r1-interactive"]) == ((2000, 80), (1500, 15))
    assert (told["gpt-oss-120b"], told["gpt-oss-120b-interactive"]) == ((3000, 80), (2000, 20))
