"""The check of a pack: what is honest is verified, everything else refused or named incomplete, and any bytes give an answer."""

from __future__ import annotations

import dataclasses
import random
import shutil
from datetime import UTC, datetime, timedelta
from functools import cache
from itertools import islice

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.mutants import CROOKED, Stage, every_byte, mutants, resealed
from ledger.packs import MOST_COMPARABLE, MadeLog, MadePack, random_pack
from lossproof.errors import VerificationError
from lossproof.ledger.archive import read_archive, write_archive
from lossproof.ledger.checkpoint import Checkpoint, sign_checkpoint
from lossproof.ledger.note import ED25519, VerifierKey
from lossproof.ledger.stamps import request
from lossproof.ledger.trust import NONE, TrustedLog, TrustPolicy
from lossproof.ledger.verification import check_pack, verify_pack
from lossproof.model.fact import Grade, Method, Relation, Role
from lossproof.model.facts.genesis import EarlierLog
from lossproof.model.facts.registration import Action, Organisation
from lossproof.model.pack import NotProved, Outcome, PackResult, Part
from stamp_authority import Authority

HONEST = 100
MUTANTS = 1000
BYTES = 400
MOST_SECONDS_OF_A_DAY = 86_400

# Where a crooked pack is found out. A part that moves is a change of the format: the other two verifiers say the same.
FOUND_IN = {
    "clock_turned_back": "time",
    "clock_turned_back_in_the_tail": "time",
    "a_fact_of_the_future": "time",
    "cosigned_before_it_was_known": "time",
    "an_earlier_one_cosigned_before_it_was_known": "time",
    "a_key_that_nobody_enrolled": "key",
    "a_key_enrolled_afterwards": "key",
    "a_key_that_had_ended": "key",
    "a_key_that_was_compromised": "key",
    "a_key_that_was_withdrawn": "key",
    "a_key_that_is_enrolled_again": "key",
    "a_key_enrolled_under_another_subject": "key",
    "an_owner_under_another_subject": "key",
    "a_compromise_under_another_subject": "key",
    "an_organisation_that_changes_its_relation": "key",
    "a_registration_of_two_things_at_once": "key",
    "a_replay_of_another_tree": "key",
    "a_replay_of_more_than_there_was": "key",
    "a_role_that_may_not_state_it": "key",
    "a_register_that_oversteps": "key",
    "who_is_no_register": "key",
    "an_exception_left_out": "chain",
    "a_retraction_by_somebody_else": "key",
    "a_retraction_of_nothing": "key",
    "a_retraction_of_what_comes_later": "key",
    "a_retraction_about_another_subject": "key",
    "a_genesis_of_another_log": "key",
    "a_genesis_with_another_log_key": "key",
    "a_genesis_signed_by_another_key": "key",
    "a_second_genesis": "key chain",
    "a_log_that_does_not_begin_with_genesis": "chain",
    "an_entry_in_the_tail_that_hides_the_one_before": "chain",
    "an_entry_with_the_envelope_of_another_device": "chain",
    "a_chain_that_goes_round": "chain",
    "a_statement_that_is_logged_twice": "chain",
    "a_statement_that_is_logged_about_one_of_its_subjects": "chain",
    "a_heads_leaf_that_leaves_the_device_out": "chain",
    "a_pack_with_an_older_heads_leaf": "tail",
    "a_pack_of_another_device_within": "chain",
    "a_fact_left_out": "chain",
    "the_last_fact_left_out": "heads",
    "a_fact_left_out_of_the_tail": "chain tail",
    "a_retraction_left_out": "chain",
    "the_chain_of_a_key_left_out": "key",
    "a_heads_proof_of_another_subject": "heads",
    "a_device_said_to_be_absent": "heads",
    "a_heads_proof_of_an_older_heads_leaf": "heads",
    "proofs_exchanged": "proof",
    "a_proof_with_an_extra_line": "proof",
    "an_earlier_checkpoint_with_another_root": "earlier",
    "an_earlier_checkpoint_under_another_size": "earlier",
    "a_consistency_proof_that_is_not_one": "earlier",
    "an_earlier_checkpoint_without_its_proof": "earlier",
    "a_cosignature_that_does_not_hold": "quorum earlier",
    "too_few_witnesses": "quorum",
    "witnesses_of_the_operators_own": "quorum",
    "a_policy_for_another_log": "checkpoint",
    "a_log_with_another_key_under_the_same_origin": "checkpoint",
    "a_fork_that_the_witnesses_did_not_see": "quorum",
    "a_fork_that_the_verifier_remembers": "since",
    "a_log_that_was_rolled_back": "since",
    "a_checkpoint_replayed": "checkpoint earlier",
    "a_checkpoint_that_cannot_be_compared": "since",
    "a_checkpoint_given_of_another_log": "since",
    "an_envelope_in_another_spelling": "envelope",
    "an_envelope_with_a_signature_that_does_not_hold": "envelope",
    "an_envelope_of_another_type": "envelope",
    "a_statement_in_another_spelling": "envelope",
    "an_entry_in_another_spelling": "entry tail",
    "a_key_more_or_less": "keys envelope",
    "a_name_that_is_not_it": "names",
    "a_tail_that_is_not_it": "tail",
    "a_device_of_which_the_log_says_nothing": "chain",
}


