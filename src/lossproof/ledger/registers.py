"""What of reference data a register may not state, whatever the statement itself shows: it depends on what stands in the log.

Specification: docs/reference/evidence-pack.md, step 14. Left out: which roles may state what by the statement alone, which
stands beside each kind (`signers`).
"""

from __future__ import annotations

from lossproof.model.fact import REGISTER_ENROLS, Relation, Role
from lossproof.model.facts.registration import Action, Registration


def oversteps(said: Registration, *, role: Role | None, relation: Relation | None, is_sealed_to: bool) -> bool:
    """Whether a register may not state this about a subject: who the controller is, or the end of what only an owner ends.

    `role` is that of the key with this subject and `relation` that of the organisation, if there is one; `is_sealed_to` whether
    it is a recipient of sealed lists, or the log itself, which names one.
    """
    if said.organisation is not None:
        return said.organisation.relation is Relation.CONTROLLER
    if said.action is not Action.ENDED:
        return False
    return is_sealed_to or relation is Relation.CONTROLLER or (role is not None and role not in REGISTER_ENROLS)
