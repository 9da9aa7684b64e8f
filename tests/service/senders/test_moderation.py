"""Moderation of texts on a real database: who is judged, what waits, and what a decision does."""

from typing import Any

import pytest
from sqlalchemy import text

from contracts.errors import Conflict, Malformed, NotFound
from contracts.senders import CheckItem
from contracts.senders_texts import GOES_ON, HAS_ROOM, WAITS, TextItem, TextVerdict, WaitingKey
from contracts.smpp_gateway import TextsAbandoned
from services.senders import text_court
from services.senders.judging import others_of
from tests.service.senders.test_senders import BANK, OTHER_PARTNER, PARTNER, SHOP, World

__all__ = ["database", "world"]
from tests.service.senders.test_senders import database, world


def _policy(world: World, *, texts: bool, advertiser: str = SHOP) -> None:
    world.client.set_policy(PARTNER, advertiser, any_sender=True, automatic=True, texts_automatic=texts)


def _rule(world: World, value: str, kind: str = "words", action: str = "hold", sentence: str = "") -> Any:
    return world.client.put_text_rule(
        PARTNER, None, kind=kind, value=value, action=action, sentence=sentence, version=0, author="boss"
    )


def _judge(world: World, *texts: str, advertiser: str = SHOP, sender: str = "SHOP") -> list[TextVerdict]:
    return world.client.judge([TextItem(advertiser_id=advertiser, sender=sender, text=one) for one in texts])


def _verdicts(world: World, *texts: str) -> list[str]:
    return [one.verdict for one in _judge(world, *texts)]


def _judged(world: World, advertiser: str = SHOP) -> bool:
    return world.client.check([CheckItem(advertiser_id=advertiser, sender="SHOP")])[0].texts


def _told(world: World) -> set[str]:
    query = (
        "SELECT jsonb_array_elements_text(envelope -> 'data' -> 'item_ids') FROM outbox WHERE name = 'texts_decided'"
    )
    with world.db.begin() as connection:
        return set(connection.execute(text(query)).scalars())


def test_texts_are_judged_where_the_partner_has_rules_or_the_advertiser_is_moderated_by_hand(world: World) -> None:
    _policy(world, texts=True)
    assert not _judged(world)
    _policy(world, texts=False)
    assert _judged(world)
    _policy(world, texts=True)
    rule = _rule(world, "казино")
    assert _judged(world)
    world.client.drop_text_rule(PARTNER, rule.id)
    assert not _judged(world)


def test_a_policy_that_says_nothing_of_texts_leaves_them_as_they_are(world: World) -> None:
    _policy(world, texts=False)
    world.client.set_policy(PARTNER, SHOP, any_sender=False, automatic=False, test_mode=True)
    found = world.client.policy(PARTNER, SHOP)
    assert found is not None and (found.texts_automatic, found.test_mode) == (False, True)


def test_rules_hold_and_refuse_and_all_else_passes(world: World) -> None:
    _policy(world, texts=True)
    _rule(world, "казино", sentence="О казино не пишут")
    _rule(world, "взлом", action="refuse", sentence="Это запрещено")
    held, refused, passed = _judge(world, "В казино", "Взлом казино", "Привет")
    assert (held.verdict, passed.verdict) == ("hold", "pass")
    assert refused == TextVerdict(verdict="refuse", code="text_forbidden", note="Это запрещено")
    (waiting,) = world.client.waiting_texts(PARTNER).items
    assert (waiting.id, waiting.text, waiting.found) == (held.item_id, "В казино", "казино")


def test_by_hand_every_text_waits_and_the_same_one_waits_once(world: World) -> None:
    _policy(world, texts=False)
    first = _judge(world, "Код 1", "Код 22", "код  333", "Другой")
    assert [one.verdict for one in first] == ["hold"] * 4
    assert len({one.item_id for one in first}) == 2
    assert {one.item_id for one in _judge(world, "Код 4")} < {one.item_id for one in first}
    assert world.client.waiting_texts(PARTNER).total == 2


