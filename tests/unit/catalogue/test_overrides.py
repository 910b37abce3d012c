"""The user's own prices: what is accepted, and how a wrong line is named."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from tokenaudit.catalogue.shipped import load_rates
from tokenaudit.errors import ConfigError
from tokenaudit.model.columns import AZURE, BEDROCK
from tokenaudit.model.rates import RateKey
from tokenaudit.pricing.book import PriceBook
from tokenaudit.pricing.resolve import resolve

if TYPE_CHECKING:
    from pathlib import Path

    from tokenaudit.model.rates import Rate

HEADER = "provider,model,scope,tier,token_kind,usd_per_mtok,valid_from\n"
GOOD = "bedrock,claude-sonnet-4-5,geo,standard,input,2.75,2026-01-01\n"


def read(tmp_path: Path, text: str) -> tuple[Rate, ...]:
    path = tmp_path / "prices.csv"
    path.write_text(text, encoding="utf-8")
    return load_rates(path)[1]


def test_a_line_becomes_a_rate_that_names_file_and_line(tmp_path: Path) -> None:
    (rate,) = read(tmp_path, HEADER + "\n" + GOOD)
    assert (rate.provider, rate.model, rate.usd_per_mtok) == (BEDROCK, "anthropic/claude-sonnet-4-5", Decimal("2.75"))
    assert (rate.source, rate.source_date, rate.valid_until) == ("prices.csv line 3", date(2026, 1, 1), None)


def test_optional_columns_may_stand_anywhere_and_a_spreadsheet_may_have_written_them(tmp_path: Path) -> None:
    text = (
        "\ufeffnote,region,prompt_band,valid_until,"
        + HEADER.replace("\n", "\r\n")
        + '"EA, 2026",eastus2 EastUS,272000,'
        "2027-01-01, azure ,gpt-35-turbo,data_zone,priority,cache_read,0.5,2026-01-01\r\n"
    )
    rates = read(tmp_path, text)
    assert [rate.region for rate in rates] == ["eastus2", "eastus"]
    assert {(rate.provider, rate.model, rate.note) for rate in rates} == {(AZURE, "openai/gpt-3.5-turbo", "EA, 2026")}
    assert {(rate.prompt_band, rate.valid_until) for rate in rates} == {(272_000, date(2027, 1, 1))}


def test_a_line_of_the_book_may_be_copied(tmp_path: Path) -> None:
    (rate,) = read(
        tmp_path,
        "provider,model,model_version,scope,region,tier,token_kind,prompt_band,usd_per_mtok,valid_from,valid_until,source,"
        "source_date,note\n"
        "azure.ai.openai,openai/gpt-4o,2024-05-13,global,,standard,input,,4.5,2024-05-13,,azure-retail-prices,2026-09-23,\n",
    )
    assert (rate.model_version, rate.source) == ("2024-05-13", "prices.csv line 2")


@pytest.mark.parametrize(
    ("written", "model", "version"),
    [
        ("anthropic/claude-sonnet-4-5", "anthropic/claude-sonnet-4-5", None),
        ("Claude-Sonnet-4-5", "anthropic/claude-sonnet-4-5", None),
        ("titan-embed-text-v2", "amazon/titan-embed-text-v2", None),
        ("palmyra-x5", "writer/palmyra-x5", None),
        ("my-company/tuned-7", "my-company/tuned-7", None),
        ("anthropic/claude-3-5-sonnet-20241022", "anthropic/claude-3-5-sonnet", "20241022"),
    ],
)
def test_a_model_may_be_written_short(tmp_path: Path, written: str, model: str, version: str | None) -> None:
    (rate,) = read(tmp_path, HEADER + f"bedrock,{written},global,standard,input,2,2026-01-01\n")
    assert (rate.model, rate.model_version) == (model, version)


@pytest.mark.parametrize(
    ("line", "message", "hint"),
    [
        (
            "aws,claude-sonet-4-5,geo,standard,input,2,2026-01-01",
            "model 'claude-sonet-4-5' is not known",
            "claude-sonnet",
        ),
        ("gcp,claude-sonnet-4-5,geo,standard,input,2,2026-01-01", "provider 'gcp' is not known", "bedrock"),
        ("aws,claude-sonnet-4-5,zone,standard,input,2,2026-01-01", "scope 'zone' is not known", "data_zone"),
        ("aws,claude-sonnet-4-5,,standard,input,2,2026-01-01", "scope is empty", "regional"),
        ("aws,claude-sonnet-4-5,geo,provisioned,input,2,2026-01-01", "tier 'provisioned' is not billed", "covered"),
        (
            "aws,claude-sonnet-4-5,geo,standard,reasoning,2,2026-01-01",
            "token_kind 'reasoning' is not",
            "cache_write_1h",
        ),
        ('aws,claude-sonnet-4-5,geo,standard,input,"2,5",2026-01-01', "usd_per_mtok '2,5' is no price", "decimals"),
        ("aws,claude-sonnet-4-5,geo,standard,input,-2,2026-01-01", "usd_per_mtok '-2' is no price", "decimals"),
        ("aws,claude-sonnet-4-5,geo,standard,input,NaN,2026-01-01", "usd_per_mtok 'NaN' is no price", "decimals"),
        ("aws,claude-sonnet-4-5,geo,standard,input,1_0,2026-01-01", "usd_per_mtok '1_0' is no price", "9 digits"),
        ("aws,claude-sonnet-4-5,geo,standard,input,٣,2026-01-01", "usd_per_mtok '٣' is no price", "9 digits"),
        ("aws,claude-sonnet-4-5,geo,standard,input,1e400,2026-01-01", "usd_per_mtok '1e400' is no price", "9 digits"),
        (
            "aws,claude-sonnet-4-5,geo,standard,input,0.3333333333333333333333333,2026-01-01",
            "usd_per_mtok '0.3333333333333333333333333' is no price",
            "9 digits",
        ),
        ("aws,claude-sonnet-4-5,geo,standard,input,2,", "valid_from is empty", "2026-10-31"),
        ("aws,claude-sonnet-4-5,geo,standard,input,2,01/02/2026", "valid_from '01/02/2026' is no day", "2026-10-31"),
        ("aws,claude-sonnet-4-5,geo,standard,input,2,5,2026-01-01", "8 cells for 7 columns", "quoted"),
    ],
)
def test_a_wrong_line_is_named_with_what_to_do(tmp_path: Path, line: str, message: str, hint: str) -> None:
    with pytest.raises(ConfigError) as caught:
        read(tmp_path, HEADER + GOOD + line + "\n")
    assert str(caught.value).startswith(f"{tmp_path / 'prices.csv'} line 3: {message}")
    assert hint in caught.value.hint


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "line 1: missing column provider"),
        (HEADER.replace(",scope", ""), "line 1: missing column scope"),
        (
            HEADER.replace("usd_per_mtok", "usd_per_mtoken"),
            "unknown column 'usd_per_mtoken' (did you mean 'usd_per_mtok'?)",
        ),
        (HEADER.replace("\n", ",tier\n"), "line 1: a column stands there twice"),
    ],
)
def test_a_wrong_header_is_named(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(ConfigError) as caught:
        read(tmp_path, text)
    assert message in str(caught.value)


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"absent.csv: No such file"):
        load_rates(tmp_path / "absent.csv")
    (tmp_path / "prices.csv").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ConfigError, match="not UTF-8 text"):
        load_rates(tmp_path / "prices.csv")


def test_an_absurd_or_doubled_price_is_refused_with_file_and_line(tmp_path: Path) -> None:
    shipped, mine = load_rates()[0], read(tmp_path, HEADER + GOOD.replace("2.75", "2750"))
    with pytest.raises(ConfigError, match=r"prices.csv line 2.*beyond"):
        PriceBook(shipped, mine)
    with pytest.raises(ConfigError, match=r"prices.csv line 2 and .*prices.csv line 3"):
        PriceBook(shipped, read(tmp_path, HEADER + GOOD + GOOD))


def test_a_contract_price_wins_over_the_shipped_one_for_its_key_only(tmp_path: Path) -> None:
    shipped, mine = load_rates()[0], read(tmp_path, HEADER + GOOD)
    book = PriceBook(shipped, mine)
    key = RateKey(
        BEDROCK, "anthropic/claude-sonnet-4-5", "20250929", "us-east-1", "geo", "standard", "input", 0, date(2026, 5, 1)
    )
    assert resolve(book, key).rate == mine[0]
    without = resolve(PriceBook(shipped), key).rate
    assert without is not None
    assert (without.usd_per_mtok, without.source) == (Decimal("3.3"), "aws-price-list")


def test_another_currency_is_refused_with_the_line(tmp_path: Path) -> None:
    header = HEADER.replace("\n", ",currency\n")
    assert read(tmp_path, header + GOOD.replace("\n", ",USD\n"))[0].currency == "USD"
    with pytest.raises(ConfigError, match=r"prices.csv line 2: currency 'EUR': tokens are priced in USD"):
        read(tmp_path, header + GOOD.replace("\n", ",EUR\n"))


def test_a_commitment_that_covers_tokens_is_a_known_zero(tmp_path: Path) -> None:
    line = "azure,gpt-4.1,global,provisioned,input,0,2026-01-01,covered by 100 PTU\n"
    (rate,) = read(tmp_path, HEADER.replace("\n", ",note\n") + line)
    assert (rate.tier, rate.usd_per_mtok, rate.note) == ("provisioned", Decimal(0), "covered by 100 PTU")
