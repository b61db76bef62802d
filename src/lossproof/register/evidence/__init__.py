"""Evidence in: signed facts from agents and from people at their machines, and the enrolment of their keys."""
