"""Schemathesis over the live API: whatever is sent, the answer is one that the OpenAPI document promises."""

from __future__ import annotations

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from register.browsing import Live

CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]


@pytest.mark.parametrize(("path", "method"), [("/api/v1/keys", "post"), ("/api/v1/facts", "post"), ("/health", "get")])
def test_every_answer_is_one_that_was_promised(live: Live, path: str, method: str):
    from django.core.cache import cache

    schema = schemathesis.openapi.from_url(f"{live.url}/api/v1/openapi.json")
    assert {one.ok().path for one in schema.get_all_operations()} == {"/api/v1/keys", "/api/v1/facts", "/health"}
    modes = list(schemathesis.GenerationMode)
    for mode in modes if method == "post" else [schemathesis.GenerationMode.POSITIVE]:

        @settings(max_examples=25, deadline=None, database=None, suppress_health_check=list(HealthCheck))
        @given(case=schema[path][method].as_strategy(generation_mode=mode))
        def sent(case):
            cache.clear()  # or the limit on guessing would answer for the rest
            case.call_and_validate(checks=CHECKS, timeout=20)

        sent()
