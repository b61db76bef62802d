"""The ledger's part of json.md, by hand: what the actions print with `--json`. A test compares it with what they print."""

from __future__ import annotations

Row = tuple[str, str, str]
"""A field's name, its type, and what it says."""

RECEIPTS: Row = ("receipts", "array of [Receipt](#receipt)", "one an envelope, in the order of appending")
DEVICE: Row = ("device", "string", "the device's id")

SHAPES: dict[str, list[Row]] = {
    "Receipt": [
        ("origin", "string", "the log"),
        ("leaves", "array of integer", "one a subject of the fact"),
        ("envelope", "string", "SHA-256 of the signed envelope"),
        ("known_at", "string", "when the log knew it, to the millisecond"),
        ("raised", "true or false", "whether the clock had gone back, and the time was raised"),
        ("status", "string", "`durable`: a signed checkpoint covers it; `pending`: none does yet"),
        ("checkpoint_size", "integer or null", "how many leaves that checkpoint covers"),
        ("checkpoint_root", "string or null", "its root, in hexadecimal"),
    ],
    "Recorded": [
        DEVICE,
        ("registered", "true or false", "whether it was registered just now"),
        ("known_by", "string or null", "`serial`, `header_sha256`, `volume_uuid`, or `named` by `--device`"),
        (
            "notes",
            "array of string",
            "`untold`, `reformatted`, `serial_new`, `shared`, `unchanged`: what to know about that",
        ),
        ("also", "array of string", "other devices with the same serial number, headers or volumes"),
        ("sealed_to", "string or null", "who can open the list of people; null: counts alone"),
        ("facts", "array of string", "the kinds of the facts, as the receipts are ordered"),
        RECEIPTS,
    ],
    "Reported": [
        DEVICE,
        ("registered", "true or false", "whether its registration is among the facts"),
        ("known_by", "string or null", "as in [Recorded](#recorded), by what this computer has reported before"),
        ("notes", "array of string", "as in [Recorded](#recorded)"),
        ("sealed_to", "string or null", "who can open the list of people; null: counts alone"),
        ("list_left_out", "true or false", "whether the list of people was too long to send"),
        ("facts", "array of string", "the kinds of the facts"),
        (
            "status",
            "string",
            "`sent`, `queued` where the register could not be reached, `refused` where it did not take all",
        ),
        ("why", "string", "why it is queued or refused; empty where it was sent"),
        (
            "outcomes",
            "array of [OutcomeGiven](api.md#outcomegiven)",
            "what the register said of each fact; empty where queued",
        ),
    ],
    "RecordedFact": [
        ("leaf", "integer", "where it stands in the log"),
        ("kind", "string", "its kind, see [facts](facts.md)"),
        ("known_at", "string", "when the log knew it"),
        ("true_at", "string", "when it was so, by its signer's word"),
        ("signer", "string", "the fingerprint of the key"),
        ("organisation", "string", "the id of the organisation that the key is of"),
        ("relation", "string", "what that is to the controller"),
        ("role", "string", "the role of the key"),
        ("grade", "string or null", "how good that word is; null for kinds without a grade"),
        ("retracted_by", "integer or null", "the leaf that withdraws it"),
        ("key_compromised", "integer or null", "the leaf that says that the key may be in other hands"),
        ("raised", "true or false", "whether the clock had gone back"),
        ("says", "object", "the predicate itself, see [facts](facts.md)"),
    ],
    "Identifier": [
        ("scheme", "string", "`serial`, `asset_tag`, `header_sha256` or `volume_uuid`"),
        ("digest", "string", "as it stands in the log"),
        ("value", "string or null", "the serial number or asset tag, where it is kept"),
        ("erased_at", "string or null", "when it was erased"),
    ],
}