@cache
def sample() -> MadePack:
    """One pack, for the tests that change it: with witnesses, and with earlier checkpoints."""
    seeds = (random_pack(random.Random(seed), facts=12) for seed in range(100))
    return next(made for made in seeds if len(made.log.notes) > 3 and len(made.log.witnesses) > 1)


def checked(made: MadePack) -> PackResult:
    return verify_pack(made.pack, policy=made.policy, since=made.since)


@pytest.mark.parametrize("seed", range(HONEST))
def test_an_honest_pack_of_any_shape_is_verified(seed):
    made = random_pack(random.Random(seed))
    result = checked(made)
    assert (result.outcome, result.part, result.message) == (Outcome.VERIFIED, None, None)
    assert (result.device, result.size) == (made.device, len(made.log.texts))
    about = [fact.leaf for fact in result.facts if fact.about == made.device]
    assert about == [leaf.index for leaf in made.log.chain(made.device)]


@pytest.mark.parametrize("seed", range(0, HONEST, 10))
def test_without_a_policy_a_pack_is_self_consistent_and_never_verified(seed):
    made = random_pack(random.Random(seed))
    result = verify_pack(made.pack)
    assert result.outcome is Outcome.SELF_CONSISTENT
    assert NotProved.NO_POLICY in result.not_proved
    assert not result.independent
    assert result.log_key == made.log.log_key.keyid


def test_a_thousand_changed_packs_are_refused():
    draw, tried = random.Random(11), 0
    for _ in range(20):
        made = random_pack(draw)
        for mutant in islice(mutants(made, draw), MUTANTS // 20):
            result = check_pack(mutant.pack, policy=mutant.policy, since=mutant.since)
            assert result.outcome in {Outcome.REFUSED, Outcome.INCOMPLETE}, mutant.name
            assert check_pack(mutant.pack).outcome is not Outcome.VERIFIED
            tried += 1
    assert tried == MUTANTS


def test_a_change_of_any_byte_is_refused():
    draw = random.Random(12)
    tried = draw.sample(range(len(sample().pack)), BYTES)
    changed = set(tried)
    for at, mutant in enumerate(every_byte(sample(), draw)):
        if at in changed:
            assert check_pack(mutant.pack, policy=mutant.policy).outcome is Outcome.REFUSED, mutant.name


@pytest.mark.parametrize("name", CROOKED)
def test_what_an_operator_with_the_log_key_makes_up_is_found_out(name):
    for seed in range(4):
        mutant = CROOKED[name](random.Random(seed))
        result = check_pack(mutant.pack, policy=mutant.policy, since=mutant.since)
        assert result.outcome in {Outcome.REFUSED, Outcome.INCOMPLETE}
        assert result.part in FOUND_IN[name].split()
        assert result.message
        assert check_pack(mutant.pack).outcome is not Outcome.VERIFIED


def test_every_crooked_pack_has_its_place_here():
    assert CROOKED.keys() == FOUND_IN.keys()


def test_the_stage_on_which_they_are_made_is_honest():
    stage = Stage(random.Random(3))
    made = stage.done(since=stage.had)
    result = verify_pack(made.pack, policy=made.policy, since=made.since)
    assert result.outcome is Outcome.VERIFIED
    assert result.since == stage.second + 1


@given(st.binary(max_size=400))
def test_any_bytes_are_refused_and_the_part_is_named(content):
    with pytest.raises(VerificationError) as raised:
        verify_pack(content)
    assert Part(raised.value.part) is Part.CONTAINER


MEMBERS = sorted(set(read_archive(sample().pack)) - {"page.html", "policy", "manifest.json"})


@given(st.sampled_from(MEMBERS), st.binary(max_size=300), st.integers(0, 400), st.integers(0, 400))
def test_any_bytes_in_any_member_are_refused_and_the_part_is_named(name, content, start, length):
    members = read_archive(sample().pack)
    old = members[name]
    members[name] = old[:start] + content + old[start + length :]
    if members[name] == old:
        return
    try:
        result = verify_pack(resealed(members, sample()), policy=sample().policy)
    except VerificationError as error:
        assert Part(error.part)
    else:
        # Without a name or a cosignature a pack says less, and is no lie.
        assert result.outcome is Outcome.VERIFIED
        assert name == "names.json" or name.endswith(".checkpoint")


@given(
    st.dictionaries(
        st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=1, max_size=30), st.binary(max_size=50)
    )
)
def test_any_members_are_refused_as_a_container(members):
    with pytest.raises(VerificationError) as raised:
        verify_pack(write_archive(members))
    assert raised.value.part == "container"


