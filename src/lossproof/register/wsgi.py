"""The application that a WSGI server calls, once `start` has told Django what to serve."""

from __future__ import annotations

from django.core.wsgi import get_wsgi_application

application = get_wsgi_application()
