"""A simulator in which something waits for ever says where, shows every stack, and fails."""

import os
import subprocess
import sys

import pytest

from kaowu.app.faultsim import players

STANDS_STILL = """
import os, socket, sys
from kaowu.app.faultsim.watch import Watch

def never_answered(begun):
    ours, theirs = socket.socketpair()
    os.write(begun, b"!")
    ours.recv(1)

def waits_for_a_node(watch):
    heard, begun = os.pipe()
    child = os.fork()
    if child == 0:
        os.dup2(os.open(os.devnull, os.O_WRONLY), 2)  # as a node speaks into a file of its own
        never_answered(begun)
    os.read(heard, 1)
    watch.mark("seed 41, act 3, cut_power_of_site")
    os.waitpid(child, 0)

with Watch(0.05) as watch:
    waits_for_a_node(watch)
    sys.exit("its node is dead")
"""
GOES_ON = """
from kaowu.app.faultsim.watch import Watch
with Watch(600) as watch:
    for number in range(50):
        watch.mark(f"act {number}")
    watch.mark("")
"""


def simulate(program):
    return subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, timeout=120, check=False
    )


def test_a_schedule_that_stands_still_is_named_with_the_stacks_of_all_its_processes_and_ended():
    done = simulate(STANDS_STILL)
    assert done.returncode != 0
    assert "seed 41, act 3, cut_power_of_site" in done.stderr
    assert "in waits_for_a_node" in done.stderr and "in never_answered" in done.stderr
    assert "its node is dead" in done.stderr, "what waited goes on and fails by itself"


def test_a_simulator_that_goes_on_hears_nothing_of_the_watch():
    done = simulate(GOES_ON)
    assert (done.returncode, done.stderr) == (0, "")


def test_a_player_that_dies_leaves_no_schedule_out_unseen():
    with pytest.raises(players.PlayerDied, match="seed 5"):
        list(players.played([5, 6], 1, lambda seed: os._exit(9)))
