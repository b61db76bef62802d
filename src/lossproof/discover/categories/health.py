"""Data concerning health: diseases, symptoms, findings, medicines, procedures, care; ICD-10 and SNOMED CT codes by shape.

Words that are also common surnames or places (Burns, Ward, Reading) are left out, and so are words of any letter from a
hospital (clinic, appointment). ICD-10 codes count only near a word of diagnosis; SNOMED CT identifiers by check digit
(Verhoeff) and partition besides. Left out: the classifications themselves, whose lists are licensed.

>>> [text for start, end in codes("E11.9 or 73211009") for text in ["E11.9 or 73211009"[start:end]]]
['E11.9', '73211009']
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from stdnum import verhoeff

NAME = "health"
BASIS = "UK GDPR article 9(1), data concerning health (article 4(15))"
HEADERS = (
    "diagnosis", "diagnoses", "diag", "dx", "diag code", "diagnosis code", "diagnosis description",
    "primary diagnosis", "prim diag", "primary diag", "secondary diagnosis", "main diagnosis",
    "provisional diagnosis", "working diagnosis", "discharge diagnosis", "admission diagnosis", "diag 1", "diag 2",
    "diag1", "diag2", "diagnosis 1", "diagnosis 2", "icd", "icd10", "icd 10", "icd code", "icd10 code", "icd 10 code",
    "snomed", "snomed code", "snomed ct", "sct", "read code", "readcode", "condition", "conditions",
    "medical condition", "medical conditions", "health condition", "health conditions", "long term condition",
    "long term conditions", "ltc", "problem", "problems", "problem list", "clinical problem", "active problems",
    "presenting complaint", "presenting problem", "complaint", "symptom", "symptoms", "disease", "disease type",
    "illness", "disorder", "impairment", "disability", "disabilities", "disability type", "special needs",
    "medication", "medications", "meds", "current medication", "current meds", "repeat medication", "drug", "drugs",
    "drug name", "medicine", "medicines", "prescription", "prescribed", "dose", "dosage", "allergy", "allergies",
    "known allergies", "drug allergies", "adverse reactions", "procedure", "procedures", "procedure code", "opcs",
    "opcs code", "opcs4", "operation", "operations", "surgery type", "treatment", "treatments", "treatment plan",
    "therapy", "test result", "test results", "lab result", "lab results", "blood result", "blood results",
    "pathology", "histology", "blood group", "blood type", "hba1c", "bp", "blood pressure", "bmi", "cholesterol",
    "egfr", "hiv status", "hiv", "hep c status", "hep b status", "clinical notes", "clinical details",
    "clinical information", "clinical history", "clinical summary", "medical history", "past medical history", "pmh",
    "medical notes", "medical information", "health notes", "health information", "reason for admission",
    "reason for referral", "referral reason", "cause of death", "mental health", "mental health status", "mha status",
    "mha section", "section status", "legal status mha", "smoking status", "alcohol status", "alcohol units",
    "pregnant", "pregnancy", "pregnancy status", "edd", "gravida", "immunisation", "immunisations", "vaccination",
    "vaccinations", "vaccine", "vaccination status", "sickness reason", "reason for sickness", "reason for absence",
    "absence reason", "sick note reason", "fit note reason", "occupational health", "care needs", "medical needs",
    "health needs", "risk of self harm", "self harm", "substance misuse", "addiction", "tumour", "tumour site",
    "cancer type", "cancer site", "staging", "tnm", "histopathology", "scan result", "xray result", "finding",
    "findings", "clinical findings", "specialty diagnosis", "dementia", "diabetes", "diabetic", "asthma", "copd",
    "chd", "epilepsy", "learning disability", "ld register", "disease register", "qof register", "medical alert",
    "clinical alert",
)  # fmt: skip

_DISEASES = """
abscess, acne, acromegaly, adhd, attention deficit hyperactivity disorder, addison's disease, agoraphobia, aids,
alcohol dependence, alcohol dependence syndrome, alcoholic liver disease, alcoholism, alzheimer's, alzheimers,
alzheimer's disease, anaemia, anaphylaxis, aneurysm, angina, ankylosing spondylitis, anorexia, anorexia nervosa,
anxiety, anxiety disorder, appendicitis, arrhythmia, arthritis, asbestosis, asperger's, aspergers, asthma, asthmatic,
atrial fibrillation, autism, autistic, autistic spectrum disorder, bacteraemia, bipolar, bipolar disorder, bipolar
affective disorder, bladder cancer, blindness, borderline personality disorder, bowel cancer, brain injury, brain
tumour, breast cancer, bronchiectasis, bronchiolitis, bronchitis, bulimia, cancer, candidiasis, carcinoma, cardiac
arrest, cardiac failure, cardiomyopathy, carpal tunnel syndrome, cataract, cellulitis, cerebral palsy, cervical
cancer, chickenpox, chlamydia, cholecystitis, cholera, chronic fatigue syndrome, chronic kidney disease, chronic
obstructive pulmonary disease, cirrhosis, cleft palate, coeliac, coeliac disease, colitis, colorectal cancer,
congenital, congestive heart failure, conjunctivitis, copd, coronary heart disease, coronavirus, covid, covid 19,
creutzfeldt jakob disease, crohn's, crohns, crohn's disease, cushing's syndrome, cyst, cystic fibrosis, cystitis,
deafness, deep vein thrombosis, delirium, dementia, dengue, depression, depressive, depressive episode, depressive
disorder, dermatitis, diabetes, diabetes mellitus, diabetic, type 1 diabetes, type 2 diabetes, diphtheria,
diverticulitis, down's syndrome, down syndrome, drug dependence, duodenal ulcer, dyslexia, dyspepsia, dyspraxia,
dystrophy, eating disorder, ectopic pregnancy, eczema, embolism, emphysema, encephalitis, endocarditis, endometriosis,
epilepsy, epileptic, fibroid, fibromyalgia, fibrosis, gallstone, gangrene, gastritis, gastroenteritis, gestational
diabetes, glandular fever, glaucoma, gonorrhoea, gout, haemophilia, haemorrhage, haemorrhoid, hay fever, heart attack,
heart block, heart disease, heart failure, heart murmur, hepatitis, hepatitis b, hepatitis c, hernia, herpes, hiv, hiv
positive, hiv disease, human immunodeficiency virus, hodgkin's, hodgkin's lymphoma, huntington's, huntington's
disease, hydrocephalus, hypercholesterolaemia, hyperlipidaemia, hypertension, hypertensive, hyperthyroidism,
hypoglycaemia, hypotension, hypothyroidism, impetigo, incontinence, infertility, influenza, intellectual disability,
irritable bowel syndrome, ischaemia, ischaemic heart disease, jaundice, kidney disease, kidney failure, kidney stone,
learning disability, learning difficulties, learning disabilities, legionnaires disease, leprosy, leukaemia, lichen
sclerosus, liver disease, liver failure, lung cancer, lupus, lyme disease, lymphoma, macular degeneration, malaria,
malignant, malignancy, malignant neoplasm, malnutrition, mastitis, measles, melanoma, meningitis, menopause, mental
disorder, mental health, mental illness, mesothelioma, metastases, metastatic, migraine, miscarriage, motor neurone
disease, mrsa, multiple sclerosis, mumps, muscular dystrophy, myalgic encephalomyelitis, myasthenia gravis, myeloma,
myocardial infarction, narcolepsy, neoplasm, nephritis, neuralgia, neuropathy, obesity, obese, obsessive compulsive
disorder, ocd, oesophagitis, osteoarthritis, osteomyelitis, osteoporosis, otitis media, ovarian cancer, ovarian cyst,
overdose, pancreatic cancer, pancreatitis, panic attack, panic disorder, paralysis, paranoid schizophrenia,
paraplegia, parkinson's disease, parkinsonism, parkinsons disease, pelvic inflammatory disease, peptic ulcer,
peripheral vascular disease, peritonitis, personality disorder, phenylketonuria, phobia, pleurisy, pneumonia,
pneumothorax, poliomyelitis, polycystic ovary syndrome, polymyalgia rheumatica, post traumatic stress disorder,
postnatal depression, pre eclampsia, pressure sore, pressure ulcer, prostate cancer, prostatitis, psoriasis,
psychosis, psychotic, ptsd, pulmonary embolism, pulmonary fibrosis, pyelonephritis, quadriplegia, rabies, raynaud's,
renal failure, renal impairment, retinopathy, rheumatoid arthritis, rickets, rosacea, rubella, sarcoidosis, sarcoma,
scabies, scarlet fever, schizoaffective disorder, schizophrenia, schizophrenic, sciatica, scoliosis, seizure, sepsis,
septicaemia, shingles, sickle cell, sickle cell disease, sinusitis, skin cancer, sleep apnoea, spina bifida, spinal
injury, spondylosis, squint, stroke, subarachnoid haemorrhage, substance misuse, syphilis, tachycardia, testicular
cancer, tetanus, thalassaemia, thrombosis, thyrotoxicosis, tinnitus, tonsillitis, tourette's, transient ischaemic
attack, tuberculosis, tumour, typhoid, ulcerative colitis, urinary tract infection, urticaria, varicose veins,
vasculitis, vertigo, vitiligo, whooping cough, wilson's disease
"""
_SIGNS = """
abdominal pain, back pain, blackouts, blood pressure, bmi, body mass index, breathlessness, chest pain, chronic pain,
comatose, constipation, diarrhoea, dysphagia, dyspnoea, dysuria, fever, fracture, fractured, haematuria, haemoptysis,
hallucinations, hba1c, headaches, heavy bleeding, insomnia, itching, joint pain, low mood, nausea, numbness, oedema,
pain relief, palpitations, pelvic pain, pregnant, pregnancy, weeks pregnant, pyrexia, self harm, self harmed, self
harming, shortness of breath, suicidal, suicidal ideation, suicide attempt, attempted suicide, swelling, syncope,
tremor, vomiting, weight loss, wheeze, viral load, cd4 count, egfr, creatinine, blood glucose, blood test, blood
results, biopsy, biopsies, histology, abnormal smear, cervical smear, ecg, echocardiogram, electrocardiogram,
mammogram, mri scan, ct scan, ultrasound scan, x ray, xray, spirometry, peak flow, full blood count, urinalysis
"""
_MEDICINES = """
adalimumab, alendronic acid, allopurinol, amitriptyline, amlodipine, antibiotic, antibiotics, anticoagulant,
antidepressant, antipsychotic, antiretroviral, aripiprazole, aspirin, atorvastatin, azathioprine, baclofen,
beclometasone, bendroflumethiazide, bisoprolol, buprenorphine, carbamazepine, chemotherapy, citalopram, clopidogrel,
clozapine, co codamol, codeine, depot injection, diamorphine, diazepam, diclofenac, digoxin, donepezil, doxycycline,
duloxetine, enoxaparin, epipen, escitalopram, fentanyl, ferrous sulphate, fluoxetine, folic acid, furosemide,
gabapentin, gliclazide, gtn spray, haloperidol, heparin, hormone replacement therapy, hrt, hydrocortisone,
hydroxychloroquine, ibuprofen, immunosuppressant, inhaler, insulin, lactulose, lamotrigine, levothyroxine, lithium
carbonate, loperamide, lorazepam, memantine, metformin, methadone, methotrexate, mirtazapine, morphine, naloxone,
naproxen, nicotine replacement, olanzapine, oral contraceptive, oxycodone, paracetamol, phenytoin, pregabalin,
prednisolone, prozac, quetiapine, radiotherapy, repeat prescription, risperidone, salbutamol, sertraline, sildenafil,
sodium valproate, spironolactone, steroids, sulfasalazine, tacrolimus, tamoxifen, thyroxine, tramadol, venlafaxine,
ventolin, warfarin, zopiclone, hepatitis vaccine, mmr vaccine
"""
_CARE = """
abortion, termination of pregnancy, amputation, amputee, angioplasty, anaesthetic, antenatal, appendicectomy,
caesarean, caesarean section, catheter, catheterised, cochlear implant, cognitive behavioural therapy, colonoscopy,
colostomy, dialysis, haemodialysis, do not resuscitate, dnacpr, end of life care, endoscopy, gastroscopy, hip
replacement, hospice, ileostomy, ivf, knee replacement, liver transplant, kidney transplant, bone marrow transplant,
heart transplant, mental health act, sectioned under, detained under section, nebuliser, oxygen therapy, pacemaker,
palliative, palliative care, peg feeding, physiotherapy, psychotherapy, psychiatric, psychiatric history, psychiatric
patient, resuscitation, rehabilitation, sterilisation, stoma, tracheostomy, blood transfusion, vasectomy, wheelchair
user, diagnosed with, diagnosis of, diagnosis is, your diagnosis, medical history, past medical history, sick note,
fit note, long term sick, long term condition, known allergies, penicillin allergy, allergic to, allergic reaction,
nut allergy, registered disabled, registered blind, normal delivery, spontaneous delivery, spontaneous vaginal
delivery, drug misuse, alcohol misuse, intravenous drug user, detoxification, smoking cessation
"""
TERMS = tuple(
    " ".join(f"{_DISEASES.strip()}, {_SIGNS.strip()}, {_MEDICINES.strip()}, {_CARE.strip()}".split()).split(", ")
)
ENDINGS = (
    "azepam", "azolam", "caine", "cillin", "conazole", "coxib", "cycline", "dipine", "floxacin", "gliflozin", "gliptin", "glutide", "grel",
    "lukast", "mycin", "nidazole", "olol", "oxetine", "oxaban", "prazole", "pril", "quine", "sartan", "setron", "statin", "tidine", "tinib",
    "triptan", "triptyline", "umab", "ximab", "zumab", "vastatin", "itis", "ectomy", "aemia", "carcinoma", "blastoma", "plegia",
)  # fmt: skip
CODE_CONTEXT = ("diagnos", "icd", "snomed", "sct", "coded", "disease")

_ICD_10 = re.compile(r"(?<![A-Za-z0-9./-])[A-TV-Z][0-9]{2}(?:\.[0-9X][0-9]?|X)(?![A-Za-z0-9]|[./-][A-Za-z0-9])")
_SNOMED_CT = re.compile(r"(?<![A-Za-z0-9./-])[1-9][0-9]{2,14}[01]([0-2])[0-9](?![A-Za-z0-9]|[./-][0-9])")


def codes(text: str) -> Iterator[tuple[int, int]]:
    """Spans of ICD-10 codes with a fourth character, and of SNOMED CT identifiers (releases' own and extensions')."""
    for match in _ICD_10.finditer(text):
        yield match.span()
    for match in _SNOMED_CT.finditer(text):
        if verhoeff.is_valid(match[0]):
            yield match.span()