def test_a_refused_pack_says_nothing_but_why():
    result = check_pack(b"no pack", policy=sample().policy)
    assert result == PackResult(outcome=Outcome.REFUSED, part=Part.CONTAINER, message=result.message)
    assert result.message


# Since


def with_since(note: bytes | None, made: MadePack | None = None) -> PackResult:
    made = made or sample()
    return check_pack(made.pack, policy=made.policy, since=note)


def test_every_checkpoint_that_was_given_out_can_be_compared():
    made = sample()
    assert len(made.log.notes) > 1
    for size, note in sorted(made.log.notes.items())[-MOST_COMPARABLE:]:
        assert with_since(note).outcome is Outcome.VERIFIED
        assert with_since(note).since == size


def test_a_checkpoint_that_the_pack_does_not_have_makes_it_incomplete_and_the_rest_is_still_checked():
    made = sample()
    size = next(n for n in range(1, 99) if n not in made.log.notes)
    note = sign_checkpoint(Checkpoint(origin=made.log.log.origin, size=size, root=bytes(32)), made.log.log_key)
    result = with_since(note)
    assert (result.outcome, result.part, result.since) == (Outcome.INCOMPLETE, Part.SINCE, size)
    assert result.facts
    assert check_pack(made.pack, since=note).outcome is Outcome.INCOMPLETE
    broken = read_archive(made.pack)
    broken["tail"] += b"\0\0"
    refused = check_pack(resealed(broken, made), policy=made.policy, since=note)
    assert (refused.outcome, refused.part) == (Outcome.REFUSED, Part.TAIL)


def test_the_same_size_with_another_root_is_a_fork():
    made = sample()
    for size in made.log.notes:
        note = sign_checkpoint(Checkpoint(origin=made.log.log.origin, size=size, root=bytes(32)), made.log.log_key)
        result = with_since(note)
        assert (result.outcome, result.part) == (Outcome.REFUSED, Part.SINCE)
        assert "fork" in (result.message or "")


def test_a_larger_size_means_that_the_log_went_back():
    made = sample()
    note = sign_checkpoint(
        Checkpoint(origin=made.log.log.origin, size=len(made.log.texts) + 1, root=bytes(32)), made.log.log_key
    )
    assert "went back" in (with_since(note).message or "")


@pytest.mark.parametrize("note", [b"", b"no note", b"\xff\n\n", b"x" * (2 << 20)])
def test_a_checkpoint_that_is_none_is_refused(note):
    result = with_since(note)
    assert (result.outcome, result.part) == (Outcome.REFUSED, Part.SINCE)


# Policies


def test_a_policy_with_two_keys_for_the_log_or_none_is_refused():
    made = sample()
    other = VerifierKey(name=made.log.log.origin, algorithm=ED25519, public=made.log.owner.secret.public)
    for logs in ((), (TrustedLog(other),), (TrustedLog(made.log.log.verifier), TrustedLog(other))):
        result = check_pack(made.pack, policy=TrustPolicy(logs=logs))
        assert (result.outcome, result.part) == (Outcome.REFUSED, Part.CHECKPOINT)


