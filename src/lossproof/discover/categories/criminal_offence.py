"""Personal data relating to criminal convictions and offences: offences, sentences, orders, and the course of a case.

Words of any security or insurance text (theft, fraud alone) are kept, because a term counts only in a record with a person;
those of everyday speech (charge, sentence, order alone) are left out. A PNC, CRO or prison number in a record is evidence by
itself. Left out: the statute book; Home Office offence codes.
"""

from __future__ import annotations

NAME = "criminal_offence"
BASIS = "UK GDPR article 10; Data Protection Act 2018 section 11(2)"
HEADERS = (
    "offence", "offences", "offence 1", "offence 2", "offence1", "offence code", "offence description",
    "offence desc", "offence title", "offence type", "offence category", "offence group", "offence details",
    "main offence", "index offence", "index offence code", "current offence", "principal offence", "primary offence",
    "latest offence", "previous offences", "offence date", "offence history", "ho offence code",
    "home office offence code", "home office code", "cjs code", "cjs offence code", "crime", "crime type", "crime no",
    "crime number", "crime ref", "crime reference", "crime reference number", "conviction", "convictions",
    "conviction date", "date of conviction", "previous convictions", "pre cons", "precons", "unspent convictions",
    "spent convictions", "criminal convictions", "criminal record", "sentence", "sentences", "sentence type",
    "sentence length", "sentence date", "sentence details", "sentence expiry", "sentence expiry date",
    "sentence end date", "sentence start", "sed", "sentence plan", "custodial sentence", "term of imprisonment",
    "tariff", "tariff expiry", "charge details", "charge", "charges", "charge code", "charge description",
    "charged with", "disposal", "disposals", "disposal type", "verdict", "plea", "court result", "court outcome",
    "adjudication", "adjudications", "caution", "cautions", "caution type", "warning type", "arrest", "arrest date",
    "arrest reason", "arrested for", "date of arrest", "asn", "arrest summons number", "arrest summons no",
    "custody no", "custody number", "custody reference", "custody record", "custody record number", "bail status",
    "bail conditions", "remand", "remand status", "licence conditions", "licence expiry", "licence expiry date",
    "licence end date", "led sled", "sled", "release date", "earliest release date", "crd", "ard", "hdc", "hdc date",
    "hdced", "hdcad", "parole eligibility date", "ped", "npd", "conditional release date", "automatic release date",
    "non parole date", "probation officer", "offender manager", "mappa", "mappa level", "mappa category",
    "risk of harm", "risk of serious harm", "rosh", "rosh level", "risk of reoffending", "ogrs", "ogrs score",
    "ogrs3", "oasys", "oasys score", "oasys risk", "pnc warning", "pnc warning markers", "warning markers",
    "warning signals", "sex offender", "sex offender register", "sopo", "shpo", "schedule 1", "schedule 1 offender",
    "vlo", "ppo", "ppo status", "prolific offender", "gang affiliation", "modus operandi", "mo", "dip status",
    "drug test on arrest", "community order", "community order requirements", "order type", "breach",
    "breach details", "breach reason", "dbs result", "crb result", "crb disclosure", "dbs disclosure",
    "disclosure details", "allegation", "allegations", "suspected offence", "suspect", "suspect status",
    "prison category", "security category", "cat a b c d",
)  # fmt: skip