def test_an_approved_text_passes_with_other_digits_and_a_refused_one_has_the_reason(world: World) -> None:
    _policy(world, texts=False)
    good, bad = (one.item_id or "" for one in _judge(world, "Код 1", "Плохо"))
    decided = world.client.decide_texts(PARTNER, [good], approve=True, reason="", author="boss")
    assert [one.id for one in decided] == [good]
    with pytest.raises(Malformed):
        world.client.decide_texts(PARTNER, [bad], approve=False, reason=" ", author="boss")
    world.client.decide_texts(PARTNER, [bad], approve=False, reason="Грубо", author="boss")
    assert _told(world) == {good, bad}
    passed, refused, other = _judge(world, "Код 22", "Плохо", "Код 1 и ещё")
    assert (passed.verdict, other.verdict) == ("pass", "hold")
    assert refused == TextVerdict(verdict="refuse", code="text_refused", note="Грубо")
    assert _judge(world, "Код 1", sender="OTHER")[0].verdict == "hold", "it was approved under one sender"


def test_of_what_was_decided_the_text_itself_is_not_kept(world: World) -> None:
    _policy(world, texts=False)
    (held,) = _judge(world, "Пароль 778899")
    world.client.decide_texts(PARTNER, [held.item_id or ""], approve=True, reason="", author="boss")
    with world.db.begin() as connection:
        assert connection.execute(text("SELECT count(*) FROM waiting_texts")).scalar_one() == 0
    assert [one.pattern for one in world.client.text_decisions(PARTNER).items] == ["Пароль {#}"]


def test_whoever_decides_second_finds_nothing_and_changes_nothing(world: World) -> None:
    _policy(world, texts=False)
    (held,) = _judge(world, "Привет")
    ids = [held.item_id or ""]
    world.client.decide_texts(PARTNER, ids, approve=True, reason="", author="anna")
    assert world.client.decide_texts(PARTNER, ids, approve=False, reason="нет", author="boris") == []
    assert _verdicts(world, "Привет") == ["pass"]


def test_a_template_lets_go_all_that_wait_and_match_and_later_ones(world: World) -> None:
    _policy(world, texts=False)
    held = [one.item_id or "" for one in _judge(world, "Анна, ваш код 1", "Борис, ваш код 2", "Другое")]
    with pytest.raises(Malformed):
        world.client.approve_template(PARTNER, held[0], pattern="{…}, наш код {#}", author="boss")
    assert world.client.approve_template(PARTNER, held[0], pattern="{…}, ваш код {#}", author="boss") == 2
    assert _told(world) == {*held[:2], others_of(SHOP)}
    assert _verdicts(world, "Вера, ваш код 345", "Другое") == ["pass", "hold"]
    (decision,) = world.client.text_decisions(PARTNER).items
    assert decision.template
    world.client.drop_text_decision(PARTNER, decision.id)
    assert _verdicts(world, "Глеб, ваш код 6") == ["hold"]


def test_a_rule_that_refuses_goes_before_what_was_approved_and_one_that_holds_behind(world: World) -> None:
    _policy(world, texts=True)
    _rule(world, "казино")
    (held,) = _judge(world, "Казино")
    world.client.decide_texts(PARTNER, [held.item_id or ""], approve=True, reason="", author="boss")
    assert _verdicts(world, "Казино") == ["pass"]
    _rule(world, "казино", action="refuse")
    assert _verdicts(world, "Казино") == ["refuse"]


def test_what_waited_is_judged_anew_when_its_rule_or_the_policy_changes(world: World) -> None:
    _policy(world, texts=True)
    rule = _rule(world, "казино")
    (held,) = _judge(world, "Казино")
    arguments = {"kind": "words", "value": "рулетка", "action": "hold", "sentence": "", "author": "boss"}
    changed = world.client.put_text_rule(PARTNER, rule.id, version=1, **arguments)
    assert (changed.version, _told(world)) == (2, {held.item_id})
    with pytest.raises(Conflict):
        world.client.put_text_rule(PARTNER, rule.id, version=1, **arguments)
    _policy(world, texts=False)
    (other,) = _judge(world, "Привет")
    _policy(world, texts=True)
    assert _told(world) == {held.item_id, other.item_id, others_of(SHOP)}
    assert world.client.waiting_texts(PARTNER).total == 0


