"""The office's corner of the stick: who is paid, who started, who is on duty."""

from __future__ import annotations

import html
import json
from datetime import timedelta

from lossproof.sample import writing
from lossproof.sample.filling import Filling, table
from lossproof.sample.people import TODAY

PAYROLL = "HR/Payroll M6 (BACS).csv"
STARTERS = "HR/starters.json"
ROTA = "HR/Rota wk38.htm"


def write(filling: Filling) -> None:
    """Write the three; every member of staff is on the payroll."""
    if not filling.population.staff:
        return
    _payroll(filling)
    _starters(filling)
    _rota(filling)


def _payroll(filling: Filling) -> None:
    """Every cell in quotes; a total at the foot."""
    stream = filling.stream(PAYROLL)
    rows: list[list[str]] = [["Emp", "Payee", "NI no", "Date of birth", "Post", "Sort", "Account no", "Net"]]
    total = 0
    for index, person in enumerate(filling.population.staff):
        net = stream.between(90_000, 480_000)
        total += net
        rows.append(
            [
                f"7{index:04}",
                f"{person.surname}, {person.forename}",
                writing.nino(stream, person.nino),
                writing.slashes(person.born),
                person.job,
                person.sort_code if stream.chance(0.7) else person.sort_code.replace("-", ""),
                person.account,
                f"{net // 100}.{net % 100:02}",
            ]
        )
        filling.note(
            PAYROLL,
            person,
            surname=person.surname,
            forename=person.forename,
            born=person.born,
            nino=person.nino,
            bank_account=f"{person.sort_code.replace('-', '')} {person.account}",
        )
    rows.append(["", "TOTAL", "", "", "", "", "", f"{total // 100}.{total % 100:02}"])
    filling.files[PAYROLL] = table(rows, quote_all=True).encode()


def _starters(filling: Filling) -> None:
    """An export in JSON of those who came this year."""
    stream = filling.stream(STARTERS)
    staff = filling.population.staff
    records = []
    for person in stream.take(staff, max(1, len(staff) // 8)):
        records.append(
            {
                "name": f"{person.forename} {person.surname}",
                "nationalInsuranceNumber": person.nino,
                "dob": writing.slashes(person.born),
                "workEmail": person.email,
                "started": (TODAY - timedelta(days=stream.between(1, 250))).isoformat(),
            }
        )
        filling.note(
            STARTERS,
            person,
            surname=person.surname,
            forename=person.forename,
            born=person.born,
            nino=person.nino,
            email=person.email,
        )
    filling.files[STARTERS] = (json.dumps(records, indent=2) + "\n").encode()


def _rota(filling: Filling) -> None:
    """A page with names and shifts and nothing else, agency staff among them."""
    stream = filling.stream(ROTA)
    agency = [person for person in filling.population.outsiders if person.job == "Agency nurse"]
    rows = []
    for person in [*stream.take(filling.population.staff, 60), *agency]:
        shifts = "".join(f"<td>{stream.pick(('E', 'L', 'N', '-', 'AL'))}</td>" for _ in range(7))
        rows.append(f"<tr><td>{html.escape(person.full_name)}</td>{shifts}</tr>")
        filling.name_only(ROTA, person)
    days = "".join(f"<th>{day}</th>" for day in ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"))
    page = (
        "<html><head><meta http-equiv=Content-Type content='text/html; charset=windows-1252'><title>Rota</title></head>"
        f"<body><table><tr><th>Week 38</th>{days}</tr>\r\n" + "\r\n".join(rows) + "\r\n</table></body></html>\r\n"
    )
    filling.files[ROTA] = page.encode("cp1252", "xmlcharrefreplace")