_OFFENCES = """
abduction, abh, actual bodily harm, affray, aggravated burglary, aggravated vehicle taking, aggravated assault, animal
cruelty, anti social behaviour order, armed robbery, arson, asbo, assault, assaulted, assault by beating, assault on
police, assault occasioning actual bodily harm, assaulting an emergency worker, attempted burglary, attempted murder,
attempted rape, attempted robbery, bail act offence, being drunk and disorderly, bigamy, blackmail, bladed article,
breach of bail, breach of community order, breach of conditional discharge, breach of licence, breach of non
molestation order, breach of the peace, breach of restraining order, breach of suspended sentence, breach of suspended
sentence order, bribery, burglar, burglary, burglary dwelling, burglary non dwelling, careless driving, causing death
by careless driving, causing death by dangerous driving, child abduction, child abuse, child cruelty, child neglect,
child sexual exploitation, class a drugs, class b drugs, class c drugs, coercive control, common assault, concealing
criminal property, conspiracy to commit, conspiracy to defraud, conspiracy to supply, counterfeit currency, county
lines, criminal damage, cruelty to a child, cultivation of cannabis, cultivating cannabis, dangerous dog, dangerous
driving, death by dangerous driving, domestic abuse, domestic violence, drink driving, drink drive, drive whilst
disqualified, driving while disqualified, driving whilst disqualified, driving with excess alcohol, driving without
insurance, driving without due care, drug dealing, drug driving, drug offence, drug supply, drug trafficking, drug
possession, drunk and disorderly, drunk in charge, embezzlement, encouraging or assisting, encouraging suicide,
evasion of duty, excess alcohol, extortion, failing to appear, failing to comply, failing to provide a specimen,
failing to stop, failing to surrender, failure to surrender, false accounting, false imprisonment, false
representation, female genital mutilation, firearm offence, firearms offence, forced marriage, forgery, fraud, fraud
by abuse of position, fraud by false representation, fraudulent, gbh, grievous bodily harm, going equipped, going
equipped for theft, grooming, gross indecency, gross negligence manslaughter, handling stolen goods, harassment, hate
crime, hijacking, homicide, honour based violence, human trafficking, identity fraud, immigration offence, importation
of drugs, incest, incitement, indecent assault, indecent exposure, indecent image, indecent images, infanticide,
insider dealing, interfering with a vehicle, joyriding, kidnap, kidnapping, knife crime, larceny, making off without
payment, malicious communications, malicious wounding, manslaughter, misconduct in public office, modern slavery,
money laundering, motoring offence, murder, murdered, obstructing police, obstructing a constable, obtaining by
deception, obtaining property by deception, offensive weapon, outraging public decency, perjury, persistent offender,
perverting the course of justice, pickpocketing, poaching, possession of a bladed article, possession of a controlled
drug, possession of a firearm, possession of an offensive weapon, possession of cannabis, possession of class a,
possession of class b, possession of cocaine, possession of heroin, possession with intent, possession with intent to
supply, procuring, prostitution, public order offence, racially aggravated, rape, raped, rapist, receiving stolen
goods, resisting arrest, revenge porn, riot, robbery, robbed, section 18 wounding, section 20 wounding, section 47
assault, sex offence, sexual abuse, sexual activity with a child, sexual assault, sexual exploitation, sexual offence,
shoplifting, shoplifter, soliciting, speeding offence, stalking, stealing, stolen goods, supplying class a, supplying
drugs, taking without consent, taking without owners consent, tax evasion, terrorism, terrorist offence, theft, theft
act, theft by employee, theft from a dwelling, theft from motor vehicle, theft from person, theft from shop, theft
from the person, theft from vehicle, theft of motor vehicle, theft of pedal cycle, theft of vehicle, threat to kill,
threatening behaviour, threats to kill, trafficking, trespass with intent, twoc, unlawful wounding, upskirting,
vandalism, vehicle crime, vehicle taking, violent disorder, violent offence, voyeurism, witness intimidation,
wounding, wounding with intent
"""
_JUSTICE = """
absconded, acquitted, antecedents, approved premises, arrested, arrested for, arrested on suspicion, bail conditions,
bail hostel, bailed, burglary offences, charged with, community order, community payback, community punishment order,
community rehabilitation order, community sentence, community service order, concurrent sentence, conditional caution,
conditional discharge, conditional release date, consecutive sentence, convicted, convicted of, conviction,
convictions, crime reference number, criminal behaviour order, criminal conviction, criminal history, criminal
proceedings, criminal record, crown court trial, curfew order, custodial sentence, custody record, detention and
training order, detention order, disqualified from driving, drug rehabilitation requirement, drug treatment and
testing order, electronic monitoring, electronic tag, extended determinate sentence, extended sentence, final warning,
found guilty, guilty plea, home detention curfew, imprisoned, imprisonment, imprisonment for public protection, in
breach of his licence, in breach of her licence, indeterminate sentence, index offence, jailed, life imprisonment,
life licence, life sentence, magistrates court conviction, mappa, months imprisonment, months custody, years
imprisonment, non custodial sentence, not guilty plea, offender assessment, on licence, on probation, on remand,
parole, parole hearing, parole licence, penalty notice for disorder, pleaded guilty, pleaded not guilty, police bail,
police caution, police custody, pre sentence report, previous convictions, prison sentence, probation order,
prosecuted, prosecution for, recalled to prison, recall to prison, registered sex offender, rehabilitation order,
released on licence, released on temporary licence, remand in custody, remanded, remanded in custody, reprimand,
restraining order, risk of reoffending, risk of serious harm, schedule 1 offender, sentenced, sentenced for, sentenced
to, serving a sentence, sex offender, sex offenders register, sexual harm prevention order, sexual offences prevention
order, spent conviction, supervision order, suspended sentence, suspended sentence order, unpaid work, unpaid work
requirement, unspent conviction, violent and sex offender register, young offender, young offenders institution, youth
caution, youth offending, youth rehabilitation order, youth referral order
"""
TERMS = tuple(" ".join(f"{_OFFENCES.strip()}, {_JUSTICE.strip()}".split()).split(", "))