def test_the_policy_in_the_pack_and_its_page_are_not_read():
    made = sample()
    members = read_archive(made.pack) | {"policy": b"\xff nonsense", "page.html": b"<script>alert(1)</script>"}
    assert verify_pack(resealed(members, made), policy=made.policy).outcome is Outcome.VERIFIED


# The result


def test_the_result_says_who_stated_what_and_how_good_that_is():
    stage = Stage(random.Random(5))
    log = stage.log
    log.state(stage.auditor, log.inspection(method=Method.EXAMINED), stage.device)
    log.retract(stage.decider, stage.first)
    log.compromise(stage.agent)
    result = verify_pack(stage.done().pack, policy=log.policy(2))
    by_leaf = {fact.leaf: fact for fact in result.facts}
    assert list(by_leaf) == sorted(by_leaf)
    genesis = by_leaf[0]
    assert (genesis.role, genesis.relation, genesis.organisation) == (Role.OWNER, Relation.CONTROLLER, log.controller)
    first, second = by_leaf[stage.first], by_leaf[stage.second]
    assert (first.grade, first.role, first.relation) == (Grade.OBSERVED, Role.INSPECTOR, Relation.CONTROLLER)
    assert (second.grade, second.role, second.relation) == (Grade.CLAIMED, Role.AGENT, Relation.PROCESSOR)
    about = [fact for fact in result.facts if fact.about == stage.device]
    assert about[-2].grade is Grade.EXAMINED
    assert first.retracted_by == about[-1].leaf
    compromised = len(log.texts) - 2
    assert by_leaf[compromised].kind == "compromise"
    assert second.key_compromised == compromised
    assert first.key_compromised is None
    assert set(result.names.values()) == {"Made-up Couriers Ltd", "SN-4711"}


def test_the_result_says_since_when_by_whose_word():
    stage = Stage(random.Random(6))
    log = stage.log
    covered = len(log.texts)
    stage.fact()
    log.heads_leaf()
    late = log.now + timedelta(hours=1)
    log.checkpoint_now(cosigners=log.witnesses, at=late)
    result = verify_pack(stage.done().pack, policy=log.policy(2))
    assert [one.size for one in result.witnesses] == [covered, covered, len(log.texts), len(log.texts)]
    assert result.independent
    assert NotProved.NOT_WITNESSED not in result.not_proved
    for fact in result.facts:
        assert fact.logged_before is not None
        assert fact.logged_before.by == "witness-0.example"
        word = result.witnesses[0] if fact.leaf < covered else result.witnesses[2]
        assert fact.logged_before.at == word.at
    assert result.witnesses[2].at == (late.replace(microsecond=0) + timedelta(seconds=1)).strftime("%Y-%m-%dT%H:%M:%SZ")


def test_a_pack_that_nobody_witnessed_says_so():
    stage = Stage(random.Random(6))
    stage.log.witnesses = []
    stage.log.notes.clear()
    made = stage.done(policy=stage.log.policy(NONE))
    result = verify_pack(made.pack, policy=made.policy)
    assert (result.outcome, result.independent) == (Outcome.VERIFIED, False)
    assert set(result.not_proved) == {
        NotProved.NOT_WITNESSED,
        NotProved.NOT_REPLAYED,
        NotProved.TRUTH_OF_STATEMENTS,
        NotProved.PAGE,
    }
    assert all(fact.logged_before is None for fact in result.facts)


def test_a_replay_counts_unless_it_is_withdrawn():
    stage = Stage(random.Random(8))
    leaf = stage.log.replay(stage.auditor)
    result = verify_pack(stage.done().pack, policy=stage.log.policy(2))
    assert [(one.leaf, one.size, one.signer) for one in result.replayed] == [(leaf, leaf, stage.auditor.mark)]
    stage.log.retract(stage.auditor, leaf)
    stage.log.heads_leaf()
    result = verify_pack(stage.done().pack, policy=stage.log.policy(2))
    assert not result.replayed
    assert NotProved.NOT_REPLAYED in result.not_proved


