"""How a node runs. With no configuration at all it is complete: one SQLite file, this machine only.

KAOWU_DATA            folder of everything the node keeps (default var/kaowu)
KAOWU_HOST, KAOWU_PORT  where it listens (default 127.0.0.1:8000)
KAOWU_HOSTS           further host names it answers to, with commas
KAOWU_DATABASE_URL    postgresql://user:password@host/name instead of SQLite
KAOWU_BEHIND_TLS      1 when a TLS gateway in front sets X-Forwarded-Proto
KAOWU_UPLOAD_MB       largest request body in MB (default 200)
KAOWU_WORKERS         how many long jobs run at once (default 2, so that one holds nobody else up)
KAOWU_SCRUB_HOURS     how often the journal and all copies are read again (default 24; 0: never)
KAOWU_PASSWORD_DAYS   after how many days a password has to be changed (default 90; 0: never)
KAOWU_SECOND_FACTOR   of whom a second factor is demanded at sign-in: offered (nobody), administrators, all
                      (default: administrators of a node that was set up with node init)
KAOWU_SUITE           cipher suite at first start: international (default) or national 国密 (extra kaowu[national])
"""

import base64
import os
from pathlib import Path

from csp.constants import NONE, SELF
from django.utils.translation import gettext_lazy as _

from kaowu.app import data_folder, node_file
from kaowu.app.database_url import database_from_url
from kaowu.basics.suites import SUITES, deploy

DATA = data_folder.from_environment()
_PACKAGE = Path(__file__).resolve().parent.parent

# --- cipher suite: chosen once, before the first fact -------------------------------------------------
SUITE = DATA.chosen("suite", os.environ.get("KAOWU_SUITE"), "international")
deploy(SUITES[SUITE])

# --- how many long jobs run at once (app/run.py) -------------------------------------------------------
WORKERS = int(os.environ.get("KAOWU_WORKERS", "2"))

# --- how often the books are read again (store/scrub.py) ----------------------------------------------
SCRUB_HOURS = int(os.environ.get("KAOWU_SCRUB_HOURS", "24"))

# --- where copies of scanned answer sheets go: a folder on another disk (store/artefacts.py) -------------
SHEET_BACKUP = Path(os.environ["KAOWU_SHEET_BACKUP"]) if os.environ.get("KAOWU_SHEET_BACKUP") else None

# --- keys ------------------------------------------------------------------------------------------
SECRET_KEY = base64.b64encode(DATA.secret("pages.key", 48)).decode()
COLUMN_KEY = DATA.secret("columns.key", 32)  # seals document numbers and telephones, see store/sealed.py
ARTEFACT_KEY = DATA.secret("artefacts.key", 32)  # seals rosters, plans and packs, see store/artefacts.py
IDENTITY = node_file.read_identity(DATA.root)
NODE = IDENTITY.name  # the name under which this node signs its journal

# --- where -----------------------------------------------------------------------------------------
DEBUG = False
HOST = os.environ.get("KAOWU_HOST", "127.0.0.1")
PORT = int(os.environ.get("KAOWU_PORT", "8000"))
ALLOWED_HOSTS = [
    "localhost",
    "127.0.0.1",
    "[::1]",
    HOST,
    *filter(None, os.environ.get("KAOWU_HOSTS", "").split(",")),
]
ROOT_URLCONF = "kaowu.web.urls"
WSGI_APPLICATION = None
APPEND_SLASH = False

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "axes",
    "csp",
    "django_htmx",
    "django_tasks",
    "django_tasks_db",
    "kaowu.store",
    "kaowu.web",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "csp.middleware.CSPMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "kaowu.web.transport.TlsOrLoopback",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "kaowu.web.language.LanguageBySwitch",
    "kaowu.web.transport.RequestSizeLimit",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "kaowu.web.login_limits.LoginLimits",
    "kaowu.web.owed.OwedFirst",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "kaowu.web.access.UnannouncedViewsRefused",
    "kaowu.web.key_slips.KeySlips",
]

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [_PACKAGE / "web" / "templates"],
        "APP_DIRS": False,
        "OPTIONS": {
            "loaders": [
                ("django.template.loaders.cached.Loader", ["django.template.loaders.filesystem.Loader"]),
            ],
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.messages.context_processors.messages",
                "kaowu.web.office.shell.shell",
            ],
            "builtins": [
                "django.templatetags.i18n",
                "django.templatetags.static",
                "kaowu.web.templatetags.components",
            ],
        },
    }
]

