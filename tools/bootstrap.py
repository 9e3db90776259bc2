#!/usr/bin/env python3
"""From a fresh clone to a running program, with nothing but Python's standard library.

    python3 tools/bootstrap.py setup|run|test|check|generate|demo|bench|lock

Everything is installed into `.venv` at the root of the checkout, from lock files whose hashes pip
checks, the build backend included. A stamp remembers which lock is installed, so that the next
start takes no time. The Makefile only calls this file.
"""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from pathlib import Path

OLDEST_PYTHON = (3, 11)
ROOT = Path(__file__).resolve().parent.parent
REQUIREMENTS = ROOT / "requirements"
VENV = ROOT / ".venv"
INNER_VENV = ROOT / ".venv-inner"
TWO_AT_ONCE = ("pytest", "--quiet", "--numprocesses", "2", "--dist", "loadfile", "--no-loadscope-reorder")
INNER_RESULTS = "var/inner-results.json"
COMPILE = (
    *("pip", "compile", "--quiet", "--no-config", "--universal", "--python-version", "3.11"),
    *("--generate-hashes", "--no-header", "--no-annotate", "--no-emit-index-url", "--no-emit-find-links"),
)


def main(arguments: list[str]) -> int:
    """Do what the first argument names; the rest goes to the program behind it."""
    commands = {
        "setup": setup,
        "run": run,
        "test": test,
        "check": check,
        "generate": generate,
        "demo": demo,
        "bench": bench,
        "lock": lock,
    }
    if not arguments or arguments[0] not in commands:
        print("python3 tools/bootstrap.py " + "|".join(commands), file=sys.stderr)
        return 2
    refuse_unfit_python()
    os.chdir(ROOT)
    return commands[arguments[0]](arguments[1:])


def setup(_rest: list[str]) -> int:
    """Install the program and what its developers use."""
    install(VENV, "dev")
    return 0


def run(rest: list[str]) -> int:
    """Install the program and become it: Ctrl-C reaches it alone."""
    install(VENV, "run")
    become("kaowu", "run", *rest)
    return 1


def demo(rest: list[str]) -> int:
    """Play the exam day of the example."""
    install(VENV, "run")
    become("kaowu", "demo", *rest)
    return 1


def bench(rest: list[str]) -> int:
    """Measure every benchmark, or those that are named."""
    install(VENV, "run")
    become("kaowu", "bench", *(rest or ["--all"]))
    return 1


def generate(rest: list[str]) -> int:
    """Write anew what follows from facts, rules and checklists."""
    install(VENV, "run")
    become("kaowu", "generate", *rest)
    return 1


def check(_rest: list[str]) -> int:
    """Style, types, walls between floors, freshness of generated files."""
    install(VENV, "dev")
    return report(failed_checks())


def test(rest: list[str]) -> int:
    """The checks, the inner floors where Django is absent, then all other floors.

    With arguments, only pytest is run, with these.
    """
    install(VENV, "dev")
    if rest:
        become("pytest", *rest)
    failed = failed_checks()
    install(INNER_VENV, "inner")
    (ROOT / INNER_RESULTS).unlink(missing_ok=True)
    failed += failed_steps(
        INNER_VENV,
        ("python", "-c", "import importlib.util as u, sys; sys.exit(u.find_spec('django') is not None)"),
        (*TWO_AT_ONCE, f"--keep-results={INNER_RESULTS}", "tests/inner"),
    )
    failed += failed_steps(VENV, (*TWO_AT_ONCE, f"--inner-results={INNER_RESULTS}"))
    return report(failed)


def lock(rest: list[str]) -> int:
    """Write the lock files anew from pyproject.toml; `--upgrade` takes newer versions."""
    import tomllib

    install(VENV, "dev")
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    outer = tuple(project["tool"]["kaowu"]["outer-only"])
    inner = [one for one in project["project"]["dependencies"] if not one.startswith(("django", *outer))]
    uv = [str(VENV / "bin" / "uv"), *COMPILE, *rest]
    from_project = [*uv, "pyproject.toml", "--group", "build"]
    steps: list[tuple[str, list[str], str]] = [
        ("run", from_project, ""),
        ("dev", [*from_project, "--group", "dev", "--constraint", "requirements/run.txt"], ""),
        (
            "inner",
            [*uv, "-", "--group", "build", "--group", "inner-tests", "--constraint", "requirements/dev.txt"],
            "\n".join(inner),
        ),
    ]
    for name, command, given in steps:
        command += ["--output-file", f"requirements/{name}.txt"]
        subprocess.run(command, input=given, text=True, check=True, stdout=subprocess.DEVNULL)
    return 0