def test_only_so_many_texts_of_an_advertiser_stand_in_the_queue(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(text_court, "MOST_WAITING", 2)
    monkeypatch.setattr("services.senders.service_texts.MOST_WAITING", 2)
    _policy(world, texts=False)
    held = [one.item_id or "" for one in _judge(world, "один", "два", "три", "четыре")]
    seen = {one.id for one in world.client.waiting_texts(PARTNER).items}
    assert len(seen) == 2 and set(held) == {*seen, others_of(SHOP)}
    keys = [WaitingKey(item_id=one, advertiser_id=SHOP) for one in (*sorted(seen), others_of(SHOP), PARTNER)]
    assert [one.state for one in world.client.waiting_states(keys)] == [WAITS, WAITS, WAITS, GOES_ON]
    world.client.decide_texts(PARTNER, sorted(seen)[:1], approve=True, reason="", author="boss")
    assert world.client.waiting_states(keys)[2].state == HAS_ROOM


def test_a_text_that_no_message_waits_as_is_forgotten_once(world: World) -> None:
    _policy(world, texts=False)
    (held,) = _judge(world, "Привет")
    world.hear(TextsAbandoned(item_ids=[held.item_id or ""]))
    assert world.client.waiting_texts(PARTNER).total == 0


def test_another_partner_sees_and_changes_nothing_of_texts(world: World) -> None:
    _policy(world, texts=False)
    rule = _rule(world, "казино")
    (held,) = _judge(world, "Привет")
    item, client = held.item_id or "", world.client
    assert client.text_rules(OTHER_PARTNER) == client.waiting_texts(OTHER_PARTNER).items == []
    assert client.try_text(OTHER_PARTNER, "казино").verdict == "pass"
    assert client.decide_texts(OTHER_PARTNER, [item], approve=True, reason="", author="thief") == []
    with pytest.raises(NotFound):
        client.approve_template(OTHER_PARTNER, item, pattern="Привет", author="thief")
    with pytest.raises(NotFound):
        client.put_text_rule(
            OTHER_PARTNER, rule.id, kind="words", value="x", action="hold", sentence="", version=1, author="thief"
        )
    with pytest.raises(NotFound):
        client.drop_text_rule(OTHER_PARTNER, rule.id)
    assert client.waiting_texts(PARTNER).total == len(client.text_rules(PARTNER)) == 1
    (other,) = _judge(world, "Привет", advertiser=BANK)
    assert other.verdict == "pass", "nobody has said whose this advertiser is"


@pytest.mark.parametrize(
    ("kind", "value", "action", "code"),
    [
        ("odd", "x", "hold", "kind_invalid"),
        ("pattern", "(", "hold", "pattern_invalid"),
        ("pattern", "(?<=a)b", "hold", "pattern_invalid"),
        ("words", "\0", "hold", "word_too_long"),
        ("links", "<script>", "hold", "domain_invalid"),
        ("words", "слово", "delete", "action_invalid"),
    ],
)
def test_a_rule_that_cannot_be_one_is_told_at_its_field(
    world: World, kind: str, value: str, action: str, code: str
) -> None:
    with pytest.raises(Malformed) as told:
        _rule(world, value, kind, action)
    assert code in [one["code"] for one in told.value.data["errors"]]
    assert world.client.text_rules(PARTNER) == []


def test_a_text_can_be_tried_without_being_kept(world: World) -> None:
    rule = _rule(world, "казино", action="refuse", sentence="Нельзя")
    trial = world.client.try_text(PARTNER, "К А З И Н О")
    assert (trial.verdict, trial.rule_id, trial.found, trial.sentence) == ("refuse", rule.id, "казино", "Нельзя")
    assert world.client.try_text(PARTNER, "Привет").verdict == "pass"
    assert world.client.waiting_texts(PARTNER).total == 0
