"""Argon2 as in service, but for its cost: it is slow on purpose, and a day of tests asks for passwords a thousand times."""

from django.contrib.auth.hashers import Argon2PasswordHasher


class QuickArgon2(Argon2PasswordHasher):
    """The same algorithm and the same form of what is kept."""

    time_cost, memory_cost, parallelism = 1, 64, 1
