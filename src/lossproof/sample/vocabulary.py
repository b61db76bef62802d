"""Words of the ward, the court and the office: conditions, procedures, offences, jobs.

Codes are of ICD-10 and titles of ordinary English; nothing is copied from a classification's list.
"""

from __future__ import annotations

from typing import NamedTuple


class Condition(NamedTuple):
    """What a patient has: an ICD-10 code, the words for it, the clinic that sees it, a procedure and a medicine for
    it."""

    code: str
    words: str
    clinic: str
    procedure: str
    medicine: str


CONDITIONS = (
    Condition("J44.9", "chronic obstructive pulmonary disease", "Chest", "Spirometry", "tiotropium 18 micrograms"),
    Condition("I48", "atrial fibrillation", "Cardiology", "DC cardioversion", "warfarin as per yellow book"),
    Condition("E11", "type 2 diabetes", "Diabetes", "Retinal screening", "metformin 500 mg"),
    Condition("M17.1", "osteoarthritis of the knee", "Orthopaedics", "Total knee replacement", "paracetamol 1 g"),
    Condition("H25.9", "age-related cataract", "Eye", "Phacoemulsification", "chloramphenicol drops"),
    Condition("K80.2", "gallstones", "General surgery", "Laparoscopic cholecystectomy", "codeine 30 mg"),
    Condition(
        "F33.1", "recurrent depressive disorder", "Mental health", "Cognitive behavioural therapy", "sertraline 50 mg"
    ),
    Condition("C18.7", "carcinoma of the sigmoid colon", "Oncology", "Anterior resection", "capecitabine"),
    Condition("K40.9", "inguinal hernia", "General surgery", "Mesh repair of hernia", "ibuprofen 400 mg"),
    Condition("G35", "multiple sclerosis", "Neurology", "MRI brain and spine", "interferon beta-1a"),
    Condition("J35.0", "recurrent tonsillitis", "ENT", "Tonsillectomy", "penicillin V 500 mg"),
    Condition("L40.0", "plaque psoriasis", "Dermatology", "Phototherapy", "calcipotriol ointment"),
    Condition("F10.3", "alcohol withdrawal", "Gastroenterology", "Detoxification", "chlordiazepoxide 20 mg"),
    Condition("B20", "HIV infection", "Sexual health", "CD4 count", "efavirenz 600 mg"),
    Condition("N40", "benign prostatic hyperplasia", "Urology", "TURP", "tamsulosin 400 micrograms"),
    Condition("O24.4", "gestational diabetes", "Antenatal", "Glucose tolerance test", "insulin aspart"),
    Condition("F25.9", "schizoaffective disorder", "Mental health", "Depot clinic review", "olanzapine 10 mg"),
    Condition("D57.1", "sickle cell anaemia", "Haematology", "Exchange transfusion", "hydroxycarbamide 500 mg"),
)
CLINICAL_JOBS = ("Consultant", "Specialist registrar", "Ward sister", "Specialist nurse")
JOBS = (
    "Staff nurse",
    "Specialist nurse",
    "Medical secretary",
    "Consultant",
    "Healthcare assistant",
    "Specialist registrar",
    "Ward sister",
    "Radiographer",
    "Porter",
    "Ward clerk",
    "Physiotherapist",
    "Pharmacist",
    "Finance officer",
    "Domestic",
)
OFFENCES = (
    "Theft of motor vehicle",
    "Common assault",
    "Burglary of a dwelling",
    "Possession of a Class B drug",
    "Driving while over the prescribed limit",
    "Assault occasioning actual bodily harm",
    "Supplying a Class A drug",
    "Breach of a community order",
    "Robbery",
    "Going equipped for theft",
    "Arson",
    "Wounding with intent",
    "Failure to comply with notification requirements",
    "Perverting the course of justice",
)
