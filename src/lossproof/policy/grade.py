"""How good a word is: `Grade`, from who signed a fact and how it was found out. Pure; never stated in the fact itself.

The rules, the first that holds decides:

    1. the organisation is a processor                                      claimed
    2. the role is importer or register: it passes on                       imported
    3. the role is neither auditor, nor the controller's inspector or
       agent: it may not observe                                            claimed
    4. the method is reported: another system said so                       imported
    5. the role is auditor and the method is examined                       examined
    6. anything else: it was read                                           observed

So a better method never lowers a grade: whoever may not observe does not rise by saying that another system told it, and whoever
may, and takes a device apart without being an auditor, has at least read it. Left out: facts without a method, such as a
registration, have no grade; compromised keys and retractions, which standings weigh.
"""

from __future__ import annotations

from lossproof.model.fact import Grade, Method, Relation, Role

_CONTROLLERS_OBSERVERS = frozenset({Role.INSPECTOR, Role.AGENT, Role.AUDITOR})


def grade(*, relation: Relation, role: Role, method: Method) -> Grade:
    """The grade of what a key with `role`, of an organisation with `relation` to the controller, found out by `method`."""
    if relation is Relation.PROCESSOR:
        return Grade.CLAIMED
    if role in {Role.IMPORTER, Role.REGISTER}:
        return Grade.IMPORTED
    if not _may_observe(relation, role):
        return Grade.CLAIMED
    if method is Method.REPORTED:
        return Grade.IMPORTED
    return Grade.EXAMINED if role is Role.AUDITOR and method is Method.EXAMINED else Grade.OBSERVED


def _may_observe(relation: Relation, role: Role) -> bool:
    """Whether a look at a device by such a key counts: an auditor's, or one of the controller's own people and agents."""
    return role is Role.AUDITOR or (relation is Relation.CONTROLLER and role in _CONTROLLERS_OBSERVERS)