def test_only_a_replay_that_covers_the_heads_leaf_takes_away_that_nobody_replayed():
    stage = Stage(random.Random(8))
    log = stage.log
    heads = log.heads_leaf()
    before = log.replay(stage.auditor, heads)
    result = verify_pack(stage.done().pack, policy=log.policy(2))
    assert [(one.leaf, one.size) for one in result.replayed] == [(before, heads)]
    assert NotProved.NOT_REPLAYED in result.not_proved
    stage.fact()
    covering = [log.replay(stage.auditor, heads + 1), log.replay(stage.auditor)]
    result = verify_pack(stage.done().pack, policy=log.policy(2))
    assert [one.leaf for one in result.replayed] == [before, *covering]
    assert NotProved.NOT_REPLAYED not in result.not_proved
    log.heads_leaf()
    assert NotProved.NOT_REPLAYED in verify_pack(stage.done().pack, policy=log.policy(2)).not_proved


def test_a_replay_of_a_tree_of_which_nothing_is_here_is_not_listed():
    stage = Stage(random.Random(8))
    leaf = stage.log.replay(stage.auditor)
    del stage.log.notes[leaf]
    result = verify_pack(stage.done().pack, policy=stage.log.policy(2))
    assert leaf in [fact.leaf for fact in result.facts]
    assert not result.replayed


def test_a_replay_of_no_leaves_is_compared_with_nothing():
    stage = Stage(random.Random(8))
    stage.log.replay(stage.auditor, 0)
    assert not verify_pack(stage.done().pack, policy=stage.log.policy(2)).replayed


def test_a_witness_that_saw_nothing_of_the_device_makes_no_pack_independent():
    stage = Stage(random.Random(14))
    log = stage.log
    stage.device = log.device(stage.inspector)
    stage.fact()
    log.heads_leaf()
    log.checkpoint_now(cosigners=())
    result = verify_pack(stage.done().pack, policy=log.policy(NONE))
    assert (result.outcome, result.independent) == (Outcome.VERIFIED, False)
    assert result.witnesses
    assert NotProved.NOT_WITNESSED in result.not_proved
    log.checkpoint_now()
    stage.fact()
    log.checkpoint_now(cosigners=())
    part = verify_pack(stage.done().pack, policy=log.policy(NONE))
    assert [bool(fact.logged_before) for fact in part.facts if fact.about == stage.device] == [True, True, False]
    assert not part.independent
    log.checkpoint_now()
    assert verify_pack(stage.done().pack, policy=log.policy(2)).independent


def test_a_log_that_took_over_from_another_names_it():
    before = EarlierLog(origin=f"lossproof/{'a' * 32}", size=5000, root="b" * 64)
    result = verify_pack((stage := Stage(random.Random(15), earlier=before)).done().pack, policy=stage.log.policy(2))
    assert result.earlier_log == before
    assert NotProved.EARLIER_LOG in result.not_proved
    plain = verify_pack((stage := Stage(random.Random(15))).done().pack, policy=stage.log.policy(2))
    assert plain.earlier_log is None
    assert NotProved.EARLIER_LOG not in plain.not_proved


def test_a_key_speaks_until_its_enrolment_is_withdrawn_and_what_it_said_before_stands():
    stage = Stage(random.Random(16))
    leaf = stage.log.withdraw(stage.inspector)
    result = verify_pack(stage.done().pack, policy=stage.log.policy(2))
    assert {fact.signer for fact in result.facts if fact.about == stage.device} >= {stage.inspector.mark}
    assert [fact.leaf for fact in result.facts if fact.retracted_by == leaf]


def test_an_organisation_may_be_registered_again_with_the_relation_that_it_had():
    stage = Stage(random.Random(17))
    thing = Organisation(relation=Relation.PROCESSOR, name=None)
    stage.log.register(stage.log.owner, stage.processor, Action.CHANGED, organisation=thing)
    stage.fact(stage.agent)
    assert verify_pack(stage.done().pack, policy=stage.log.policy(2)).outcome is Outcome.VERIFIED


