"""What a scenario file says, and how its mistakes are told."""

from collections import Counter
from pathlib import Path
from random import Random

import pytest

from golub.simulator.delays import Delay
from golub.simulator.fates import Fate, Fates, Rule
from golub.simulator.ids import MessageIds
from golub.simulator.scenario import Storm
from golub.simulator.scenario_file import ScenarioError, read, read_file

ROOT = Path(__file__).resolve().parents[3]


def test_milliseconds_of_the_file_are_seconds_in_the_scenario() -> None:
    scenario = read(
        "response = 40\nreceipts = {delay = {uniform = [100, 300]}, slow = {normal = [5000, 1000]}}\n"
        "links = {drop_mean = 30_000}\nstorm = [{start = 1500, lasts = 500, every = 4000}]"
    )
    assert scenario.response == Delay("fixed", 0.04)
    assert scenario.receipts.delay == Delay("uniform", 0.1, 0.3)
    assert scenario.receipts.slow == Delay("normal", 5.0, 1.0)
    assert scenario.links.drop_mean == 30.0
    assert scenario.storms == (Storm(start=1.5, lasts=0.5, every=4.0),)


def test_what_a_change_does_not_mention_stays() -> None:
    base = read('seed = 7\naccount = [{system_id = "a", password = "b", window = 10}]\nreceipts = {early = 0.5}')
    changed = read("response = 100\nreceipts = {duplicate = 0.1}", base)
    assert (changed.seed, changed.accounts) == (7, base.accounts)
    assert (changed.receipts.early, changed.receipts.duplicate, changed.response.low) == (0.5, 0.1, 0.1)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("respons = 40", "respons is not a key of a scenario"),
        ("receipts = {early = 2}", "receipts.early must be a number from 0 to 1, not 2"),
        ("response = {uniform = [9, 3]}", "response must be milliseconds"),
        ("response = true", "response must be milliseconds"),
        ('receipts = {dialect = "klingon"}', "receipts.dialect must be one of standard"),
        ('fate = [{fate = "eaten"}]', "fate[0].fate must be one of delivered"),
        ('fate = [{fate = "delivered", weight = 0}]', "at least one weight must be more than 0"),
        ('fate = [{fate = "rejected", command_status = "no"}]', "fate[0].command_status must be a command_status"),
        ('account = [{system_id = "a", password = "123456789"}]', "account[0].password must be a text of at most 8"),
        ('account = [{system_id = "a"}]', "account[0].password must be a text"),
        ('account = [{system_id = "a", password = ""}, {system_id = "a", password = ""}]', "the same system_id"),
        ('ids = {submit = "uuid", receipt = "decimal"}', "a uuid has no other notation"),
        ('listen = {certificate = "smsc.pem"}', "TLS needs both"),
        ("account = 3", "account must be tables"),
        ("seed = ", "The scenario is no TOML"),
    ],
)
def test_a_mistake_is_told_with_its_place(text: str, says: str) -> None:
    with pytest.raises(ScenarioError) as caught:
        read(text)
    assert says in str(caught.value)


def test_a_file_that_is_not_there_is_told_by_its_name(tmp_path: Path) -> None:
    with pytest.raises(ScenarioError, match=r"nothing\.toml can't be read"):
        read_file(tmp_path / "nothing.toml")


def test_every_example_of_the_documentation_is_a_scenario() -> None:
    text = (ROOT / "docs" / "simulator.md").read_text()
    examples = [part.split("```")[0] for part in text.split("```toml\n")[1:]]
    assert len(examples) >= 4
    for example in examples:
        read(example)


def test_fates_are_shared_out_by_weight_and_a_recipient_keeps_its_own() -> None:
    rules = (Rule(Fate.DELIVERED, weight=80), Rule(Fate.UNDELIVERED, weight=20))
    recipients = [f"7900{number:07d}" for number in range(5_000)]
    first, second = Fates(rules, 1, Delay()), Fates(rules, 1, Delay())
    fates = Counter(first.rule_of(one).fate for one in recipients)
    assert 3_800 < fates[Fate.DELIVERED] < 4_200
    assert [first.rule_of(one) for one in recipients] == [second.rule_of(one) for one in reversed(recipients)][::-1]
    other = Fates(rules, 2, Delay())
    assert any(other.rule_of(one) != first.rule_of(one) for one in recipients)


def test_the_first_pattern_that_matches_decides_before_any_weight() -> None:
    rules = (
        Rule(Fate.EXPIRED),
        Rule(Fate.SILENT, recipient="7903*"),
        Rule(Fate.REJECTED, recipient="790[0-9]*5"),
    )
    fates = Fates(rules, 1, Delay())
    chosen = {one: fates.rule_of(one).fate for one in ("79030000005", "79040000005", "79040000001")}
    assert list(chosen.values()) == [Fate.SILENT, Fate.REJECTED, Fate.EXPIRED]
    assert Fates(rules[1:], 1, Delay()).rule_of("79990000000").fate is Fate.DELIVERED


@pytest.mark.parametrize(
    ("submit", "receipt", "base"), [("hex", "decimal", 16), ("decimal", "hex", 10), ("hex_upper", "decimal_padded", 16)]
)
def test_both_ids_of_a_message_are_the_same_number(submit: str, receipt: str, base: int) -> None:
    ids = MessageIds(submit, receipt, 64)
    pairs = [ids.next() for _ in range(3)]
    assert [int(one, base) for one, _ in pairs] == [int(other, 26 - base) for _, other in pairs]
    assert len(set(pairs)) == 3
    assert all(int(one, base) >= 1 << 63 for one, _ in pairs)


def test_ids_have_the_width_and_the_form_asked_for() -> None:
    assert int(MessageIds("decimal", "same", 32).next()[0]) < 1 << 32
    one, other = MessageIds("uuid").next()
    assert (len(one), one) == (36, other)
    assert len(MessageIds("hex_padded").next()[0]) == 20


def test_a_storm_rages_in_its_times_only() -> None:
    storm = Storm(start=2.0, lasts=1.0, every=5.0)
    assert [storm.rages(at) for at in (0.0, 1.9, 2.0, 2.9, 3.0, 7.5, 8.5)] == [
        False,
        False,
        True,
        True,
        False,
        True,
        False,
    ]
    once = Storm(start=2.0, lasts=1.0)
    assert [once.rages(at) for at in (2.5, 7.5)] == [True, False]


def test_a_drawn_delay_stays_in_its_bounds_and_repeats_with_the_seed() -> None:
    uniform, normal = Delay("uniform", 0.1, 0.3), Delay("normal", 0.01, 0.5)
    drawn = [uniform.draw(random) for random in [Random(1)] for _ in range(200)]
    assert all(0.1 <= one <= 0.3 for one in drawn)
    assert drawn == [uniform.draw(random) for random in [Random(1)] for _ in range(200)]
    assert all(normal.draw(random) >= 0 for random in [Random(1)] for _ in range(200))