def failed_checks() -> list[str]:
    """The checks that fail."""
    return failed_steps(
        VENV,
        ("ruff", "check", "--quiet", "--output-format", "concise"),
        ("ruff", "format", "--check", "--quiet", "--output-format", "concise"),
        ("mypy",),
        ("lint-imports", "--no-logo"),
        ("kaowu", "generate", "--check"),
    )


def failed_steps(venv: Path, *steps: tuple[str, ...]) -> list[str]:
    """Run each step from the environment's programs; those that failed, as they were called."""
    failed = []
    for program, *rest in steps:
        called = " ".join([str((venv / "bin" / program).relative_to(ROOT)), *rest])
        print(f"· {called}", flush=True)
        if subprocess.run([str(venv / "bin" / program), *rest]).returncode:
            failed.append(called)
    return failed


def report(failed: list[str]) -> int:
    """Say which steps failed."""
    for step in failed:
        print(f"✗ {step}")
    return 1 if failed else 0


def become(program: str, *rest: str) -> None:
    """Replace this process by a program of the environment."""
    path = str(VENV / "bin" / program)
    sys.stdout.flush()
    os.execv(path, [path, *rest])


def install(venv: Path, lock_name: str) -> None:
    """Bring an environment to a lock file, unless its stamp says that it is there already."""
    lock_file = REQUIREMENTS / f"{lock_name}.txt"
    wanted = digest(lock_file, ROOT / "pyproject.toml")
    stamp = venv / f".kaowu-{lock_name}"
    python = str(venv / "bin" / "python")
    if works(python, "import kaowu") and stamp.is_file() and stamp.read_text() == wanted:
        return
    if not works(python, "import pip"):
        print(f"· {venv.name}", flush=True)
        make_venv(venv)
    pip = [python, "-m", "pip", "install", "-qq", "--disable-pip-version-check", "--no-deps", "--no-compile"]
    print(f"· {venv.name} ← requirements/{lock_name}.txt", flush=True)
    installed = run_quietly([*pip, "--require-hashes", "--requirement", str(lock_file)])
    installed = installed and run_quietly(
        [*pip, "--no-index", "--no-build-isolation", "--editable", str(ROOT)]
    )
    if not installed:
        sys.exit("安装未完成 · installation failed; the lines above say why.")
    stamp.write_text(wanted)
    if lock_name == "dev":  # it holds everything of `run`, at the same versions
        (venv / ".kaowu-run").write_text(digest(REQUIREMENTS / "run.txt", ROOT / "pyproject.toml"))


def make_venv(venv: Path) -> None:
    """Create an empty environment with pip, or name the package that is missing."""
    try:
        import ensurepip  # noqa: F401
        from venv import EnvBuilder
    except ImportError:
        sys.exit("缺少 Python 的 venv 模块 · Python's venv module is missing: apt-get install python3-venv")
    EnvBuilder(clear=True, symlinks=True, with_pip=True).create(venv)


def run_quietly(command: list[str]) -> bool:
    """Whether a command succeeded; it writes only what went wrong."""
    environment = {**os.environ, "PIP_ROOT_USER_ACTION": "ignore"}
    return subprocess.run(command, env=environment).returncode == 0


def works(python: str, statement: str) -> bool:
    """Whether an interpreter is there and can run a statement."""
    if not os.path.exists(python):
        return False
    return subprocess.run([python, "-c", statement], stderr=subprocess.DEVNULL).returncode == 0


def digest(*paths: Path) -> str:
    """One digest for the contents of all the files."""
    return hashlib.sha256(b"\0".join(path.read_bytes() for path in paths)).hexdigest()


def refuse_unfit_python() -> None:
    """Say in one line which Python is needed."""
    if sys.version_info < OLDEST_PYTHON:
        wanted, found = (".".join(map(str, version[:2])) for version in (OLDEST_PYTHON, sys.version_info))
        sys.exit(
            f"需要 Python {wanted} 或更高版本，当前为 {found} · needs Python {wanted} or newer, this is {found}; "
            "for example: make run PYTHON=python3.12"
        )


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except KeyboardInterrupt:
        sys.exit(130)
