"""`lossproof ledger ACTION`: a log of signed facts in one STORE. The exit status of each action stands with it."""

from __future__ import annotations

import argparse

from lossproof.cli.actions import add_actions, run_action

ACTIONS = {
    "init": "begin a ledger: its store, its keys and its first facts",
    "key": "make a signing key for somebody",
    "enrol": "let another key, organisation or manifest recipient count",
    "device": "register a device, or change what is known of one",
    "end": "end a key, a manifest recipient, an organisation or a device",
    "add": "append facts that were signed elsewhere",
    "retract": "withdraw a fact",
    "compromise": "record that a key may be in other hands",
    "show": "what is known of a device, or which devices and keys there are",
    "standing": "what the rules say of a device, now or then, as known now or then",
    "checkpoint": "sign what there is, and have it witnessed and time-stamped",
    "prove": "write the inclusion proof of one leaf",
    "pack": "write the evidence pack of a device",
    "people": "write out the sealed lists of the people on a device",
    "erase": "erase what a device is called, or the lists of people on it",
    "trust": "print the policy file that a verifier is given, or set its witnesses",
    "fsck": "replay the whole log and check everything",
    "recover": "begin a new log where the old one must not be continued",
    "witness": "be a witness for somebody's ledger",
    "export": "write the log as static tiles",
}
"""Every action, with its one line of help; the module of the same name in this package holds it."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of `ledger`."""
    add_actions(parser, __name__, ACTIONS)


def run(arguments: argparse.Namespace) -> int:
    """Run `ledger`."""
    return run_action(arguments, __name__)
