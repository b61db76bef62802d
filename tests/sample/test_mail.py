import email
import email.policy
from datetime import datetime

from lossproof.sample.mail import Attachment, message


def test_a_message_is_read_back_with_its_attachment():
    rows = "patient;born\r\nSeán O'Dowd;3.4.1961\r\n".encode()
    content = message(
        sender=("Zoë Núñez", "zoe@example.org"),
        recipient=("Ann Lee", "ann@example.com"),
        subject="FW: list – ENT",
        sent_at=datetime(2009, 9, 14, 8, 5, 9),
        body="Morning Ann,\n\nSeán O'Dowd (712 345 6789) = done?\n" + "long " * 40 + "\n",
        attachment=Attachment("list.csv", "text/csv; charset=utf-8", rows),
    )
    parsed = email.message_from_bytes(content, policy=email.policy.default)
    assert parsed["From"] == "Zoë Núñez <zoe@example.org>"
    assert parsed["Subject"] == "FW: list – ENT"
    assert parsed["Date"].datetime.isoformat() == "2009-09-14T08:05:09+01:00"
    body, attached = parsed.iter_parts()
    assert (
        body.get_content()
        .replace("\r\n", "\n")
        .startswith("Morning Ann,\n\nSeán O'Dowd (712 345 6789) = done?\nlong long")
    )
    assert attached.get_filename() == "list.csv"
    assert attached.get_payload(decode=True) == rows
    assert not parsed.defects
    assert max(map(len, content.split(b"\r\n"))) <= 998


def test_a_message_without_attachment_is_plain_text():
    content = message(
        sender=("A", "a@example.org"),
        recipient=("B", "b@example.org"),
        subject="hello",
        sent_at=datetime(2009, 9, 14),
        body="one\ntwo\n",
        attachment=None,
    )
    parsed = email.message_from_bytes(content, policy=email.policy.default)
    assert parsed.get_content_type() == "text/plain"
    assert parsed.get_content().replace("\r\n", "\n").rstrip() == "one\ntwo"