def test_a_fact_about_two_devices_is_one_statement_in_two_chains():
    stage = Stage(random.Random(9))
    leaf = stage.log.state(stage.inspector, stage.log.inspection(), stage.device, stage.other)
    stage.log.retract(stage.inspector, leaf)
    result = verify_pack(stage.done().pack, policy=stage.log.policy(2))
    facts = {fact.leaf: fact for fact in result.facts}
    assert facts[leaf].retracted_by == leaf + 2
    assert leaf + 1 not in facts


def test_a_device_that_is_in_the_tail_alone_is_shown_to_be_absent_before():
    stage = Stage(random.Random(10))
    stage.log.heads_leaf()
    stage.device = stage.log.device()
    stage.fact(stage.log.enrol(Role.INSPECTOR))
    result = verify_pack(stage.done().pack, policy=stage.log.policy(2))
    assert len([fact for fact in result.facts if fact.about == stage.device]) == 2


# Time stamps


@pytest.fixture(scope="module")
def authority(tmp_path_factory) -> Authority:
    if shutil.which("openssl") is None:
        pytest.skip("openssl is not installed")
    return Authority(tmp_path_factory.mktemp("authority"))


def stamped(authority: Authority, *, ahead: timedelta = timedelta(0)) -> tuple[MadeLog, MadePack]:
    """A pack with a time stamp of now; the log's clock is `ahead` of it."""
    stage = Stage(random.Random(13))
    log = stage.log
    log.now = datetime.now(UTC) - timedelta(hours=2) + ahead
    stage.fact()
    log.heads_leaf()
    note = log.checkpoint_now(cosigners=())
    text = note.partition(b"\n\n")[0] + b"\n"
    log.tokens[len(log.texts)] = authority.reply(request(text))
    log.notes = {len(log.texts): note}
    log.witnesses = []
    return log, MadePack(log, stage.device, log.pack(stage.device), log.policy(NONE))


def test_a_stamp_by_an_authority_that_is_given_counts(authority):
    log, made = stamped(authority)
    result = verify_pack(made.pack, policy=made.policy, authorities=[authority.root])
    assert [(one.size, one.authority) for one in result.stamps] == [(len(log.texts), authority.root_fingerprint)]
    assert result.independent
    assert all(fact.logged_before and fact.logged_before.by == authority.root_fingerprint for fact in result.facts)
    at = datetime.fromisoformat(result.stamps[0].at)
    assert timedelta(0) <= at - datetime.now(UTC) + timedelta(minutes=5) < timedelta(minutes=6)


def test_a_stamp_by_no_authority_that_is_given_is_not_proved_and_refuses_nothing(authority, tmp_path):
    _, made = stamped(authority)
    unchecked = verify_pack(made.pack, policy=made.policy)
    assert unchecked.outcome is Outcome.VERIFIED
    assert NotProved.STAMPS_NOT_CHECKED in unchecked.not_proved
    other = verify_pack(made.pack, policy=made.policy, authorities=[Authority(tmp_path).root])
    assert other.outcome is Outcome.VERIFIED
    assert NotProved.STAMP_NOT_TRUSTED in other.not_proved
    assert not other.independent


def test_a_stamp_from_before_what_it_covers_was_known_refuses_the_pack(authority):
    _, made = stamped(authority, ahead=timedelta(hours=3))
    result = check_pack(made.pack, policy=made.policy, authorities=[authority.root])
    assert (result.outcome, result.part) == (Outcome.REFUSED, Part.TIME)
    assert check_pack(made.pack, policy=made.policy).outcome is Outcome.VERIFIED


@given(st.binary(max_size=300))
def test_any_bytes_for_a_stamp_refuse_nothing(content):
    made = sample()
    size = min(size for size in made.log.notes)
    members = read_archive(made.pack) | {f"earlier/{size:09}.tsr": content}
    result = verify_pack(resealed(members, made), policy=made.policy, authorities=[b"-"])
    assert NotProved.STAMP_NOT_TRUSTED in result.not_proved


def test_the_fields_of_the_result_are_those_of_the_reference_page():
    import re
    from pathlib import Path

    page = Path(__file__).parents[2].joinpath("docs", "reference", "evidence-pack.md").read_text(encoding="utf-8")
    table = page[page.index("## The result") :]
    named = [name for cell in re.findall(r"(?m)^\| (`.*?) \|", table) for name in re.findall(r"`(\w+)`", cell)]
    assert named == [one.name for one in dataclasses.fields(PackResult)]
