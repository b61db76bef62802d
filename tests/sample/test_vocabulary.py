import re

from lossproof.sample import vocabulary


def test_conditions_have_a_code_of_icd_10_shape_and_every_word():
    assert len(vocabulary.CONDITIONS) > 10
    for condition in vocabulary.CONDITIONS:
        assert re.fullmatch(r"[A-Z][0-9]{2}(\.[0-9])?", condition.code)
        assert all(condition)


def test_clinical_jobs_are_jobs():
    assert set(vocabulary.CLINICAL_JOBS) < set(vocabulary.JOBS)
    assert len(set(vocabulary.OFFENCES)) == len(vocabulary.OFFENCES) > 10
