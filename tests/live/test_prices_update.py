"""`tokenaudit prices update` against both services: what it brings, what it endures; a failure harms nothing."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from tests.live.price_services import FIRST_PAGE, OFFERS, ROWS_A_PAGE, Services, cut_off, good, status
from tests.unit.providers.aws.made_prices import offer, product
from tests.unit.providers.azure.made_prices import item, page

from tokenaudit.catalogue.snapshots import load, newest, save, snapshots
from tokenaudit.model.price_lists import Document
from tokenaudit.providers.azure.price_list import AzurePriceList

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.cli.conftest import Done
    from werkzeug import Response

INDEX = f"{OFFERS}AmazonBedrock/current/region_index.json"
LONG_AGO = date(2026, 1, 31)
FILE = f"{OFFERS}AmazonBedrock/20261001000000/eu-west-1/index.json"


def folder_of(home: Path) -> Path:
    return home / ".local" / "share" / "tokenaudit" / "prices"


def priced(folder: Path) -> dict[tuple[str, str, str | None], Decimal]:
    """Model, kind and region of every rate of the newest snapshot, and its price."""
    snapshot = newest(folder)
    assert snapshot is not None
    return {(rate.model, rate.kind, rate.region): rate.usd_per_mtok for rate in load(snapshot)}


EVERYTHING = {
    ("amazon/nova-pro", "input", "eu-west-1"): Decimal("0.8"),
    ("amazon/nova-pro", "input", "us-east-1"): Decimal("0.8"),
    ("amazon/nova-pro", "output", "eu-west-1"): Decimal("3.2"),
    ("amazon/nova-pro", "output", "us-east-1"): Decimal("3.2"),
    ("anthropic/claude-sonnet-4-5", "input", "eu-west-1"): Decimal("3.3"),
    ("anthropic/claude-sonnet-4-5", "input", "us-east-1"): Decimal("3.3"),
    ("openai/gpt-5.4", "input", None): Decimal("2.5"),
}


def test_an_update_brings_both_lists_page_by_page_and_region_by_region(
    prices: Callable[..., Done], services: Services, home: Path
) -> None:
    done = prices("update", "--format", "json")
    assert (done.code, done.err) == (0, "")
    assert priced(folder_of(home)) == EVERYTHING
    assert {row["provider"]: (row["documents"], row["rates"]) for row in done.rows("lists")} == {
        "aws": (6, 6),
        "azure": (4, 1),
    }
    assert len(services.items) > ROWS_A_PAGE
    assert services.asked.count(FIRST_PAGE) == 4, "two pages, and one for each older name of the service"
    (row,) = done.rows("snapshot")
    assert (row["rates"], row["previous"], row["changed"]) == (7, None, None)


def test_a_second_update_says_what_changed_and_leaves_the_first_as_it_was(
    prices_inside: Callable[..., Done], services: Services, home: Path
) -> None:
    assert prices_inside("update").code == 0
    (first,) = snapshots(folder_of(home))
    before = first.path.read_bytes()
    services.nova = "0.0006"
    services.items = [item(region="eastus2"), item("5.4 opt Gl 1M Tokens", 15.0)]
    done = prices_inside("update", "--format", "json")
    (row,) = done.rows("snapshot")
    assert (row["previous"], row["changed"], row["added"], row["gone"]) == (f"{first.day} {first.sha256}", 2, 1, 0)
    assert [
        (each["model"], each["region"], each["before_usd_per_mtok"], each["usd_per_mtok"])
        for each in done.rows("changes")
    ] == [("amazon/nova-pro", "eu-west-1", 0.8, 0.6), ("amazon/nova-pro", "us-east-1", 0.8, 0.6)]
    assert first.path.read_bytes() == before
    assert snapshots(folder_of(home))[0].path.name == first.path.name
    assert len(snapshots(folder_of(home))) == 2


def test_the_same_list_on_the_same_day_is_the_same_snapshot(prices_inside: Callable[..., Done], home: Path) -> None:
    first, second = (prices_inside("update", "--format", "json").rows("snapshot")[0]["sha256"] for _ in range(2))
    assert first == second
    assert len(list(folder_of(home).iterdir())) == 1


@pytest.mark.parametrize(
    ("path", "answers"),
    [
        (FIRST_PAGE, [status(429, Retry_After="0"), status(429)]),
        (INDEX, [status(503), status(500)]),
        (FILE, [status(429, Retry_After="1")]),
        (FILE, [cut_off, cut_off]),
        (FIRST_PAGE, [status(502, Retry_After="Wed, 21 Oct 2015 07:28:00 GMT")]),
    ],
    ids=["429", "5xx", "Retry-After", "cut off", "Retry-After is past"],
)
def test_what_passes_is_waited_for(
    prices_inside: Callable[..., Done],
    services: Services,
    home: Path,
    path: str,
    answers: list[Callable[[], Response]],
) -> None:
    services.odd[path] = list(answers)
    done = prices_inside("update")
    assert (done.code, services.odd[path]) == (0, [])
    assert priced(folder_of(home)) == EVERYTHING


def slow(services: Services) -> Callable[[], Response]:
    def answer() -> Response:
        services.over.wait(30)
        return good(page())

    return answer


def elsewhere() -> Response:
    return good(page(item(), following="https://prices.example/api/retail/prices?$skip=1000&sig=SECRET"))


def in_circles(services: Services) -> Callable[[], Response]:
    return lambda: good(page(item(), following=f"{services.home}{FIRST_PAGE}?again"))


FAILURES: dict[str, tuple[str, Any, str]] = {
    "5xx": (INDEX, status(503), "HTTP status 503 (6 attempts)"),
    "429": (FIRST_PAGE, status(429), "HTTP status 429 (6 attempts)"),
    "patience": (FIRST_PAGE, status(429, Retry_After="3600"), "HTTP status 429 (1 attempt)"),
    "slow": (FIRST_PAGE, slow, "no answer in time"),
    "cut off": (FILE, cut_off, "the answer was cut off"),
    "half a text": (FILE, lambda: good(offer(product("EU-NovaPro-input-tokens"))[:-9]), "not valid JSON, or cut off"),
    "a page in HTML": (FIRST_PAGE, lambda: good(b"<html>maintenance</html>"), "not a page of retail prices"),
    "another document": (INDEX, lambda: good(b"{}"), "not an index of regions"),
    "not found": (FILE, status(404), "HTTP status 404"),
    "redirect to http": (FIRST_PAGE, status(302, Location="http://localhost:9/x?sig=SECRET"), "not encrypted"),
    "no end of redirects": (FIRST_PAGE, status(307, Location=f"{FIRST_PAGE}?sig=SECRET"), "more than 5 redirects"),
    "another service": (FIRST_PAGE, elsewhere, "another service"),
    "in circles": (FIRST_PAGE, in_circles, "lead in circles"),
    "no prices": (FIRST_PAGE, lambda: good(page()), "not one price of a token"),
}


def a_snapshot(home: Path) -> dict[str, bytes]:
    """The files of a folder with one old snapshot in it."""
    old = AzurePriceList().read([Document("old", page(item(price=9.0)), LONG_AGO)])
    save(folder_of(home), old.rates, LONG_AGO)
    return files_of(home)


def files_of(home: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder_of(home).iterdir()}


@pytest.mark.parametrize("failure", FAILURES)
def test_a_failed_update_leaves_the_old_snapshot_in_force(
    prices_inside: Callable[..., Done], services: Services, home: Path, failure: str
) -> None:
    before = a_snapshot(home)
    path, answer, said = FAILURES[failure]
    services.always[path] = answer(services) if answer in (slow, in_circles) else answer
    patience = {"TOKENAUDIT_HTTP_PATIENCE_S": "1"} if answer is slow else {}
    message, hint = prices_inside("update", **patience).refused(5)
    assert said in message
    assert "SECRET" not in message + hint
    assert files_of(home) == before


def test_a_service_that_is_not_there_leaves_it_too(
    prices_inside: Callable[..., Done], services: Services, home: Path
) -> None:
    before = a_snapshot(home)
    services.always[INDEX] = status(503)
    patient = {"TOKENAUDIT_HTTP_PATIENCE_S": "2"}
    message, _ = prices_inside("update", **patient).refused(5)
    assert "HTTP status 503" in message
    message, _ = prices_inside("update", TOKENAUDIT_AWS_PRICES="http://127.0.0.1:1", **patient).refused(5)
    assert message.startswith(
        "http://127.0.0.1:1/offers/v1.0/aws/AmazonBedrock/current/region_index.json: no connection"
    )
    assert files_of(home) == before


def test_a_unit_that_contradicts_itself_prices_nothing_and_says_so(
    prices_inside: Callable[..., Done], services: Services, home: Path
) -> None:
    services.nova_unit, services.nova_description = "1M tokens", "$0.0008 per 1K tokens for Nova Pro input tokens"
    services.items.append(item("5.4 opt Gl 1M Tokens", 15.0, unitOfMeasure="1K"))
    done = prices_inside("update", "--format", "json", "--strict")
    assert done.code == 3
    assert {key for key in EVERYTHING if key not in priced(folder_of(home))} == {
        ("amazon/nova-pro", "input", region) for region in ("eu-west-1", "us-east-1")
    }
    reasons = [row["reason"] for row in done.rows("unreadable")]
    assert any("the unit is '1M tokens', and the description says 1,000 tokens" in reason for reason in reasons)
    assert any("the unit is '1K', and the name says 1000000 tokens" in reason for reason in reasons)


def test_a_unit_that_changed_without_a_word_is_refused_as_absurd_or_shown_as_a_leap(
    prices_inside: Callable[..., Done], services: Services
) -> None:
    services.nova = "0.0020"
    assert prices_inside("update").code == 0
    services.nova_unit = "1M tokens"
    leap = prices_inside("update", "--format", "json")
    assert leap.caveats["price_leaps"].startswith("2 prices moved more than 100 times")
    services.nova = "0.0008"
    absurd = prices_inside("update", "--format", "json")
    (row,) = [each for each in absurd.rows("unreadable") if "USE1-NovaPro-input" in each["reason"]]
    assert (row["row"], row["document"].rsplit("/", 2)[1]) == (1, "us-east-1")
    assert "0.0008 USD per 1M tokens is beyond 0.001 to 1000" in row["reason"]


def test_one_region_is_asked_for_alone_and_the_others_are_kept(
    prices_inside: Callable[..., Done], services: Services, home: Path
) -> None:
    assert prices_inside("update").code == 0
    services.asked.clear()
    services.nova = "0.0009"
    done = prices_inside("update", "--provider", "aws", "--region", "us-east-1", "--format", "json")
    assert done.code == 0
    assert not any("eu-west-1" in path or path == FIRST_PAGE for path in services.asked)
    assert priced(folder_of(home)) == {**EVERYTHING, ("amazon/nova-pro", "input", "us-east-1"): Decimal("0.9")}
    assert set(done.caveats) == {"kept_regions", "kept_providers"}
    message, _ = prices_inside("update", "--region", "us-nowhere-1").refused(2)
    assert message == "no price in region us-nowhere-1"


def test_a_certificate_that_nobody_vouches_for_is_refused(prices: Callable[..., Done], home: Path) -> None:
    message, hint = prices("update", SSL_CERT_FILE="").refused(5)
    assert "the certificate is not trusted" in message
    assert "SSL_CERT_FILE" in hint
    assert not folder_of(home).exists()


def test_the_bundle_may_be_named_as_for_other_clients(prices_inside: Callable[..., Done], bundle: Path) -> None:
    assert prices_inside("update", "--quiet", SSL_CERT_FILE="", REQUESTS_CA_BUNDLE=str(bundle)).code == 0


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"TOKENAUDIT_AWS_PRICES": "http://prices.example"}, "TOKENAUDIT_AWS_PRICES"),
        ({"TOKENAUDIT_AZURE_PRICES": "file:///etc/passwd"}, "TOKENAUDIT_AZURE_PRICES"),
        ({"SSL_CERT_FILE": "nowhere.pem"}, "SSL_CERT_FILE names nowhere.pem"),
        ({"TOKENAUDIT_HTTP_PATIENCE_S": "long"}, "TOKENAUDIT_HTTP_PATIENCE_S is 'long'"),
    ],
)
def test_a_wrong_setting_is_named(prices_inside: Callable[..., Done], changes: dict[str, str], said: str) -> None:
    message, _ = prices_inside("update", **changes).refused(2)
    assert said in message
