"""Misfortunes by the seed (故障仿真): two real nodes, a bad cable, bad disks, and a judge.

`world` makes a county and a site as the product makes them; `nodes` runs each as
a process of its own; `terminals` is who hands in. `link` is the cable, `disk` the
disk below a node, `acts` what happens; `schedule` draws it by the seed and
`judgement` says what must hold, with what `counted` counts by itself. `report` adds up. `docs/explanation/faultsim.md`.
"""
