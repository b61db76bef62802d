"""The append-only log of facts: its tree, checkpoints, witnesses, time stamps, proofs and evidence packs."""