# --- storage ---------------------------------------------------------------------------------------
DATABASES = {"default": database_from_url(os.environ.get("KAOWU_DATABASE_URL", ""), DATA.database)}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
TASKS = {"default": {"BACKEND": "django_tasks_db.DatabaseBackend", "QUEUES": ["default"]}}

# --- accounts and logins ---------------------------------------------------------------------------
AUTH_USER_MODEL = "store.Account"
AUTHENTICATION_BACKENDS = ["axes.backends.AxesStandaloneBackend", "django.contrib.auth.backends.ModelBackend"]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
    {
        "NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator",
        "OPTIONS": {"user_attributes": ("number", "name")},
    },
]
LOGIN_URL = "login"
LOGIN_REDIRECT_URL = "home"
LOGOUT_REDIRECT_URL = "login"
LOGIN_IDLE_MINUTES = 30
LOGIN_ABSOLUTE_HOURS = 12
PASSWORD_DAYS = int(os.environ.get("KAOWU_PASSWORD_DAYS", "90"))
SECOND_FACTOR = os.environ.get("KAOWU_SECOND_FACTOR") or ("administrators" if IDENTITY.role else "offered")

# Locked by account *and* address: by account alone anybody could lock the site chief out on exam day.
AXES_FAILURE_LIMIT = 5
AXES_COOLOFF_TIME = 0.25  # hours
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_RESET_ON_SUCCESS = True
AXES_RESET_COOL_OFF_ON_FAILURE_DURING_LOCKOUT = False
AXES_ENABLE_ACCESS_FAILURE_LOG = True
AXES_USERNAME_FORM_FIELD = "username"  # the form's field, not the model's
# What axes must not keep of a failed form; every password field of ours ends up here.
AXES_SENSITIVE_PARAMETERS = [
    "password",
    "own_password",
    "second_password",
    "old_password",
    "new_password1",
    "new_password2",
]
AXES_VERBOSE = False
SILENCED_SYSTEM_CHECKS = ["axes.W002"]  # the forms say themselves that an account is locked

# --- transport -------------------------------------------------------------------------------------
if os.environ.get("KAOWU_BEHIND_TLS") == "1":
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
SECURE_HSTS_SECONDS = 31_536_000  # sent over TLS only
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
SESSION_COOKIE_NAME, CSRF_COOKIE_NAME, LANGUAGE_COOKIE_NAME = "kaowu_login", "kaowu_csrf", "kaowu_language"
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = LANGUAGE_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = LANGUAGE_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_AGE = LOGIN_ABSOLUTE_HOURS * 3600
LANGUAGE_COOKIE_AGE = 31_536_000
CSRF_FAILURE_VIEW = "kaowu.web.errors.csrf_failure"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "img-src": [SELF, "data:", "blob:"],
        "object-src": [NONE],
        "base-uri": [NONE],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
    }
}

# --- uploads ---------------------------------------------------------------------------------------
REQUEST_LIMIT_BYTES = int(os.environ.get("KAOWU_UPLOAD_MB", "200")) * 1_000_000
DATA_UPLOAD_MAX_MEMORY_SIZE = 4_000_000
DATA_UPLOAD_MAX_NUMBER_FIELDS = 5_000
DATA_UPLOAD_MAX_NUMBER_FILES = 500  # a bag of answer sheets is a folder of pictures
FILE_UPLOAD_MAX_MEMORY_SIZE = 2_500_000
FILE_UPLOAD_TEMP_DIR = str(DATA.uploads)
FILE_UPLOAD_PERMISSIONS = 0o600

# --- language and time -----------------------------------------------------------------------------
LANGUAGE_CODE = "zh-hans"
LANGUAGES = [("zh-hans", _("Chinese")), ("en", _("English"))]
USE_I18N = USE_TZ = True
TIME_ZONE = "Asia/Shanghai"

# --- static files: served from the packages themselves, nothing to collect or build ------------------
STATIC_URL = "/static/"
WHITENOISE_USE_FINDERS = True
WHITENOISE_MAX_AGE = 300

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["stderr"], "level": "WARNING"},
    "loggers": {
        "django": {"handlers": [], "level": "WARNING", "propagate": True},
        "django.request": {"level": "ERROR"},  # refusals stand in the access log
        "django_tasks": {"level": "WARNING"},
    },
}
