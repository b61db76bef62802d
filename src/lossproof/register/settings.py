"""Django's settings, all derived from what `serve` was told (`options`). Nothing here is edited to run a register.

Apps, routes and navigation are found by folder: a package beside this file with an `apps.py`, `models.py`,
`urls.py` or `migrations` is an app. Left out:
e-mail (nothing is sent), Django's admin (no page may change rows that facts explain), and any setting from the environment.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from csp.constants import NONE, SELF

from lossproof import __version__
from lossproof.register.database import connection_settings
from lossproof.register.options import told
from lossproof.register.web.static_digest import static_digest
from lossproof.register.web.translating import LOCALE, compiled_languages

_TOLD = told()
_ADDRESS = urlsplit(_TOLD.public_url)
_ROOM = Path(__file__).parent

DEBUG = False
SECRET_KEY = _TOLD.secret.reveal()
ROOT_URLCONF = "lossproof.register.urls"
WSGI_APPLICATION = "lossproof.register.wsgi.application"
DATABASES = {"default": connection_settings(_TOLD.store)}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
APPEND_SLASH = False

FOLDERS = sorted(
    path.name
    for path in _ROOM.iterdir()
    if (path / "__init__.py").is_file()
    and any((path / name).exists() for name in ("apps.py", "migrations", "models.py", "urls.py"))
)
"""The register's own apps, one a noun."""

INSTALLED_APPS = [
    *(f"lossproof.register.{name}" for name in FOLDERS),
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.messages",
    "django.contrib.sessions",
    "django.contrib.staticfiles",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.openid_connect",
    "csp",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "lossproof.register.web.middleware.never_stored",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "lossproof.register.accounts.middleware.ended_when_idle",
    "lossproof.register.accounts.middleware.LoggedIn",
    "lossproof.register.web.middleware.Refusals",
]

# Hosts, cookies and TLS follow the one public address. A proxy in front ends TLS; waitress reads what it forwards.
_LOOPBACK = ["127.0.0.1", "localhost", "[::1]"]
ALLOWED_HOSTS = sorted({_ADDRESS.hostname or "localhost", *_LOOPBACK})
CSRF_TRUSTED_ORIGINS = [f"{_ADDRESS.scheme}://{_ADDRESS.netloc}"]
SECURE_SSL_REDIRECT = _TOLD.secure
SECURE_REDIRECT_EXEMPT = [r"^health$"]
SECURE_HSTS_SECONDS = 31_536_000 if _TOLD.secure else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = _TOLD.secure
SECURE_REFERRER_POLICY = "same-origin"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = _TOLD.secure
SESSION_COOKIE_NAME = "__Host-session" if _TOLD.secure else "session"
CSRF_COOKIE_NAME = "__Host-csrf" if _TOLD.secure else "csrf"
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_AGE = 12 * 3600
SESSION_EXPIRE_AT_BROWSER_CLOSE = True
SESSION_IDLE_SECONDS = 30 * 60
X_FRAME_OPTIONS = "DENY"
CSRF_FAILURE_VIEW = "lossproof.register.web.errors.csrf_failure"
DATA_UPLOAD_MAX_MEMORY_SIZE = 12 << 20
DATA_UPLOAD_MAX_NUMBER_FIELDS = 2000
FILE_UPLOAD_PERMISSIONS = 0o600

_FORM_TARGETS = [SELF]
if _TOLD.sign_on is not None:
    # The form that begins it is answered with a redirect there, and browsers hold that against form-action.
    _issuer = urlsplit(_TOLD.sign_on.issuer)
    _FORM_TARGETS.append(f"{_issuer.scheme}://{_issuer.netloc}")
CONTENT_SECURITY_POLICY: dict[str, Any] = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF],
        "font-src": [SELF],
        "connect-src": [SELF],
        "form-action": _FORM_TARGETS,
        "frame-ancestors": [NONE],
        "base-uri": [NONE],
    }
}

# Static files stand under a digest of their own, so that browsers may keep them for good.
STATIC_URL = f"static/{static_digest(_ROOM)}/"
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = False
WHITENOISE_MAX_AGE = 31_536_000
WHITENOISE_KEEP_ONLY_HASHED_FILES = False
STATICFILES_FINDERS = ["django.contrib.staticfiles.finders.AppDirectoriesFinder"]