ACTIONS: dict[str, list[Row]] = {
    "init": [
        ("store", "string", ""),
        ("keys", "string", "the folder of its keys"),
        ("origin", "string", "the log's name"),
        ("log_key", "string", "the fingerprint of the log's key"),
        ("manifest_to", "string or null", "who can open the lists of people"),
        ("size", "integer", "leaves"),
    ],
    "key": [
        ("key", "string", "the file"),
        ("public", "string", "the file to give away"),
        ("fingerprint", "string", ""),
    ],
    "enrol": [
        ("key", "string", "the id of a key that was enrolled"),
        ("fingerprint", "string", "of that key"),
        ("organisation", "string", "the id of a new organisation"),
        ("recipient", "string", "the id of a recipient that was enrolled"),
        RECEIPTS,
    ],
    "device": [DEVICE, RECEIPTS],
    "end": [
        ("key", "string", "the id of the key that ended; or"),
        ("recipient", "string", "of the recipient; or"),
        ("organisation", "string", "of the organisation; or"),
        ("device", "string", "of the device"),
        RECEIPTS,
    ],
    "add": [RECEIPTS],
    "retract": [RECEIPTS],
    "compromise": [("facts_signed_by_this_key", "array of integer", "the leaves that relied on it"), RECEIPTS],
    "show": [
        ("origin", "string", "the log's name"),
        ("log_key", "string", "the fingerprint of the log's key"),
        ("size", "integer", "leaves"),
        ("covered", "integer", "leaves under the newest signed checkpoint"),
        ("read_only", "string or null", "why the store must not be written"),
        ("organisations", "array of object", "`id`, `relation`, `name`, `ended` (a leaf or null)"),
        ("keys", "array of object", "`fingerprint`, `role`, `organisation`, `ended`, `compromised` (leaves or null)"),
        ("recipients", "array of object", "`recipient`, `ended`"),
        (
            "devices",
            "array of object",
            "`id`, `kind`, `organisation`, `identifiers` ([Identifier](#identifier)), `ended`",
        ),
    ],
    "show DEVICE": [
        DEVICE,
        ("kind", "string", "what it is"),
        ("organisation", "string", "whose, by id"),
        ("ended", "integer or null", "the leaf that ended it"),
        ("identifiers", "array of [Identifier](#identifier)", ""),
        ("as_known_at", "string or null", "the time that was asked about"),
        ("facts", "array of [RecordedFact](#recordedfact)", "in the order in which they became known"),
    ],
    "standing": [
        DEVICE,
        ("at", "string", "the time that was asked about, or now"),
        ("as_known_at", "string or null", "what became known later is left out"),
        ("rules", "string", "the SHA-256 of the rules' text"),
        ("standing", "string", "`protected`, `weak`, `unprotected`, `unproven`, `contradicted` or `out_of_scope`"),
        ("compliant", "true or false", "whether every rule is kept"),
        ("reasons", "array of object", "`code`, `rule` (empty where no rule says it) and `text`"),
        ("relied_on", "array of integer", "the leaves that it rests on"),
        ("valid_until", "string or null", "the first moment at which it could change with no new fact"),
        ("stops", "array of string", "what the broken rules forbid, such as `handover`"),
    ],
    "checkpoint": [
        ("origin", "string", ""),
        ("size", "integer", "leaves"),
        ("root", "string", "in hexadecimal"),
        ("checkpoint", "string", "the signed note with its cosignatures"),
        ("witnesses", "array of string", "who cosigned, by their names in the policy"),
        ("stamps", "array of string", "times that authorities stated just now"),
        ("stamped", "integer", "how many time stamps are kept of it"),
        ("failed", "array of object", "`name` and `text` of whoever was asked in vain"),
        ("quorum", "true or false", "whether the policy accepts it"),
        ("independent", "true or false", "whether anybody outside has seen it"),
    ],
    "prove": [
        ("leaf", "integer", ""),
        ("entry", "string", "the entry's exact bytes"),
        ("proof", "string", "the tlog-proof"),
    ],
    "pack": [("pack", "string", "the file"), DEVICE, ("size_bytes", "integer", "")],
    "people": [
        DEVICE,
        ("lists", "array of object", "`leaf`, `true_at`, `sha256`, `file` (or null), `erased` (when and why, or null)"),
    ],
    "erase": [
        DEVICE,
        ("names", "integer", "serial numbers and asset tags erased"),
        ("lists", "integer", "lists of people erased"),
        ("rule", "string", ""),
    ],
    "trust": [("policy", "string", "the policy file")],
    "fsck": [
        ("origin", "string", ""),
        ("size", "integer", "leaves"),
        ("root", "string", "in hexadecimal"),
        ("subjects", "integer", "how many things the facts are about"),
        ("facts", "integer", ""),
        ("heads", "integer", "heads leaves"),
        ("checkpoints", "integer", "signed checkpoints that are kept"),
        ("signed_size", "integer", "leaves under the newest of them"),
        ("signatures", "true or false", "whether every signature was checked"),
        ("receipts", "array of [Receipt](#receipt)", "with `--state` only"),
    ],
    "recover": [
        ("origin", "string", "the new log's name"),
        ("log_key", "string", "the fingerprint of its key"),
        ("appended", "integer", "facts that were taken over"),
        ("refused", "array of object", "`leaf` of the old log and `text`, of those that were not"),
    ],
    "witness": [
        ("url", "string", "where it listens"),
        ("name", "string", ""),
        ("vkey", "string", "its key, as a policy names it"),
    ],
    "export": [("folder", "string", ""), ("size", "integer", "leaves written")],
}


def parts() -> list[str]:
    """The part's headings and tables."""
    said = [
        "## The ledger\n\n`--record` adds `recorded` to what `check`, `inspect` and `discover` print: a [Recorded](#recorded); "
        "`--report-to` adds `reported`: a [Reported](#reported). "
        "Each action of `ledger` prints one object. Ids are 32 hexadecimal digits, fingerprints and digests 64."
    ]
    said += [f"## {name}\n\n{_table(rows)}" for name, rows in SHAPES.items()]
    said += [f"## ledger {name}\n\n{_table(rows)}" for name, rows in ACTIONS.items()]
    return said


def _table(rows: list[Row]) -> str:
    return "\n".join(
        ["| name | type | |", "|---|---|---|", *(f"| `{name}` | {kind} | {text} |" for name, kind, text in rows)]
    )