_CONTEXT = [
    "django.template.context_processors.request",
    "django.contrib.messages.context_processors.messages",
    "lossproof.register.web.context.page",
]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.jinja2.Jinja2",
        "APP_DIRS": True,
        "OPTIONS": {
            "environment": "lossproof.register.web.environment.environment",
            "context_processors": _CONTEXT,
        },
    },
    # allauth's own sentences
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {"context_processors": _CONTEXT},
    },
]

LANGUAGE_CODE = "en-gb"
LOCALE_PATHS = [LOCALE]
LANGUAGES = [("en-gb", "English"), *compiled_languages(LOCALE)]
"""English, and each language that is translated and compiled (docs/how-to/translate.md)."""
LANGUAGE_COOKIE_NAME = "__Host-language" if _TOLD.secure else "language"
LANGUAGE_COOKIE_SECURE = _TOLD.secure
LANGUAGE_COOKIE_HTTPONLY = True
LANGUAGE_COOKIE_SAMESITE = "Lax"
DATE_FORMAT = "j F Y"
"""How a day is written in a language of which Django knows no other way."""
USE_I18N = USE_TZ = True
TIME_ZONE = "Europe/London"
"""What times are shown in; they are kept in UTC."""

CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache", "OPTIONS": {"MAX_ENTRIES": 20_000}}}
"""Rate limits are counted here: there is one process."""
EMAIL_BACKEND = "django.core.mail.backends.dummy.EmailBackend"

AUTH_USER_MODEL = "accounts.Account"
AUTHENTICATION_BACKENDS = ["lossproof.register.accounts.here.Backend"]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.ScryptPasswordHasher"]
_VALIDATORS = "django.contrib.auth.password_validation"
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"{_VALIDATORS}.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": f"{_VALIDATORS}.CommonPasswordValidator"},
    {"NAME": f"{_VALIDATORS}.UserAttributeSimilarityValidator", "OPTIONS": {"user_attributes": ("name", "email")}},
    {"NAME": f"{_VALIDATORS}.NumericPasswordValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"

ACCOUNT_FORMS = {"login": "lossproof.register.accounts.forms.SignInForm"}
ACCOUNT_ADAPTER = "lossproof.register.accounts.adapters.Accounts"
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_EMAIL_NOTIFICATIONS = False
ACCOUNT_SESSION_REMEMBER = False
ACCOUNT_LOGOUT_REDIRECT_URL = "account_login"
ACCOUNT_PREVENT_ENUMERATION = "strict"
ACCOUNT_DEFAULT_HTTP_PROTOCOL = _ADDRESS.scheme
MFA_ADAPTER = "lossproof.register.accounts.adapters.SecondFactors"
MFA_FORMS = {"add_webauthn": "lossproof.register.accounts.forms.AddPasskeyForm"}
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_ALLOW_UNVERIFIED_EMAIL = True
MFA_TOTP_ISSUER = "lossproof"
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = not _TOLD.secure
SOCIALACCOUNT_ADAPTER = "lossproof.register.accounts.adapters.SignOns"
SOCIALACCOUNT_EMAIL_AUTHENTICATION = True
SOCIALACCOUNT_EMAIL_AUTHENTICATION_AUTO_CONNECT = False
SOCIALACCOUNT_STORE_TOKENS = False
SOCIALACCOUNT_OPENID_CONNECT_URL_PREFIX = "sign-on"
SOCIALACCOUNT_PROVIDERS: dict[str, Any] = {}
if _TOLD.sign_on is not None:
    SOCIALACCOUNT_PROVIDERS["openid_connect"] = {
        "OAUTH_PKCE_ENABLED": True,
        "APPS": [
            {
                "provider_id": "organisation",
                "name": _TOLD.sign_on.name,
                "client_id": _TOLD.sign_on.client_id,
                "secret": _TOLD.sign_on.client_secret.reveal(),
                "settings": {"server_url": _TOLD.sign_on.issuer, "fetch_userinfo": True},
            }
        ],
    }

# Where and what, never a message, a path or a value: `logs`.
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"plain": {"()": "lossproof.register.logs.PlainFormatter"}},
    "handlers": {"standard_error": {"class": "logging.StreamHandler", "formatter": "plain"}},
    "root": {"handlers": ["standard_error"], "level": "WARNING"},
    "loggers": {
        "django": {"handlers": [], "level": "WARNING", "propagate": True},
        "django.request": {"level": "ERROR", "propagate": True},
        "django.server": {"handlers": [], "level": "WARNING", "propagate": True},
        "waitress": {"level": "WARNING", "propagate": True},
        "waitress.queue": {"level": "ERROR", "propagate": True},
    },
}
VERSION = __version__
